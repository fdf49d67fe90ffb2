import { say } from "../../lib/alerts/text.ts";
import type { Delivery } from "../../lib/api/alert-types.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";
import styles from "./Alerts.module.css";

/** Whom a message went to, and whether it arrived. */
export function DeliveryChip({ delivery: { state, target, attempts } }: { readonly delivery: Delivery }) {
  return (
    <div className={styles.sentence}>
      {state === "delivered" && <Chip tone="ok">{say("delivery.delivered")}</Chip>}
      {state === "waiting" && <Chip tone="info">{say("delivery.waiting")}</Chip>}
      {state === "dead" && <Chip tone="error">{say("delivery.dead")}</Chip>}
      <span>{target.to ?? target.name ?? target.channel ?? target.kind}</span>
      {attempts > 1 && <span className={styles.quiet}>{say("delivery.attempts", { count: attempts })}</span>}
    </div>
  );
}
