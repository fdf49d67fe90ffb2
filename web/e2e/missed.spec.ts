import { expect, picture, test } from "./harness/test.ts";

/** A run that is due every minute is missed two minutes after the last at the latest. */
const MISSED_MS = 150_000;

// The job checked in once, before the first test, so that whoever runs all of them does not wait here.
test("a job that did not check in again was missed", async ({ page }) => {
  test.setTimeout(MISSED_MS + 30_000);
  await page.goto("/acme/crons/heartbeat");
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("img", { name: /missed, 1 ok/ })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: MISSED_MS });
  const missed = page.getByRole("table", { name: "Check-ins" }).getByRole("row", { name: /^missed/ });
  await expect(missed.first()).toBeVisible();
  await picture(page, "cron-missed");
});
