/** One value of a query string; lists repeat the key, `undefined` leaves it out. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number)[];
export type Query = Readonly<Record<string, QueryValue>>;

/** What the server said about single fields of a form. */
export type FieldProblems = Readonly<Record<string, readonly string[]>>;

/** A page of a list, with where the next one starts. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  /** How many there are over all pages, when the server counts them. */
  readonly hits: number | null;
}

export interface AnswerPart<T> {
  readonly body: T;
  readonly next: string | null;
}

/** An answer that is not a success. `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly fields: FieldProblems = {},
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";
type Fetch = (input: string, init: RequestInit) => Promise<Response>;

interface Call {
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of one page of `all`, and pages that it follows: as many as there may be of what people set up. */
const PAGE_ROWS = 100;
const PAGES_MAX = 50;

/** Speaks to the Pitwatch that served this page: JSON in, JSON out, session by cookie, writes with a CSRF token. */
export class ApiClient {
  /** From `/api/ui/bootstrap`; the server refuses writes without it. */
  csrfToken = "";

  constructor(private readonly send: Fetch = (input, init) => fetch(input, init)) {}

  async get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    const response = await this.call("GET", path, { query, signal });
    const body: T = await response.json();
    return body;
  }

  /** An answer that is more than a list, with where its next part starts. */
  async part<T>(path: string, query?: Query, signal?: AbortSignal): Promise<AnswerPart<T>> {
    const response = await this.call("GET", path, { query, signal });
    const body: T = await response.json();
    return { body, next: nextCursor(response.headers.get("Link")) };
  }

  async page<T>(path: string, query?: Query, signal?: AbortSignal): Promise<Page<T>> {
    const response = await this.call("GET", path, { query, signal });
    const items: T[] = await response.json();
    const hits = Number.parseInt(response.headers.get("X-Hits") ?? "", 10);
    return {
      items,
      next: nextCursor(response.headers.get("Link")),
      hits: Number.isNaN(hits) ? null : hits,
    };
  }

  /** All rows of a list that people choose from by name, page after page; at most `PAGES_MAX` of them. */
  async all<T>(path: string, signal?: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    for (let count = 0; count < PAGES_MAX; count += 1) {
      const page: Page<T> = await this.page<T>(path, { per_page: PAGE_ROWS, cursor }, signal);
      items.push(...page.items);
      if (page.next === null) break;
      cursor = page.next;
    }
    return items;
  }

  async post<T>(path: string, body?: unknown, query?: Query): Promise<T> {
    return bodyOf<T>(await this.call("POST", path, { body, query }));
  }

  /** A question that is too large for an address: posted, changes nothing, may be given up. */
  async ask<T>(path: string, { body, query, signal }: Call): Promise<T> {
    return bodyOf<T>(await this.call("POST", path, { body, query, signal }));
  }

  async put<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return bodyOf<T>(await this.call("PUT", path, { body, query }));
  }

  async delete(path: string, query?: Query): Promise<void> {
    await this.call("DELETE", path, { query });
  }

  private async call(method: Method, path: string, { query, body, signal }: Call): Promise<Response> {
    const headers = new Headers({ Accept: "application/json" });
    if (method !== "GET") headers.set("X-CSRF-Token", this.csrfToken);
    const init: RequestInit = { method, headers, signal: signal ?? null };
    if (body !== undefined) {
      headers.set("Content-Type", "application/json");
      init.body = JSON.stringify(body);
    }
    const response = await this.send(withQuery(path, query), init).catch((cause: unknown) => {
      if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
      throw new ApiError(0, "");
    });
    if (!response.ok) throw await failure(response);
    return response;
  }
}

/** The one client of this page. */
export const api = new ApiClient();

/** Answers without a body (202, 204) give `undefined`; callers that expect one never see them. */
async function bodyOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  const body: T = text === "" ? undefined : JSON.parse(text);
  return body;
}

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value === "object") for (const one of value) search.append(key, String(one));
    else search.append(key, String(value));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Reads `<url>; rel="next"; results="true"; cursor="0:100:0"` out of a Link header. */
export function nextCursor(link: string | null): string | null {
  for (const part of link?.split(/,\s*(?=<)/) ?? []) {
    if (!part.includes('rel="next"') || !part.includes('results="true"')) continue;
    return /cursor="([^"]*)"/.exec(part)?.[1] ?? null;
  }
  return null;
}

async function failure(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError(
    response.status,
    detailOf(body),
    fieldsOf(body),
    response.headers.get("X-Request-Id") ?? text(property(body, "errorId")),
    Number.isNaN(seconds) ? number(property(body, "retryAfter")) : seconds,
  );
}

function property(body: unknown, key: string): unknown {
  if (typeof body !== "object" || body === null) return undefined;
  return Object.entries(body).find(([name]) => name === key)?.[1];
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function detailOf(body: unknown): string {
  const detail = property(body, "detail");
  return text(detail) ?? text(property(detail, "message")) ?? "";
}

function fieldsOf(body: unknown): FieldProblems {
  if (typeof body !== "object" || body === null) return {};
  const fields: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(body)) {
    if (!Array.isArray(value)) continue;
    const sentences = value.filter((one): one is string => typeof one === "string");
    if (sentences.length > 0) fields[key] = sentences;
  }
  return fields;
}
