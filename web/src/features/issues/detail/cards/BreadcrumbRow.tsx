import {
  CircleAlert,
  CircleDot,
  Database,
  Globe,
  type LucideIcon,
  MousePointerClick,
  Navigation,
  Terminal,
  TriangleAlert,
} from "lucide-react";
import { memo } from "react";
import type { Breadcrumb, MetaTree } from "../../../../lib/api/event-types.ts";
import { formatClock, formatOffset } from "../../../../lib/format.ts";
import { asText, type JsonObject } from "../../../../lib/json.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Chip, type Tone } from "../../../../ui/Chip/Chip.tsx";
import { cx } from "../../../../ui/cx.ts";
import { JsonTree } from "../../../../ui/JsonTree/JsonTree.tsx";
import { MaskedValue } from "../../../../ui/MaskedValue/MaskedValue.tsx";
import styles from "./BreadcrumbsCard.module.css";
import { kindOf } from "./BreadcrumbsCard.tsx";

interface Props {
  readonly crumb: Breadcrumb;
  /** When the error happened, in milliseconds. */
  readonly at: number;
  readonly meta: MetaTree | undefined;
  readonly last?: boolean;
}

/** One line for one crumb; requests and navigation are said in their own way. */
export const BreadcrumbRow = memo(function BreadcrumbRow({ crumb, at, meta, last = false }: Props) {
  const Icon = iconOf(crumb);
  const time = crumb.timestamp === null ? Number.NaN : Date.parse(crumb.timestamp);
  const { rest, chip, lead } = partsOf(crumb);
  return (
    <div
      className={cx(
        styles.row,
        crumb.level === "warning" && styles.warning,
        (crumb.level === "error" || crumb.level === "fatal") && styles.error,
        last && styles.last,
      )}
    >
      <Icon size={14} className={styles.icon} aria-hidden="true" />
      <span className={styles.time}>{formatClock(time)}</span>
      <span className={styles.category} title={kindOf(crumb)}>
        {kindOf(crumb)}
      </span>
      <div className={styles.text}>
        <div>
          {lead !== "" && <code>{lead} </code>}
          <MaskedValue value={crumb.message ?? undefined} meta={metaAt(meta, "message")} />
          {chip !== null && (
            <>
              {" "}
              <Chip tone={chip.tone}>{chip.text}</Chip>
            </>
          )}
        </div>
        {Object.keys(rest).length > 0 && (
          <div className={styles.data}>
            <JsonTree value={rest} meta={metaAt(meta, "data")} depth={1} />
          </div>
        )}
      </div>
      <span className={styles.offset}>{Number.isNaN(time) ? "" : formatOffset(time - at)}</span>
    </div>
  );
});

interface Parts {
  readonly lead: string;
  readonly chip: { readonly text: string; readonly tone: Tone } | null;
  /** Data that the line does not say yet. */
  readonly rest: JsonObject;
}

function partsOf(crumb: Breadcrumb): Parts {
  const data = crumb.data ?? {};
  const url = asText(data.url);
  if (
    url !== null &&
    (crumb.type === "http" || kindOf(crumb).includes("http") || data.method !== undefined)
  ) {
    const { url: _url, method, status_code, ...rest } = data;
    const status = Number(asText(status_code));
    const chip = asText(status_code) === null ? null : { text: String(status), tone: toneOf(status) };
    return { lead: `${asText(method) ?? "GET"} ${url}`, chip, rest };
  }
  const from = asText(data.from);
  const to = asText(data.to);
  if (from !== null && to !== null) {
    const { from: _from, to: _to, ...rest } = data;
    return { lead: `${from} → ${to}`, chip: null, rest };
  }
  return { lead: "", chip: null, rest: data };
}

function toneOf(status: number): Tone {
  if (status >= 500) return "error";
  return status >= 400 ? "warn" : "ok";
}

function iconOf(crumb: Breadcrumb): LucideIcon {
  const kind = kindOf(crumb);
  if (crumb.level === "error" || crumb.level === "fatal") return CircleAlert;
  if (crumb.level === "warning") return TriangleAlert;
  if (kind.startsWith("ui")) return MousePointerClick;
  if (kind.includes("http") || kind === "fetch" || kind === "xhr") return Globe;
  if (kind.includes("query") || kind.includes("sql") || kind.includes("db")) return Database;
  if (kind === "navigation") return Navigation;
  return kind === "console" ? Terminal : CircleDot;
}
