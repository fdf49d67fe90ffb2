import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from "@tanstack/react-router";
import { NotFound } from "./features/shell/NotFound.tsx";
import { Root } from "./features/shell/Root.tsx";
import { ScreenError } from "./features/shell/ScreenError.tsx";
import { Shell } from "./features/shell/Shell.tsx";
import { eventQuery } from "./lib/api/events.ts";
import { issueQuery, issuesHistogramQuery, issuesQuery } from "./lib/api/issues.ts";
import { releasePagesQuery, releaseQuery } from "./lib/api/releases.ts";
import { bootstrapQuery, sessionOf } from "./lib/api/session.ts";
import { traceQuery } from "./lib/api/traces.ts";
import type { MessageKey } from "./lib/i18n.ts";
import {
  compareSearch,
  cronsSearch,
  endpointSearch,
  endpointsSearch,
  firingSearch,
  historySearch,
  incidentsSearch,
  issueSearch,
  issuesSearch,
  newRuleSearch,
  parseSearch,
  profileSearch,
  profilesSearch,
  queriesSearch,
  querySearch,
  type RawSearch,
  releaseSearch,
  releasesSearch,
  rulesSearch,
  silencesSearch,
  spansSearch,
  stringifySearch,
  textOf,
  traceSearch,
  uploadsSearch,
  vitalsSearch,
} from "./lib/urlstate.ts";

interface Context {
  readonly queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Root, notFoundComponent: NotFound });

/** Sends people where they belong: the first organisation's issues, or the login. */
const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async ({ context }) => {
    const bootstrap = await context.queryClient.ensureQueryData(bootstrapQuery);
    const organization = bootstrap.organizations[0];
    if (bootstrap.user === null) throw redirect({ to: "/login", search: {} });
    if (organization === undefined) throw notFound();
    throw redirect({ to: "/$org/issues", params: { org: organization.slug }, search: {} });
  },
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: RawSearch): { next?: string | undefined } => ({ next: textOf(raw.next) }),
  component: lazyRouteComponent(() => import("./features/auth/LoginScreen.tsx"), "LoginScreen"),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite/$token",
  component: lazyRouteComponent(() => import("./features/auth/InviteScreen.tsx"), "InviteScreen"),
});

/** First run: the project that waits for its first event, or the form that makes one. */
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  beforeLoad: async ({ context }) => {
    const bootstrap = await context.queryClient.ensureQueryData(bootstrapQuery);
    const organization = bootstrap.organizations[0];
    if (bootstrap.user === null) throw redirect({ to: "/login", search: { next: "/setup" } });
    if (organization === undefined) throw notFound();
    const mine = bootstrap.projects.filter((project) => project.organization === organization.slug);
    const project = mine.find((one) => one.firstEvent === null) ?? mine[0];
    const params = { org: organization.slug };
    if (project === undefined) throw redirect({ to: "/$org/settings/projects/new", params });
    throw redirect({
      to: "/$org/settings/projects/$project/setup",
      params: { ...params, project: project.slug },
    });
  },
});

const organization = createRoute({
  getParentRoute: () => root,
  path: "/$org",
  component: Shell,
  beforeLoad: async ({ context, params, location }) => {
    const bootstrap = await context.queryClient.ensureQueryData(bootstrapQuery);
    if (bootstrap.user === null) throw redirect({ to: "/login", search: { next: location.href } });
    if (sessionOf(bootstrap, params.org) === null) throw notFound();
  },
});

const issues = createRoute({
  getParentRoute: () => organization,
  path: "/issues",
  staticData: { crumb: "nav.issues", scope: true },
  validateSearch: (raw: RawSearch) => issuesSearch(raw),
  loaderDeps: ({ search }) => ({ search: { ...search, sel: undefined } }),
  loader: ({ context, params, deps }) => {
    void context.queryClient.prefetchInfiniteQuery(issuesQuery(params.org, deps.search));
    void context.queryClient.prefetchQuery(issuesHistogramQuery(params.org, deps.search));
  },
  component: lazyRouteComponent(() => import("./features/issues/IssuesScreen.tsx"), "IssuesScreen"),
});

