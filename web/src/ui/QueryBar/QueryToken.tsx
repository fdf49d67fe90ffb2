import { X } from "lucide-react";
import { t } from "../../lib/i18n.ts";
import type { Term } from "../../lib/search-lang/parse.ts";
import { cx } from "../cx.ts";
import styles from "./QueryBar.module.css";

interface Props {
  readonly term: Term;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

/** One term of the query as a chip: the text edits it, the cross removes it. */
export function QueryToken({ term, onEdit, onRemove }: Props) {
  return (
    <span className={cx(styles.token, term.kind === "filter" && term.negated && styles.negated)}>
      <button
        type="button"
        className={styles.edit}
        aria-label={t("query.edit", { term: term.text })}
        onClick={onEdit}
      >
        {term.kind === "filter" && (
          <span className={styles.key}>
            {term.negated && `${t("query.not")} `}
            {term.key}
          </span>
        )}
        <span className={styles.value}>
          {term.kind === "filter" ? `${term.operator}${term.value}` : term.text}
        </span>
      </button>
      <button
        type="button"
        className={styles.remove}
        aria-label={t("query.remove", { term: term.text })}
        onClick={onRemove}
      >
        <X size={12} />
      </button>
    </span>
  );
}
