import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rowsQuery } from "../../lib/api/performance.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";
import { MenuButton } from "../MenuButton/MenuButton.tsx";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  /** The spans whose values are offered. */
  readonly query: string;
  readonly field: string;
  /** What the values are called. */
  readonly name: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  /** For a field that holds several values in one text. */
  readonly split?: (text: string) => readonly string[];
}

const VALUES_MAX = 50;
const SEARCHED_FROM = 9;
const ALL = "all";
const whole = (text: string) => [text];

/** A choice among the values that a field has, the most frequent first. They are asked for when it is opened. */
export function FacetMenu({ org, search, query, field, name, value, onChange, split = whole }: Props) {
  const [isNear, setNear] = useState(false);
  const rows = useInfiniteQuery({
    ...rowsQuery(org, search, query, { fields: [field, "count()"], sort: "-count()", limit: VALUES_MAX }),
    enabled: isNear,
  }).data?.pages[0]?.body.data;
  const counts = new Map<string, number>();
  for (const row of rows ?? []) {
    for (const one of split(asText(row[field]) ?? "")) {
      if (one !== "") counts.set(one, (counts.get(one) ?? 0) + (asNumber(row["count()"]) ?? 0));
    }
  }
  if (value !== undefined && !counts.has(value)) counts.set(value, 0);
  const entries = [...counts].map(([id, count]) => ({
    id: `=${id}`,
    label: id,
    description: count === 0 ? "" : formatCount(count),
  }));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only looks ahead; the button inside is what is worked
    <span onPointerEnter={() => setNear(true)} onFocus={() => setNear(true)}>
      <MenuButton
        label={name}
        look={{ pressed: value !== undefined }}
        search={entries.length >= SEARCHED_FROM ? t("facet.find") : undefined}
        groups={[{ entries: [{ id: ALL, label: t("facet.all") }] }, { entries }]}
        selected={[value === undefined ? ALL : `=${value}`]}
        onSelect={([chosen]) =>
          onChange(chosen === undefined || chosen === ALL ? undefined : chosen.slice(1))
        }
      >
        {value === undefined ? name : t("facet.is", { name, value })}
      </MenuButton>
    </span>
  );
}