const issue = createRoute({
  getParentRoute: () => organization,
  path: "/issues/$shortId",
  staticData: { crumb: "nav.issue", scope: true },
  validateSearch: (raw: RawSearch) => issueSearch(raw),
  loaderDeps: ({ search }) => ({ event: search.event ?? "recommended", env: search.env }),
  loader: ({ context, params, deps }) => {
    void context.queryClient.prefetchQuery(issueQuery(params.org, params.shortId));
    void context.queryClient.prefetchQuery(eventQuery(params.org, params.shortId, deps.event, deps.env));
  },
  component: lazyRouteComponent(() => import("./features/issues/detail/IssueScreen.tsx"), "IssueScreen"),
});

const issueEvent = createRoute({
  getParentRoute: () => issue,
  path: "/",
  component: lazyRouteComponent(() => import("./features/issues/detail/EventTab.tsx"), "EventTab"),
});

const issueEvents = createRoute({
  getParentRoute: () => issue,
  path: "/events",
  component: lazyRouteComponent(() => import("./features/issues/detail/EventsTab.tsx"), "EventsTab"),
});

const issueTags = createRoute({
  getParentRoute: () => issue,
  path: "/tags",
  component: lazyRouteComponent(() => import("./features/issues/detail/TagsTab.tsx"), "TagsTab"),
});

const issueActivity = createRoute({
  getParentRoute: () => issue,
  path: "/activity",
  component: lazyRouteComponent(() => import("./features/issues/detail/ActivityTab.tsx"), "ActivityTab"),
});

/** Links that SDKs, command line tools and chat bots make. */
const permalink = createRoute({
  getParentRoute: () => root,
  path: "/organizations/$org/issues/$issue",
  beforeLoad: ({ params }) => {
    throw redirect({
      to: "/$org/issues/$shortId",
      params: { org: params.org, shortId: params.issue },
      search: {},
    });
  },
});

const trace = createRoute({
  getParentRoute: () => organization,
  path: "/traces/$traceId",
  staticData: { crumb: "nav.trace" },
  validateSearch: (raw: RawSearch) => traceSearch(raw),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(traceQuery(params.org, params.traceId));
  },
  component: lazyRouteComponent(() => import("./features/traces/TraceScreen.tsx"), "TraceScreen"),
});

/** As in Sentry's addresses of traces. */
const tracePermalink = createRoute({
  getParentRoute: () => root,
  path: "/organizations/$org/traces/trace/$traceId",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/$org/traces/$traceId", params, search: {} });
  },
});

/** A trace's address without the trace. */
const traces = createRoute({
  getParentRoute: () => organization,
  path: "/traces",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/$org/explore/traces", params, search: {} });
  },
});

const spans = createRoute({
  getParentRoute: () => organization,
  path: "/explore/traces",
  staticData: { crumb: "nav.traces", scope: true },
  validateSearch: (raw: RawSearch) => spansSearch(raw),
  component: lazyRouteComponent(() => import("./features/explore/ExploreScreen.tsx"), "ExploreScreen"),
});

const endpoints = createRoute({
  getParentRoute: () => organization,
  path: "/endpoints",
  staticData: { crumb: "nav.endpoints", scope: true },
  validateSearch: (raw: RawSearch) => endpointsSearch(raw),
  component: lazyRouteComponent(() => import("./features/endpoints/EndpointsScreen.tsx"), "EndpointsScreen"),
});

const endpoint = createRoute({
  getParentRoute: () => organization,
  path: "/endpoints/detail",
  staticData: { crumb: "nav.endpoint", scope: true },
  validateSearch: (raw: RawSearch) => endpointSearch(raw),
  component: lazyRouteComponent(() => import("./features/endpoints/EndpointScreen.tsx"), "EndpointScreen"),
});

const queries = createRoute({
  getParentRoute: () => organization,
  path: "/queries",
  staticData: { crumb: "nav.queries", scope: true },
  validateSearch: (raw: RawSearch) => queriesSearch(raw),
  component: lazyRouteComponent(() => import("./features/queries/QueriesScreen.tsx"), "QueriesScreen"),
});

