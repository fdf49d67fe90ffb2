import type { ReactNode } from "react";
import styles from "./Table.module.css";

interface Props {
  readonly label: string;
  /** Heads of the columns; an empty one is for buttons. */
  readonly columns: readonly { readonly name: string; readonly right?: boolean }[];
  /** Rows, as `<tr>`. */
  readonly children: ReactNode;
}

/** A short list of things with the same properties. Long ones are virtual grids. */
export function Table({ label, columns, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it
    <section className={styles.scroll} tabIndex={0} aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map(({ name, right }) => (
              <th key={name} scope="col" data-right={right === true ? "" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
