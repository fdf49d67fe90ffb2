import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useState } from "react";
import type { Frame, MetaTree } from "../../../../lib/api/event-types.ts";
import { placeOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Chip } from "../../../../ui/Chip/Chip.tsx";
import { CodeFrame } from "../../../../ui/CodeFrame/CodeFrame.tsx";
import { cx } from "../../../../ui/cx.ts";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";
import styles from "./FrameRow.module.css";

interface Props {
  readonly frame: Frame;
  readonly platform: string | null;
  readonly open: boolean;
  readonly meta: MetaTree | undefined;
}

/** A call: its place in one line; source and variables when opened. */
export const FrameRow = memo(function FrameRow({ frame, platform, open, meta }: Props) {
  const [isOpen, setOpen] = useState(open);
  const place = placeOf(frame);
  return (
    <div className={cx(styles.frame, !frame.inApp && styles.library)}>
      <button type="button" data-frame="" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? (
          <ChevronDown size={14} className={styles.chevron} />
        ) : (
          <ChevronRight size={14} className={styles.chevron} />
        )}
        <code className={styles.place} title={frame.absPath ?? undefined}>
          {place === "" ? (frame.instructionAddr ?? t("frame.unknown")) : place}
        </code>
        {frame.function !== null && frame.function !== "" && (
          <>
            <span className={styles.in}>{t("frame.in")}</span>
            <code className={styles.function}>{frame.function}</code>
          </>
        )}
        {frame.lineNo !== null && (
          <code className={styles.line}>
            :{frame.lineNo}
            {frame.colNo !== null && `:${frame.colNo}`}
          </code>
        )}
        <span className={styles.tags}>{frame.inApp && <Chip>{t("frames.app")}</Chip>}</span>
      </button>
      {isOpen && <FrameBody frame={frame} platform={platform} meta={meta} />}
    </div>
  );
});

function FrameBody({ frame, platform, meta }: Omit<Props, "open">) {
  const context = frame.context ?? [];
  const vars = Object.entries(frame.vars ?? {});
  return (
    <div className={styles.body}>
      {context.length > 0 && (
        <CodeFrame
          lines={context}
          hit={frame.lineNo}
          filename={frame.filename ?? frame.absPath}
          platform={platform}
        />
      )}
      {vars.length > 0 && (
        <div className={styles.vars}>
          <KeyValues
            quoted
            entries={vars.map(([key, value]) => ({ key, value, meta: metaAt(meta, "vars", key) }))}
          />
        </div>
      )}
      {context.length === 0 && vars.length === 0 && (
        <div className={styles.facts}>
          {[frame.absPath, frame.module, frame.package, frame.instructionAddr].filter(Boolean).join(" · ") ||
            t("frame.nothing")}
        </div>
      )}
    </div>
  );
}
