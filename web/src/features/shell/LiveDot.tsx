import { t } from "../../lib/i18n.ts";
import { type LiveState, liveState, togglePause } from "../../lib/live.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Listening } from "../../ui/Listening/Listening.tsx";

const LOOKS: Readonly<Record<LiveState, "on" | "quiet" | "trouble">> = {
  connected: "on",
  connecting: "quiet",
  paused: "quiet",
  reconnecting: "trouble",
};

/** Whether the screen follows what happens; a click pauses it. */
export function LiveDot() {
  const state = useStore(liveState);
  return (
    <Button
      variant="ghost"
      aria-pressed={state !== "paused"}
      title={t(`live.${state}.text`)}
      onClick={togglePause}
    >
      <Listening state={LOOKS[state]}>{t(`live.${state}`)}</Listening>
    </Button>
  );
}
