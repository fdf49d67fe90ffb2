import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { changeDetectors, detectorsQuery } from "../../lib/api/detectors.ts";
import type { Detector, DetectorChange } from "../../lib/api/types.ts";
import { changedSettings, resetOf, undoOf } from "../../lib/detectors.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { toast } from "../../lib/toasts.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { DetectorCard } from "./DetectorCard.tsx";
import { Page } from "./Page.tsx";
import { WithProject } from "./WithProject.tsx";

export function DetectorsPage() {
  return (
    <WithProject>
      {({ org, project }) => (
        <Detectors
          key={project.id}
          org={org}
          project={project.slug}
          mayChange={project.access.includes("project:write")}
        />
      )}
    </WithProject>
  );
}

interface Props {
  readonly org: string;
  readonly project: string;
  readonly mayChange: boolean;
}

function Detectors({ org, project, mayChange }: Props) {
  const query = detectorsQuery(org, project);
  const detectors = remote(useQuery(query));
  const action = useAction(query.queryKey);
  // Fields are made anew with what the server has, once something else than typing changed it.
  const [edition, setEdition] = useState(0);
  const change = async (what: DetectorChange, back: DetectorChange) => {
    if (!(await action.run(() => changeDetectors(org, project, what)))) return false;
    setEdition((number) => number + 1);
    toast(t("saved"), () => {
      void action
        .run(() => changeDetectors(org, project, back), t("undone"))
        .then(() => setEdition((number) => number + 1));
    });
    return true;
  };
  switch (detectors.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={detectors.problem} onRetry={detectors.retry} />;
    case "empty":
    case "ready": {
      const changed = changedSettings(detectors.value);
      return (
        <Page
          title={t("detectors.title")}
          lead={t("detectors.lead")}
          actions={
            <Button
              disabled={!mayChange || action.busy || changed.length === 0}
              onClick={() => void change(resetOf(changed), undoOf(changed))}
            >
              {t("detectors.resetAll")}
            </Button>
          }
        >
          {!mayChange && <p>{t("detectors.readOnly")}</p>}
          <FormProblem problem={action.problem} />
          {detectors.value.map((detector: Detector) => (
            <DetectorCard
              key={`${detector.id} ${edition}`}
              detector={detector}
              disabled={!mayChange || action.busy}
              onChange={change}
            />
          ))}
        </Page>
      );
    }
  }
}
