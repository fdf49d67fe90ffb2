import { useState } from "react";
import type { Mechanism, MetaTree } from "../../../../lib/api/event-types.ts";
import type { PlacedException } from "../../../../lib/exceptions.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import type { FramesMode } from "../../../../lib/urlstate.ts";
import { Chip } from "../../../../ui/Chip/Chip.tsx";
import { MaskedValue } from "../../../../ui/MaskedValue/MaskedValue.tsx";
import { FrameList } from "./FrameList.tsx";
import type { Origin } from "./origin.ts";
import styles from "./StackCard.module.css";

interface Props {
  readonly exception: PlacedException;
  readonly mode: FramesMode;
  readonly platform: string | null;
  readonly meta: MetaTree | undefined;
  /** The one a person wants to see; the others are folded. */
  readonly first: boolean;
  readonly origin: Origin;
}

export function ExceptionBlock({ exception, mode, platform, meta, first, origin }: Props) {
  const { value, relation, depth } = exception;
  const [isOpen, setOpen] = useState(first);
  const count = value.stacktrace?.frames?.length ?? 0;
  const isShown = isOpen || mode === "raw";
  return (
    <div className={styles.exception} style={{ marginLeft: Math.min(depth, 6) * 16 }}>
      <div className={styles.head}>
        {relation !== "main" && (
          <span className={styles.relation}>{t(relation === "cause" ? "stack.cause" : "stack.member")}</span>
        )}
        <span className={styles.type}>{value.type ?? t("stack.noType")}</span>
        {value.module !== null && value.module !== "" && (
          <code className={styles.module}>{value.module}</code>
        )}
        {count > 0 && !first && mode !== "raw" && (
          <button
            type="button"
            className={styles.show}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? t("frames.hide") : t("frames.show", { count })}
          </button>
        )}
        <span className={styles.chips}>
          <Handled mechanism={value.mechanism} />
        </span>
        <span className={styles.value}>
          <MaskedValue value={value.value} meta={metaAt(meta, "value")} />
        </span>
      </div>
      {isShown && count > 0 && (
        <FrameList
          stack={value.stacktrace}
          mode={mode}
          platform={platform}
          open={first}
          meta={metaAt(meta, "stacktrace")}
          origin={origin}
        />
      )}
      {isShown && count === 0 && <div className={styles.none}>{t("stack.noFrames")}</div>}
    </div>
  );
}

function Handled({ mechanism }: { readonly mechanism: Mechanism | null }) {
  if (mechanism === null) return null;
  const { handled, type } = mechanism;
  return (
    <>
      {handled === false && <Chip tone="error">{t("unhandled")}</Chip>}
      {handled === true && <Chip>{t("handled")}</Chip>}
      {typeof type === "string" && type !== "" && type !== "chained" && (
        <Chip>{t("mechanism", { type })}</Chip>
      )}
    </>
  );
}
