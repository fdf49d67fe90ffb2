// Every kind of failure says what happened and what to do; only mistakes get reported.
import "@angular/compiler";
import { HttpErrorResponse } from "@angular/common/http";
import { describe, expect, it } from "vitest";
import { toFailure } from "./failure";

function answered(status: number, code?: string, message = "said by the service"): HttpErrorResponse {
  return new HttpErrorResponse({ status, error: code === undefined ? null : { error: { code, message } } });
}

const TIMEOUT = new HttpErrorResponse({
  status: 0,
  error: new DOMException("signal timed out", "TimeoutError"),
});

describe("toFailure", () => {
  it.each([
    ["a declined charge", answered(402, "payment_failed"), "payment_failed", true, /declined/],
    ["a balance too small", answered(409, "insufficient_funds"), "insufficient_funds", true, /balance/],
    [
      "a refusal nobody foresaw",
      answered(422, "odd_stake", "the stake is odd"),
      "odd_stake",
      true,
      /^The stake is odd\.$/,
    ],
    [
      "a service that is away",
      answered(503, "wallet_unavailable"),
      "wallet_unavailable",
      false,
      /wallet service/,
    ],
    ["a mistake of the casino", answered(500, "internal"), "internal", false, /mistake/],
    ["an answer without a body", answered(502), "http_502", false, /mistake/],
    ["no network", answered(0), "unreachable", false, /reached/],
    ["a time limit", TIMEOUT, "timeout", false, /too long/],
  ])("%s", (_, cause, code, refused, title) => {
    const failure = toFailure(cause);
    expect(failure).toMatchObject({ code, refused });
    expect(failure.title).toMatch(title);
    expect(failure.advice).not.toBe("");
  });

  it("leaves a failure as it is", () => {
    const failure = toFailure(answered(402, "payment_failed"));
    expect(toFailure(failure)).toBe(failure);
  });
});
