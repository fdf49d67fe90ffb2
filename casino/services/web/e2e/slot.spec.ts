// The slot: spins of one visit are one trace; refusals, mistakes and a broken animation leave a page that works.
import { expect, type Page, test } from "@playwright/test";
import { checkPage, requests, sentItems, sentSpans } from "./stand-in";

async function spin(page: Page): Promise<void> {
  await page.getByTestId("spin").click();
  await expect(page.getByTestId("spin")).toHaveText("Spin", { timeout: 15_000 });
}

test("three spins are one trace with bets and payouts @phone", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Moon Orchard" }).click();
  await page.locator("fieldset").getByText("€10.00").click();
  for (let round = 0; round < 3; round += 1) await spin(page);
  await expect(page.getByText("Was it fair?")).toHaveCount(3);
  await checkPage(page);
  await page.getByRole("link", { name: "Halfmoon, lobby" }).click();

  const traces = (await requests(page, "/api/games/slot/spin"))
    .slice(-3)
    .map(({ trace }) => trace?.split("-")[0]);
  const trace = traces[0] ?? "";
  expect(trace).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(traces).size).toBe(1);
  const names = async () => (await sentSpans(page, trace)).map(({ name }) => name);
  const wanted = ["slot-machine-spin", "spin", "spin", "spin"];
  await expect
    .poll(async () => (await names()).filter((name) => wanted.includes(name)).sort(), { timeout: 15_000 })
    .toEqual(wanted);
  const spans = await sentSpans(page, trace);
  const root = spans.find(({ name }) => name === "slot-machine-spin");
  const spins = spans.filter(({ name }) => name === "spin");
  expect(spins).toHaveLength(3);
  for (const { parent_span_id, attributes } of spins) {
    expect(parent_span_id).toBe(root?.span_id);
    expect(attributes["bet"]?.value).toBe(1_000);
    expect(attributes["payout"]?.value).toEqual(expect.any(Number));
    expect(attributes["rtp"]?.value).toEqual(expect.any(Number));
    expect(attributes["market"]?.value).toBe("de");
    expect(attributes["user.id"]?.value).toBe("p-000123");
  }
});

test("a visit is told of when another tab is looked at, and ends with its last round", async ({ page }) => {
  await page.goto("/slot");
  await spin(page);
  await page.waitForTimeout(1_500);
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  const asked = (await requests(page, "/api/games/slot/spin")).at(-1)?.trace ?? "";
  const trace = asked.split("-")[0] ?? "";
  const named = async (wanted: string) =>
    (await sentSpans(page, trace)).find(({ name }) => name === wanted) ?? null;
  await expect.poll(() => named("slot-machine-spin"), { timeout: 10_000 }).not.toBeNull();
  const [root, round] = [await named("slot-machine-spin"), await named("spin")];
  expect(root?.start_timestamp).toBeLessThanOrEqual(round?.start_timestamp ?? 0);
  expect(Math.abs((root?.end_timestamp ?? 0) - (round?.end_timestamp ?? 0))).toBeLessThan(0.5);
});

test("works with the keyboard alone", async ({ page }) => {
  await page.goto("/slot");
  await page.getByRole("radio", { name: "€5.00" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("radio", { name: "€2.00" })).toBeChecked();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("spin")).toHaveText("Spinning");
  await expect(page.getByText("Was it fair?")).toHaveCount(1, { timeout: 15_000 });
});

for (const { fault, says } of [
  { fault: "paymentFailure:100%25", says: /provider declined the charge.*Nothing was taken/ },
  { fault: "walletDown:on", says: /wallet service does not answer.*Try again/ },
]) {
  test(`says what to do under ${fault}`, async ({ page }) => {
    await page.goto(`/slot?casino_fault=${fault}`);
    await spin(page);
    await expect(page.getByRole("alert")).toHaveText(says);
    await checkPage(page);
    expect((await requests(page, "/api/games/slot/spin")).at(-1)?.fault).toBe(
      decodeURIComponent(fault).replace(":", "="),
    );
    await page.getByRole("button", { name: "Switch it off" }).click();
    await spin(page);
    await expect(page.getByRole("alert")).toHaveCount(0);
  });
}

test("a broken animation is reported with its trace and flag, and the result is shown", async ({ page }) => {
  await page.goto("/slot?casino_fault=angularError:on");
  await spin(page);
  await expect(page.getByRole("alert")).toContainText("The reels got stuck");
  await expect(page.getByText("Was it fair?")).toHaveCount(1);
  const trace = (await requests(page, "/api/games/slot/spin")).at(-1)?.trace?.split("-")[0];
  await expect.poll(async () => (await sentItems(page, "event")).length).toBeGreaterThan(0);
  const event = (await sentItems(page, "event")).at(-1)?.payload;
  expect(event.exception.values[0]).toMatchObject({ type: "TypeError" });
  expect(event.contexts.trace.trace_id).toBe(trace);
  expect(event.contexts.flags.values).toContainEqual({ flag: "angularError", result: true });
  expect(event.tags).toMatchObject({ service: "web", market: "de", game: "slot" });
});
