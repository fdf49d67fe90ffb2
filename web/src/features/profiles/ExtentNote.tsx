import type { Extent } from "../../lib/api/profile-types.ts";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import styles from "./Profiles.module.css";

/** What an answer is made of, and what is not in it. */
export function ExtentNote({ extent }: { readonly extent: Extent }) {
  const { profiles, bytes, unreadable, isCut } = extent;
  const parts = [
    t("profiles.merged", { count: profiles, number: formatCount(profiles), bytes: formatBytes(bytes) }),
    ...(isCut ? [t("profiles.cut")] : []),
    ...(unreadable > 0 ? [t("profiles.unreadable", { count: unreadable })] : []),
  ];
  return <span className={styles.note}>{parts.join(" · ")}</span>;
}