const query = createRoute({
  getParentRoute: () => organization,
  path: "/queries/$hash",
  staticData: { crumb: "nav.query", scope: true },
  validateSearch: (raw: RawSearch) => querySearch(raw),
  component: lazyRouteComponent(() => import("./features/queries/QueryScreen.tsx"), "QueryScreen"),
});

const vitals = createRoute({
  getParentRoute: () => organization,
  path: "/vitals",
  staticData: { crumb: "nav.vitals", scope: true },
  validateSearch: (raw: RawSearch) => vitalsSearch(raw),
  component: lazyRouteComponent(() => import("./features/vitals/VitalsScreen.tsx"), "VitalsScreen"),
});

const compare = createRoute({
  getParentRoute: () => organization,
  path: "/compare",
  staticData: { crumb: "nav.compare", scope: true },
  validateSearch: (raw: RawSearch) => compareSearch(raw),
  component: lazyRouteComponent(() => import("./features/compare/CompareScreen.tsx"), "CompareScreen"),
});

const profiles = createRoute({
  getParentRoute: () => organization,
  path: "/profiles",
  staticData: { crumb: "nav.profiles", scope: true },
  validateSearch: (raw: RawSearch) => profilesSearch(raw),
  component: lazyRouteComponent(() => import("./features/profiles/ProfilesScreen.tsx"), "ProfilesScreen"),
});

/** One profile by its id; with a profiler in the search, `span` stands in its place. */
const profile = createRoute({
  getParentRoute: () => organization,
  path: "/profiles/$profileId",
  staticData: { crumb: "nav.profile" },
  validateSearch: (raw: RawSearch) => profileSearch(raw),
  component: lazyRouteComponent(() => import("./features/profiles/ProfileScreen.tsx"), "ProfileScreen"),
});

const releases = createRoute({
  getParentRoute: () => organization,
  path: "/releases",
  staticData: { crumb: "nav.releases", scope: true },
  validateSearch: (raw: RawSearch) => releasesSearch(raw),
  loaderDeps: ({ search }) => ({ search }),
  loader: ({ context, params, deps }) => {
    void context.queryClient.prefetchInfiniteQuery(releasePagesQuery(params.org, deps.search));
  },
  component: lazyRouteComponent(() => import("./features/releases/ReleasesScreen.tsx"), "ReleasesScreen"),
});

const release = createRoute({
  getParentRoute: () => organization,
  path: "/releases/$version",
  staticData: { crumb: "nav.release", scope: true },
  validateSearch: (raw: RawSearch) => releaseSearch(raw),
  loaderDeps: ({ search }) => ({ search }),
  loader: ({ context, params, deps }) => {
    void context.queryClient.prefetchQuery(releaseQuery(params.org, params.version, deps.search));
  },
  component: lazyRouteComponent(() => import("./features/releases/ReleaseScreen.tsx"), "ReleaseScreen"),
});

/** Links that sentry-cli and bundler plugins print. */
const releasePermalink = createRoute({
  getParentRoute: () => root,
  path: "/organizations/$org/releases/$version",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/$org/releases/$version", params, search: {} });
  },
});

const alerts = createRoute({
  getParentRoute: () => organization,
  path: "/alerts",
  staticData: { crumb: "nav.alerts" },
  component: lazyRouteComponent(() => import("./features/alerts/AlertsLayout.tsx"), "AlertsLayout"),
});

const alertsFiring = createRoute({
  getParentRoute: () => alerts,
  path: "/",
  validateSearch: (raw: RawSearch) => firingSearch(raw),
  component: lazyRouteComponent(() => import("./features/alerts/FiringPage.tsx"), "FiringPage"),
});

const alertsRules = createRoute({
  getParentRoute: () => alerts,
  path: "/rules",
  validateSearch: (raw: RawSearch) => rulesSearch(raw),
  component: lazyRouteComponent(() => import("./features/alerts/RulesPage.tsx"), "RulesPage"),
});

const alertsIncidents = createRoute({
  getParentRoute: () => alerts,
  path: "/incidents",
  validateSearch: (raw: RawSearch) => incidentsSearch(raw),
  component: lazyRouteComponent(() => import("./features/alerts/IncidentsPage.tsx"), "IncidentsPage"),
});

