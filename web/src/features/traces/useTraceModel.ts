import { useCallback, useMemo } from "react";
import { criticalPath, type Stretch, waits } from "../../lib/trace/critical-path.ts";
import { findRows, nextPlace, searchTexts } from "../../lib/trace/find.ts";
import { hasFailed, type Item, itemOf, type Trace } from "../../lib/trace/model.ts";
import { type Repeat, repeatsAround, repeatsOf } from "../../lib/trace/repeats.ts";
import { foldedAbove, narrowed, visibleRows } from "../../lib/trace/rows.ts";
import { formatZoom, parseZoom, type Zoom } from "../../lib/trace/zoom.ts";
import type { TraceSearch } from "../../lib/urlstate.ts";
import type { TraceView } from "./useTraceView.ts";

/** More folded spans than this would not fit into a URL. */
const FOLDED_MAX = 200;
const NOWHERE = -1;
const NO_REPEATS: ReadonlyMap<number, Repeat> = new Map();

/** A trace as it is looked at now. */
export interface TraceModel {
  readonly trace: Trace;
  readonly search: TraceSearch;
  readonly path: readonly Stretch[];
  /** How long each span itself was waited for. */
  readonly waited: ReadonlyMap<number, number>;
  /** Places of the rows on screen. */
  readonly rows: readonly number[];
  readonly folded: ReadonlySet<string>;
  /** Siblings that do the same, by the place of the first; and those of them that are folded into one row. */
  readonly repeats: ReadonlyMap<number, Repeat>;
  readonly foldedRepeats: ReadonlyMap<number, Repeat>;
  /** Services that the trace is narrowed to; all, if none. */
  readonly services: ReadonlySet<string>;
  /** Places of what is searched for; of what a link points out; of errors. */
  readonly found: readonly number[];
  readonly marked: readonly number[];
  readonly failed: readonly number[];
  readonly zoom: Zoom;
  readonly selected: Item | undefined;
  readonly select: (place: number | undefined, details?: boolean) => void;
  readonly fold: (key: string, folded: boolean) => void;
  readonly foldRepeat: (head: number, folded: boolean) => void;
  readonly toggleService: (slug: string) => void;
  readonly setZoom: (zoom: Zoom, drifting?: boolean) => void;
  readonly change: (next: Partial<TraceSearch>) => void;
  readonly type: (find: string) => void;
  /** Goes to the next or the previous of some places. */
  readonly step: (places: readonly number[], step: 1 | -1) => void;
}

