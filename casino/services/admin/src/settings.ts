// Where this page runs, as the gateway says (`GET /api/config?page=admin`).

export interface Settings {
  /** Empty: no SDK is started. */
  dsn: string;
  release: string;
  environment: string;
  tracesSampleRate: number;
  pitwatch: string;
}

const NOTHING: Settings = {
  dsn: "",
  release: "admin@0.9.4",
  environment: "demo",
  tracesSampleRate: 1,
  pitwatch: "",
};

/** Never fails: without settings nobody watches, and the page works. */
export async function loadSettings(ask: typeof fetch = fetch): Promise<Settings> {
  try {
    const answer = await ask("/api/config?page=admin", { signal: AbortSignal.timeout(3_000) });
    if (!answer.ok) return NOTHING;
    const given = (await answer.json()) as Partial<Settings>;
    const pitwatch = /^https?:\/\//.test(given.pitwatch ?? "") ? given.pitwatch : "";
    return { ...NOTHING, ...given, pitwatch: pitwatch ?? "" };
  } catch {
    return NOTHING;
  }
}