const alertsHistory = createRoute({
  getParentRoute: () => alerts,
  path: "/history",
  validateSearch: (raw: RawSearch) => historySearch(raw),
  component: lazyRouteComponent(() => import("./features/alerts/HistoryPage.tsx"), "HistoryPage"),
});

const alertsSilences = createRoute({
  getParentRoute: () => alerts,
  path: "/silences",
  validateSearch: (raw: RawSearch) => silencesSearch(raw),
  component: lazyRouteComponent(() => import("./features/alerts/SilencesPage.tsx"), "SilencesPage"),
});

const alertsOnCall = createRoute({
  getParentRoute: () => alerts,
  path: "/on-call",
  component: lazyRouteComponent(() => import("./features/alerts/OnCallPage.tsx"), "OnCallPage"),
});

const alertsRouting = createRoute({
  getParentRoute: () => alerts,
  path: "/routing",
  component: lazyRouteComponent(() => import("./features/alerts/RoutingPage.tsx"), "RoutingPage"),
});

const ruleNew = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/rules/new",
  staticData: { crumb: "nav.alertRule.new" },
  validateSearch: (raw: RawSearch) => newRuleSearch(raw),
  component: lazyRouteComponent(() => import("./features/alerts/NewRuleScreen.tsx"), "NewRuleScreen"),
});

/** Links in messages, which know a rule only by its number. */
const rulePlace = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/rules/$rule",
  staticData: { crumb: "nav.alertRule" },
  component: lazyRouteComponent(() => import("./features/alerts/RulePlace.tsx"), "RulePlace"),
});

const metricRulePlace = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/metric/$rule",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/$org/alerts/rules/metric/$rule", params, replace: true });
  },
});

/** The same link without an organisation: the first one's. */
const metricRulePermalink = createRoute({
  getParentRoute: () => root,
  path: "/alerts/metric/$rule",
  beforeLoad: async ({ context, params, location }) => {
    const bootstrap = await context.queryClient.ensureQueryData(bootstrapQuery);
    const organization = bootstrap.organizations[0];
    if (bootstrap.user === null) throw redirect({ to: "/login", search: { next: location.href } });
    if (organization === undefined) throw notFound();
    const place = { org: organization.slug, rule: params.rule };
    throw redirect({ to: "/$org/alerts/rules/metric/$rule", params: place, replace: true });
  },
});

/** One alert by its fingerprint: the list, with what is known about it. */
const alertPlace = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/$fingerprint",
  beforeLoad: ({ params: { org, fingerprint } }) => {
    throw redirect({ to: "/$org/alerts", params: { org }, search: { why: fingerprint }, replace: true });
  },
});

const issueRule = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/rules/issue/$project/$rule",
  staticData: { crumb: "nav.alertRule" },
  component: lazyRouteComponent(
    () => import("./features/alerts/issue/IssueRuleScreen.tsx"),
    "IssueRuleScreen",
  ),
});

const metricRule = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/rules/metric/$rule",
  staticData: { crumb: "nav.alertRule" },
  component: lazyRouteComponent(
    () => import("./features/alerts/metric/MetricRuleScreen.tsx"),
    "MetricRuleScreen",
  ),
});

const incident = createRoute({
  getParentRoute: () => organization,
  path: "/alerts/incidents/$incident",
  staticData: { crumb: "nav.incident" },
  component: lazyRouteComponent(() => import("./features/alerts/IncidentScreen.tsx"), "IncidentScreen"),
});

const crons = createRoute({
  getParentRoute: () => organization,
  path: "/crons",
  staticData: { crumb: "nav.crons", scope: true },
  validateSearch: (raw: RawSearch) => cronsSearch(raw),
  component: lazyRouteComponent(() => import("./features/crons/CronsScreen.tsx"), "CronsScreen"),
});

const cronNew = createRoute({
  getParentRoute: () => organization,
  path: "/crons/new",
  staticData: { crumb: "nav.cron.new" },
  component: lazyRouteComponent(() => import("./features/crons/NewCronScreen.tsx"), "NewCronScreen"),
});

