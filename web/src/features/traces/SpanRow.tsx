import { ChevronDown, ChevronRight, CircleAlert, Lightbulb, MapPin, TriangleAlert } from "lucide-react";
import { type CSSProperties, memo } from "react";
import type { TraceEvent } from "../../lib/api/trace-types.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import type { Stretch } from "../../lib/trace/critical-path.ts";
import { eventsOf, hasFailed, type Item, titleOf } from "../../lib/trace/model.ts";
import type { Repeat } from "../../lib/trace/repeats.ts";
import { cx } from "../../ui/cx.ts";
import { ODD } from "./TraceNotes.tsx";
import styles from "./Waterfall.module.css";

interface Props {
  readonly item: Item;
  readonly index: number;
  readonly top: number;
  /** Of the whole trace. */
  readonly duration: number;
  readonly color: string;
  /** When this span was waited for. */
  readonly path: readonly Stretch[];
  readonly isSelected: boolean;
  readonly isFolded: boolean;
  /** The siblings that do the same, if this is the first of them; folded, this row stands for all. */
  readonly repeat: Repeat | undefined;
  readonly isRepeatFolded: boolean;
  /** All of the trace. */
  readonly items: readonly Item[];
  readonly isFound: boolean;
  readonly isMarked: boolean;
  readonly onSelect: (place: number, details: boolean) => void;
  readonly onFold: (key: string, folded: boolean) => void;
  readonly onFoldRepeat: (head: number, folded: boolean) => void;
}

const INDENT_PX = 14;
/** Deeper rows stand as far in as these and tell their depth. */
const INDENTS_MAX = 20;
/** Events that a bar shows; the details list all. */
const DOTS_MAX = 10;
/** Bars nearer than this part of the trace are one. */
const NEAR = 1_000;
/** From here on a duration stands left of its bar, so that it is not cut off at the right. */
const LABEL_LEFT_PERCENT = 84;

/** Stable props and no state: rows that scroll in cost nothing to those that are there. */
export const SpanRow = memo(function SpanRow(props: Props) {
  const { item, index, top, isSelected, isFolded, onSelect } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard moves the cursor of the whole grid
    <div
      id={`span-${item.place}`}
      role="row"
      aria-rowindex={index + 1}
      aria-level={item.depth + 1}
      aria-expanded={props.isRepeatFolded ? false : item.children > 0 ? !isFolded : undefined}
      aria-selected={isSelected}
      className={cx(
        styles.row,
        isSelected && styles.selected,
        props.isFound && styles.found,
        props.isMarked && styles.marked,
        hasFailed(item.of) && styles.failed,
      )}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(item.place, true)}
    >
      <Name {...props} />
      {props.isRepeatFolded && props.repeat !== undefined ? (
        <RepeatBar {...props} repeat={props.repeat} />
      ) : (
        <Bar {...props} />
      )}
    </div>
  );
});

function Name(props: Props) {
  const { item, color, isFolded, isMarked, repeat, isRepeatFolded, onFold, onFoldRepeat } = props;
  const { of, depth } = item;
  const title = titleOf(of);
  const indent = Math.min(depth, INDENTS_MAX) * INDENT_PX;
  const odd = of.event_type === "span" ? of.odd : [];
  return (
    <div role="gridcell" className={styles.name} style={{ paddingLeft: 8 + indent }} title={title}>
      {item.children > 0 && !isRepeatFolded ? (
        <button
          type="button"
          tabIndex={-1}
          className={styles.fold}
          aria-label={t(isFolded ? "trace.unfold" : "trace.fold", { count: item.children })}
          onClick={(event) => {
            event.stopPropagation();
            onFold(item.key, !isFolded);
          }}
        >
          {isFolded ? <ChevronRight size={11} /> : <ChevronDown size={11} />}
          {item.children}
        </button>
      ) : (
        <span className={styles.leaf} />
      )}
      {depth > INDENTS_MAX && <span className={styles.depth}>{t("trace.depth", { depth })}</span>}
      <i className={styles.swatch} style={{ background: color }} />
      {isMarked && <MapPin size={12} className={styles.pin} role="img" aria-label={t("trace.pin")} />}
      {hasFailed(of) && (
        <CircleAlert size={12} className={styles.alert} role="img" aria-label={t("trace.failed")} />
      )}
      {of.event_type === "occurrence" && (
        <Lightbulb size={12} className={styles.finding} role="img" aria-label={t("trace.finding")} />
      )}
      {odd.length > 0 && (
        <TriangleAlert
          size={12}
          className={styles.odd}
          role="img"
          aria-label={odd.map((what) => t(ODD[what], { count: 1 })).join(" ")}
        />
      )}
      {repeat !== undefined && (
        <button
          type="button"
          tabIndex={-1}
          className={styles.repeat}
          aria-label={t(isRepeatFolded ? "trace.repeat.unfold" : "trace.repeat.fold", {
            count: repeat.places.length,
          })}
          onClick={(event) => {
            event.stopPropagation();
            onFoldRepeat(repeat.head, !isRepeatFolded);
          }}
        >
          {isRepeatFolded ? <ChevronRight size={11} /> : <ChevronDown size={11} />}
          {repeat.places.length}×
        </button>
      )}
      <b>{of.event_type === "span" ? of.op : of.level}</b>
      <span className={styles.title}>{title}</span>
      {isFolded && item.events > eventsOf(of).length && (
        <span className={styles.inside}>
          {t("trace.inside", { count: item.events - eventsOf(of).length })}
        </span>
      )}
    </div>
  );
}

