/** Rules of alerts: asked for, tried on the past, made and changed. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, type Page } from "./client.ts";
import { FORM_GC_MS, pagesQuery } from "./pages.ts";
import type {
  CombinedRule,
  IssueRule,
  IssueRuleDraft,
  IssueRulePreview,
  MetricPreview,
  MetricRule,
  MetricRuleDraft,
  MetricState,
  RuleConfiguration,
  RuleTemplate,
} from "./rule-types.ts";

const LIST_MAX = 100;
const PREVIEW_DAYS = 7;

function ofOrganization(org: string, rest: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/${rest}`;
}

function issueRules(org: string, project: string, rest = ""): string {
  return `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/rules/${rest}`;
}

export function rulesKey(org: string) {
  return ["rules", org];
}

export function rulesQuery(org: string, name: string | undefined, project: readonly string[] | undefined) {
  return pagesQuery<CombinedRule>(rulesKey(org), ofOrganization(org, "combined-rules/"), { name, project });
}

/** The first hundred rules, to be named as causes and where something came of them. */
export function rulesToNameQuery(org: string) {
  return queryOptions({
    queryKey: [...rulesKey(org), "names"],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const path = ofOrganization(org, "combined-rules/");
      return (await api.page<CombinedRule>(path, { per_page: LIST_MAX }, signal)).items;
    },
  });
}

/** The rule with this number, of either kind; null where there is none. */
export function rulePlaceQuery(org: string, id: string) {
  return queryOptions({
    queryKey: [...rulesKey(org), "place", id],
    queryFn: async ({ signal }): Promise<CombinedRule | null> => {
      let cursor: string | undefined;
      do {
        const page: Page<CombinedRule> = await api.page<CombinedRule>(
          ofOrganization(org, "combined-rules/"),
          { per_page: LIST_MAX, cursor },
          signal,
        );
        const found = page.items.find((rule) => rule.id === id);
        if (found !== undefined) return found;
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return null;
    },
  });
}

export function issueRuleQuery(org: string, project: string, rule: string) {
  return queryOptions({
    queryKey: [...rulesKey(org), "issue", project, rule],
    gcTime: FORM_GC_MS,
    queryFn: ({ signal }) =>
      api.get<IssueRule>(issueRules(org, project, `${encodeURIComponent(rule)}/`), {}, signal),
  });
}

export function templatesQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["rule-templates", org, project],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => api.get<RuleTemplate[]>(issueRules(org, project, "templates/"), {}, signal),
  });
}

export function configurationQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["rule-configuration", org, project],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) =>
      api.get<RuleConfiguration>(issueRules(org, project, "configuration/"), {}, signal),
  });
}

/** What a rule would have done. It is a question, although it is posted. */
export function issuePreviewQuery(org: string, project: string, draft: IssueRuleDraft) {
  const { conditions, filters, actionMatch, filterMatch, frequency, environment } = draft;
  const asked = { conditions, filters, actionMatch, filterMatch, frequency, environment };
  return queryOptions({
    queryKey: ["rule-preview", org, project, asked],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    enabled: conditions.length > 0,
    queryFn: ({ signal }) =>
      api.ask<IssueRulePreview>(issueRules(org, project, "preview/"), {
        body: asked,
        query: { days: PREVIEW_DAYS },
        signal,
      }),
  });
}

export async function saveIssueRule(
  org: string,
  project: string,
  draft: IssueRuleDraft,
  id: string | null,
): Promise<IssueRule> {
  if (id === null) return api.post<IssueRule>(issueRules(org, project), draft);
  return api.put<IssueRule>(issueRules(org, project, `${encodeURIComponent(id)}/`), draft);
}

export function metricRuleQuery(org: string, rule: string) {
  return queryOptions({
    queryKey: [...rulesKey(org), "metric", rule],
    gcTime: FORM_GC_MS,
    queryFn: ({ signal }) =>
      api.get<MetricRule>(ofOrganization(org, `alert-rules/${encodeURIComponent(rule)}/`), {}, signal),
  });
}

export function metricStateQuery(org: string, rule: string) {
  return queryOptions({
    queryKey: [...rulesKey(org), "metric", rule, "state"],
    refetchInterval: 60_000,
    queryFn: ({ signal }) =>
      api.get<MetricState>(ofOrganization(org, `alert-rules/${encodeURIComponent(rule)}/state/`), {}, signal),
  });
}

export function metricPreviewQuery(org: string, draft: MetricRuleDraft) {
  return queryOptions({
    queryKey: ["metric-preview", org, { ...draft, name: "" }],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    enabled: draft.projects.length > 0 && draft.aggregate.trim() !== "",
    queryFn: ({ signal }) =>
      api.ask<MetricPreview>(ofOrganization(org, "alert-rules/preview/"), { body: draft, signal }),
  });
}

export async function saveMetricRule(
  org: string,
  draft: MetricRuleDraft,
  id: string | null,
): Promise<MetricRule> {
  if (id === null) return api.post<MetricRule>(ofOrganization(org, "alert-rules/"), draft);
  return api.put<MetricRule>(ofOrganization(org, `alert-rules/${encodeURIComponent(id)}/`), draft);
}

/** Rules of either kind are switched and removed in the same way. */
export async function switchRule(org: string, rule: CombinedRule, on: boolean): Promise<void> {
  if (rule.type === "rule") {
    await api.put(pathOf(org, rule), { status: on ? "active" : "disabled" });
  } else {
    await api.put(pathOf(org, rule), { enabled: on });
  }
}

export async function deleteRule(org: string, rule: CombinedRule): Promise<void> {
  await api.delete(pathOf(org, rule));
}

function pathOf(org: string, rule: CombinedRule): string {
  const id = encodeURIComponent(rule.id);
  if (rule.type === "rule") return issueRules(org, rule.projects[0] ?? "", `${id}/`);
  return ofOrganization(org, `alert-rules/${id}/`);
}
