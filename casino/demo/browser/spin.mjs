// Enters the casino, opens the slot and spins; then leaves the page, which ends the visit's trace.

/** How long a spin may take: the provider needs up to 5 s, the query and the rest one more. */
const SPIN_MS = 30_000;

export async function visit(page, { casino, spins, fault = '' }) {
  const query = fault ? `?casino_fault=${encodeURIComponent(fault)}` : '';
  await page.goto(`${casino}/${query}`);
  await page.getByRole('link', { name: /orchard|slot/i }).first().click();
  const button = page.getByTestId('spin');
  await button.waitFor();
  const rounds = [];
  for (let round = 0; round < spins; round += 1) {
    await ready(page);
    const answered = page.waitForResponse((response) => response.url().includes('/slot/spin'), { timeout: SPIN_MS });
    const began = Date.now();
    await button.click();
    const response = await answered;
    const body = await response.json().catch(() => ({}));
    rounds.push({
      status: response.status(),
      milliseconds: Date.now() - began,
      round: body.round_id,
      error: body.error?.code,
      trace: response.request().headers()['sentry-trace']?.split('-')[0],
    });
  }
  await ready(page);
  const status = await page.getByTestId('slot-status').innerText();
  // What the SDK still holds is sent when the page is left.
  await page.goto('about:blank');
  return { rounds, status };
}

async function ready(page) {
  await page.waitForFunction(
    () => document.querySelector('[data-testid=spin]')?.getAttribute('aria-disabled') !== 'true',
    undefined,
    { timeout: SPIN_MS },
  );
}
