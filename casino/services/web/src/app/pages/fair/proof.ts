// The proof: before a round the casino shows the SHA-256 of its seed; once it reveals the seed, anybody can compare.

export type Verdict = "holds" | "broken" | "not revealed";

export interface Proof {
  readonly verdict: Verdict;
  /** What this browser computed; empty without a seed. */
  readonly computed: string;
}

/** `seed` is hexadecimal; the hash is over its bytes. */
export async function prove(seed: string | null | undefined, seedHash: string): Promise<Proof> {
  if (seed === null || seed === undefined || seed === "") return { verdict: "not revealed", computed: "" };
  const bytes = fromHex(seed);
  // A seed that is no hexadecimal cannot be the one that was promised.
  if (bytes === null) return { verdict: "broken", computed: "" };
  const computed = toHex(await crypto.subtle.digest("SHA-256", bytes));
  return { verdict: computed === seedHash.toLowerCase() ? "holds" : "broken", computed };
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
