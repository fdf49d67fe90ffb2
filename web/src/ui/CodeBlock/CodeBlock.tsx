import { Pieces } from "../CodeFrame/Pieces.tsx";
import { useHighlight } from "../CodeFrame/useHighlight.ts";
import { CopyButton } from "../CopyButton/CopyButton.tsx";
import styles from "./CodeBlock.module.css";

interface Props {
  readonly code: string;
  readonly language: string;
  readonly label: string;
}

/** Code to be copied. */
export function CodeBlock({ code, language, label }: Props) {
  const pieces = useHighlight(code, language) ?? [{ text: code, scope: "" }];
  return (
    <div className={styles.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it */}
      <pre tabIndex={0}>
        <Pieces pieces={pieces} />
      </pre>
      <div className={styles.copy}>
        <CopyButton text={code} label={label} />
      </div>
    </div>
  );
}
