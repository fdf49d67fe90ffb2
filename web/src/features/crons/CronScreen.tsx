import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import type { Monitor } from "../../lib/api/monitor-types.ts";
import { changeMonitor, deleteMonitor, monitorQuery, monitorsKey } from "../../lib/api/monitors.ts";
import { draftOfMonitor } from "../../lib/crons/monitor-draft.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import type { CronSpan } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { CheckInList } from "./CheckInList.tsx";
import styles from "./Crons.module.css";
import { EnvironmentsCard } from "./EnvironmentsCard.tsx";
import { MonitorForm } from "./MonitorForm.tsx";
import { ProcessingErrors } from "./ProcessingErrors.tsx";
import { SnippetsCard } from "./SnippetsCard.tsx";
import { scheduleText } from "./schedule.ts";
import { say } from "./text.ts";

const route = getRouteApi("/$org/crons/$monitor");

/** One job: how it ran, when it is due, and when something is wrong with it. */
export function CronScreen() {
  const { org, monitor: address } = route.useParams();
  const { span = "48h" } = route.useSearch();
  const navigate = route.useNavigate();
  const monitor = remote(useQuery(monitorQuery(org, address)));
  switch (monitor.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={monitor.problem} onRetry={monitor.retry} />;
    case "empty":
    case "ready":
      return (
        <MonitorPage
          org={org}
          monitor={monitor.value}
          span={span}
          onSpan={(value) => void navigate({ search: { span: value }, resetScroll: false })}
          onGone={() => navigate({ to: "/$org/crons", params: { org }, search: {} })}
          onMoved={(slug) =>
            void navigate({ to: "/$org/crons/$monitor", params: { org, monitor: slug }, search: {} })
          }
        />
      );
  }
}

interface Props {
  readonly org: string;
  readonly monitor: Monitor;
  readonly span: CronSpan;
  readonly onSpan: (span: CronSpan) => void;
  /** Leaves the screen, before what is gone is asked for again. */
  readonly onGone: () => Promise<void>;
  readonly onMoved: (slug: string) => void;
}

function MonitorPage({ org, monitor, span, onSpan, onGone, onMoved }: Props) {
  return (
    <div className={styles.screen}>
      <Head org={org} monitor={monitor} onGone={onGone} />
      <div className={styles.columns}>
        <div className={styles.main}>
          <EnvironmentsCard org={org} monitor={monitor} span={span} onSpan={onSpan} />
          <CheckInList org={org} monitor={monitor} />
        </div>
        <div className={styles.side}>
          <ProcessingErrors org={org} monitor={monitor} />
          <Card title={say("settings")}>
            {monitor.isUpserting && <p className={styles.note}>{say("upserting")}</p>}
            <MonitorForm
              key={monitor.id}
              org={org}
              initial={draftOfMonitor(monitor)}
              submit={t("save")}
              save={async (draft) => {
                const { name, slug, owner, config } = draft;
                const saved = await changeMonitor(org, monitor.id, { name, slug, owner, config });
                if (saved.slug !== monitor.slug) onMoved(saved.slug);
              }}
            />
          </Card>
          <SnippetsCard
            org={org}
            project={monitor.project.slug}
            slug={monitor.slug}
            config={monitor.config}
          />
        </div>
      </div>
    </div>
  );
}

type HeadProps = Pick<Props, "org" | "monitor" | "onGone">;

function Head({ org, monitor, onGone }: HeadProps) {
  const action = useAction(monitorsKey(org));
  const [asking, setAsking] = useState(false);
  const { id, name, isMuted, status, config, project } = monitor;
  const isOn = status === "active";
  const remove = async () => {
    await action.run(
      async () => {
        await deleteMonitor(org, id);
        await onGone();
      },
      say("deleted", { name }),
    );
  };
  return (
    <header className={styles.head}>
      <h2 className={styles.title}>{name}</h2>
      {!isOn && <Chip>{say("status.disabled")}</Chip>}
      {isMuted && <Chip>{say("muted")}</Chip>}
      <span className={styles.quiet}>
        {scheduleText(config)} · {project.slug}
      </span>
      <span className={styles.spacer} />
      <FormProblem problem={action.problem} />
      <Button
        disabled={action.busy}
        onClick={() => void action.run(() => changeMonitor(org, id, { isMuted: !isMuted }), t("saved"))}
      >
        {say(isMuted ? "unmute" : "mute")}
      </Button>
      <Button
        disabled={action.busy}
        onClick={() =>
          void action.run(() => changeMonitor(org, id, { status: isOn ? "disabled" : "active" }), t("saved"))
        }
      >
        {say(isOn ? "disable" : "enable")}
      </Button>
      <Button disabled={action.busy} onClick={() => setAsking(true)}>
        {say("delete")}
      </Button>
      {asking && (
        <ConfirmDialog
          title={say("delete.title", { name })}
          text={say("delete.text")}
          action={say("delete")}
          onConfirm={() => void remove()}
          onClose={() => setAsking(false)}
        />
      )}
    </header>
  );
}
