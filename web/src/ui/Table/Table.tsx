import type { ReactNode } from "react";
import styles from "./Table.module.css";

interface Column {
  readonly name: string;
  readonly right?: boolean;
  /** For a column of buttons: the name is only said, not shown. */
  readonly unseen?: boolean;
}

interface Props {
  readonly label: string;
  readonly columns: readonly Column[];
  /** Rows, as `<tr>`. */
  readonly children: ReactNode;
}

/** A short list of things with the same properties. Long ones are virtual grids. */
export function Table({ label, columns, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it
    <div className={styles.scroll} tabIndex={0}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ name, right, unseen }) => (
              <th key={name} scope="col" data-right={right === true ? "" : undefined}>
                {unseen === true ? <span className="visually-hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
