/** Questions about alerts, and what people do about them. */
import { queryOptions } from "@tanstack/react-query";
import type {
  Alert,
  AlertDecision,
  AlertExplanation,
  Channel,
  ChannelDraft,
  ChannelKind,
  ChannelTest,
  Delivery,
  Escalation,
  EscalationDraft,
  Incident,
  IncidentAround,
  IncidentDetail,
  IncidentMeasures,
  Maintenance,
  MaintenanceDraft,
  NoiseReport,
  Notification,
  Rotation,
  RotationDraft,
  RotationOverride,
  Routing,
  Silence,
  SilenceDraft,
} from "./alert-types.ts";
import { api } from "./client.ts";
import { FORM_GC_MS, pagesQuery } from "./pages.ts";

/** What fires changes by itself. */
const REFRESH_MS = 15_000;
/** It asks for all spans of the incident. */
const AROUND_FRESH_MS = 60_000;
const LIST_MAX = 100;

function path(org: string, rest: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/${rest}`;
}

function one(org: string, list: string, id: string): string {
  return path(org, `${list}/${encodeURIComponent(id)}/`);
}

export const alertKeys = {
  alerts: (org: string) => ["alerts", org],
  silences: (org: string) => ["silences", org],
  incidents: (org: string) => ["incidents", org],
  deliveries: (org: string) => ["alert-deliveries", org],
};

export function alertsQuery(org: string, state: "firing" | "ended") {
  return {
    ...pagesQuery<Alert>(alertKeys.alerts(org), path(org, "alerts/"), { state }),
    refetchInterval: REFRESH_MS,
  };
}

/** Everything that fires, to see what a silence would be about. */
export function firingQuery(org: string) {
  return queryOptions({
    queryKey: [...alertKeys.alerts(org), "all"],
    queryFn: async ({ signal }) =>
      (await api.page<Alert>(path(org, "alerts/"), { state: "firing", per_page: LIST_MAX }, signal)).items,
  });
}

/** The newest alerts of either state, to say what a history is about. */
export function alertsToNameQuery(org: string) {
  return queryOptions({
    queryKey: [...alertKeys.alerts(org), "names"],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const list = (state: string) =>
        api.page<Alert>(path(org, "alerts/"), { state, per_page: LIST_MAX }, signal);
      const pages = await Promise.all([list("firing"), list("ended")]);
      return pages.flatMap(({ items }) => items);
    },
  });
}

export function explanationQuery(org: string, fingerprint: string) {
  return queryOptions({
    queryKey: [...alertKeys.alerts(org), fingerprint, "explain"],
    queryFn: ({ signal }) =>
      api.get<AlertExplanation>(`${one(org, "alerts", fingerprint)}explain/`, {}, signal),
  });
}

export async function acknowledgeAlert(org: string, fingerprint: string, minutes: number): Promise<void> {
  await api.post(`${one(org, "alerts", fingerprint)}acknowledge/`, { minutes });
}

export function notificationsQuery(org: string, statsPeriod: string) {
  return pagesQuery<Notification>(["alert-notifications", org], path(org, "alert-notifications/"), {
    statsPeriod,
  });
}

export function historyQuery(org: string, statsPeriod: string, alert: string | undefined) {
  return pagesQuery<AlertDecision>(["alert-history", org], path(org, "alert-history/"), {
    statsPeriod,
    alert,
  });
}

export function deliveriesQuery(org: string, state: string | undefined) {
  return pagesQuery<Delivery>(alertKeys.deliveries(org), path(org, "alert-deliveries/"), { state });
}

export function deliveryQuery(org: string, id: string) {
  return queryOptions({
    queryKey: [...alertKeys.deliveries(org), "one", id],
    queryFn: ({ signal }) => api.get<Delivery>(one(org, "alert-deliveries", id), {}, signal),
  });
}

export async function retryDelivery(org: string, id: string): Promise<void> {
  await api.post(`${one(org, "alert-deliveries", id)}retry/`);
}

export function noiseQuery(org: string, statsPeriod: string) {
  return queryOptions({
    queryKey: ["alert-noise", org, statsPeriod],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<NoiseReport>(path(org, "alert-noise/"), { statsPeriod }, signal),
  });
}

export function silencesQuery(org: string, expired: boolean) {
  return pagesQuery<Silence>(alertKeys.silences(org), path(org, "alert-silences/"), {
    expired: expired ? 1 : undefined,
  });
}

export async function createSilence(org: string, silence: SilenceDraft): Promise<void> {
  await api.post(path(org, "alert-silences/"), silence);
}

export async function endSilence(org: string, id: string): Promise<void> {
  await api.delete(one(org, "alert-silences", id));
}

export function maintenanceQuery(org: string) {
  return pagesQuery<Maintenance>(["maintenance", org], path(org, "alert-maintenance/"));
}

export async function createMaintenance(org: string, draft: MaintenanceDraft): Promise<void> {
  await api.post(path(org, "alert-maintenance/"), draft);
}

export async function deleteMaintenance(org: string, id: string): Promise<void> {
  await api.delete(one(org, "alert-maintenance", id));
}

export function rotationsQuery(org: string) {
  return queryOptions({
    queryKey: ["on-call", org],
    queryFn: ({ signal }) => api.all<Rotation>(path(org, "on-call/"), signal),
  });
}

export async function saveRotation(org: string, draft: RotationDraft, id: string | null): Promise<void> {
  if (id === null) await api.post(path(org, "on-call/"), draft);
  else await api.put(one(org, "on-call", id), draft);
}

export async function deleteRotation(org: string, id: string): Promise<void> {
  await api.delete(one(org, "on-call", id));
}

export async function overrideRotation(org: string, id: string, override: RotationOverride): Promise<void> {
  await api.post(`${one(org, "on-call", id)}overrides/`, override);
}

export function escalationsQuery(org: string) {
  return queryOptions({
    queryKey: ["escalations", org],
    queryFn: ({ signal }) => api.all<Escalation>(path(org, "escalation-policies/"), signal),
  });
}

export async function saveEscalation(org: string, draft: EscalationDraft, id: string | null): Promise<void> {
  if (id === null) await api.post(path(org, "escalation-policies/"), draft);
  else await api.put(one(org, "escalation-policies", id), draft);
}

export async function deleteEscalation(org: string, id: string): Promise<void> {
  await api.delete(one(org, "escalation-policies", id));
}

export function incidentsQuery(org: string, state: "open" | "resolved") {
  return {
    ...pagesQuery<Incident>(alertKeys.incidents(org), path(org, "alert-incidents/"), { state }),
    refetchInterval: REFRESH_MS,
  };
}

export function incidentQuery(org: string, id: string) {
  return queryOptions({
    queryKey: [...alertKeys.incidents(org), "one", id],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => api.get<IncidentDetail>(one(org, "alert-incidents", id), {}, signal),
  });
}

export function incidentAroundQuery(org: string, id: string) {
  return queryOptions({
    queryKey: [...alertKeys.incidents(org), "around", id],
    staleTime: AROUND_FRESH_MS,
    queryFn: ({ signal }) => api.get<IncidentAround>(`${one(org, "alert-incidents", id)}around/`, {}, signal),
  });
}

export function measuresQuery(org: string, statsPeriod: string) {
  return queryOptions({
    queryKey: ["incident-measures", org, statsPeriod],
    queryFn: ({ signal }) =>
      api.get<IncidentMeasures>(path(org, "alert-incidents-measures/"), { statsPeriod }, signal),
  });
}

export interface IncidentChange {
  readonly title?: string;
  readonly assignee?: string | null;
  readonly state?: "resolved";
}

export async function changeIncident(org: string, id: string, change: IncidentChange): Promise<void> {
  await api.put(one(org, "alert-incidents", id), change);
}

export async function acknowledgeIncident(org: string, id: string, minutes: number): Promise<void> {
  await api.post(`${one(org, "alert-incidents", id)}acknowledge/`, { minutes, acted: true });
}

export async function noteOnIncident(org: string, id: string, text: string): Promise<void> {
  await api.post(`${one(org, "alert-incidents", id)}notes/`, { text });
}

export function channelKindsQuery(org: string) {
  return queryOptions({
    queryKey: ["channel-kinds", org],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => api.get<ChannelKind[]>(path(org, "alert-channel-kinds/"), {}, signal),
  });
}

export function channelsQuery(org: string) {
  return queryOptions({
    queryKey: ["channels", org],
    queryFn: ({ signal }) => api.all<Channel>(path(org, "alert-channels/"), signal),
  });
}

export async function saveChannel(org: string, draft: ChannelDraft, id: string | null): Promise<void> {
  if (id === null) await api.post(path(org, "alert-channels/"), draft);
  else await api.put(one(org, "alert-channels", id), draft);
}

export async function deleteChannel(org: string, id: string): Promise<void> {
  await api.delete(one(org, "alert-channels", id));
}

export async function testChannel(org: string, id: string): Promise<ChannelTest> {
  return api.post<ChannelTest>(`${one(org, "alert-channels", id)}test/`);
}

export function routingQuery(org: string) {
  return queryOptions({
    queryKey: ["alert-routing", org],
    gcTime: FORM_GC_MS,
    queryFn: ({ signal }) => api.get<Routing>(path(org, "alert-routing/"), {}, signal),
  });
}

export async function saveRouting(org: string, routing: Routing): Promise<void> {
  await api.put(path(org, "alert-routing/"), routing);
}
