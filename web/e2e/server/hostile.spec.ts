// What an event brings is text, whatever it looks like; and triage by keyboard. Needs the event that conformance/test_ui.py sends.
import { expect, test } from "../screens/page.ts";

const { PITWATCH_EMAIL: email = "", PITWATCH_PASSWORD: password = "" } = process.env;

test("script in a message, a frame and a tag is shown and runs nothing", async ({ page }, info) => {
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  await page.goto("/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("grid", { name: "Issues" })).toBeVisible();
  await page.goto(`${new URL(page.url()).pathname}?q=HostileError`);
  await page.getByRole("grid", { name: "Issues" }).getByRole("row").nth(1).getByRole("link").click();
  await expect(page.getByText("<img src=x onerror=alert(1)>").first()).toBeVisible();
  await expect(page.getByText("<script>alert(2)</script>").first()).toBeVisible();
  await page.screenshot({ path: info.outputPath("hostile.png"), fullPage: true });
  expect(dialogs).toEqual([]);
  expect(await page.locator("img[src=x]").count()).toBe(0);
});

test("an issue is resolved by keyboard and comes back by undo", async ({ page }) => {
  await page.goto("/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  const rows = page.getByRole("grid", { name: "Issues" }).getByRole("row");
  await expect(rows.nth(1)).toBeVisible();
  const before = await rows.nth(1).getByRole("link").innerText();
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await expect(rows.nth(1).getByRole("link")).not.toHaveText(before);
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await page.keyboard.press("u");
  await expect(rows.nth(1).getByRole("link")).toHaveText(before);
});
