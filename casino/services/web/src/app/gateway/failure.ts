// What went wrong with a request, in words that say what to do now.
import { HttpErrorResponse } from "@angular/common/http";

export class GatewayFailure extends Error {
  override readonly name = "GatewayFailure";

  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly advice: string,
    /** A refusal is part of the game; anything else is somebody's mistake and gets reported. */
    readonly refused: boolean,
    cause: unknown,
  ) {
    super(`${code}${status === 0 ? "" : ` (${status})`}: ${title}`, { cause });
  }
}

type Words = readonly [title: string, advice: string];

const REFUSALS: Readonly<Record<string, Words>> = {
  payment_failed: [
    "The payment provider declined the charge.",
    "Nothing was taken. Spin again, or choose a smaller stake.",
  ],
  insufficient_funds: ["Your balance does not cover this.", "Choose a smaller amount, or make a deposit."],
  blocked: ["This account is on hold.", "Open a new tab to play as another guest."],
  not_admitted: ["You were not let in to this game.", "Wait a moment and try again."],
  kyc_required: ["Withdrawals need a verified identity.", "Submit a play document first; it takes a moment."],
  rate_limited: ["That was a little fast.", "Wait a few seconds, then try again."],
  round_done: ["This round is over already.", "Deal a new hand."],
};

const BY_STATUS: Readonly<Record<number, Words>> = {
  0: ["The casino cannot be reached.", "Check that the demonstration is running, then try again."],
  404: ["This does not exist, or not any more.", "Go back to the lobby and start again."],
  409: ["The casino is already working on this.", "Wait a moment, then look at your balance."],
  429: ["That was a little fast.", "Wait a few seconds, then try again."],
};

const TIMED_OUT: Words = [
  "The casino took too long to answer.",
  "Your money is safe: look at your balance, then try again.",
];
const UNKNOWN: Words = ["The casino made a mistake.", "It was reported to Pitwatch. Try again in a moment."];

export function toFailure(cause: unknown): GatewayFailure {
  if (cause instanceof GatewayFailure) return cause;
  const status = cause instanceof HttpErrorResponse ? cause.status : 0;
  const { code, message } = readError(cause instanceof HttpErrorResponse ? cause.error : null);
  if (isTimeout(cause)) return failure(code ?? "timeout", status, TIMED_OUT, false, cause);
  if (code !== undefined) {
    const words = REFUSALS[code];
    if (words !== undefined) return failure(code, status, words, true, cause);
    if (code.endsWith("_unavailable")) return failure(code, status, unavailable(code), false, cause);
  }
  const words = BY_STATUS[status] ?? UNKNOWN;
  const refused = status >= 400 && status < 500;
  const spoken: Words = refused && message !== undefined ? [sentence(message), words[1]] : words;
  return failure(
    code ?? (status === 0 ? "unreachable" : `http_${status}`),
    status,
    refused ? spoken : words,
    refused,
    cause,
  );
}

function failure(
  code: string,
  status: number,
  words: Words,
  refused: boolean,
  cause: unknown,
): GatewayFailure {
  return new GatewayFailure(code, status, words[0], words[1], refused, cause);
}

function unavailable(code: string): Words {
  const part = code.slice(0, -"_unavailable".length).replaceAll("_", " ");
  return [`The ${part} service does not answer.`, "Nothing was taken. Try again in a few seconds."];
}

function readError(body: unknown): { code?: string; message?: string } {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  return {
    ...(typeof error?.code === "string" ? { code: error.code } : {}),
    ...(typeof error?.message === "string" ? { message: error.message } : {}),
  };
}

function isTimeout(cause: unknown): boolean {
  const error = cause instanceof HttpErrorResponse ? cause.error : cause;
  return error instanceof Error && error.name === "TimeoutError";
}

function sentence(message: string): string {
  const text = message.trim().slice(0, 160);
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
