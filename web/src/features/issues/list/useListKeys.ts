import { useNavigate } from "@tanstack/react-router";
import { useSession } from "../../../lib/api/session.ts";
import type { Issue } from "../../../lib/api/types.ts";
import { useShortcuts } from "../../../lib/keys.ts";
import type { IssuesSearch } from "../../../lib/urlstate.ts";
import { ARCHIVE_UNTIL_ESCALATING, RESOLVE_NOW } from "../actions/choices.ts";
import type { IssueActions } from "../actions/useIssueActions.ts";
import type { Triage } from "./useTriage.ts";

interface Given {
  readonly org: string;
  readonly search: IssuesSearch;
  readonly triage: Triage;
  readonly actions: IssueActions;
  readonly change: (next: Partial<IssuesSearch>, replace?: boolean) => void;
}

/** Triage without a mouse. */
export function useListKeys({ org, search, triage, actions, change }: Given): void {
  const navigate = useNavigate();
  const { user } = useSession(org);
  const open = () => {
    if (triage.current === undefined) return;
    const { env, t, from, to } = search;
    void navigate({
      to: "/$org/issues/$shortId",
      params: { org, shortId: triage.current.shortId },
      search: { env, t, from, to },
    });
  };
  const act = (work: (issues: readonly Issue[]) => void) => () => {
    if (triage.targets.length > 0) work(triage.targets);
  };
  const move =
    (step: number, extend = false) =>
    () => {
      const issue = triage.move(step, extend);
      if (issue !== undefined && search.sel !== undefined) change({ sel: issue.shortId }, true);
    };
  const assignToMe = act((issues) =>
    actions.assign(issues, { type: "user", id: user.id, name: user.name, email: user.email }),
  );
  const togglePeek = () => {
    if (triage.current === undefined) return;
    const { shortId } = triage.current;
    change({ sel: search.sel === shortId ? undefined : shortId }, true);
  };
  const toggleSelected = () => {
    if (triage.current !== undefined)
      triage.select(triage.current.id, !triage.selected.has(triage.current.id));
  };
  const close = () => {
    if (triage.selected.size > 0) triage.clear();
    else change({ sel: undefined }, true);
  };
  useShortcuts([
    { keys: "j", label: "keys.down", run: move(1) },
    { keys: "k", label: "keys.up", run: move(-1) },
    { keys: "arrowdown", label: "keys.down", run: move(1) },
    { keys: "arrowup", label: "keys.up", run: move(-1) },
    { keys: "shift+j", label: "keys.extendDown", run: move(1, true) },
    { keys: "shift+k", label: "keys.extendUp", run: move(-1, true) },
    { keys: "x", label: "keys.select", run: toggleSelected },
    { keys: "space", label: "keys.peek", run: togglePeek },
    { keys: "enter", label: "keys.open", run: open },
    { keys: "o", label: "keys.open", run: open },
    { keys: "e", label: "keys.resolve", run: act((issues) => actions.resolve(issues, RESOLVE_NOW)) },
    {
      keys: "#",
      label: "keys.archive",
      run: act((issues) => actions.archive(issues, ARCHIVE_UNTIL_ESCALATING)),
    },
    { keys: "a", label: "keys.assignMe", run: assignToMe },
    { keys: "escape", label: "keys.close", run: close },
  ]);
}
