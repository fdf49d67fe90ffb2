import { expect, expectAccessible, test } from "./page.ts";

const PROJECT = "/fairpit/settings/projects/payment-service";
const SCREENS = [
  "/login",
  "/invite/token",
  "/fairpit/issues",
  "/fairpit/issues?q=nothing:here",
  "/fairpit/issues?sel=PAY-422",
  "/fairpit/issues/PAY-422",
  "/fairpit/issues/PAY-422?frames=full",
  "/fairpit/issues/PAY-422?frames=raw",
  "/fairpit/issues/PAY-422/events",
  "/fairpit/issues/PAY-422/tags",
  "/fairpit/issues/PAY-422/tags?key=market",
  "/fairpit/issues/PAY-422/activity",
  "/fairpit/settings/projects",
  "/fairpit/settings/projects/new",
  PROJECT,
  `${PROJECT}/setup`,
  `${PROJECT}/keys`,
  `${PROJECT}/filters`,
  `${PROJECT}/privacy`,
  `${PROJECT}/grouping`,
  `${PROJECT}/limits`,
  `${PROJECT}/dropped`,
  "/fairpit/settings/members",
  "/fairpit/settings/tokens",
  "/fairpit/settings/me",
  "/fairpit/nothing/here",
];

for (const theme of ["dark", "light"] satisfies ("dark" | "light")[]) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    for (const path of SCREENS) {
      test(path, async ({ page }, info) => {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
        await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
        await expectAccessible(page);
        await page.screenshot({ path: info.outputPath("screen.png") });
      });
    }
  });
}

test("markup in an event stays text, everywhere it is shown", async ({ page }) => {
  await page.goto("/fairpit/issues/PAY-427");
  await expect(page.getByText("<script>alert(1)</script>").first()).toBeVisible();
  await expect(page.getByText('"<img src=x onerror=alert(1)>"')).toBeVisible();
  expect(await page.locator("main img, main script, main b:text('no')").count()).toBe(0);
});

test("scrubbed values name their rule", async ({ page }) => {
  await page.goto("/fairpit/issues/PAY-422");
  await expect(page.getByText("[scrubbed: creditcard]").first()).toBeVisible();
  await expect(page.getByText("[scrubbed: password]")).toBeVisible();
});

test("a phone can read and resolve", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 780 });
  await page.goto("/fairpit/issues/PAY-422");
  await expect(page.getByRole("button", { name: "Resolve", exact: false }).first()).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
