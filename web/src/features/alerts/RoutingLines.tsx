import { linesOfRouting, type RouteLine } from "../../lib/alerts/routing.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Routing } from "../../lib/api/alert-types.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";
import styles from "./Alerts.module.css";

const INDENT_PX = 20;
const EDGE_PX = 12;

/** Which alerts go to whom, the routes below a route under it. */
export function RoutingLines({ routing }: { readonly routing: Routing }) {
  return (
    <ol className={styles.routes} aria-live="polite">
      {linesOfRouting(routing).map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a route is its place
        <li key={place} style={{ paddingLeft: EDGE_PX + line.depth * INDENT_PX }}>
          <Line line={line} />
        </li>
      ))}
    </ol>
  );
}

function Line({ line }: { readonly line: RouteLine }) {
  const { matchers, receiver, targets, groupBy, repeat, goesOn } = line;
  const facts = [
    groupBy.length === 0 ? "" : say("routing.groupBy", { labels: groupBy.join(", ") }),
    repeat === "" ? "" : say("routing.every", { time: repeat }),
    goesOn ? say("routing.also") : "",
  ].filter((text) => text !== "");
  return (
    <>
      <div className={styles.labels}>
        {matchers.length === 0 ? say("routing.all") : null}
        {matchers.map((matcher) => (
          <Chip key={matcher}>{matcher}</Chip>
        ))}
        <span aria-hidden="true">→</span>
        {targets === null ? (
          <span className={styles.bad}>{say("routing.noReceiver", { name: receiver })}</span>
        ) : (
          <b>
            {say("routing.to", {
              receiver,
              targets: targets.length === 0 ? say("routing.nobody") : targets.join(", "),
            })}
          </b>
        )}
      </div>
      {facts.length > 0 && <div className={styles.quiet}>{facts.join(" · ")}</div>}
    </>
  );
}
