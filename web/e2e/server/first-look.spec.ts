// Drives a running Pitwatch. Needs PITWATCH_URL, PITWATCH_EMAIL and PITWATCH_PASSWORD, and at least one issue.
import { expect, expectAccessible, test } from "../screens/page.ts";

const { PITWATCH_EMAIL: email = "", PITWATCH_PASSWORD: password = "" } = process.env;

test("log in, find an issue, understand it", async ({ page }, info) => {
  await page.goto("/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  const rows = page.getByRole("grid", { name: "Issues" }).getByRole("row");
  await expect(rows.nth(1)).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: info.outputPath("issues.png") });

  await rows.nth(1).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Facts" })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: info.outputPath("issue.png"), fullPage: true });

  for (const tab of ["All events", "Tags", "Activity"]) {
    await page.getByRole("link", { name: tab }).click();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expectAccessible(page);
  }
});
