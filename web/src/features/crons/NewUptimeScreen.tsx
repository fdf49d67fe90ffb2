import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { createUptime } from "../../lib/api/monitors.ts";
import { useSession } from "../../lib/api/session.ts";
import { newUptimeDraft } from "../../lib/crons/uptime-draft.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";
import { UptimeForm } from "./UptimeForm.tsx";

const route = getRouteApi("/$org/uptime/new");

/** An address is to be watched. */
export function NewUptimeScreen() {
  const { org } = route.useParams();
  const navigate = route.useNavigate();
  const { projects } = useSession(org);
  const [project, setProject] = useState(projects[0]?.slug ?? "");
  const [initial] = useState(newUptimeDraft);
  return (
    <div className={styles.screen}>
      <div className={styles.bar}>
        <SelectField
          inline
          label={say("project")}
          value={project}
          options={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
          onChange={setProject}
        />
        <span className={styles.quiet}>{say("uptime.lead")}</span>
      </div>
      <div className={styles.columns}>
        <Card title={say("settings")}>
          <UptimeForm
            org={org}
            initial={initial}
            submit={say("uptime.create")}
            save={async (draft) => {
              const { id } = await createUptime(org, project, draft);
              void navigate({ to: "/$org/uptime/$project/$check", params: { org, project, check: id } });
            }}
          />
        </Card>
      </div>
    </div>
  );
}
