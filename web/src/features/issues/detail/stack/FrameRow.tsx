import { ChevronDown, ChevronRight, ExternalLink, TriangleAlert } from "lucide-react";
import { memo, useState } from "react";
import type { Frame, MetaTree } from "../../../../lib/api/event-types.ts";
import { frameProblem } from "../../../../lib/frame-problems.ts";
import { placeOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { linkHost, webLink } from "../../../../lib/releases.ts";
import { Chip } from "../../../../ui/Chip/Chip.tsx";
import { CodeFrame } from "../../../../ui/CodeFrame/CodeFrame.tsx";
import { cx } from "../../../../ui/cx.ts";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";
import { FrameProblemNote } from "./FrameProblem.tsx";
import styles from "./FrameRow.module.css";
import type { Origin } from "./origin.ts";
import { SourceHint } from "./SourceHint.tsx";

interface Props {
  readonly frame: Frame;
  readonly platform: string | null;
  readonly open: boolean;
  readonly meta: MetaTree | undefined;
  readonly origin?: Origin | undefined;
}

const NO_ERRORS: Origin["errors"] = [];

/** A call: its place in one line; source and variables when opened. */
export const FrameRow = memo(function FrameRow({ frame, platform, open, meta, origin }: Props) {
  const [isOpen, setOpen] = useState(open);
  const place = placeOf(frame);
  const problem = frameProblem(frame, origin?.errors ?? NO_ERRORS);
  const link = webLink(frame.sourceLink);
  return (
    <div className={cx(styles.frame, !frame.inApp && styles.library, link !== null && styles.linked)}>
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
        <span className={styles.tags}>
          {problem !== null && (
            <span className={styles.warning} title={problem.message}>
              <TriangleAlert size={13} aria-hidden="true" />
              <span className="visually-hidden">{t("frame.problem")}</span>
            </span>
          )}
          {frame.inApp && <Chip>{t("frames.app")}</Chip>}
        </span>
      </button>
      {link !== null && <SourceLink url={link} />}
      {isOpen && (
        <>
          {problem !== null && origin !== undefined && <FrameProblemNote problem={problem} origin={origin} />}
          <FrameBody frame={frame} platform={platform} meta={meta} />
          {link === null && frame.inApp && origin !== undefined && place !== "" && (
            <SourceHint frame={frame} origin={origin} />
          )}
        </>
      )}
    </div>
  );
});

/** The line in the repository, at the commit of the release. */
function SourceLink({ url }: { readonly url: string }) {
  const host = linkHost(url);
  const said = host === null ? t("source.open") : t("source.openIn", { host });
  return (
    <a href={url} target="_blank" rel="noreferrer" className={styles.source} aria-label={said} title={said}>
      {host} <ExternalLink size={12} aria-hidden="true" />
    </a>
  );
}

function FrameBody({ frame, platform, meta }: Omit<Props, "open" | "origin">) {
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