const cron = createRoute({
  getParentRoute: () => organization,
  path: "/crons/$monitor",
  staticData: { crumb: "nav.cron" },
  validateSearch: (raw: RawSearch) => cronsSearch(raw),
  component: lazyRouteComponent(() => import("./features/crons/CronScreen.tsx"), "CronScreen"),
});

const uptime = createRoute({
  getParentRoute: () => organization,
  path: "/uptime",
  staticData: { crumb: "nav.uptime" },
  component: lazyRouteComponent(() => import("./features/crons/UptimeScreen.tsx"), "UptimeScreen"),
});

const uptimeNew = createRoute({
  getParentRoute: () => organization,
  path: "/uptime/new",
  staticData: { crumb: "nav.uptime.new" },
  component: lazyRouteComponent(() => import("./features/crons/NewUptimeScreen.tsx"), "NewUptimeScreen"),
});

const uptimeCheck = createRoute({
  getParentRoute: () => organization,
  path: "/uptime/$project/$check",
  staticData: { crumb: "nav.uptimeCheck" },
  component: lazyRouteComponent(() => import("./features/crons/UptimeCheckScreen.tsx"), "UptimeCheckScreen"),
});

const settings = createRoute({
  getParentRoute: () => organization,
  path: "/settings",
  staticData: { crumb: "nav.settings" },
  component: lazyRouteComponent(() => import("./features/settings/SettingsLayout.tsx"), "SettingsLayout"),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/$org/settings/projects", params: { org: params.org } });
  },
});

const projects = createRoute({
  getParentRoute: () => settings,
  path: "/projects",
  component: lazyRouteComponent(() => import("./features/settings/ProjectsPage.tsx"), "ProjectsPage"),
});

const projectNew = createRoute({
  getParentRoute: () => settings,
  path: "/projects/new",
  component: lazyRouteComponent(() => import("./features/onboarding/NewProjectPage.tsx"), "NewProjectPage"),
});

const project = createRoute({
  getParentRoute: () => settings,
  path: "/projects/$project",
  component: lazyRouteComponent(() => import("./features/settings/ProjectLayout.tsx"), "ProjectLayout"),
});

const projectGeneral = createRoute({
  getParentRoute: () => project,
  path: "/",
  component: lazyRouteComponent(() => import("./features/settings/GeneralPage.tsx"), "GeneralPage"),
});

const projectSetup = createRoute({
  getParentRoute: () => project,
  path: "/setup",
  validateSearch: (raw: RawSearch): { platform?: string | undefined } => ({ platform: textOf(raw.platform) }),
  component: lazyRouteComponent(() => import("./features/onboarding/SetupPage.tsx"), "SetupPage"),
});

const projectKeys = createRoute({
  getParentRoute: () => project,
  path: "/keys",
  component: lazyRouteComponent(() => import("./features/settings/KeysPage.tsx"), "KeysPage"),
});

const projectFilters = createRoute({
  getParentRoute: () => project,
  path: "/filters",
  component: lazyRouteComponent(() => import("./features/settings/FiltersPage.tsx"), "FiltersPage"),
});

const projectPrivacy = createRoute({
  getParentRoute: () => project,
  path: "/privacy",
  component: lazyRouteComponent(() => import("./features/settings/PrivacyPage.tsx"), "PrivacyPage"),
});

const projectGrouping = createRoute({
  getParentRoute: () => project,
  path: "/grouping",
  component: lazyRouteComponent(() => import("./features/settings/GroupingPage.tsx"), "GroupingPage"),
});

const projectDetectors = createRoute({
  getParentRoute: () => project,
  path: "/detectors",
  component: lazyRouteComponent(() => import("./features/settings/DetectorsPage.tsx"), "DetectorsPage"),
});

const projectLimits = createRoute({
  getParentRoute: () => project,
  path: "/limits",
  component: lazyRouteComponent(() => import("./features/settings/LimitsPage.tsx"), "LimitsPage"),
});

const projectSampling = createRoute({
  getParentRoute: () => project,
  path: "/sampling",
  component: lazyRouteComponent(() => import("./features/settings/SamplingPage.tsx"), "SamplingPage"),
});

