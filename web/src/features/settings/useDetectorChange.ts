import { type Action, useAction } from "../../lib/action.ts";
import { changeDetectors, detectorsQuery } from "../../lib/api/detectors.ts";
import type { DetectorChange } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { toast } from "../../lib/toasts.ts";

export interface DetectorChanges extends Pick<Action, "busy" | "problem"> {
  /** Makes a change and offers to take it back with `back`. Answers whether it was made. */
  readonly change: (change: DetectorChange, back: DetectorChange) => Promise<boolean>;
}

/** Changes settings of a project's detectors. */
export function useDetectorChange(org: string, project: string): DetectorChanges {
  const { busy, problem, run } = useAction(detectorsQuery(org, project).queryKey);
  const change = async (what: DetectorChange, back: DetectorChange) => {
    const isMade = await run(() => changeDetectors(org, project, what));
    const undo = () => void run(() => changeDetectors(org, project, back), t("undone"));
    if (isMade) toast(t("saved"), undo);
    return isMade;
  };
  return { busy, problem, change };
}
