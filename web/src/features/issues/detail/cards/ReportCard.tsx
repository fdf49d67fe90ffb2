import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import styles from "./Cards.module.css";

/** What a user wrote about it. */
export function ReportCard({ event }: { readonly event: EventDetail }) {
  const report = event.userReport;
  if (report === null || report === undefined) return null;
  return (
    <Card
      title={t("report")}
      actions={<span>{[report.name, report.email].filter((one) => one !== "").join(" · ")}</span>}
    >
      <p className={styles.message}>{report.comments}</p>
    </Card>
  );
}
