// Shows the back office a player without a name, whom its table cannot draw.
const PLAYER = { id: 'p-000001', name: null, market: 'de', currency: 'EUR', kyc: 'verified', pays: 'wallet' };

export async function visit(page, { casino }) {
  await page.route(/\/api\/admin\/players/, (route) => route.fulfill({ json: { players: [PLAYER] } }));
  await page.goto(`${casino}/admin/`);
  await page.getByRole('alert').waitFor();
  // What the SDK still holds is sent when the page is left.
  await page.waitForTimeout(500);
  await page.goto('about:blank');
  return {};
}
