import { Info } from "lucide-react";
import type { Odd } from "../../lib/api/trace-types.ts";
import { formatPercent } from "../../lib/format.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { titleOf } from "../../lib/trace/model.ts";
import styles from "./TraceNotes.module.css";
import type { TraceModel } from "./useTraceModel.ts";

export const ODD: Readonly<Record<Odd, MessageKey>> = {
  orphan: "trace.odd.orphan",
  cycle: "trace.odd.cycle",
  duplicate: "trace.odd.duplicate",
  deep: "trace.odd.deep",
  starts_before_parent: "trace.odd.clock",
  second_root: "trace.odd.roots",
};

/** A share of the trace from which one span is worth naming. */
const TELLING_SHARE = 0.25;

/** What a person should know before reading the trace: what it waits for, and what is odd about it. */
export function TraceNotes({ model, isCut }: { readonly model: TraceModel; readonly isCut: boolean }) {
  const { trace, marked } = model;
  const odd = [...trace.odd];
  const slowest = slowestOf(model);
  if (odd.length === 0 && slowest === null && marked.length === 0 && !isCut) return null;
  return (
    <ul className={styles.notes} aria-label={t("trace.notes")}>
      {slowest !== null && (
        <li>
          {t("trace.waits", { share: formatPercent(slowest.share) })}{" "}
          <button type="button" className={styles.link} onClick={() => model.select(slowest.place, true)}>
            {slowest.title}
          </button>
        </li>
      )}
      {marked.length > 0 && (
        <li>
          {t("trace.marked", { count: marked.length })}{" "}
          <button type="button" className={styles.link} onClick={() => model.step(marked, 1)}>
            {t("trace.marked.next")}
          </button>
        </li>
      )}
      {isCut && <Note text={t("trace.cut", { count: trace.spans })} />}
      {odd.map(([what, count]) => (
        <Note key={what} text={t(ODD[what], { count })} />
      ))}
    </ul>
  );
}

function Note({ text }: { readonly text: string }) {
  return (
    <li className={styles.odd}>
      <Info size={13} aria-hidden="true" />
      {text}
    </li>
  );
}

function slowestOf({ trace, waited }: TraceModel): { place: number; share: number; title: string } | null {
  let [place, longest] = [-1, 0];
  let total = 0;
  for (const [at, ms] of waited) {
    total += ms;
    if (ms > longest) [place, longest] = [at, ms];
  }
  const of = trace.items[place]?.of;
  // A trace of one span waits for that span: nothing to tell.
  if (of === undefined || trace.spans < 2 || longest / total < TELLING_SHARE) return null;
  const op = of.event_type === "span" ? of.op : "";
  return { place, share: longest / total, title: `${op} ${titleOf(of)}`.trim() };
}
