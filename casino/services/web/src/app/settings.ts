// What the gateway says about where this page runs (`GET /api/config`).
import { InjectionToken } from "@angular/core";

export interface Settings {
  /** Empty: no SDK is loaded. */
  readonly dsn: string;
  readonly release: string;
  readonly environment: string;
  readonly tracesSampleRate: number;
  /** Address of the Pitwatch that watches; empty when there is none. */
  readonly pitwatch: string;
}

export const SETTINGS = new InjectionToken<Settings>("settings");

const NOTHING: Settings = {
  dsn: "",
  release: "web@2.0.0",
  environment: "demo",
  tracesSampleRate: 1,
  pitwatch: "",
};
const PATIENCE_MS = 3_000;

/** Never fails: a page without settings is a page that nobody watches, and it works. */
export async function loadSettings(ask: typeof fetch = fetch): Promise<Settings> {
  try {
    const answer = await ask("/api/config", { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? readSettings(await answer.json()) : NOTHING;
  } catch {
    return NOTHING;
  }
}

export function readSettings(given: unknown): Settings {
  const record = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const text = (name: "dsn" | "release" | "environment" | "pitwatch"): string => {
    const value = record[name];
    return typeof value === "string" && value !== "" ? value : NOTHING[name];
  };
  const rate = record["tracesSampleRate"];
  return {
    dsn: text("dsn"),
    release: text("release"),
    environment: text("environment"),
    tracesSampleRate: typeof rate === "number" && rate >= 0 && rate <= 1 ? rate : NOTHING.tracesSampleRate,
    pitwatch: webAddress(text("pitwatch")),
  };
}

/** Only addresses a link may carry; anything else (`javascript:` …) becomes none. */
export function webAddress(text: string): string {
  return /^https?:\/\//.test(text) && URL.canParse(text) ? text : "";
}
