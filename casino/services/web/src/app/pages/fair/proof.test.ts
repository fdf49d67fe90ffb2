// The proof holds for the right seed and for no other.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { prove } from "./proof";

const SEED = "00ff10a5";
const HASH = createHash("sha256").update(Buffer.from(SEED, "hex")).digest("hex");

describe("prove", () => {
  it.each([
    ["the promised seed", SEED, HASH, "holds"],
    ["the same in capitals", SEED.toUpperCase(), HASH.toUpperCase(), "holds"],
    ["another seed", "00ff10a6", HASH, "broken"],
    ["no hexadecimal", "not a seed", HASH, "broken"],
    ["half a byte", "00f", HASH, "broken"],
    ["no seed yet", undefined, HASH, "not revealed"],
    ["no seed yet, said so", null, HASH, "not revealed"],
  ])("%s", async (_, seed, hash, verdict) => {
    expect((await prove(seed, hash)).verdict).toBe(verdict);
  });
});
