import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Outlet, useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { bootstrapQuery, type Session, sessionOf } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { useShortcuts } from "../../lib/keys.ts";
import { connectLive, useLiveHints } from "../../lib/live.ts";
import { prefer, usePreferences } from "../../lib/preferences.ts";
import { cx } from "../../ui/cx.ts";
import { Nav } from "./Nav.tsx";
import styles from "./Shell.module.css";
import { TopBar } from "./TopBar.tsx";

const KeysHelp = lazy(() => import("./KeysHelp.tsx").then((module) => ({ default: module.KeysHelp })));
const Palette = lazy(() => import("./Palette.tsx").then((module) => ({ default: module.Palette })));

const route = getRouteApi("/$org");

/** What lies over the screen, if anything. */
type Overlay = "none" | "keys" | "palette";

/** Lets no screen of an organisation render without a session, also when it ends while one is open. */
export function Shell() {
  const { org } = route.useParams();
  const { data } = useQuery(bootstrapQuery);
  if (data === undefined) return null;
  const session = sessionOf(data, org);
  return session === null ? <ToLogin /> : <ShellWith session={session} />;
}

/** Goes there once. Reading the address again on the way would make the login itself the place to come back to. */
function ToLogin() {
  const { state, navigate } = useRouter();
  const [next] = useState(state.location.href);
  useEffect(() => void navigate({ to: "/login", search: { next }, replace: true }), [navigate, next]);
  return null;
}

/** Navigation, top bar and the live connection around every screen of an organisation. */
function ShellWith({ session }: { readonly session: Session }) {
  const org = session.organization.slug;
  const navigate = useNavigate();
  const { navCollapsed, density } = usePreferences();
  const [overlay, setOverlay] = useState<Overlay>("none");
  const [isNavOpen, setNavOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });

  useEffect(() => connectLive(org), [org]);
  useFirstEvents();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the drawer
  useEffect(() => setNavOpen(false), [path]);
  useShortcuts([
    { keys: "mod+k", label: "keys.palette", run: () => setOverlay("palette") },
    { keys: "?", label: "keys.help", run: () => setOverlay("keys") },
    {
      keys: "g i",
      label: "keys.issues",
      run: () => void navigate({ to: "/$org/issues", params: { org }, search: {} }),
    },
    {
      keys: "g t",
      label: "keys.traces",
      run: () => void navigate({ to: "/$org/explore/traces", params: { org }, search: {} }),
    },
    {
      keys: "g e",
      label: "keys.endpoints",
      run: () => void navigate({ to: "/$org/endpoints", params: { org }, search: {} }),
    },
    {
      keys: "g q",
      label: "keys.queries",
      run: () => void navigate({ to: "/$org/queries", params: { org }, search: {} }),
    },
    {
      keys: "g v",
      label: "keys.vitals",
      run: () => void navigate({ to: "/$org/vitals", params: { org }, search: {} }),
    },
    {
      keys: "g c",
      label: "keys.compare",
      run: () => void navigate({ to: "/$org/compare", params: { org }, search: {} }),
    },
    {
      keys: "g r",
      label: "keys.releases",
      run: () => void navigate({ to: "/$org/releases", params: { org }, search: {} }),
    },
    {
      keys: "g a",
      label: "keys.alerts",
      run: () => void navigate({ to: "/$org/alerts", params: { org }, search: {} }),
    },
    {
      keys: "g p",
      label: "keys.settings",
      run: () => void navigate({ to: "/$org/settings/projects", params: { org } }),
    },
    { keys: "[", label: "keys.nav", run: () => prefer({ navCollapsed: !navCollapsed }) },
    {
      keys: "d",
      label: "keys.density",
      run: () => prefer({ density: density === "compact" ? "comfortable" : "compact" }),
    },
  ]);

  return (
    <div className={cx(styles.shell, navCollapsed && styles.collapsed)}>
      <a className={styles.skip} href="#main">
        {t("skip")}
      </a>
      <Nav
        session={session}
        collapsed={navCollapsed}
        open={isNavOpen}
        onClose={() => setNavOpen(false)}
        onKeys={() => setOverlay("keys")}
      />
      <TopBar session={session} onPalette={() => setOverlay("palette")} onMenu={() => setNavOpen(true)} />
      <main id="main" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {overlay === "keys" && <KeysHelp onClose={() => setOverlay("none")} />}
        {overlay === "palette" && <Palette session={session} onClose={() => setOverlay("none")} />}
      </Suspense>
    </div>
  );
}

/** A project's first event changes what many screens say: ask again who has one. */
function useFirstEvents(): void {
  const queryClient = useQueryClient();
  useLiveHints((hints) => {
    if (hints.some((hint) => hint.topic !== "issue")) {
      void queryClient.invalidateQueries({ queryKey: bootstrapQuery.queryKey });
    }
  });
}
