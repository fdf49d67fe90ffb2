import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { orderExceptions } from "../../../../lib/exceptions.ts";
import { entryOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { useShortcuts } from "../../../../lib/keys.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { prefer, usePreferences } from "../../../../lib/preferences.ts";
import { traceText } from "../../../../lib/stack-text.ts";
import type { FramesMode } from "../../../../lib/urlstate.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { CopyButton } from "../../../../ui/CopyButton/CopyButton.tsx";
import { Segmented } from "../../../../ui/Segmented/Segmented.tsx";
import { ExceptionBlock } from "./ExceptionBlock.tsx";
import { FrameList } from "./FrameList.tsx";
import type { Origin } from "./origin.ts";

const route = getRouteApi("/$org/issues/$shortId");

/** What was raised, outermost first, with the way there. */
export function StackCard({ event, origin }: { readonly event: EventDetail; readonly origin: Origin }) {
  const { mode, setMode } = useFramesMode();
  const exceptions = entryOf(event, "exception");
  const bare = entryOf(event, "stacktrace");
  useShortcuts([
    { keys: "r", label: "keys.raw", run: () => setMode(mode === "raw" ? "app" : "raw") },
    { keys: "n", label: "keys.nextFrame", run: () => focusFrame(1) },
    { keys: "p", label: "keys.previousFrame", run: () => focusFrame(-1) },
  ]);
  if (exceptions === null && bare === null) return null;
  const placed = orderExceptions(exceptions?.entry.data.values ?? []);
  return (
    <Card
      flush
      title={t("stack")}
      actions={
        <>
          <Segmented
            label={t("frames")}
            value={mode}
            onChange={setMode}
            options={[
              { value: "app", label: t("frames.app") },
              { value: "full", label: t("frames.full") },
              { value: "raw", label: t("frames.raw") },
            ]}
          />
          <CopyButton label={t("stack.copy")} text={() => traceText(event)} />
        </>
      }
    >
      {placed.map((exception, position) => (
        <ExceptionBlock
          key={exception.index}
          exception={exception}
          mode={mode}
          platform={event.platform}
          first={position === 0}
          origin={origin}
          meta={metaAt(event._meta, "entries", exceptions?.index ?? 0, "data", "values", exception.index)}
        />
      ))}
      {placed.length === 0 && bare !== null && (
        <FrameList
          stack={bare.entry.data}
          mode={mode}
          platform={event.platform}
          open
          meta={metaAt(event._meta, "entries", bare.index, "data")}
          origin={origin}
        />
      )}
    </Card>
  );
}

/** In the URL when chosen here, else as the person last liked it. */
export function useFramesMode(): { readonly mode: FramesMode; readonly setMode: (mode: FramesMode) => void } {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/$org/issues/$shortId" });
  const liked = usePreferences().frames;
  const setMode = (mode: FramesMode) => {
    prefer({ frames: mode });
    void navigate({ search: (before) => ({ ...before, frames: mode }), replace: true, resetScroll: false });
  };
  return { mode: search.frames ?? liked, setMode };
}

function focusFrame(step: number): void {
  const frames: readonly Element[] = [...document.querySelectorAll("button[data-frame]")];
  const at = document.activeElement === null ? -1 : frames.indexOf(document.activeElement);
  const next = frames[Math.max(0, Math.min(frames.length - 1, at + step))];
  if (next instanceof HTMLElement) next.focus();
}
