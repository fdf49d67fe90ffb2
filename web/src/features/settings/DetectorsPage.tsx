import { useQuery } from "@tanstack/react-query";
import { detectorsQuery } from "../../lib/api/detectors.ts";
import { changedSettings, resetOf, undoOf } from "../../lib/detectors.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { DetectorCard } from "./DetectorCard.tsx";
import { Page } from "./Page.tsx";
import { useDetectorChange } from "./useDetectorChange.ts";
import { WithProject } from "./WithProject.tsx";

export function DetectorsPage() {
  return (
    <WithProject>
      {({ org, project }) => {
        const mayChange = project.access.includes("project:write");
        return <Detectors key={project.id} org={org} project={project.slug} mayChange={mayChange} />;
      }}
    </WithProject>
  );
}

interface Props {
  readonly org: string;
  readonly project: string;
  readonly mayChange: boolean;
}

function Detectors({ org, project, mayChange }: Props) {
  const detectors = remote(useQuery(detectorsQuery(org, project)));
  const { busy, problem, change } = useDetectorChange(org, project);
  switch (detectors.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={detectors.problem} onRetry={detectors.retry} />;
    case "empty":
    case "ready": {
      const thresholds = changedSettings(detectors.value).filter((setting) => setting.unit !== "switch");
      const reset = (
        <Button
          disabled={!mayChange || busy || thresholds.length === 0}
          onClick={() => void change(resetOf(thresholds), undoOf(thresholds))}
        >
          {t("detectors.resetAll")}
        </Button>
      );
      return (
        <Page title={t("detectors.title")} lead={t("detectors.lead")} actions={reset}>
          {!mayChange && <p>{t("detectors.readOnly")}</p>}
          <FormProblem problem={problem} />
          {detectors.value.map((detector) => (
            <DetectorCard
              key={detector.id}
              org={org}
              project={project}
              detector={detector}
              mayChange={mayChange}
            />
          ))}
        </Page>
      );
    }
  }
}
