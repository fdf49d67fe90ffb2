// Roulette with its live table, and blackjack.
import { expect, test } from "@playwright/test";
import { checkPage, requests } from "./stand-in";

test("roulette: bets go over the live table with a trace @phone", async ({ page }) => {
  await page.goto("/roulette");
  await expect(page.getByTestId("table-state")).toHaveText("Live");
  await page.getByRole("button", { name: "17 black" }).click();
  await page.getByRole("button", { name: "Red" }).last().click();
  await page.getByTestId("spin").click();
  await expect(page.getByTestId("roulette-status")).toHaveText(/^\s*\d+ (red|black|green)\./, {
    timeout: 15_000,
  });
  await expect(page.getByRole("link", { name: "Was it fair?" })).toBeVisible();
  expect((await requests(page, "/ws/tables/roulette")).at(-1)?.trace).toMatch(
    /^[0-9a-f]{32}-[0-9a-f]{16}-1$/,
  );
  await checkPage(page);
});

test("roulette: without the live table bets still work", async ({ page }) => {
  await page.routeWebSocket("**/ws/tables/roulette*", (socket) => socket.close());
  await page.goto("/roulette");
  await expect(page.getByTestId("table-state")).toContainText("Your own bets still work");
  await page.getByRole("button", { name: "Zero" }).click();
  await page.getByTestId("spin").click();
  await expect(page.getByTestId("roulette-status")).toHaveText(/^\s*\d+ (red|black|green)\./, {
    timeout: 15_000,
  });
});

test("blackjack: a hand to its end @phone", async ({ page }) => {
  await page.goto("/blackjack");
  await page.getByTestId("deal").click();
  const over = page.getByTestId("blackjack-status").getByRole("link", { name: "Was it fair?" });
  await expect(page.getByText("Your turn.").or(over)).toBeVisible();
  await checkPage(page);
  // A blackjack ends the hand at once.
  const stand = page.getByRole("button", { name: "Stand" });
  if (await stand.isVisible()) await stand.click();
  await expect(over).toBeVisible();
  await expect(page.getByTestId("blackjack-status")).toHaveText(/You win|The house wins|A push/);
});
