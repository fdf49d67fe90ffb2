import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus, ScrollText } from "lucide-react";
import { say } from "../../lib/alerts/text.ts";
import { noiseQuery } from "../../lib/api/alerts.ts";
import { rulesQuery } from "../../lib/api/rules.ts";
import { t } from "../../lib/i18n.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { SearchField } from "../../ui/SearchField/SearchField.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Alerts.module.css";
import { RuleLine } from "./RuleLine.tsx";

const route = getRouteApi("/$org/alerts/rules");
const NOISE_PERIOD = "7d";

/** Every rule, whether it is on, when it last fired, and how much of that was worth telling. */
export function RulesPage() {
  const { org } = route.useParams();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(rulesQuery(org, q, undefined));
  const { data: noise } = useQuery(noiseQuery(org, NOISE_PERIOD));
  const create = (
    <Link
      to="/$org/alerts/rules/new"
      params={{ org }}
      search={{}}
      className={buttonClass({ variant: "primary" })}
    >
      <Plus size={14} />
      {say("rules.new")}
    </Link>
  );
  return (
    <>
      <div className={styles.bar}>
        <SearchField
          label={say("rules.find")}
          value={q ?? ""}
          onChange={(text) =>
            void navigate({
              search: { q: text === "" ? undefined : text },
              replace: true,
              resetScroll: false,
            })
          }
        />
        <span className={styles.spacer} />
        {create}
      </div>
      <div className={styles.list}>
        <PagedList
          query={query}
          empty={
            <Empty
              icon={<ScrollText size={28} strokeWidth={1.6} />}
              title={say(q === undefined ? "rules.none" : "rules.none.found")}
              text={say("rules.none.text")}
              actions={create}
            />
          }
        >
          {(rules) => (
            <Table
              label={say("tab.rules")}
              columns={[
                { name: say("column.rule") },
                { name: say("column.state") },
                { name: say("metric.project") },
                { name: say("column.lastFired") },
                { name: say("column.raw"), right: true },
                { name: say("column.notified"), right: true },
                { name: say("column.actionable"), right: true },
                { name: t("column.actions"), unseen: true },
              ]}
            >
              {rules.map((rule) => (
                <RuleLine
                  key={`${rule.type} ${rule.id}`}
                  org={org}
                  rule={rule}
                  noise={noise?.rules.find((one) => one.rule === rule.id)}
                />
              ))}
            </Table>
          )}
        </PagedList>
      </div>
    </>
  );
}
