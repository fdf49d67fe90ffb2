import { useQuery } from "@tanstack/react-query";
import { suspectFlagsQuery } from "../../../../lib/api/code.ts";
import { suspicions } from "../../../../lib/flags.ts";
import { formatChance, formatPercent } from "../../../../lib/format.ts";
import { t } from "../../../../lib/i18n.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { Chip } from "../../../../ui/Chip/Chip.tsx";
import { RelativeTime } from "../../../../ui/RelativeTime/RelativeTime.tsx";
import cards from "./Cards.module.css";
import styles from "./SuspectCard.module.css";

const FLAGS_SHOWN = 5;

/** Feature flags that stand out among the issue's events, compared with all events. */
export function SuspectFlagsCard({ org, issue }: { readonly org: string; readonly issue: string }) {
  const shown = suspicions(useQuery(suspectFlagsQuery(org, issue)).data ?? []);
  if (shown.length === 0) return null;
  return (
    <Card title={t("suspect.flags")}>
      {shown.slice(0, FLAGS_SHOWN).map(({ flag, value, here, everywhere, p, change }) => (
        <div key={flag} className={styles.flag}>
          <div className={styles.name}>
            <code>{flag}</code> <Chip tone="accent">{value}</Chip>
            {p !== null && <small title={t("suspect.flags.chance")}>{formatChance(p)}</small>}
          </div>
          <Share name={t("suspect.flags.here")} share={here} />
          <Share name={t("suspect.flags.all")} share={everywhere} all />
          {change !== null && (
            <div className={cards.small}>
              {t(`suspect.flags.${change.action}`)} <RelativeTime time={change.createdAt} sentence />
              {change.createdBy != null && ` · ${change.createdBy}`}
            </div>
          )}
        </div>
      ))}
    </Card>
  );
}

interface ShareProps {
  readonly name: string;
  readonly share: number;
  /** Of all events: it recedes. */
  readonly all?: boolean;
}

function Share({ name, share, all = false }: ShareProps) {
  return (
    <div className={styles.value}>
      <span>{name}</span>
      <span className={styles.bar} data-all={all ? "" : undefined}>
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span>{formatPercent(share)}</span>
    </div>
  );
}
