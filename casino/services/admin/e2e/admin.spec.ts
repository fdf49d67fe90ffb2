// The back office: tables with search, an error boundary that reports, really slow rendering, and a leak that grows.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";

interface Item {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the SDK sent
  payload: any;
}

async function sent(page: Page, type: string): Promise<Item[]> {
  const items: Item[] = await (await page.request.get("/mock/envelopes")).json();
  return items.filter((item) => item.type === type);
}

async function checkPage(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual(
    [],
  );
}

/** Milliseconds the page's thread was busy while the search changed the table. */
async function searchTime(page: Page, fault: string): Promise<number> {
  await page.goto(`/admin/?casino_fault=${fault}`);
  await expect(page.getByText("240 players")).toBeVisible();
  await page.evaluate(() => {
    const times: number[] = [];
    new PerformanceObserver((list) =>
      times.push(...list.getEntries().map((entry) => entry.duration)),
    ).observe({
      type: "longtask",
    });
    Object.assign(window, { longTasks: times });
  });
  for (const text of ["a", "i", ""]) {
    await page.getByLabel("Name or number").fill(text);
    await expect(page.getByText(text === "" ? "240 players" : /^\d+ players$/)).toBeVisible();
    await page.waitForTimeout(600);
  }
  return page.evaluate(() =>
    (window as unknown as { longTasks: number[] }).longTasks.reduce((sum, ms) => sum + ms, 0),
  );
}

test("players and payments can be searched", async ({ page }) => {
  await page.goto("/admin/");
  await expect(page.getByText("240 players")).toBeVisible();
  await checkPage(page);
  await page.getByLabel("Name or number").fill("p-000123");
  await expect(page.getByText("1 players")).toBeVisible();
  await page.getByRole("link", { name: "Payments" }).click();
  await page.getByLabel(/Player, kind/).fill("declined");
  await expect(page.getByRole("row", { name: /declined/ }).first()).toBeVisible();
  await checkPage(page);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
});

test("the React profiler and each refresh are seen in traces", async ({ page }) => {
  await page.goto("/admin/");
  await expect(page.getByText("240 players")).toBeVisible();
  const spans = async () => (await sent(page, "span")).flatMap(({ payload }) => payload.items);
  await expect
    .poll(async () => (await spans()).map(({ name }) => name), { timeout: 15_000 })
    .toContain("refresh tables");
  await expect
    .poll(async () => (await spans()).map(({ name }) => name), { timeout: 15_000 })
    .toContain("PlayersTable");
  const refresh = (await spans()).find(({ name }) => name === "refresh tables");
  expect(refresh.attributes.rows.value).toBe(440);
  expect(refresh.attributes.heap_used.value).toBeGreaterThan(1_000_000);
});

test("a row nobody foresaw breaks one table, not the page, and is reported", async ({ page }) => {
  await page.route("**/api/admin/players*", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    body.players[3].name = null;
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto("/admin/");
  await expect(page.getByRole("alert")).toContainText("This table could not be drawn");
  await checkPage(page);
  await expect.poll(async () => (await sent(page, "event")).length).toBeGreaterThan(0);
  const event = (await sent(page, "event")).at(-1)?.payload;
  expect(event.tags).toMatchObject({ service: "admin", table: "players" });
  expect(JSON.stringify(event.exception)).toContain("TypeError");
  await page.getByRole("link", { name: "Payments" }).click();
  await expect(page.getByText("200 payments")).toBeVisible();
});

test("adminSlowRender makes drawing slow", async ({ page }) => {
  const fast = await searchTime(page, "adminSlowRender:off");
  const slow = await searchTime(page, "adminSlowRender:on");
  expect(slow).toBeGreaterThan(fast + 300);
});

test("adminLeak keeps memory that is never given back", async ({ page }) => {
  await page.goto("/admin/?casino_fault=adminLeak:10x");
  await expect(page.getByText("240 players")).toBeVisible();
  for (let round = 0; round < 4; round += 1) {
    await page.getByRole("link", { name: "Payments" }).click();
    await page.getByRole("link", { name: "Players" }).click();
    await page.getByLabel("Name or number").fill(`p-00000${round}`);
    await page.waitForTimeout(500);
  }
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  expect(usedSize).toBeGreaterThan(60_000_000);
});

test("a casino that is away says so, and comes back", async ({ page }) => {
  await page.route("**/api/sessions", (route) =>
    route.fulfill({ status: 503, json: { error: { code: "user_unavailable" } } }),
  );
  await page.goto("/admin/");
  await expect(page.getByRole("alert")).toContainText("/api/sessions: 503 user_unavailable");
  await page.unroute("**/api/sessions");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("240 players")).toBeVisible();
});
