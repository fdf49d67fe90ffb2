import type { RefObject } from "react";
import { useShortcuts } from "../../lib/keys.ts";
import { whole, zoomBy } from "../../lib/trace/zoom.ts";
import type { TraceModel } from "./useTraceModel.ts";

const CLOSER = 0.5;

/** A trace without a mouse. */
export function useTraceKeys(model: TraceModel, field: RefObject<HTMLInputElement | null>): void {
  const { trace, rows, selected, select, search } = model;
  const at = selected === undefined ? -1 : rows.indexOf(selected.place);
  const move = (by: number) => () => select(rows[Math.max(0, Math.min(rows.length - 1, at + by))]);
  const isOpen =
    selected !== undefined &&
    selected.children > 0 &&
    !model.folded.has(selected.key) &&
    !model.foldedRepeats.has(selected.place);
  const left = () => {
    if (selected === undefined) select(rows[0]);
    else if (isOpen) model.fold(selected.key, true);
    else if (model.repeats.has(selected.place) && !model.foldedRepeats.has(selected.place))
      model.foldRepeat(selected.place, true);
    else if (selected.parent >= 0) select(selected.parent);
  };
  const right = () => {
    if (selected === undefined) select(rows[0]);
    else if (model.foldedRepeats.has(selected.place)) model.foldRepeat(selected.place, false);
    else if (selected.children > 0 && !isOpen) model.fold(selected.key, false);
    else if (isOpen) select(rows[at + 1]);
  };
  const zoom = (factor: number) => () => {
    const { from, to } = model.zoom;
    const inView = selected !== undefined && selected.start >= from && selected.start <= to;
    const center = inView ? Math.min(to, selected.start + selected.duration / 2) : (from + to) / 2;
    model.setZoom(zoomBy(model.zoom, factor, center, trace.duration), true);
  };
  const close = () => {
    if (search.details !== undefined) model.change({ details: undefined });
    else if (search.find !== undefined || search.only !== undefined)
      model.change({ find: undefined, only: undefined });
  };
  const focus = () => field.current?.focus();
  const sought = model.found.length > 0 ? model.found : model.marked;
  useShortcuts([
    { keys: "j", label: "keys.nextSpan", run: move(1) },
    { keys: "k", label: "keys.previousSpan", run: move(-1) },
    { keys: "arrowdown", label: "keys.nextSpan", run: move(1) },
    { keys: "arrowup", label: "keys.previousSpan", run: move(-1) },
    { keys: "pagedown", label: "keys.nextSpans", run: move(20) },
    { keys: "pageup", label: "keys.previousSpans", run: move(-20) },
    { keys: "home", label: "keys.firstSpan", run: () => select(rows[0]) },
    { keys: "end", label: "keys.lastSpan", run: () => select(rows.at(-1)) },
    { keys: "arrowleft", label: "keys.foldSpan", run: left },
    { keys: "arrowright", label: "keys.unfoldSpan", run: right },
    { keys: "enter", label: "keys.details", run: () => select(selected?.place ?? rows[0], true) },
    { keys: "/", label: "keys.findSpan", run: focus },
    { keys: "f", label: "keys.findSpan", run: focus },
    { keys: "n", label: "keys.nextFound", run: () => model.step(sought, 1) },
    { keys: "p", label: "keys.previousFound", run: () => model.step(sought, -1) },
    { keys: "]", label: "keys.nextError", run: () => model.step(model.failed, 1) },
    { keys: "[", label: "keys.previousError", run: () => model.step(model.failed, -1) },
    { keys: "+", label: "keys.zoomIn", run: zoom(CLOSER) },
    { keys: "-", label: "keys.zoomOut", run: zoom(1 / CLOSER) },
    { keys: "0", label: "keys.zoomReset", run: () => model.setZoom(whole(trace.duration), true) },
    {
      keys: "v",
      label: "keys.flame",
      run: () => model.change({ as: search.as === "flame" ? undefined : "flame" }),
    },
    { keys: "escape", label: "keys.closeDetails", run: close },
  ]);
}
