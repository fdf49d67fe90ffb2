import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { createMonitor } from "../../lib/api/monitors.ts";
import { useSession } from "../../lib/api/session.ts";
import { newMonitorDraft, slugOf } from "../../lib/crons/monitor-draft.ts";
import { Card } from "../../ui/Card/Card.tsx";
import styles from "./Crons.module.css";
import { MonitorForm } from "./MonitorForm.tsx";
import { SnippetsCard } from "./SnippetsCard.tsx";
import { say } from "./text.ts";

const route = getRouteApi("/$org/crons/new");

/** A monitor is made, with the code that checks in to it. */
export function NewCronScreen() {
  const { org } = route.useParams();
  const navigate = route.useNavigate();
  const { projects } = useSession(org);
  const [draft, setDraft] = useState(() => newMonitorDraft(projects[0]?.slug ?? ""));
  const [initial] = useState(draft);
  return (
    <div className={styles.screen}>
      <p className={styles.bar}>{say("new.lead")}</p>
      <div className={styles.columns}>
        <div className={styles.main}>
          <Card title={say("settings")}>
            <MonitorForm
              org={org}
              isNew
              initial={initial}
              onChange={setDraft}
              submit={say("create")}
              save={async (asked) => {
                const { slug } = await createMonitor(org, asked);
                void navigate({ to: "/$org/crons/$monitor", params: { org, monitor: slug }, search: {} });
              }}
            />
          </Card>
        </div>
        <div className={styles.side}>
          <SnippetsCard
            org={org}
            project={draft.project}
            slug={draft.slug.trim() === "" ? slugOf(draft.name) : draft.slug}
            config={draft.config}
          />
        </div>
      </div>
    </div>
  );
}
