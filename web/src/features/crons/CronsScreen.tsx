import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Clock, Plus } from "lucide-react";
import { monitorsQuery } from "../../lib/api/monitors.ts";
import { CRON_SPANS, type CronsSearch } from "../../lib/urlstate.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { SearchField } from "../../ui/SearchField/SearchField.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import styles from "./Crons.module.css";
import { MonitorTable } from "./MonitorTable.tsx";
import { TickLegend } from "./TickLegend.tsx";
import { say } from "./text.ts";

const route = getRouteApi("/$org/crons");

/** Every job that should run, and whether it did. */
export function CronsScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { q, span = "48h", env } = search;
  const query = useInfiniteQuery(monitorsQuery(org, search));
  const change = (next: Partial<CronsSearch>, replace = false) =>
    void navigate({ search: (before) => ({ ...before, ...next }), resetScroll: false, replace });
  const create = (
    <Link to="/$org/crons/new" params={{ org }} className={buttonClass({ variant: "primary" })}>
      <Plus size={14} />
      {say("crons.new")}
    </Link>
  );
  return (
    <div className={styles.screen}>
      <div className={styles.bar}>
        <SearchField
          label={say("crons.find")}
          value={q ?? ""}
          onChange={(text) => change({ q: text === "" ? undefined : text }, true)}
        />
        <Segmented
          label={say("crons.span")}
          options={CRON_SPANS.map((value) => ({ value, label: say(`span.${value}`) }))}
          value={span}
          onChange={(value) => change({ span: value === "48h" ? undefined : value })}
        />
        <TickLegend />
        <span className={styles.spacer} />
        {create}
      </div>
      <div className={styles.list}>
        <PagedList
          query={query}
          empty={
            <Empty
              icon={<Clock size={28} strokeWidth={1.6} />}
              title={say(q === undefined ? "crons.none" : "crons.none.found")}
              text={say("crons.none.text")}
              actions={create}
            />
          }
        >
          {(monitors) => <MonitorTable org={org} monitors={monitors} span={span} environments={env} />}
        </PagedList>
      </div>
    </div>
  );
}
