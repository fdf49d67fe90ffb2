import { useMemo, useState } from "react";
import type { Breadcrumb, EventDetail } from "../../../../lib/api/event-types.ts";
import { entryOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Button } from "../../../../ui/Button/Button.tsx";
import { Card } from "../../../../ui/Card/Card.tsx";
import { MenuButton } from "../../../../ui/MenuButton/MenuButton.tsx";
import { BreadcrumbRow } from "./BreadcrumbRow.tsx";
import styles from "./BreadcrumbsCard.module.css";

const SHOWN_AT_FIRST = 15;

interface Placed {
  readonly crumb: Breadcrumb;
  /** Its place in the event, where `_meta` keeps its notes. */
  readonly index: number;
}

/** What the app did before the error, the error last. */
export function BreadcrumbsCard({ event }: { readonly event: EventDetail }) {
  const [kinds, setKinds] = useState<readonly string[]>([]);
  const [text, setText] = useState("");
  const [showsAll, setShowsAll] = useState(false);
  const found = entryOf(event, "breadcrumbs");
  const crumbs = useMemo(() => inOrder(found?.entry.data.values ?? []), [found?.entry]);
  if (found === null || crumbs.length === 0) return null;
  const allKinds = [...new Set(crumbs.map(({ crumb }) => kindOf(crumb)))].sort();
  const matching = crumbs.filter(
    ({ crumb }) => (kinds.length === 0 || kinds.includes(kindOf(crumb))) && holds(crumb, text.toLowerCase()),
  );
  const shown = showsAll ? matching : matching.slice(-SHOWN_AT_FIRST);
  const at = Date.parse(event.dateCreated);
  return (
    <Card
      flush
      title={t("crumbs.title")}
      actions={
        <div className={styles.bar}>
          <input
            type="search"
            aria-label={t("crumbs.find")}
            placeholder={t("crumbs.find")}
            value={text}
            onChange={(change) => setText(change.target.value)}
          />
          <MenuButton
            label={t("crumbs.kinds")}
            look={{ size: "small" }}
            multiple
            groups={[{ entries: allKinds.map((kind) => ({ id: kind, label: kind })) }]}
            selected={kinds}
            onSelect={setKinds}
          >
            {kinds.length === 0 ? t("crumbs.all") : kinds.join(", ")}
          </MenuButton>
        </div>
      }
    >
      <div>
        {shown.length < matching.length && (
          <div className={styles.more}>
            <Button size="small" onClick={() => setShowsAll(true)}>
              {t("crumbs.earlier", { count: matching.length - shown.length })}
            </Button>
          </div>
        )}
        {shown.map(({ crumb, index }) => (
          <BreadcrumbRow
            key={index}
            crumb={crumb}
            at={at}
            meta={metaAt(event._meta, "entries", found.index, "data", "values", index)}
          />
        ))}
        {matching.length === 0 && <div className={styles.none}>{t("crumbs.none")}</div>}
        <BreadcrumbRow crumb={asCrumb(event)} at={at} meta={undefined} last />
      </div>
    </Card>
  );
}

/** By time; crumbs without one stay beside their neighbours. */
function inOrder(values: readonly Breadcrumb[]): Placed[] {
  const placed = values.map((crumb, index) => ({ crumb, index }));
  if (placed.some(({ crumb }) => crumb.timestamp === null)) return placed;
  return placed.sort((a, b) => Date.parse(a.crumb.timestamp ?? "") - Date.parse(b.crumb.timestamp ?? ""));
}

export function kindOf(crumb: Breadcrumb): string {
  return crumb.category ?? crumb.type ?? "default";
}

function holds(crumb: Breadcrumb, text: string): boolean {
  if (text === "") return true;
  return `${crumb.message ?? ""} ${kindOf(crumb)} ${JSON.stringify(crumb.data ?? "")}`
    .toLowerCase()
    .includes(text);
}

function asCrumb(event: EventDetail): Breadcrumb {
  return {
    type: "error",
    category: event.type === "error" ? "exception" : "message",
    level: "error",
    message: event.title,
    timestamp: event.dateCreated,
    data: null,
  };
}
