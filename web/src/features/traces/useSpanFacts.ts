import { useQuery } from "@tanstack/react-query";
import type { TraceSpan } from "../../lib/api/trace-types.ts";
import { spanQuery } from "../../lib/api/traces.ts";
import { asText } from "../../lib/json.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { titleOf } from "../../lib/trace/model.ts";

/** What the attributes of a span say about it; `null` for what they do not. */
export interface SpanFacts {
  readonly isKnown: boolean;
  readonly group: string | null;
  readonly category: string | null;
  readonly release: string | null;
  readonly user: string | null;
  readonly thread: string | null;
  /** A query for spans that do the same. */
  readonly alike: string;
}

export function useSpanFacts(org: string, of: TraceSpan, traceId: string): SpanFacts {
  const item = useQuery(spanQuery(org, of.project_slug, traceId, of.span_id)).data;
  const fact = (name: string) => {
    const text = asText(item?.attributes.find((attribute) => attribute.name === name)?.value);
    return text === "" ? null : text;
  };
  const group = fact("span.group");
  const alike =
    group === null
      ? `${filterText("span.op", of.op)} ${filterText("span.description", titleOf(of))}`
      : filterText("span.group", group);
  return {
    isKnown: item !== undefined,
    group,
    category: fact("span.category"),
    release: fact("release"),
    user: fact("user"),
    thread: fact("thread.id"),
    alike,
  };
}
