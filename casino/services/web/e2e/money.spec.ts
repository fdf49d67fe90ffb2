// Deposit, withdrawal, the list of payments, and the proof of a round.
import { expect, test } from "@playwright/test";
import { checkPage } from "./stand-in";

test("a deposit goes to the provider and comes back @phone", async ({ page }) => {
  await page.goto("/deposit");
  await checkPage(page);
  await page.getByText("€25.00").click();
  await page.getByTestId("order").click();
  await page.waitForURL(/\/payments\/[0-9a-f-]{36}$/);
  await expect(page.getByTestId("payment-state")).toHaveAttribute("data-state", "captured", {
    timeout: 15_000,
  });
  await checkPage(page);
  await page.getByRole("link", { name: "All my payments" }).click();
  await expect(page.getByRole("row", { name: /Deposit.*€25\.00/ }).first()).toBeVisible();
  await checkPage(page);
});

test("a withdrawal needs an identity first", async ({ page }) => {
  await page.goto("/withdraw");
  await expect(page.getByTestId("kyc")).toHaveAttribute("data-kyc", "none");
  await checkPage(page);
  await page.getByRole("button", { name: "Submit" }).click();
  await expect(page.getByTestId("kyc")).toHaveAttribute("data-kyc", "verified", { timeout: 15_000 });
  await page.getByTestId("order").click();
  await page.waitForURL(/\/payments\/[0-9a-f-]{36}$/);
  await expect(page.getByTestId("payment-state")).toHaveAttribute("data-state", "captured", {
    timeout: 15_000,
  });
});

test("a round's seed is checked in the browser @phone", async ({ page }) => {
  await page.goto("/slot");
  await page.getByTestId("spin").click();
  await page.getByRole("link", { name: "Was it fair?" }).click({ timeout: 15_000 });
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-verdict", "holds");
  await expect(page.getByTestId("computed")).toHaveText(/^[0-9a-f]{64}$/);
  await checkPage(page);
});

test("a seed that was exchanged is found out", async ({ page }) => {
  await page.route("**/api/games/rounds/*", async (route) => {
    const answer = await route.fetch();
    const record = await answer.json();
    record.fair.server_seed = `00${record.fair.server_seed.slice(2)}`.replace(/^0000/, "0100");
    await route.fulfill({ response: answer, json: record });
  });
  await page.goto("/slot");
  await page.getByTestId("spin").click();
  await page.getByRole("link", { name: "Was it fair?" }).click({ timeout: 15_000 });
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-verdict", "broken");
});
