import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "../../../../ui/cx.ts";
import styles from "./FrameRow.module.css";

interface Props {
  readonly onOpen: () => void;
  readonly children: ReactNode;
}

/** One line for many frames that are not the app's. */
export function FoldedFrames({ onOpen, children }: Props) {
  return (
    <div className={cx(styles.frame, styles.library)}>
      <button type="button" data-frame="" aria-expanded={false} onClick={onOpen}>
        <ChevronRight size={14} className={styles.chevron} />
        {children}
      </button>
    </div>
  );
}
