// States, kinds and ways of payments in words.
import type { Method, PaymentState } from "../../gateway/bodies";

export const METHODS: readonly { readonly key: Method; readonly text: string }[] = [
  { key: "card", text: "Test card" },
  { key: "sepa", text: "SEPA transfer" },
  { key: "wallet", text: "Play wallet" },
];

const STATES: Readonly<Record<PaymentState, { text: string; advice: string }>> = {
  created: { text: "Created", advice: "Waiting to be sent to the provider." },
  redirected: { text: "With the provider", advice: "The provider has not told us the outcome yet." },
  authorised: { text: "Authorised", advice: "The provider agreed; the money is on its way." },
  captured: { text: "Done", advice: "The money has arrived." },
  failed: { text: "Failed", advice: "Nothing was taken. Try again, or choose another way to pay." },
  expired: { text: "Expired", advice: "It was not finished in time. Start again when you like." },
  reversed: { text: "Reversed", advice: "The money went back to where it came from." },
};

const UNKNOWN = { text: "Unknown", advice: "Look again in a moment." };

export function stateWords(state: PaymentState): { text: string; advice: string } {
  return STATES[state] ?? UNKNOWN;
}

export function isFinal(state: PaymentState): boolean {
  return state === "captured" || state === "failed" || state === "expired" || state === "reversed";
}

export function tone(state: PaymentState): "good" | "bad" | "open" {
  if (state === "captured") return "good";
  return isFinal(state) ? "bad" : "open";
}

const KINDS: Readonly<Record<string, string>> = {
  deposit: "Deposit",
  withdrawal: "Withdrawal",
  charge: "Charge for a round",
};

export function kindWords(kind: string): string {
  return KINDS[kind] ?? kind.replaceAll("_", " ");
}

export function methodWords(method: string): string {
  return METHODS.find(({ key }) => key === method)?.text ?? method;
}

const WHEN = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export function when(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "–" : WHEN.format(date);
}
