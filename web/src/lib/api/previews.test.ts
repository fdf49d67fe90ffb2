import { QueryClient, QueryObserver, type QueryObserverOptions } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { newIssueDraft } from "../alerts/issue-draft.ts";
import { newMetricDraft } from "../alerts/metric-draft.ts";
import { newMonitorDraft } from "../crons/monitor-draft.ts";
import { scheduleQuery } from "./monitors.ts";
import { issuePreviewQuery, metricPreviewQuery } from "./rules.ts";
import { samplingPreviewQuery } from "./sampling.ts";
import type { SamplingSettings } from "./types.ts";

const issueDraft = { ...newIssueDraft(), conditions: [{ id: "every_event" }] };
const sampling: SamplingSettings = {
  enabled: true,
  spansPerSecond: 500,
  error: 1,
  background: { min: 0.01, max: 0.05 },
  newRelease: { hours: 24, rate: 0.1 },
  rare: { count: 10 },
  slow: { quantile: 0.95, rate: 1 },
  rules: [],
};
const previews: readonly (readonly [string, QueryObserverOptions])[] = [
  ["issue rule", plain(issuePreviewQuery("acme", "shop", issueDraft))],
  ["metric rule", plain(metricPreviewQuery("acme", newMetricDraft("shop")))],
  ["sampling", plain(samplingPreviewQuery("acme", "shop", sampling))],
  ["schedule", plain(scheduleQuery("acme", newMonitorDraft("shop").config))],
];

/** The question alone, whatever it answers. */
function plain({
  queryKey,
  queryFn,
}: {
  queryKey: readonly unknown[];
  queryFn?: unknown;
}): QueryObserverOptions {
  if (typeof queryFn !== "function") throw new Error("there is no question");
  return { queryKey, queryFn: (context) => Reflect.apply(queryFn, undefined, [context]) };
}

afterEach(() => vi.unstubAllGlobals());

test.each(previews)("the preview of a %s is given up when nobody looks at it", async (_, options) => {
  const send = vi.fn((_url: string, _init: RequestInit) => new Promise<Response>(() => {}));
  vi.stubGlobal("fetch", send);
  const close = new QueryObserver(new QueryClient(), options).subscribe(() => {});
  await vi.waitFor(() => expect(send).toHaveBeenCalledOnce());
  const sent = send.mock.calls[0]?.[1];
  expect(sent?.method).toBe("POST");
  expect(sent?.signal?.aborted).toBe(false);
  close();
  expect(sent?.signal?.aborted).toBe(true);
});