const projectDropped = createRoute({
  getParentRoute: () => project,
  path: "/dropped",
  validateSearch: (raw: RawSearch): { t?: string | undefined } => ({ t: textOf(raw.t) }),
  component: lazyRouteComponent(() => import("./features/settings/DroppedPage.tsx"), "DroppedPage"),
});

const projectUploads = createRoute({
  getParentRoute: () => project,
  path: "/uploads",
  validateSearch: (raw: RawSearch) => uploadsSearch(raw),
  component: lazyRouteComponent(() => import("./features/settings/UploadsPage.tsx"), "UploadsPage"),
});

const repositories = createRoute({
  getParentRoute: () => settings,
  path: "/repositories",
  component: lazyRouteComponent(() => import("./features/settings/RepositoriesPage.tsx"), "RepositoriesPage"),
});

const codeMappings = createRoute({
  getParentRoute: () => settings,
  path: "/code-mappings",
  validateSearch: (raw: RawSearch): { slug?: string | undefined; file?: string | undefined } => ({
    slug: textOf(raw.slug),
    file: textOf(raw.file),
  }),
  component: lazyRouteComponent(() => import("./features/settings/CodeMappingsPage.tsx"), "CodeMappingsPage"),
});

const buildTokens = createRoute({
  getParentRoute: () => settings,
  path: "/build-tokens",
  component: lazyRouteComponent(() => import("./features/settings/BuildTokensPage.tsx"), "BuildTokensPage"),
});

const channels = createRoute({
  getParentRoute: () => settings,
  path: "/channels",
  component: lazyRouteComponent(() => import("./features/settings/ChannelsPage.tsx"), "ChannelsPage"),
});

const changes = createRoute({
  getParentRoute: () => settings,
  path: "/changes",
  validateSearch: (raw: RawSearch): { target?: string | undefined } => ({ target: textOf(raw.target) }),
  component: lazyRouteComponent(() => import("./features/settings/ChangesPage.tsx"), "ChangesPage"),
});

const members = createRoute({
  getParentRoute: () => settings,
  path: "/members",
  component: lazyRouteComponent(() => import("./features/settings/MembersPage.tsx"), "MembersPage"),
});

const tokens = createRoute({
  getParentRoute: () => settings,
  path: "/tokens",
  component: lazyRouteComponent(() => import("./features/settings/TokensPage.tsx"), "TokensPage"),
});

const me = createRoute({
  getParentRoute: () => settings,
  path: "/me",
  component: lazyRouteComponent(() => import("./features/settings/AccountPage.tsx"), "AccountPage"),
});

const tree = root.addChildren([
  home,
  login,
  invite,
  setup,
  permalink,
  tracePermalink,
  releasePermalink,
  metricRulePermalink,
  organization.addChildren([
    issues,
    issue.addChildren([issueEvent, issueEvents, issueTags, issueActivity]),
    trace,
    traces,
    spans,
    endpoints,
    endpoint,
    queries,
    query,
    vitals,
    compare,
    profiles,
    profile,
    releases,
    release,
    alerts.addChildren([
      alertsFiring,
      alertsRules,
      alertsIncidents,
      alertsHistory,
      alertsSilences,
      alertsOnCall,
      alertsRouting,
    ]),
    alertPlace,
    ruleNew,
    rulePlace,
    metricRulePlace,
    issueRule,
    metricRule,
    incident,
    crons,
    cronNew,
    cron,
    uptime,
    uptimeNew,
    uptimeCheck,
    settings.addChildren([
      settingsHome,
      projects,
      projectNew,
      project.addChildren([
        projectGeneral,
        projectSetup,
        projectKeys,
        projectFilters,
        projectPrivacy,
        projectGrouping,
        projectDetectors,
        projectLimits,
        projectSampling,
        projectDropped,
        projectUploads,
      ]),
      members,
      channels,
      changes,
      repositories,
      codeMappings,
      buildTokens,
      tokens,
      me,
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    // Freshness is the query cache's business: the router always asks it.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: ScreenError,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface StaticDataRouteOption {
    /** What the top bar calls this screen. */
    readonly crumb?: MessageKey;
    /** Whether project, environment and time range apply. */
    readonly scope?: boolean;
  }
}
