import { expect, expectAccessible, issueRows, PERSON, picture, test } from "./harness/test.ts";

test.use({ storageState: { cookies: [], origins: [] } });

test("log in, find an issue, understand it", async ({ page }) => {
  await page.goto("/");
  await expectAccessible(page);
  await picture(page, "login");
  await page.getByLabel("E-mail").fill(PERSON.email);
  await page.getByLabel("Password").fill(PERSON.password);
  await page.getByRole("button", { name: "Log in" }).click();

  await page.getByRole("combobox", { name: "Query" }).fill("provider unavailable");
  await page.keyboard.press("Enter");
  await expect(issueRows(page)).toHaveCount(1);
  await issueRows(page).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: "PaymentError" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Stack trace" })).toBeVisible();
  await expect(page.getByText("raise PaymentError", { exact: false }).first()).toBeVisible();
});

test("a screen asks for a login and then shows what was wanted", async ({ page }) => {
  await page.goto("/acme/settings/members");
  await page.getByLabel("E-mail").fill(PERSON.email);
  await page.getByLabel("Password").fill(PERSON.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(/\/acme\/settings\/members$/);
});
