import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { FlameTree } from "../../lib/api/profile-types.ts";
import { type Call, callTree, type Direction, lines } from "../../lib/flame/call-tree.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { cx } from "../../ui/cx.ts";
import styles from "./CallTable.module.css";
import { FunctionName } from "./FunctionName.tsx";
import { formatMicros, Share } from "./ProfileNumbers.tsx";

interface Props {
  readonly tree: FlameTree;
  readonly direction: Direction;
  readonly find: string;
}

const ROW_PX = 28;
/** How far the heaviest way is unfolded at first. */
const UNFOLDED_AT_FIRST = 6;

/** The calls as a tree in a table: from the top down, or from the functions up to who called them. */
export function CallTable({ tree, direction, find }: Props) {
  const model = useMemo(() => callTree(tree), [tree]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => heaviest(model, direction));
  const [at, setAt] = useState(0);
  const shown = useMemo(() => lines(model, direction, open), [model, direction, open]);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  useEffect(() => {
    setOpen(heaviest(model, direction));
    setAt(0);
  }, [model, direction]);
  const sought = find.trim().toLowerCase();
  const hits = useMemo(
    () =>
      tree.functions.map(
        ({ name, module, file }) =>
          sought !== "" && `${module === "" ? file : module} ${name}`.toLowerCase().includes(sought),
      ),
    [tree.functions, sought],
  );
  const fold = (call: Call | undefined, isOpen: boolean) => {
    if (call === undefined || !call.hasMore) return;
    const next = new Set(open);
    if (isOpen) next.add(call.key);
    else next.delete(call.key);
    setOpen(next);
  };
  const move = (to: number) => {
    const place = Math.max(0, Math.min(shown.length - 1, to));
    setAt(place);
    list.scrollToIndex(place, { align: "auto" });
  };
  const onKey = (event: KeyboardEvent) => {
    const call = shown[at];
    const isOpen = call !== undefined && open.has(call.key);
    const parent = shown.findLastIndex(({ depth }, index) => index < at && depth < (call?.depth ?? 0));
    const actions: Record<string, () => void> = {
      arrowdown: () => move(at + 1),
      arrowup: () => move(at - 1),
      pagedown: () => move(at + 15),
      pageup: () => move(at - 15),
      home: () => move(0),
      end: () => move(shown.length - 1),
      arrowright: () => (isOpen ? move(at + 1) : fold(call, true)),
      arrowleft: () => (isOpen ? fold(call, false) : parent >= 0 && move(parent)),
      enter: () => fold(call, !isOpen),
    };
    const run = actions[event.key.toLowerCase()];
    if (run === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  return (
    <div className={styles.table}>
      <div className={styles.head} aria-hidden="true">
        <span>{t("profiles.self")}</span>
        <span>{t("profiles.total")}</span>
        <span>{t("profiles.share")}</span>
        <span>{t("profiles.samples")}</span>
        <span>{t("profiles.function")}</span>
      </div>
      <div
        ref={scroller}
        role="treegrid"
        tabIndex={0}
        aria-label={t(direction === "down" ? "profiles.view.down" : "profiles.view.up")}
        aria-rowcount={shown.length}
        aria-activedescendant={`call-${at}`}
        className={styles.rows}
        onKeyDown={onKey}
      >
        <div role="rowgroup" style={{ height: list.getTotalSize(), position: "relative" }}>
          {list.getVirtualItems().map(({ index, start }) => {
            const call = shown[index];
            if (call === undefined) return null;
            const isOpen = open.has(call.key);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
              <div
                key={call.key}
                id={`call-${index}`}
                role="row"
                aria-rowindex={index + 1}
                aria-level={call.depth + 1}
                aria-expanded={call.hasMore ? isOpen : undefined}
                aria-selected={index === at}
                tabIndex={-1}
                className={cx(styles.row, hits[call.fn] === true && styles.hit)}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => {
                  setAt(index);
                  fold(call, !isOpen);
                }}
              >
                <span role="gridcell">{formatMicros(call.own)}</span>
                <span role="gridcell">{formatMicros(call.total)}</span>
                <span role="gridcell">
                  <Share of={call.total} total={model.total} />
                </span>
                <span role="gridcell">{formatCount(call.samples)}</span>
                <span role="gridcell" style={{ paddingLeft: Math.min(call.depth, 40) * 14 }}>
                  <span className={styles.caret} aria-hidden="true">
                    {call.hasMore && (isOpen ? <ChevronDown size={13} /> : <ChevronRight size={13} />)}
                  </span>
                  <FunctionName of={tree.functions[call.fn]} />
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The keys of the heaviest way, so that what matters is seen without a click. */
function heaviest(tree: ReturnType<typeof callTree>, direction: Direction): ReadonlySet<string> {
  const open = new Set<string>();
  if (direction === "up") return open;
  for (let depth = 0; depth < UNFOLDED_AT_FIRST; depth += 1) {
    const found = lines(tree, direction, open);
    const next = found
      .filter((call) => call.depth === depth && call.hasMore && !open.has(call.key))
      .toSorted((a, b) => b.total - a.total)[0];
    if (next === undefined) break;
    open.add(next.key);
  }
  return open;
}
