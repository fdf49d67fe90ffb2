import { initials } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { cx } from "../cx.ts";
import styles from "./Avatar.module.css";

interface Person {
  readonly type?: "user" | "team";
  readonly name: string;
}

/** Initials, or an empty ring for nobody. */
export function Avatar({ of }: { readonly of: Person | null }) {
  if (of === null) {
    return <span role="img" aria-label={t("unassigned")} className={cx(styles.avatar, styles.nobody)} />;
  }
  return (
    <span
      role="img"
      aria-label={of.name}
      title={of.name}
      className={cx(styles.avatar, of.type === "team" && styles.team)}
    >
      {initials(of.name)}
    </span>
  );
}
