import { type ReactNode, useId } from "react";
import styles from "./Card.module.css";

interface Props {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  /** Content that draws its own rows up to the border. */
  readonly flush?: boolean;
  readonly id?: string;
  readonly children: ReactNode;
}

export function Card({ title, actions, flush = false, id, children }: Props) {
  const heading = useId();
  return (
    <section className={styles.card} aria-labelledby={heading} id={id}>
      <header>
        <h2 id={heading}>{title}</h2>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {flush ? children : <div className={styles.body}>{children}</div>}
    </section>
  );
}
