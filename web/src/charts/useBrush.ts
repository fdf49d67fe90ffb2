import { type PointerEvent, useState } from "react";

/** Where the pointer is and where it went down, as bucket numbers. */
export interface Pointed {
  readonly at: number;
  readonly from: number | null;
}

export interface Brush {
  readonly pointed: Pointed | null;
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent<HTMLDivElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLDivElement>) => void;
    readonly onPointerUp: (event: PointerEvent<HTMLDivElement>) => void;
    readonly onPointerLeave: () => void;
    readonly onPointerCancel: () => void;
  };
}

/** Pointing at buckets that fill an element from left to right, and choosing some of them by dragging. */
export function useBrush(buckets: number, onChoose?: (first: number, last: number) => void): Brush {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const bucketAt = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width);
    return Math.min(buckets - 1, Math.max(0, Math.floor(share * buckets)));
  };
  return {
    pointed,
    handlers: {
      onPointerDown: (event) => {
        if (onChoose === undefined || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = bucketAt(event);
        setPointed({ at, from: at });
      },
      onPointerMove: (event) => setPointed({ at: bucketAt(event), from: pointed?.from ?? null }),
      onPointerUp: (event) => {
        const from = pointed?.from ?? null;
        const at = bucketAt(event);
        setPointed({ at, from: null });
        if (from !== null && from !== at) onChoose?.(Math.min(from, at), Math.max(from, at));
      },
      onPointerLeave: () => setPointed(pointed?.from == null ? null : pointed),
      onPointerCancel: () => setPointed(null),
    },
  };
}
