// Plays in headless Chromium until it is told to end: `node visitors.mjs '{"casino": …, "browsers": 2}'`.
// Load in numbers comes from the players; this brings what only browsers send, replays and web vitals.
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { visit } from './spin.mjs';

const SPINS_MAX = 4;
const PAUSE_MS = [3_000, 12_000];

const { casino, browsers } = JSON.parse(process.argv[2]);
const require = createRequire(path.join(process.env.PLAYWRIGHT_PACKAGE, 'package.json'));
const { chromium } = require('@playwright/test');
const over = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => over.abort());

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  handleSIGTERM: false,
  handleSIGINT: false,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
over.signal.addEventListener('abort', () => void browser.close());
await Promise.all(Array.from({ length: browsers }, play));

/** One seat: visit after visit, each by another guest. */
async function play() {
  while (!over.signal.aborted) {
    try {
      await once();
    } catch (error) {
      if (!over.signal.aborted) process.stdout.write(`a visit ended early: ${String(error).split('\n')[0]}\n`);
    }
    await sleep(between(...PAUSE_MS), undefined, { signal: over.signal }).catch(() => undefined);
  }
}

async function once() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const { rounds } = await visit(page, { casino, spins: Math.floor(between(1, SPINS_MAX + 1)) });
    process.stdout.write(`${rounds.length} spins: ${rounds.map(({ status }) => status).join(', ')}\n`);
  } finally {
    await context.close();
  }
}

function between(from, to) {
  return from + Math.random() * (to - from);
}
