import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { EventSummary, EventUser } from "../../../lib/api/event-types.ts";
import { issueEventsQuery } from "../../../lib/api/events.ts";
import { formatDateTime, formatRelease, shortenId } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { problemOf } from "../../../lib/remote.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { Card } from "../../../ui/Card/Card.tsx";
import { Empty } from "../../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "./EventsTab.module.css";

const route = getRouteApi("/$org/issues/$shortId");

/** All events of the issue that are still kept, the newest first. */
export function EventsTab() {
  const { org, shortId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/$org/issues/$shortId/events" });
  const [typed, setTyped] = useState(search.q ?? "");
  const query = useInfiniteQuery(issueEventsQuery(org, shortId, search.q ?? "", search));
  const events = query.data?.pages.flatMap((page) => page.items);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ search: (before) => ({ ...before, q: typed === "" ? undefined : typed }) });
  };
  return (
    <div className={styles.page}>
      <form className={styles.find} onSubmit={submit}>
        <input
          type="search"
          aria-label={t("events.find")}
          placeholder={t("events.find")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit">{t("find")}</Button>
      </form>
      <Card flush title={t("tab.events")}>
        {events === undefined && query.error === null && <Skeleton lines={8} />}
        {events === undefined && query.error !== null && (
          <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />
        )}
        {events?.length === 0 && (
          <Empty
            icon={<SearchX size={26} strokeWidth={1.6} />}
            title={t("events.none")}
            text={t("events.none.text")}
          />
        )}
        {events !== undefined && events.length > 0 && <EventsTable events={events} />}
        {query.hasNextPage && (
          <div className={styles.more}>
            <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("load.more")}
            </Button>
          </div>
        )}
      </Card>
    </div>
  );
}

function EventsTable({ events }: { readonly events: readonly EventSummary[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it
    <div className={styles.scroll} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("event.id")}</th>
            <th scope="col">{t("event.time")}</th>
            <th scope="col">{t("event.title")}</th>
            <th scope="col">{t("user")}</th>
            <th scope="col">{t("facts.environment")}</th>
            <th scope="col">{t("facts.release")}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td>
                <Link
                  from="/$org/issues/$shortId/events"
                  to="/$org/issues/$shortId"
                  search={(before) => ({ ...before, q: undefined, event: event.eventID })}
                  className={styles.id}
                >
                  <code>{shortenId(event.eventID)}</code>
                </Link>
              </td>
              <td>{formatDateTime(event.dateCreated)}</td>
              <td title={event.title}>{event.title}</td>
              <td>{userName(event.user)}</td>
              <td>{tagOf(event, "environment")}</td>
              <td>{formatRelease(tagOf(event, "release"))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function tagOf(event: EventSummary, key: string): string {
  return event.tags.find((tag) => tag.key === key)?.value ?? "";
}

function userName(user: EventUser | null): string {
  return user?.email ?? user?.username ?? user?.name ?? user?.id ?? user?.ip_address ?? "—";
}
