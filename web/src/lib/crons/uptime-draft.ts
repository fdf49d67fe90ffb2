import type { Uptime, UptimeDraft } from "../api/monitor-types.ts";

export const INTERVALS = ["60", "300", "600", "1200", "1800", "3600"] as const;
export const METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS"] as const;

export function newUptimeDraft(): UptimeDraft {
  return {
    name: "",
    url: "",
    kind: "http",
    method: "GET",
    environment: null,
    owner: null,
    intervalSeconds: 60,
    timeoutMs: 10_000,
    expectedStatus: "200-299",
    expectedBody: "",
    latencyMaxMs: null,
    redirects: "follow",
    certificateDaysMin: 14,
    downtimeThreshold: 3,
    recoveryThreshold: 1,
  };
}

export function draftOfUptime(uptime: Uptime): UptimeDraft {
  const { name, url, kind, method, environment, owner, intervalSeconds, timeoutMs } = uptime;
  const { expectedStatus, expectedBody, latencyMaxMs, redirects, certificateDaysMin } = uptime;
  const { downtimeThreshold, recoveryThreshold } = uptime;
  return {
    name,
    url,
    kind,
    method,
    environment,
    owner: owner === null ? null : `${owner.type}:${owner.id}`,
    intervalSeconds,
    timeoutMs,
    expectedStatus,
    expectedBody,
    latencyMaxMs,
    redirects,
    certificateDaysMin,
    downtimeThreshold,
    recoveryThreshold,
  };
}

/** `Name: value` lines; lines without a colon are headers without a value. */
export function headersOf(text: string): readonly (readonly [string, string])[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const at = line.indexOf(":");
      return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
}
