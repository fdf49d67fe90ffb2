// The frame: the link to Pitwatch, the feedback form, no SDK without a DSN, and a casino that is away.
import { expect, test } from "@playwright/test";
import { checkPage, sentItems } from "./stand-in";

test("the lobby leads to the games and to Pitwatch @phone", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("link", { name: /watched by Pitwatch/ })).toHaveAttribute(
    "href",
    /\/mock\/pitwatch$/,
  );
  await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Moon Orchard", "Roulette", "Blackjack"]);
  await checkPage(page);
});

test("what a player says is sent", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Something wrong? Tell us" }).click();
  await page.getByLabel("Description").fill("The bell does not ring.");
  await page.getByRole("button", { name: "Send" }).click();
  await expect
    .poll(async () => (await sentItems(page, "feedback")).at(-1)?.payload.contexts.feedback.message)
    .toBe("The bell does not ring.");
});

test("without a DSN nothing is loaded or sent", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.route("**/api/config", (route) => route.fulfill({ json: { dsn: "", pitwatch: "" } }));
  await page.goto("/slot");
  await page.getByTestId("spin").click();
  await expect(page.getByText("Was it fair?")).toHaveCount(1, { timeout: 15_000 });
  expect(asked.filter((path) => path.includes("envelope"))).toEqual([]);
  await expect(page.getByRole("button", { name: "Something wrong? Tell us" })).toHaveCount(0);
});

test("a casino that is away says so, and comes back", async ({ page }) => {
  await page.route("**/api/sessions", (route) => route.abort());
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("The casino cannot be reached.");
  await checkPage(page);
  await page.unroute("**/api/sessions");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByTestId("balance")).toHaveText(/€/);
});
