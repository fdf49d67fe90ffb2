import { useEffect, useRef } from "react";
import { zoomBy } from "../../lib/trace/zoom.ts";
import type { TraceModel } from "./useTraceModel.ts";

/** Ctrl and the wheel zoom around the pointer, as in maps; the browser would zoom the page instead. */
export function useWheelZoom(
  scroller: { readonly current: HTMLElement | null },
  model: TraceModel,
  areaOf: (scroller: HTMLElement) => Element | null,
): void {
  const latest = useRef(model);
  latest.current = model;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { zoom, trace, setZoom } = latest.current;
      const cell = areaOf(element)?.getBoundingClientRect();
      if (cell === undefined || cell.width === 0) return;
      const share = Math.min(1, Math.max(0, (event.clientX - cell.left) / cell.width));
      const at = zoom.from + share * (zoom.to - zoom.from);
      setZoom(zoomBy(zoom, Math.exp(event.deltaY / 300), at, trace.duration), true);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [scroller, areaOf]);
}
