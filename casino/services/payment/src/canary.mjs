/** The defect of the canary release, `payment@1.5.0`: its new fee tiers lack one, which one request in twenty runs into. */

const CANARY = 'payment@1.5.0';
const BLOCK = 20;
/** @type {Map<string, { permille: number }>} */
const TIERS = new Map([
  ['standard', { permille: 12 }],
  ['silver', { permille: 9 }],
]);

export class Canary {
  /**
   * @param {import('./flags.mjs').Flags} flags
   * @param {{ release: string, seed: number | undefined }} settings
   */
  constructor(flags, { release, seed }) {
    this.flags = flags;
    this.release = release;
    this.random = seed === undefined ? Math.random : seeded(seed);
    /** @type {boolean[]} what the next requests meet: blocks of twenty, shuffled, so that the share is exact */
    this.next = [];
    this.share = -1;
  }

  /** The code that is new in the canary; other releases do not have it. */
  fee() {
    if (this.release !== CANARY) return;
    const share = this.flags.value('badCanary');
    if (typeof share !== 'number' || share <= 0) return;
    const tier = TIERS.get(this.draw(share) ? 'gold' : 'standard');
    // This is the defect: nobody has asked whether the tier exists.
    return /** @type {{ permille: number }} */ (tier).permille;
  }

  /** @param {number} share */
  draw(share) {
    if (share !== this.share || this.next.length === 0) {
      this.share = share;
      const hits = Math.round(share * BLOCK);
      this.next = shuffled(
        Array.from({ length: BLOCK }, (_, index) => index < hits),
        this.random,
      );
    }
    return this.next.pop() ?? false;
  }
}

/**
 * @template T
 * @param {T[]} list
 * @param {() => number} random
 */
function shuffled(list, random) {
  return list
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). @param {number} seed */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
