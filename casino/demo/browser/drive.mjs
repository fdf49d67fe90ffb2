// Visits pages in headless Chromium and prints what it saw as one line of JSON:
// `node drive.mjs NAME '{"casino": …}'`. Each visit is a file beside this one.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [name, given] = process.argv.slice(2);
const require = createRequire(path.join(process.env.PLAYWRIGHT_PACKAGE, 'package.json'));
const { chromium } = require('@playwright/test');
const { visit } = await import(pathToFileURL(path.join(import.meta.dirname, `${path.basename(name)}.mjs`)));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
try {
  const wishes = JSON.parse(given);
  const reducedMotion = wishes.motion ? 'no-preference' : 'reduce';
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  const seen = await visit(page, wishes);
  process.stdout.write(`${JSON.stringify({ ...seen, problems: problems.slice(0, 20) })}\n`);
} finally {
  await browser.close();
}
