import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { errorMessage, isFrameProblem } from "../../../../lib/frame-problems.ts";
import { t } from "../../../../lib/i18n.ts";
import { inlineText } from "../../../../ui/JsonTree/JsonTree.tsx";
import styles from "./Cards.module.css";

/** What was wrong with the event as it came; it is shown as far as it could be read. */
export function ProcessingCard({ event }: { readonly event: EventDetail }) {
  if (event.errors.length === 0) return null;
  return (
    <details className={styles.warning}>
      <summary>{t("processing", { count: event.errors.length })}</summary>
      <ul>
        {event.errors.map((error, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <li key={index}>
            {errorMessage(error)}
            {/* What is wrong with frames is said in a sentence already, and on the frame. */}
            {!isFrameProblem(error.type) &&
              error.data !== undefined &&
              Object.keys(error.data).length > 0 && (
                <>
                  {" "}
                  <code>{inlineText(error.data) ?? ""}</code>
                </>
              )}
          </li>
        ))}
      </ul>
    </details>
  );
}
