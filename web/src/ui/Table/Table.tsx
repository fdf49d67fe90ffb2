import type { ReactNode } from "react";
import { t } from "../../lib/i18n.ts";
import { cx } from "../cx.ts";
import styles from "./Table.module.css";

interface Column {
  readonly name: string;
  readonly right?: boolean;
  /** For a column of buttons: the name is only said, not shown. */
  readonly unseen?: boolean;
  /** What the rows are sorted by when this column is chosen. */
  readonly sort?: string | undefined;
}

interface Props {
  readonly label: string;
  readonly columns: readonly Column[];
  /** What the rows are sorted by, with `-` before it for the largest first. */
  readonly sorted?: string | undefined;
  readonly onSort?: (sort: string) => void;
  /** Rows, as `<tr>`. */
  readonly children: ReactNode;
}

/** A list of things with the same properties. Very long ones are virtual grids. */
export function Table({ label, columns, sorted, onSort, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it
    <div className={styles.scroll} tabIndex={0}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                data-right={column.right === true ? "" : undefined}
                aria-sort={directionOf(column, sorted)}
              >
                <Heading column={column} sorted={sorted} onSort={onSort} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface HeadingProps {
  readonly column: Column;
  readonly sorted: string | undefined;
  readonly onSort: ((sort: string) => void) | undefined;
}

/** Chosen for the first time, the largest come first; chosen again, the smallest. */
function Heading({ column, sorted, onSort }: HeadingProps) {
  const { name, unseen, sort } = column;
  if (unseen === true) return <span className="visually-hidden">{name}</span>;
  if (sort === undefined || onSort === undefined) return name;
  const direction = directionOf(column, sorted);
  return (
    <button
      type="button"
      className={cx(styles.sort, direction !== undefined && styles.sorted)}
      title={t("sort.by", { name })}
      onClick={() => onSort(direction === "descending" ? sort : `-${sort}`)}
    >
      {name}
      {direction !== undefined && <span aria-hidden="true">{direction === "descending" ? "↓" : "↑"}</span>}
    </button>
  );
}

function directionOf({ sort }: Column, sorted: string | undefined): "ascending" | "descending" | undefined {
  if (sort === undefined || sorted === undefined) return undefined;
  if (sorted === `-${sort}`) return "descending";
  return sorted === sort ? "ascending" : undefined;
}
