import { useEffect, useMemo, useState } from "react";
import { t } from "../../lib/i18n.ts";
import { cx } from "../cx.ts";
import styles from "./CodeFrame.module.css";
import { languageOf, linesOf, type Piece } from "./pieces.ts";

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
              {(rows[index] ?? []).map((piece, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one line never move
                <span key={at} className={lookOf(piece.scope)}>
                  {piece.text}
                </span>
              ))}
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

function useHighlight(code: string, language: string): readonly Piece[] | null {
  const [found, setFound] = useState<{ code: string; pieces: readonly Piece[] | null } | null>(null);
  useEffect(() => {
    let wanted = language !== "";
    if (wanted) {
      import("./highlight.ts").then(
        ({ highlight }) => wanted && setFound({ code, pieces: highlight(code, language) }),
        () => undefined,
      );
    }
    return () => {
      wanted = false;
    };
  }, [code, language]);
  return found?.code === code ? found.pieces : null;
}

function lookOf(scope: string): string | undefined {
  if (scope.startsWith("title")) return styles.title;
  switch (scope) {
    case "keyword":
    case "built_in":
    case "type":
    case "meta":
      return styles.keyword;
    case "string":
    case "regexp":
    case "char.escape":
      return styles.string;
    case "number":
    case "literal":
      return styles["number-literal"];
    case "comment":
    case "doctag":
      return styles.comment;
    default:
      return undefined;
  }
}
