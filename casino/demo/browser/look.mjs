// Looks at Pitwatch as a person does: the trace of the spins, the issue of the payments, the slow query.
import { mkdirSync } from 'node:fs';
import path from 'node:path';

export async function visit(page, given) {
  const { pitwatch, organization, email, password, trace, services, issue, query, pictures } = given;
  mkdirSync(pictures, { recursive: true });
  await page.goto(`${pitwatch}/${organization}/traces/${trace}`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();

  const spans = page.getByRole('treegrid', { name: 'Spans' });
  await spans.waitFor();
  const shown = await page.locator('body').innerText();
  const absent = services.filter((service) => !new RegExp(`\\b${service}\\b`).test(shown));
  if (absent.length > 0) throw new Error(`the screen of the trace does not name ${absent.join(', ')}`);
  const rows = await spans.getByRole('row').count();
  await page.screenshot({ path: path.join(pictures, 'trace.png') });

  await page.goto(`${pitwatch}/${organization}/issues/${issue}`);
  await page.getByRole('heading', { level: 1, name: /PaymentError/ }).waitFor();
  await page.getByText('provider declined the charge').first().waitFor();
  await page.getByText(/p-\d{6}/).first().waitFor();
  if ((await page.locator('a[href*="/traces/"]').count()) === 0) throw new Error('the issue has no link to a trace');
  await page.screenshot({ path: path.join(pictures, 'issue.png') });

  await page.goto(`${pitwatch}/${organization}/issues/${query}`);
  await page.getByRole('heading', { name: /Slow DB Query/i }).first().waitFor();
  await page.screenshot({ path: path.join(pictures, 'query.png') });
  return { said: `a trace of ${rows} rows, the issue of the payments with player and trace, the slow query` };
}
