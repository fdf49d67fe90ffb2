import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, ClipboardCopy } from "lucide-react";
import { eventJsonUrl, eventQuery } from "../../../lib/api/events.ts";
import type { IssueDetail } from "../../../lib/api/types.ts";
import { copyText } from "../../../lib/clipboard.ts";
import { formatDateTime, shortenId } from "../../../lib/format.ts";
import { type MessageKey, t } from "../../../lib/i18n.ts";
import { useShortcuts } from "../../../lib/keys.ts";
import { summaryText } from "../../../lib/stack-text.ts";
import type { IssueSearch } from "../../../lib/urlstate.ts";
import { Button, buttonClass } from "../../../ui/Button/Button.tsx";
import { cx } from "../../../ui/cx.ts";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import { RelativeTime } from "../../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./IssueTabs.module.css";

const route = getRouteApi("/$org/issues/$shortId");

const NAMED: Readonly<Record<string, MessageKey>> = {
  recommended: "event.recommended",
  latest: "event.latest",
  oldest: "event.oldest",
};

/** Which event is shown, and the way to the others. */
export function EventNav({ org, issue }: { readonly org: string; readonly issue: IssueDetail }) {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/$org/issues/$shortId" });
  const chosen = search.event ?? "recommended";
  const event = useQuery(eventQuery(org, issue.shortId, chosen, search.env)).data;
  const older = event?.previousEventID ?? null;
  const newer = event?.nextEventID ?? null;
  const go = (id: string | null) => {
    if (id !== null) void navigate({ search: withEvent(id), resetScroll: false });
  };
  useShortcuts([
    { keys: "arrowleft", label: "keys.older", run: () => go(older) },
    { keys: "arrowright", label: "keys.newer", run: () => go(newer) },
  ]);
  return (
    <div className={styles.nav}>
      {event !== undefined && (
        <>
          <button
            type="button"
            className={buttonClass({ size: "small", variant: "ghost" })}
            title={t("event.copyId")}
            onClick={() => void copyText(event.eventID)}
          >
            <code>{shortenId(event.eventID)}</code>
          </button>
          <Button
            size="small"
            variant="ghost"
            icon
            title={t("summary.copy")}
            aria-label={t("summary.copy")}
            onClick={() =>
              void copyText(summaryText(issue, event, window.location.href), t("summary.copied"))
            }
          >
            <ClipboardCopy size={13} />
          </Button>
          <span title={formatDateTime(event.dateCreated)}>
            <RelativeTime time={event.dateCreated} sentence />
          </span>
        </>
      )}
      <MenuButton
        label={t("event.choose")}
        look={{ size: "small", variant: "ghost" }}
        groups={[{ entries: Object.entries(NAMED).map(([id, label]) => ({ id, label: t(label) })) }]}
        selected={NAMED[chosen] === undefined ? [] : [chosen]}
        onSelect={([id]) => go(id ?? null)}
      >
        {t(NAMED[chosen] ?? "event.chosen")}
      </MenuButton>
      <Step to={older} label={t("event.older")} icon="older" />
      <Step to={newer} label={t("event.newer")} icon="newer" />
      {event !== undefined && (
        <a
          className={buttonClass({ size: "small", variant: "ghost" })}
          href={eventJsonUrl(org, issue.project.slug, event.eventID)}
          target="_blank"
          rel="noreferrer"
        >
          {t("event.json")}
        </a>
      )}
    </div>
  );
}

function withEvent(event: string) {
  return (before: IssueSearch): IssueSearch => ({
    ...before,
    event: event === "recommended" ? undefined : event,
  });
}

interface StepProps {
  readonly to: string | null;
  readonly label: string;
  readonly icon: "older" | "newer";
}

function Step({ to, label, icon }: StepProps) {
  const look = buttonClass({ size: "small", icon: true });
  const arrow = icon === "older" ? <ArrowLeft size={12} /> : <ArrowRight size={12} />;
  if (to === null) {
    return (
      <Button size="small" icon disabled aria-label={label}>
        {arrow}
      </Button>
    );
  }
  return (
    <Link
      from="/$org/issues/$shortId"
      to="."
      search={withEvent(to)}
      resetScroll={false}
      className={cx(look)}
      aria-label={label}
      title={label}
    >
      {arrow}
    </Link>
  );
}
