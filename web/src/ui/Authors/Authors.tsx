import type { Author } from "../../lib/api/release-types.ts";
import { t } from "../../lib/i18n.ts";
import { authorName } from "../../lib/releases.ts";
import { Avatar } from "../Avatar/Avatar.tsx";
import styles from "./Authors.module.css";

const SHOWN_MAX = 4;

/** Who wrote something together: the first few faces, and how many others. */
export function Authors({ authors }: { readonly authors: readonly Author[] }) {
  if (authors.length === 0) return null;
  const others = authors.slice(SHOWN_MAX);
  return (
    <span className={styles.authors}>
      {authors.slice(0, SHOWN_MAX).map((author) => (
        <Avatar key={author.email ?? authorName(author)} of={{ name: authorName(author) }} />
      ))}
      {others.length > 0 && (
        <span className={styles.more} title={others.map(authorName).join(", ")}>
          {t("authors.more", { count: others.length })}
        </span>
      )}
    </span>
  );
}
