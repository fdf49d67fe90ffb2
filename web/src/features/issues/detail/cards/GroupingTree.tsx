import type { Component } from "../../../../lib/grouping.ts";
import { cx } from "../../../../ui/cx.ts";
import styles from "./GroupingCard.module.css";

/** What went into a hash, as a tree; grey parts were looked at and left out. */
export function GroupingTree({ component }: { readonly component: Component }) {
  return (
    <div className={cx(styles.tree, !component.contributes && styles.ignored)}>
      <div>
        {component.name}{" "}
        {component.values.map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the tree never changes
          <span key={index} className={styles.value}>
            {value}{" "}
          </span>
        ))}
        {component.hint !== "" && <span className={styles.hint}>({component.hint})</span>}
      </div>
      {component.children.map((child, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the tree never changes
        <GroupingTree key={index} component={child} />
      ))}
    </div>
  );
}