/** Percents of the trace's time; what is on screen of it is up to two variables of the frame. */
function placed(from: number, width: number): CSSProperties {
  return { left: `calc((${from}% - var(--z0)) * var(--zk))`, width: `calc(${width}% * var(--zk))` };
}

/** All that a row stands for: one bar for each, those nearer to each other than can be seen being one. */
function RepeatBar({ repeat, items, color, duration }: Props & { readonly repeat: Repeat }) {
  const bars: { from: number; to: number }[] = [];
  for (const place of repeat.places) {
    const item = items[place];
    if (item === undefined) continue;
    const [from, to] = [item.start, item.start + item.duration];
    const before = bars.at(-1);
    if (before !== undefined && from - before.to < duration / NEAR) before.to = Math.max(before.to, to);
    else bars.push({ from, to });
  }
  const percent = (ms: number) => (duration > 0 ? (ms / duration) * 100 : 0);
  const end = percent(Math.max(0, ...bars.map(({ to }) => to)));
  const start = percent(items[repeat.head]?.start ?? 0);
  const label =
    end > LABEL_LEFT_PERCENT
      ? { right: `calc(100% - (${start}% - var(--z0)) * var(--zk) + 6px)` }
      : { left: `calc((${end}% - var(--z0)) * var(--zk) + 6px)` };
  return (
    <div role="gridcell" className={styles.cell} data-bar="">
      {bars.map(({ from, to }) => (
        <i
          key={from}
          className={styles.bar}
          style={{ ...placed(percent(from), percent(to - from)), background: color }}
        />
      ))}
      <em style={label}>{t("trace.repeat.sum", { duration: formatDuration(repeat.duration) })}</em>
    </div>
  );
}

function Bar({ item, color, path, duration }: Props) {
  const percent = (ms: number) => (duration > 0 ? (ms / duration) * 100 : 0);
  const left = percent(item.start);
  const right = percent(item.start + item.duration);
  const events = eventsOf(item.of).slice(0, DOTS_MAX);
  const label =
    right > LABEL_LEFT_PERCENT && left > 12
      ? { right: `calc(100% - (${left}% - var(--z0)) * var(--zk) + 6px)` }
      : right > LABEL_LEFT_PERCENT
        ? { right: 6 }
        : { left: `calc((${right}% - var(--z0)) * var(--zk) + 6px)` };
  const isInside = right > LABEL_LEFT_PERCENT && left <= 12;
  // A finding is about all of its span; an error may arrive after the span ended.
  const dotAt = ({ event_type, start_timestamp }: TraceEvent) => {
    const after = (start_timestamp - item.of.start_timestamp) * 1000;
    const inside = event_type === "error" ? Math.min(Math.max(after, 0), item.duration) : 0;
    return percent(item.start + inside);
  };
  return (
    <div role="gridcell" className={styles.cell} data-bar="">
      {item.of.event_type === "span" && (
        <i className={styles.bar} style={{ ...placed(left, right - left), background: color }} />
      )}
      {path.map(({ from, to }) => (
        <i key={from} className={styles.path} style={placed(percent(from), percent(to - from))} />
      ))}
      {events.map((event) => (
        <i
          key={event.event_id}
          className={cx(styles.dot, event.event_type === "occurrence" && styles.hint)}
          style={{ left: `calc((${dotAt(event)}% - var(--z0)) * var(--zk))` }}
        />
      ))}
      {item.of.event_type === "span" && (
        <em className={cx(isInside && styles.plate)} style={label}>
          {formatDuration(item.duration)}
        </em>
      )}
    </div>
  );
}
