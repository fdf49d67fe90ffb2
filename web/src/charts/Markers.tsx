import type { MouseEvent } from "react";
import { formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { cx } from "../ui/cx.ts";
import styles from "./Markers.module.css";
import { apart, type Marker, type MarkerGroup, type Words, wordsOf } from "./markers.ts";

interface Props {
  readonly markers: readonly Marker[];
  /** The left edge of the chart, in milliseconds since 1970. */
  readonly start: number;
  /** How long the chart is, in milliseconds. */
  readonly span: number;
  /** Without words beside the marks, for small charts. */
  readonly bare?: boolean;
}

/** Releases, deploys and changes of flags, each at its time: pointing says which, choosing leads there. */
export function Markers({ markers, start, span, bare = false }: Props) {
  if (span === 0) return null;
  const groups = apart(markers, start, span);
  // Words about flags have a line of their own.
  const lines = [true, false].map((flags) =>
    groups.filter((group) => (group.markers[0].kind === "flag") === flags),
  );
  return lines.flatMap((line) => {
    const words = wordsOf(line.map(({ share }) => share));
    return line.map((group, place) => (
      <Mark
        key={`${group.markers[0].kind} ${group.share}`}
        group={group}
        words={words[place] ?? NO_ROOM}
        bare={bare}
      />
    ));
  });
}

const NO_ROOM: Words = { left: false, room: 0 };

interface MarkProps {
  readonly group: MarkerGroup;
  readonly words: Words;
  readonly bare: boolean;
}

function Mark({ group: { share, markers }, words, bare }: MarkProps) {
  const [first, ...others] = markers;
  const inside = (
    <>
      <Glyph kind={first.kind} />
      {!bare && (
        <span
          className={styles.label}
          style={{ maxWidth: `min(220px, calc(${(words.room * 100).toFixed(2)}cqw - 18px))` }}
        >
          {others.length === 0 ? first.label : t("marker.more", { label: first.label, count: others.length })}
        </span>
      )}
      <span className={styles.tip} aria-hidden="true">
        {markers.map((marker) => (
          <span key={`${marker.time} ${marker.said}`}>
            <b>{marker.said}</b> {formatMoment(marker.time)}
          </span>
        ))}
      </span>
    </>
  );
  const shared = {
    className: cx(styles.marker, first.kind === "flag" && styles.flag, words.left && styles.left),
    style: { left: `${share * 100}%` },
  };
  const said = markers.map((marker) => `${marker.said}, ${formatMoment(marker.time)}`).join("; ");
  if (first.href === undefined) {
    return (
      <span {...shared} role="img" aria-label={said}>
        {inside}
      </span>
    );
  }
  const open = (event: MouseEvent) => {
    if (first.open === undefined || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    first.open();
  };
  return (
    <a
      {...shared}
      href={first.href}
      aria-label={said}
      draggable={false}
      onClick={open}
      // Or the chart would take it for the beginning of a choice of time.
      onPointerDown={(event) => event.stopPropagation()}
    >
      {inside}
    </a>
  );
}

/** Told apart by shape, not by colour alone. */
function Glyph({ kind }: { readonly kind: Marker["kind"] }) {
  return (
    <svg className={styles.glyph} width={9} height={9} viewBox="0 0 9 9" aria-hidden="true">
      {kind === "release" && <path d="M0.5 1h8L4.5 8.5z" />}
      {kind === "deploy" && <circle cx={4.5} cy={4.5} r={3.8} />}
      {kind === "flag" && <path d="M4.5 0L9 4.5L4.5 9L0 4.5z" />}
    </svg>
  );
}