export function useTraceModel(trace: Trace, { search, go, drift }: TraceView): TraceModel {
  const { fold: foldText, only, find = "", mark, span, zoom: zoomText, service, spread: spreadText } = search;
  const path = useMemo(() => criticalPath(trace), [trace]);
  const waited = useMemo(() => waits(path), [path]);
  const folded = useMemo(() => new Set(listed(foldText)), [foldText]);
  const services = useMemo(() => new Set(listed(service)), [service]);
  const kept = useMemo(
    () => narrowed(trace, only, new Set(waited.keys()), services),
    [trace, only, waited, services],
  );
  const isFinding = find.trim() !== "";
  const texts = useMemo(() => (isFinding ? searchTexts(trace) : []), [trace, isFinding]);
  const found = useMemo(() => findRows(texts, find), [texts, find]);
  const marked = useMemo(() => markedPlaces(trace, mark), [trace, mark]);
  const failed = useMemo(
    () => trace.items.filter(({ of }) => hasFailed(of)).map(({ place }) => place),
    [trace],
  );
  const selected = useMemo(() => itemOf(trace, span), [trace, span]);
  const isApart = search.repeats !== undefined || kept !== null;
  const repeats = useMemo(() => (isApart ? NO_REPEATS : repeatsOf(trace)), [trace, isApart]);
  const spread = useMemo(() => new Set(listed(spreadText)), [spreadText]);
  // As text, so that a cursor that moves elsewhere makes no new rows.
  const looked = useMemo(() => {
    const seen = selected === undefined ? marked : [...marked, selected.place];
    return [...new Set(seen.flatMap((place) => repeatsAround(repeats, place)))].join(",");
  }, [repeats, marked, selected]);
  const foldedRepeats = useMemo(() => {
    const unfolded = new Set(listed(looked).map(Number));
    const isFolded = ({ head }: Repeat) => !spread.has(trace.items[head]?.key ?? "") && !unfolded.has(head);
    return new Map([...repeats].filter(([, repeat]) => isFolded(repeat)));
  }, [trace, repeats, spread, looked]);
  const rows = useMemo(
    () => visibleRows(trace, folded, kept, foldedRepeats),
    [trace, folded, kept, foldedRepeats],
  );
  const zoom = useMemo(() => parseZoom(zoomText, trace.duration), [zoomText, trace]);

  const select = useCallback(
    (place: number | undefined, details?: boolean) => {
      const item = place === undefined ? undefined : trace.items[place];
      if (item === undefined) return;
      const above = foldedAbove(trace, folded, item.place);
      const around = repeatsAround(foldedRepeats, item.place).flatMap((head) => trace.items[head]?.key ?? []);
      drift({
        span: item.key,
        ...(details === true && { details: "1" }),
        ...(above.length > 0 && { fold: unlisted(folded, above) }),
        ...(around.length > 0 && { spread: [...spread, ...around].slice(-FOLDED_MAX).join(",") }),
        ...(kept !== null && kept[item.place] !== 1 && { only: undefined, service: undefined }),
      });
    },
    [trace, folded, foldedRepeats, spread, kept, drift],
  );
  const fold = useCallback(
    (key: string, isFolded: boolean) => {
      drift({ fold: isFolded ? [...folded, key].slice(-FOLDED_MAX).join(",") : unlisted(folded, [key]) });
    },
    [folded, drift],
  );
  const foldRepeat = useCallback(
    (head: number, isFolded: boolean) => {
      const key = trace.items[head]?.key;
      if (key === undefined) return;
      const next = isFolded ? unlisted(spread, [key]) : [...spread, key].slice(-FOLDED_MAX).join(",");
      // What stands inside is seen no more: the cursor goes to the row that stands for it.
      drift({ spread: next, ...(isFolded && { span: key }) });
    },
    [trace, spread, drift],
  );
  const toggleService = useCallback(
    (slug: string) => {
      const next = services.has(slug) ? unlisted(services, [slug]) : [...services, slug].join(",");
      go({ service: next });
    },
    [services, go],
  );
  const setZoom = useCallback(
    (next: Zoom, drifting = false) => {
      const written = { zoom: formatZoom(next, trace.duration) };
      if (drifting) drift(written);
      else go(written);
    },
    [trace, go, drift],
  );
  const step = useCallback(
    (places: readonly number[], by: 1 | -1) => select(nextPlace(places, selected?.place ?? NOWHERE, by)),
    [select, selected],
  );
  const type = useCallback((text: string) => drift({ find: text === "" ? undefined : text }), [drift]);
  return {
    trace,
    search,
    path,
    waited,
    rows,
    folded,
    repeats,
    foldedRepeats,
    services,
    found,
    marked,
    failed,
    zoom,
    selected,
    select,
    fold,
    foldRepeat,
    toggleService,
    setZoom,
    change: go,
    type,
    step,
  };
}

function listed(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((one) => one !== "");
}

function unlisted(keys: ReadonlySet<string>, gone: readonly string[]): string | undefined {
  const left = [...keys].filter((key) => !gone.includes(key));
  return left.length === 0 ? undefined : left.join(",");
}

function markedPlaces(trace: Trace, mark: string | undefined): readonly number[] {
  const ids = new Set(listed(mark));
  if (ids.size === 0) return [];
  return trace.items
    .filter(({ of }) => of.event_type === "span" && ids.has(of.span_id))
    .map(({ place }) => place);
}
