import { useCallback, useMemo } from "react";
import { criticalPath, type Stretch, waits } from "../../lib/trace/critical-path.ts";
import { findRows, nextPlace, searchTexts } from "../../lib/trace/find.ts";
import { hasFailed, type Item, itemOf, type Trace } from "../../lib/trace/model.ts";
import { foldedAbove, narrowed, visibleRows } from "../../lib/trace/rows.ts";
import { formatZoom, parseZoom, type Zoom } from "../../lib/trace/zoom.ts";
import type { TraceSearch } from "../../lib/urlstate.ts";
import type { TraceView } from "./useTraceView.ts";

/** More folded spans than this would not fit into a URL. */
const FOLDED_MAX = 200;
const NOWHERE = -1;

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
  /** Places of what is searched for; of what a link points out; of errors. */
  readonly found: readonly number[];
  readonly marked: readonly number[];
  readonly failed: readonly number[];
  readonly zoom: Zoom;
  readonly selected: Item | undefined;
  readonly select: (place: number | undefined, details?: boolean) => void;
  readonly fold: (key: string, folded: boolean) => void;
  readonly setZoom: (zoom: Zoom, drifting?: boolean) => void;
  readonly change: (next: Partial<TraceSearch>) => void;
  readonly type: (find: string) => void;
  /** Goes to the next or the previous of some places. */
  readonly step: (places: readonly number[], step: 1 | -1) => void;
}

export function useTraceModel(trace: Trace, { search, go, drift }: TraceView): TraceModel {
  const { fold: foldText, only, find = "", mark, span, zoom: zoomText } = search;
  const path = useMemo(() => criticalPath(trace), [trace]);
  const waited = useMemo(() => waits(path), [path]);
  const folded = useMemo(() => new Set(listed(foldText)), [foldText]);
  const kept = useMemo(() => narrowed(trace, only, new Set(waited.keys())), [trace, only, waited]);
  const rows = useMemo(() => visibleRows(trace, folded, kept), [trace, folded, kept]);
  const isFinding = find.trim() !== "";
  const texts = useMemo(() => (isFinding ? searchTexts(trace) : []), [trace, isFinding]);
  const found = useMemo(() => findRows(texts, find), [texts, find]);
  const marked = useMemo(() => markedPlaces(trace, mark), [trace, mark]);
  const failed = useMemo(
    () => trace.items.filter(({ of }) => hasFailed(of)).map(({ place }) => place),
    [trace],
  );
  const selected = useMemo(() => itemOf(trace, span), [trace, span]);
  const zoom = useMemo(() => parseZoom(zoomText, trace.duration), [zoomText, trace]);

  const select = useCallback(
    (place: number | undefined, details?: boolean) => {
      const item = place === undefined ? undefined : trace.items[place];
      if (item === undefined) return;
      const above = foldedAbove(trace, folded, item.place);
      drift({
        span: item.key,
        ...(details === true && { details: "1" }),
        ...(above.length > 0 && { fold: unlisted(folded, above) }),
        ...(kept !== null && kept[item.place] !== 1 && { only: undefined }),
      });
    },
    [trace, folded, kept, drift],
  );
  const fold = useCallback(
    (key: string, isFolded: boolean) => {
      drift({ fold: isFolded ? [...folded, key].slice(-FOLDED_MAX).join(",") : unlisted(folded, [key]) });
    },
    [folded, drift],
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
    found,
    marked,
    failed,
    zoom,
    selected,
    select,
    fold,
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
