// Requests of the back office, with a token of its own and time limits.

export interface PlayerRecord {
  id: string;
  name: string;
  market: string;
  currency: string;
  kyc: string;
  pays: string;
  balance_minor?: number;
  created_at?: string;
}

export interface PaymentRecord {
  payment_id: string;
  player?: string;
  kind: string;
  amount_minor: number;
  currency: string;
  method: string;
  state: string;
  reason?: string | null;
  created_at: string;
}

export interface SessionAnswer {
  token: string;
  player: { id: string; name: string };
}

const PATIENCE_MS = 12_000;
let token: string | null = null;

/** `flag=variant` from `?casino_fault=flag:variant`. */
export function faultOf(query: string): string | null {
  const given = /^([A-Za-z][A-Za-z0-9]{0,63})[:=]([A-Za-z0-9%._-]{1,32})$/.exec(
    new URLSearchParams(query).get("casino_fault")?.trim() ?? "",
  );
  return given === null ? null : `${given[1]}=${given[2]}`;
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (token !== null) headers.authorization = `Bearer ${token}`;
  const fault = faultOf(location.search);
  if (fault !== null) headers["x-casino-fault"] = fault;
  const answer = await fetch(path, {
    method,
    headers,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(await reason(answer, path));
  return (await answer.json()) as T;
}

async function reason(answer: Response, path: string): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { code?: string } } | null;
  return `${path.split("?")[0]}: ${answer.status} ${body?.error?.code ?? ""}`.trim();
}

export async function logIn(): Promise<SessionAnswer> {
  const session = await ask<SessionAnswer>("POST", "/api/sessions", { player: "admin" });
  token = session.token;
  return session;
}

export async function readPlayers(search: string): Promise<PlayerRecord[]> {
  const query = new URLSearchParams({ search, limit: "200" });
  return (await ask<{ players: PlayerRecord[] }>("GET", `/api/admin/players?${query}`)).players;
}

export async function readPayments(): Promise<PaymentRecord[]> {
  return (await ask<{ payments: PaymentRecord[] }>("GET", "/api/admin/payments?limit=200")).payments;
}

export async function readFlags(): Promise<Record<string, unknown>> {
  return (await ask<{ flags?: Record<string, unknown> }>("GET", "/api/flags")).flags ?? {};
}
