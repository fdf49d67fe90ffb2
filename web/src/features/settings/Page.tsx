import type { ReactNode } from "react";
import styles from "./Page.module.css";

interface Props {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page of the settings. */
export function Page({ title, lead, actions, children }: Props) {
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      {children}
    </div>
  );
}
