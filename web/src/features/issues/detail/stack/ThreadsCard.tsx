import { useState } from "react";
import type { EventDetail, ThreadValue } from "../../../../lib/api/event-types.ts";
import { entryOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { asText } from "../../../../lib/json.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { MenuButton } from "../../../../ui/MenuButton/MenuButton.tsx";
import { FrameList } from "./FrameList.tsx";
import type { Origin } from "./origin.ts";
import { useFramesMode } from "./StackCard.tsx";

/** The other threads of the process, one at a time. */
export function ThreadsCard({ event, origin }: { readonly event: EventDetail; readonly origin: Origin }) {
  const { mode } = useFramesMode();
  const found = entryOf(event, "threads");
  const threads = (found?.entry.data.values ?? [])
    .map((thread, index) => ({ thread, index }))
    .filter(({ thread }) => (thread.stacktrace?.frames?.length ?? 0) > 0);
  const [chosen, setChosen] = useState<number | null>(null);
  const shown =
    threads.find(({ index }) => index === chosen) ??
    threads.find(({ thread }) => thread.crashed === true || thread.current === true) ??
    threads[0];
  if (found === null || shown === undefined) return null;
  return (
    <Card
      flush
      title={t("threads")}
      actions={
        <MenuButton
          label={t("threads.choose")}
          look={{ size: "small" }}
          search={threads.length > 8 ? t("threads.find") : undefined}
          groups={[
            { entries: threads.map(({ thread, index }) => ({ id: String(index), label: nameOf(thread) })) },
          ]}
          selected={[String(shown.index)]}
          onSelect={([id]) => setChosen(Number(id))}
        >
          {nameOf(shown.thread)}
        </MenuButton>
      }
    >
      <FrameList
        key={shown.index}
        stack={shown.thread.stacktrace}
        mode={mode}
        platform={event.platform}
        open={false}
        meta={metaAt(event._meta, "entries", found.index, "data", "values", shown.index, "stacktrace")}
        origin={origin}
      />
    </Card>
  );
}

function nameOf(thread: ThreadValue): string {
  const name = thread.name ?? t("threads.unnamed", { id: asText(thread.id) ?? "?" });
  return thread.crashed === true ? t("threads.crashed", { name }) : name;
}
