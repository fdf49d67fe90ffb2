import { expect, expectAccessible, inBothThemes, issueRows, picture, send, test } from "./harness/test.ts";

test("a new project's guide notices the first event by itself", async ({ page, request }) => {
  await page.goto("/acme/settings/projects/new");
  await page.getByRole("radio", { name: "Python: any program" }).check();
  await page.getByLabel("Project name").fill("First steps");
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  await expectAccessible(page);
  await picture(page, "first-event-waiting");
  const dsn = await page.getByRole("textbox", { name: "DSN" }).inputValue();
  await send(request, dsn, { message: "Hello Pitwatch" });
  await expect(page.getByText("First event received")).toBeVisible();
  await picture(page, "first-event-received");
  await page.getByRole("link", { name: "See its issues" }).click();
  await expect(issueRows(page)).toHaveText([/Hello Pitwatch/]);
});

test("a key is made", async ({ page }) => {
  await page.goto("/acme/settings/projects/web/keys");
  await page.getByLabel("Name").fill("Second key");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("Key created")).toBeVisible();
  await expect(page.getByText("Second key").first()).toBeVisible();
});

test("a token is shown once", async ({ page }) => {
  await page.goto("/acme/settings/tokens");
  await page.getByLabel("Name").fill("pipeline");
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog", { name: "Your new token" });
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText("pipeline").first()).toBeVisible();
});

test("somebody is invited, joins, and sees the issues", async ({ page, browser, baseURL }) => {
  await page.goto("/acme/settings/members");
  await page.getByLabel("E-mail").fill("new@example.com");
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = page.getByRole("dialog", { name: "Invitation link" });
  const link = await dialog.getByRole("textbox").inputValue();

  const other = await browser.newPage({ baseURL, storageState: { cookies: [], origins: [] } });
  await other.goto(new URL(link).pathname);
  await other.getByLabel("Name").fill("Nina New");
  await other.getByLabel("Password").fill("a long enough passphrase");
  await other.getByRole("button", { name: "Join" }).click();
  await expect(issueRows(other).first()).toBeVisible();
  await other.close();
});

test("what was dropped is told with the reason", async ({ page }) => {
  await page.goto("/acme/settings/projects/web/dropped");
  await expect(page.getByText("before_send")).toBeVisible();
  await expect(page.getByText("The app's own code dropped it.").first()).toBeVisible();
});

test("detectors are switched, set, reset, and what was done is taken back", async ({
  page,
  organization,
}) => {
  const project = await organization.project("detectors");
  await page.goto(project.settings("detectors"));
  const card = page.getByRole("region", { name: "N+1 Query" });
  const repeats = card.getByLabel("Repetitions");
  const save = card.getByRole("button", { name: "Save" });
  await expect(repeats).toHaveValue("5");
  await expect(save).toBeDisabled();
  await inBothThemes(page, "detectors");

  await repeats.fill("1");
  await expect(card.getByText("Between 2 and 1000")).toBeVisible();
  await expect(save).toBeDisabled();
  await repeats.fill("50");
  await save.click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(repeats).toHaveValue("50");

  await card.getByRole("checkbox", { name: /Open issues/ }).click();
  await expect(repeats).toBeDisabled();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(repeats).toBeEnabled();

  const payload = page.getByRole("region", { name: "Large HTTP payload" });
  await expect(payload.getByLabel("Size (kB)")).toHaveValue("1000");
  await payload.getByLabel("Size (kB)").fill("250");
  await payload.getByRole("button", { name: "Save" }).click();
  await expect(payload.getByRole("button", { name: "Reset to defaults" })).toBeEnabled();
  await page.getByRole("button", { name: "Reset all thresholds" }).click();
  await expect(payload.getByLabel("Size (kB)")).toHaveValue("1000");
  await expect(repeats).toHaveValue("5");
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect(payload.getByLabel("Size (kB)")).toHaveValue("250");
  await expect(repeats).toHaveValue("50");
});

test.describe("sampling", () => {
  // A rule that is not finished yet is refused.
  test.use({ expectedComplaints: [/status of 400/] });

  test("rules of sampling are tried before they are saved", async ({ page }) => {
    await page.goto("/acme/settings/projects/web/sampling");
    await expect(page.getByRole("heading", { name: "What these rules would keep" })).toBeVisible();
    await expect(page.getByRole("textbox", { name: "Search" }).first()).toHaveValue(/withdraw/);
    await expectAccessible(page);
    await picture(page, "sampling");
    await page.getByRole("button", { name: "Remove Canaries" }).click();
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveCount(2);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveCount(3);
    await page.getByRole("button", { name: "Add rule" }).click();
    await page.getByRole("textbox", { name: "Name" }).last().fill("Jackpots");
    await page.getByRole("textbox", { name: "Search" }).last().fill("count():>5");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("is known of groups, not of a span").first()).toBeVisible();
    await page.getByRole("textbox", { name: "Search" }).last().fill("transaction:*jackpot*");
    await page.getByRole("spinbutton", { name: "Share of Jackpots that stays" }).fill("25");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved").first()).toBeVisible();
    await page.reload();
    await expect(page.getByRole("spinbutton", { name: "Share of Jackpots that stays" })).toHaveValue("25");
    await page.getByRole("button", { name: "Reset to defaults" }).click();
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveCount(3);
  });
});
