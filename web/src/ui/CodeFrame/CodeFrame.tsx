import { useMemo } from "react";
import { t } from "../../lib/i18n.ts";
import { cx } from "../cx.ts";
import styles from "./CodeFrame.module.css";
import { Pieces } from "./Pieces.tsx";
import { languageOf, linesOf } from "./pieces.ts";
import { useHighlight } from "./useHighlight.ts";

interface Props {
  readonly lines: readonly (readonly [line: number, text: string | null])[];
  /** The line that was running. */
  readonly hit: number | null;
  readonly filename: string | null;
  readonly platform: string | null;
}

/** Lines of source around a frame. Colours arrive later than the text, and nothing moves when they do. */
export function CodeFrame({ lines, hit, filename, platform }: Props) {
  const code = useMemo(() => lines.map(([, text]) => text ?? "").join("\n"), [lines]);
  const pieces = useHighlight(code, languageOf(filename, platform));
  const rows = linesOf(pieces ?? [{ text: code, scope: "" }]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it
    <section className={styles.code} tabIndex={0} aria-label={t("code.context")}>
      <div className={styles.lines}>
        {lines.map(([number], index) => (
          <div key={number} className={cx(styles.line, number === hit && styles.hit)}>
            <span className={styles.number}>{number}</span>
            <span>
              <Pieces pieces={rows[index] ?? []} />
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}
