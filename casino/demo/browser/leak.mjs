// Goes to and fro between the tables of the back office, and looks how much of the page's heap stays.
const VISITS = 6;
/** The page asks for its tables every ten seconds; each time, every table that was ever shown keeps a copy. */
const REFRESHED_MS = 30_000;
const GROWN_BYTES = 10_000_000;

export async function visit(page, { casino, variant }) {
  const devtools = await page.context().newCDPSession(page);
  const heap = async () => {
    // What is garbage is not a leak.
    await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize;
  };
  const flags = page.waitForResponse((response) => response.url().includes('/api/flags'));
  await page.goto(`${casino}/admin/?casino_fault=${encodeURIComponent(`adminLeak:${variant}`)}`);
  const players = page.getByRole('link', { name: 'Players', exact: true });
  const payments = page.getByRole('link', { name: 'Payments', exact: true });
  await page.getByRole('table').waitFor();
  await flags;
  const before = await heap();
  for (let turn = 0; turn < VISITS; turn += 1) {
    await payments.click();
    await page.locator('[aria-current=page]', { hasText: 'Payments' }).waitFor();
    await players.click();
    await page.locator('[aria-current=page]', { hasText: 'Players' }).waitFor();
  }
  const deadline = Date.now() + REFRESHED_MS;
  let after = await heap();
  while (after - before < GROWN_BYTES && Date.now() < deadline) {
    await page.waitForTimeout(500);
    after = await heap();
  }
  await page.goto('about:blank');
  return { before, after };
}
