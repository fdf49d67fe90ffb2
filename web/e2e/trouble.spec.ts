// Answers that a healthy server does not give; the rest of the traffic is real.
import { expect, expectAccessible, issueRows, PERSON, picture, test } from "./harness/test.ts";

const ISSUES = /\/api\/0\/organizations\/acme\/issues\/\?/;

test.use({ expectedComplaints: [/Failed to load resource/] });

test("a failed list says why and can be asked for again", async ({ page }) => {
  await page.route(ISSUES, (route) =>
    route.fulfill({ status: 503, json: { detail: "The store is being repaired." } }),
  );
  await page.goto("/acme/issues");
  const retry = page.getByRole("button", { name: "Try again" });
  await expect(retry).toBeVisible();
  await expectAccessible(page);
  await picture(page, "issues-failed");
  await page.unroute(ISSUES);
  await retry.click();
  await expect(issueRows(page).first()).toBeVisible();
});

test("a slow list shows its shape meanwhile", async ({ page }) => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(ISSUES, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/acme/issues");
  await expect(page.getByRole("status", { name: "Loading" })).toBeVisible();
  await picture(page, "issues-loading");
  answer();
  await expect(issueRows(page).first()).toBeVisible();
});

test("a session that ended asks for a login and then goes on", async ({ page }) => {
  await page.goto("/acme/issues");
  await expect(issueRows(page).first()).toBeVisible();
  await page.context().clearCookies();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
  await page.getByLabel("E-mail").fill(PERSON.email);
  await page.getByLabel("Password").fill(PERSON.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(/\/acme\/issues/);
});
