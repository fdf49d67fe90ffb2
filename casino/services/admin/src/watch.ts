// What Pitwatch gets to know of this page: errors, traces with the React profiler, replays, flags, and the growing heap.
import * as Sentry from "@sentry/react";
import type { Settings } from "./settings";

const flags = Sentry.featureFlagsIntegration();

/** Whether somebody watches. */
export function startWatch(settings: Settings): boolean {
  if (settings.dsn === "") return false;
  Sentry.init({
    dsn: settings.dsn,
    release: settings.release,
    environment: settings.environment,
    tracesSampleRate: settings.tracesSampleRate,
    profileSessionSampleRate: 1,
    profileLifecycle: "trace",
    replaysSessionSampleRate: 0.1,
    replaysOnErrorSampleRate: 1,
    integrations: [
      Sentry.browserTracingIntegration({
        shouldCreateSpanForRequest: (url) => !/\/api\/(flags|config)/.test(url),
      }),
      Sentry.browserProfilingIntegration(),
      // Nobody here is a real person; what is typed stays masked all the same.
      Sentry.replayIntegration({ maskAllText: false, blockAllMedia: false, maskAllInputs: true }),
      flags,
    ],
  });
  Sentry.setTag("service", "admin");
  Sentry.getIsolationScope().setAttributes({ service: "admin" });
  return true;
}

export function recordFlag(name: string, value: unknown): void {
  flags.addFeatureFlag(name, value !== "off" && Boolean(value));
}

export function recordUser(user: { id: string; name: string }): void {
  Sentry.setUser({ id: user.id, username: user.name });
}

/** Chromium only; bytes. */
export function heapUsed(): number | undefined {
  return (performance as Performance & { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize;
}

/** One refresh of a table is one trace, with the heap as it is after it. */
export async function refreshTrace(table: string, work: () => Promise<number>): Promise<void> {
  await Sentry.startNewTrace(() =>
    Sentry.startSpan({ name: `refresh ${table}`, op: "ui.refresh", forceTransaction: true }, async (span) => {
      span.setAttribute("rows", await work());
      const heap = heapUsed();
      if (heap === undefined) return;
      span.setAttribute("heap_used", heap);
      Sentry.metrics.gauge("casino.heap_used", heap, { unit: "byte", attributes: { service: "admin" } });
    }),
  );
}

export function reportFailure(error: unknown): void {
  Sentry.captureException(error);
}
