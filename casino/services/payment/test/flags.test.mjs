/** Flags: the file, targeting, the header that overrides them; and the canary's defect. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Canary } from '../src/canary.mjs';
import { onBehalfOf } from '../src/context.mjs';
import { Flags } from '../src/flags.mjs';

const folder = mkdtempSync(join(tmpdir(), 'payment-flags-'));
const path = join(folder, 'flags.json');
after(() => rmSync(folder, { recursive: true }));

/** @param {object} flag @param {import('../src/context.mjs').Asker} [who] */
async function evaluate(flag, who = {}) {
  writeFileSync(path, JSON.stringify({ flags: { it: flag } }));
  const flags = new Flags(path, 'payment@1.5.0');
  await flags.look();
  return onBehalfOf(who, () => flags.value('it'));
}

const plain = { state: 'ENABLED', variants: { off: 0, on: 7 }, defaultVariant: 'off' };

test('the default, the header, and a disabled flag', async () => {
  assert.equal(await evaluate(plain), 0);
  assert.equal(await evaluate(plain, { fault: 'other=x, it=on' }), 7);
  assert.equal(await evaluate(plain, { fault: 'it=sideways' }), 0);
  assert.equal(await evaluate({ ...plain, state: 'DISABLED', targeting: { fractional: [['on', 1]] } }), 0);
});

test('targeting by market, user and release', async () => {
  const byMarket = { ...plain, targeting: { if: [{ in: [{ var: 'market' }, ['de', 'es']] }, 'on', 'off'] } };
  assert.equal(await evaluate(byMarket, { market: 'de' }), 7);
  assert.equal(await evaluate(byMarket, { market: 'se' }), 0);
  const byUser = { ...plain, targeting: { if: [{ in: [{ var: 'userId' }, ['p-1']] }, 'on', 'off'] } };
  assert.equal(await evaluate(byUser, { player: 'p-1' }), 7);
  const byRelease = { ...plain, targeting: { if: [{ in: [{ var: 'release' }, ['payment@1.5.0']] }, 'on', 'off'] } };
  assert.equal(await evaluate(byRelease), 7);
  for (const targeting of [
    {},
    { '==': [1, 1] },
    { if: [{ in: [{ var: 'age' }, ['de']] }, 'on'] },
    { fractional: [['on']] },
  ]) {
    assert.equal(await evaluate({ ...plain, targeting }, { market: 'de' }), 0);
  }
});

test('a share of the users is met, always the same ones', async () => {
  const shared = {
    ...plain,
    targeting: {
      fractional: [
        ['on', 10],
        ['off', 90],
      ],
    },
  };
  let on = 0;
  for (let user = 0; user < 400; user += 1) {
    const who = { player: `p-${user}` };
    const value = await evaluate(shared, who);
    if (value === 7) on += 1;
  }
  assert.ok(on > 20 && on < 60, `${on} of 400`);
  // The same hash as in every other service of the casino: CRC-32 of "itp-3" is 2102822467.
  assert.equal(await evaluate(shared, { player: 'p-3' }), 0);
});

test('a broken file leaves what was read before', async () => {
  writeFileSync(path, JSON.stringify({ flags: { it: { ...plain, defaultVariant: 'on' } } }));
  const flags = new Flags(path, 'payment@1.4.0');
  await flags.look();
  writeFileSync(path, '{');
  flags.seen = 1;
  await flags.look();
  assert.equal(flags.value('it'), 7);
});

test('one request in twenty fails in the canary release, none in others', async () => {
  writeFileSync(
    path,
    JSON.stringify({ flags: { badCanary: { ...plain, variants: { off: 0, on: 0.05 }, defaultVariant: 'on' } } }),
  );
  for (const [release, expected] of /** @type {const} */ ([
    ['payment@1.5.0', 5],
    ['payment@1.4.0', 0],
  ])) {
    const flags = new Flags(path, release);
    await flags.look();
    const canary = new Canary(flags, { release, seed: 7 });
    let failed = 0;
    for (let request = 0; request < 100; request += 1) {
      try {
        canary.fee();
      } catch (error) {
        assert.ok(error instanceof TypeError);
        failed += 1;
      }
    }
    assert.equal(failed, expected, release);
  }
});
