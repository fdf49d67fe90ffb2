/** Faults that can be switched on: `flags.json` in flagd's shape, and the header that overrides it for one request. */

import { readFile, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import * as Sentry from '@sentry/node';
import { asker } from './context.mjs';
import { log } from './log.mjs';

/**
 * @typedef {boolean | number | string} Value
 * @typedef {{ state: string, variants: Record<string, Value>, defaultVariant: string, targeting?: unknown }} Flag
 */

const LOOK_EVERY_MS = 1000;

export class Flags {
  /**
   * @param {string | undefined} path
   * @param {string} release
   */
  constructor(path, release) {
    this.path = path;
    this.release = release;
    /** @type {Record<string, Flag>} */
    this.known = {};
    this.seen = -1;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
  }

  async start() {
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  stop() {
    clearInterval(this.timer);
  }

  /** Reads the file when its time has changed. What was read last stays when the new text is broken. */
  async look() {
    if (!this.path) return;
    try {
      const { mtimeMs } = await stat(this.path);
      if (mtimeMs === this.seen) return;
      this.known = JSON.parse(await readFile(this.path, 'utf8')).flags ?? {};
      this.seen = mtimeMs;
    } catch (error) {
      if (this.seen === 0) return;
      this.seen = 0;
      log('warn', 'flags cannot be read', { path: this.path, error: String(error) });
    }
  }

  /**
   * The value for the request that is being answered; also told to the SDK, so that an issue shows it.
   *
   * @param {string} name
   * @returns {Value | undefined}
   */
  value(name) {
    const flag = this.known[name];
    const value = flag?.variants[variantOf(name, flag, this.release)];
    const integration = /** @type {ReturnType<typeof Sentry.featureFlagsIntegration> | undefined} */ (
      Sentry.getClient()?.getIntegrationByName('FeatureFlags')
    );
    integration?.addFeatureFlag(name, isOn(value));
    return value;
  }

  /** @param {string} name */
  on(name) {
    return isOn(this.value(name));
  }
}

/** @param {Value | undefined} value */
function isOn(value) {
  return Boolean(value) && value !== 'off';
}

/**
 * @param {string} name
 * @param {Flag} flag
 * @param {string} release
 */
function variantOf(name, flag, release) {
  const asked = faultsOf(asker().fault).get(name);
  if (asked !== undefined && Object.hasOwn(flag.variants, asked)) return asked;
  if (flag.state !== 'ENABLED') return flag.defaultVariant;
  const aimed = target(name, flag.targeting, release);
  return aimed !== undefined && Object.hasOwn(flag.variants, aimed) ? aimed : flag.defaultVariant;
}

/** @param {string | undefined} header */
export function faultsOf(header) {
  /** @type {Map<string, string>} */
  const faults = new Map();
  for (const part of (header ?? '').split(',')) {
    const at = part.indexOf('=');
    if (at > 0) faults.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return faults;
}

/**
 * The two forms of targeting that the casino agrees on; anything else is not understood and means the default.
 *
 * @param {string} name
 * @param {unknown} rule
 * @param {string} release
 * @returns {string | undefined}
 */
function target(name, rule, release) {
  if (typeof rule !== 'object' || rule === null) return undefined;
  if ('if' in rule && Array.isArray(rule.if)) {
    const [condition, then, otherwise] = rule.if;
    const found = member(condition, release);
    if (found === undefined) return undefined;
    return outcome(found ? then : otherwise);
  }
  if ('fractional' in rule && Array.isArray(rule.fractional)) return fraction(name, rule.fractional);
  return undefined;
}

/**
 * @param {unknown} condition
 * @param {string} release
 * @returns {boolean | undefined}
 */
function member(condition, release) {
  if (typeof condition !== 'object' || condition === null || !('in' in condition)) return undefined;
  const [what, list] = Array.isArray(condition.in) ? condition.in : [];
  if (typeof what !== 'object' || what === null || !Array.isArray(list)) return undefined;
  const who = asker();
  const subjects = new Map([
    ['market', who.market],
    ['userId', who.player],
    ['release', release],
  ]);
  if (!subjects.has(what.var)) return undefined;
  return list.includes(subjects.get(what.var));
}

/**
 * @param {string} name
 * @param {unknown[]} shares
 * @returns {string | undefined}
 */
function fraction(name, shares) {
  /** @type {[unknown, number][]} */
  const pairs = [];
  let total = 0;
  for (const share of shares) {
    if (!Array.isArray(share) || !Number.isSafeInteger(share[1]) || share[1] < 0) return undefined;
    pairs.push([share[0], share[1]]);
    total += share[1];
  }
  if (total === 0) return undefined;
  let at = crc32(`${name}${asker().player ?? ''}`) % total;
  for (const [variant, weight] of pairs) {
    if (at < weight) return outcome(variant);
    at -= weight;
  }
  return undefined;
}

/** @param {unknown} variant */
function outcome(variant) {
  return typeof variant === 'string' ? variant : undefined;
}
