import { useState } from "react";
import type { Frame, MetaTree, Stacktrace } from "../../../../lib/api/event-types.ts";
import { placeOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { stackText } from "../../../../lib/stack-text.ts";
import type { FramesMode } from "../../../../lib/urlstate.ts";
import { FoldedFrames } from "./FoldedFrames.tsx";
import { FrameRow } from "./FrameRow.tsx";
import type { Origin } from "./origin.ts";
import styles from "./StackCard.module.css";

interface Props {
  readonly stack: Stacktrace | null;
  readonly mode: FramesMode;
  readonly platform: string | null;
  /** Open the frame that matters. */
  readonly open: boolean;
  readonly meta: MetaTree | undefined;
  readonly origin?: Origin;
}

/** A frame, or neighbours that are not the app's, folded into one line. */
type Row =
  | { readonly kind: "frame"; readonly frame: Frame; readonly index: number }
  | {
      readonly kind: "library";
      readonly frames: readonly { readonly frame: Frame; readonly index: number }[];
    };

/** Frames, the crash first. */
export function FrameList({ stack, mode, platform, open, meta, origin }: Props) {
  const frames = stack?.frames ?? [];
  if (mode === "raw") {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it
      <pre className={styles.raw} tabIndex={0}>
        {stackText(stack, platform)}
      </pre>
    );
  }
  const rows = rowsOf(frames, mode);
  const important = frames.findLastIndex((frame) => frame.inApp);
  const opened = important === -1 ? frames.length - 1 : important;
  const frameMeta = (index: number) => metaAt(meta, "frames", index);
  return (
    <div>
      {rows.map((row) =>
        row.kind === "frame" ? (
          <FrameRow
            key={row.index}
            frame={row.frame}
            platform={platform}
            open={open && row.index === opened}
            meta={frameMeta(row.index)}
            origin={origin}
          />
        ) : (
          <LibraryFrames
            key={`library-${row.frames[0]?.index}`}
            row={row}
            platform={platform}
            frameMeta={frameMeta}
            origin={origin}
          />
        ),
      )}
    </div>
  );
}

function rowsOf(frames: readonly Frame[], mode: FramesMode): Row[] {
  const foldsLibraries = mode === "app" && frames.some((frame) => frame.inApp);
  const rows: Row[] = [];
  for (let index = frames.length - 1; index >= 0; index -= 1) {
    const frame = frames[index];
    if (frame === undefined) continue;
    const last = rows.at(-1);
    if (!foldsLibraries || frame.inApp) rows.push({ kind: "frame", frame, index });
    else if (last?.kind === "library")
      rows[rows.length - 1] = { kind: "library", frames: [...last.frames, { frame, index }] };
    else rows.push({ kind: "library", frames: [{ frame, index }] });
  }
  return rows;
}

interface LibraryProps {
  readonly row: Extract<Row, { kind: "library" }>;
  readonly platform: string | null;
  readonly frameMeta: (index: number) => MetaTree | undefined;
  readonly origin: Origin | undefined;
}

const NAMES_MAX = 3;

function LibraryFrames({ row, platform, frameMeta, origin }: LibraryProps) {
  const [isOpen, setOpen] = useState(false);
  if (isOpen) {
    return row.frames.map(({ frame, index }) => (
      <FrameRow
        key={index}
        frame={frame}
        platform={platform}
        open={false}
        meta={frameMeta(index)}
        origin={origin}
      />
    ));
  }
  const names = [...new Set(row.frames.map(({ frame }) => libraryOf(frame)))].filter((name) => name !== "");
  const from = names.slice(0, NAMES_MAX).join(", ");
  const count = row.frames.length;
  return (
    <FoldedFrames onOpen={() => setOpen(true)}>
      {from === "" ? t("frames.library", { count }) : t("frames.libraryFrom", { count, from })}
    </FoldedFrames>
  );
}

/** The package a frame comes from, as far as its path tells. */
export function libraryOf(frame: Frame): string {
  const place = placeOf(frame);
  const installed =
    /(?:node_modules|site-packages|dist-packages|gems|pkg\/mod|registry\/src\/[^/]+)\/((?:@[^/]+\/)?[^/]+)/;
  const found = installed.exec(frame.absPath ?? place)?.[1];
  if (found !== undefined) return found;
  if (frame.module !== null && frame.module !== "") return frame.module.split(/[./:]/)[0] ?? "";
  return place.startsWith("node:") ? "node" : (place.split("/")[0] ?? "");
}
