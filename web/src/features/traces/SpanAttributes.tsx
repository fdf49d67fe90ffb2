import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ItemAttribute, SpanLink } from "../../lib/api/trace-types.ts";
import { spanQuery } from "../../lib/api/traces.ts";
import { shortenId } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asText } from "../../lib/json.ts";
import { remote } from "../../lib/remote.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { CopyButton } from "../../ui/CopyButton/CopyButton.tsx";
import { explain } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./SpanPanel.module.css";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly trace: string;
  readonly span: string;
}

/** All that is known of a span, with a field to find an attribute in it. */
export function SpanAttributes({ org, project, trace, span }: Props) {
  const item = remote(useQuery(spanQuery(org, project, trace, span)));
  const [find, setFind] = useState("");
  const attributes = item.state === "ready" ? sorted(item.value.attributes) : [];
  const words = find.toLowerCase();
  const shown = attributes.filter(({ name, value }) =>
    `${name} ${textOf(value)}`.toLowerCase().includes(words),
  );
  return (
    <div className={styles.section}>
      <div className={styles.line}>
        <h3>{t("span.attributes")}</h3>
        <span className={styles.spacer} />
        {attributes.length > 0 && (
          <CopyButton text={() => asJson(attributes)} label={t("span.attributes.copy")} />
        )}
      </div>
      {item.state === "loading" && <Skeleton lines={6} />}
      {item.state === "failed" && (
        <p role="alert" className={styles.odd}>
          {explain(item.problem)}
        </p>
      )}
      {attributes.length > 0 && (
        <input
          type="search"
          className={styles.find}
          aria-label={t("span.attributes.find")}
          placeholder={t("span.attributes.find")}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
      )}
      {attributes.length > 0 && shown.length === 0 && <p>{t("span.attributes.none")}</p>}
      <dl className={styles.attributes}>
        {shown.map((attribute) => (
          <Attribute key={attribute.name} org={org} attribute={attribute} />
        ))}
      </dl>
      {item.state === "ready" && <LinkedSpans org={org} links={item.value.links ?? []} />}
    </div>
  );
}

function Attribute({ org, attribute }: { readonly org: string; readonly attribute: ItemAttribute }) {
  const text = textOf(attribute.value);
  return (
    <div className={styles.attribute}>
      <dt>{attribute.name}</dt>
      <dd>
        <Link
          to="/$org/explore/traces"
          params={{ org }}
          search={{ q: filterText(attribute.name, text) }}
          title={t("span.attributes.search")}
          preload={false}
        >
          {text}
        </Link>
        <CopyButton text={text} label={t("span.attributes.copyOne", { name: attribute.name })} />
      </dd>
    </div>
  );
}

function LinkedSpans({ org, links }: { readonly org: string; readonly links: readonly SpanLink[] }) {
  const complete = links.flatMap(({ itemId, traceId }) =>
    itemId === null || traceId === null ? [] : [{ itemId, traceId }],
  );
  if (complete.length === 0) return null;
  return (
    <>
      <h3 className={styles.below}>{t("span.links")}</h3>
      <ul className={styles.links}>
        {complete.map(({ itemId, traceId }) => (
          <li key={`${traceId}${itemId}`}>
            <Link
              to="/$org/traces/$traceId"
              params={{ org, traceId }}
              search={{ span: itemId, details: "1" }}
            >
              {t("span.link", { trace: shortenId(traceId), span: itemId })}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function textOf(value: ItemAttribute["value"]): string {
  return asText(value) ?? JSON.stringify(value);
}

function sorted(attributes: readonly ItemAttribute[]): readonly ItemAttribute[] {
  return attributes.toSorted((a, b) => a.name.localeCompare(b.name));
}

function asJson(attributes: readonly ItemAttribute[]): string {
  return JSON.stringify(Object.fromEntries(attributes.map(({ name, value }) => [name, value])), null, 2);
}
