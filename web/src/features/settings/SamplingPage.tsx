import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { changeSampling, samplingQuery } from "../../lib/api/sampling.ts";
import type { SamplingSettings, SamplingView } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { toast } from "../../lib/toasts.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { SamplingBuiltIn } from "./SamplingBuiltIn.tsx";
import { SamplingPreviewCard } from "./SamplingPreviewCard.tsx";
import { SamplingRules } from "./SamplingRules.tsx";

const route = getRouteApi("/$org/settings/projects/$project");

/** Which traces of a project stay, and what that would keep of the last hour. */
export function SamplingPage() {
  const { org, project } = route.useParams();
  const sampling = remote(useQuery(samplingQuery(org, project)));
  switch (sampling.state) {
    case "loading":
      return <Skeleton lines={12} />;
    case "failed":
      return <ProblemView problem={sampling.problem} onRetry={sampling.retry} />;
    case "empty":
    case "ready":
      return <SamplingForm key={project} org={org} project={project} view={sampling.value} />;
  }
}

interface FormProps {
  readonly org: string;
  readonly project: string;
  readonly view: SamplingView;
}

function SamplingForm({ org, project, view }: FormProps) {
  const action = useAction(samplingQuery(org, project).queryKey);
  const [draft, setDraft] = useState<SamplingSettings>(view.settings);
  const change = (part: Partial<SamplingSettings>) => setDraft((known) => ({ ...known, ...part }));
  const isChanged = JSON.stringify(draft) !== JSON.stringify(view.settings);
  const save = () => void action.run(() => changeSampling(org, project, draft), t("saved"));
  const reset = () => {
    const before = draft;
    setDraft(view.defaults);
    toast(t("sampling.resetDone"), () => setDraft(before));
  };
  const actions = (
    <Button onClick={reset} disabled={JSON.stringify(draft) === JSON.stringify(view.defaults)}>
      {t("sampling.reset")}
    </Button>
  );
  return (
    <Page title={t("tab.sampling")} lead={t("sampling.lead")} actions={actions}>
      <SamplingBuiltIn settings={draft} onChange={change} />
      <SamplingRules
        rules={draft.rules}
        disabled={!draft.enabled}
        problems={action.problem?.fields ?? {}}
        onChange={(rules) => change({ rules })}
      />
      <SamplingPreviewCard org={org} project={project} settings={draft} />
      <FormProblem problem={action.problem} />
      <div className={styles.buttons}>
        <Button variant="primary" disabled={action.busy || !isChanged} onClick={save}>
          {t("save")}
        </Button>
        {isChanged && <span className={styles.quiet}>{t("sampling.unsaved")}</span>}
      </div>
    </Page>
  );
}
