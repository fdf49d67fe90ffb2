import { randomBytes } from "node:crypto";
import { expect, expectAccessible, inBothThemes, issueRows, picture, test } from "./harness/test.ts";

const id = (bytes: number) => randomBytes(bytes).toString("hex");

/** A request that asks the database for each bet, calls a slow provider and fails. */
function slowRequest(trace: string) {
  const began = Date.now() / 1000 - 30;
  const root = id(8);
  const provider = id(8);
  const span = (op: string, description: string, at: number, took: number, with_ = {}) => ({
    trace_id: trace,
    span_id: id(8),
    parent_span_id: root,
    op,
    description,
    start_timestamp: began + at,
    timestamp: began + at + took,
    status: "ok",
    ...with_,
  });
  const queries = Array.from({ length: 12 }, (_, index) =>
    span("db.query", `SELECT * FROM bets WHERE id = ${index}`, 0.1 + index * 0.05, 0.04, {
      data: { "db.system": "postgresql" },
    }),
  );
  const transaction = {
    platform: "python",
    transaction: "GET /bets/<id>",
    start_timestamp: began,
    timestamp: began + 3,
    contexts: { trace: { trace_id: trace, span_id: root, op: "http.server", status: "internal_error" } },
    spans: [
      span("db.query", "SELECT * FROM players WHERE name = 'x'", 0.02, 0.05),
      ...queries,
      span("http.client", "POST https://api.trustly.example/settle", 0.9, 2, { span_id: provider }),
      span("queue.publish", "settled", 2.95, 0.01, { parent_span_id: id(8) }),
    ],
  };
  return { transaction, provider };
}

test("a trace is found, read and searched", async ({ page, organization }) => {
  const project = await organization.project("traces");
  const trace = id(16);
  const { transaction, provider } = slowRequest(trace);
  await project.transaction(trace, transaction);
  await project.send({
    message: "Trustly did not answer",
    contexts: { trace: { trace_id: trace, span_id: provider } },
  });

  await page.goto(project.spans);
  await expect(page.getByRole("table", { name: "Spans" }).getByRole("row")).toHaveCount(17);
  await expectAccessible(page);
  await picture(page, "explore-spans");
  await page.getByRole("link", { name: /api\.trustly\.example/ }).click();

  const rows = page.getByRole("treegrid", { name: "Spans" }).getByRole("row");
  await expect(rows).toHaveCount(5);
  const panel = page.getByRole("complementary", { name: "Span" });
  await expect(panel.getByRole("heading", { name: "http.client" })).toBeVisible();
  await expect(panel.getByText("Trustly did not answer")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/of the time waits for/)).toBeVisible();
  await expect(page.getByText(/not sampled/).first()).toBeVisible();
  await inBothThemes(page, "trace");

  await page.getByRole("button", { name: "Show 12 repeated spans" }).click();
  await expect(rows).toHaveCount(16);
  await expect(page).toHaveURL(/spread=/);
  await page.getByRole("button", { name: "Fold 12 repeated spans" }).click();
  await expect(rows).toHaveCount(5);
  await page.getByRole("radio", { name: "Flame" }).click();
  await expect(page.getByRole("img", { name: "Flame chart of 16 spans in 3.00 s" })).toBeVisible();
  await inBothThemes(page, "trace-flame");
  await page.keyboard.press("v");
  await expect(rows).toHaveCount(5);

  await page.keyboard.press("/");
  await page.keyboard.type("from bets");
  await expect(page.getByText("1 of 12")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText(/^\d+ of 12$/)).toBeVisible();
  await expect(page).toHaveURL(/find=from\+bets/);
  const link = page.url();
  await page.reload();
  await expect(page.getByText(/^\d+ of 12$/)).toBeVisible();
  expect(page.url()).toBe(link);
});

test("a finding is an issue whose spans are pointed out in the trace", async ({ page, organization }) => {
  const project = await organization.project("findings");
  const trace = id(16);
  await project.transaction(trace, slowRequest(trace).transaction);
  await page.goto(`${project.issues}&q=`);
  await expect(issueRows(page).first()).toBeVisible({ timeout: 30_000 });
  await issueRows(page).filter({ hasText: "N+1" }).getByRole("link").click();
  await expect(page.getByRole("heading", { name: /^Evidence: N\+1/ })).toBeVisible();
  await inBothThemes(page, "finding");
  await page.getByRole("link", { name: "Show them in the trace" }).click();
  await expect(page.getByText(/spans are pointed out/)).toBeVisible();
});

test("spans are summed up, and endpoints lead to their transactions", async ({ page, organization }) => {
  const project = await organization.project("endpoints");
  const trace = id(16);
  await project.transaction(trace, slowRequest(trace).transaction);
  await page.goto(`${project.spans}&tab=aggregates&sort=-count()`);
  const groups = page.getByRole("table", { name: "Aggregates" });
  await expect(groups.getByRole("row").nth(1)).toContainText("12");
  await expectAccessible(page);
  await picture(page, "explore-aggregates");
  await groups.getByRole("link", { name: "Show the spans" }).first().click();
  await expect(page.getByRole("table", { name: "Spans" }).getByRole("row")).toHaveCount(13);

  await page.goto(project.endpoints);
  await expect(page.getByRole("table", { name: "Endpoints" }).getByRole("row")).toHaveCount(2);
  await expectAccessible(page);
  await picture(page, "endpoints");
  await page.getByRole("link", { name: "GET /bets/<id>" }).click();
  await expect(page.getByRole("heading", { name: "GET /bets/<id>" })).toBeVisible();
  await expect(page.getByRole("table", { name: "What its time is spent on" })).toContainText("http.client");
  await expect(page.getByRole("link", { name: /N\+1 Query/ })).toBeVisible({ timeout: 30_000 });
  await inBothThemes(page, "endpoint");
  await page.getByRole("link", { name: "Show the spans" }).click();
  await expect(page.getByRole("table", { name: "Spans" }).getByRole("row")).toHaveCount(2);
});

test("a trace that is not there says so", async ({ page }) => {
  await page.goto(`/acme/traces/${id(16)}`);
  await expect(page.getByRole("heading", { name: "There is no such trace" })).toBeVisible();
  await expectAccessible(page);
});

test("a young trace grows while it is looked at, and is narrowed to services", async ({
  page,
  organization,
}) => {
  const project = await organization.project("young");
  const trace = id(16);
  await project.transaction(trace, slowRequest(trace).transaction);
  await page.goto(project.trace(trace));
  await expect(page.getByText("May still grow")).toBeVisible();
  const other = await organization.project("later");
  await other.transaction(trace, slowRequest(trace).transaction);
  const legend = page.getByRole("button", { name: /^later-/ });
  await expect(legend).toBeVisible({ timeout: 30_000 });
  await legend.click();
  await expect(page).toHaveURL(/service=later-/);
  await expect(page.getByRole("treegrid", { name: "Spans" }).getByRole("row")).toHaveCount(16);
});

test("10,000 spans scroll without a stop", async ({ page, organization }) => {
  const project = await organization.project("large");
  const trace = id(16);
  const began = Date.now() / 1000 - 30;
  const root = id(8);
  for (let part = 0; part < 10; part += 1) {
    const segment = part === 0 ? root : id(8);
    const spans = Array.from({ length: 999 }, (_, index) => ({
      trace_id: trace,
      span_id: id(8),
      parent_span_id: segment,
      op: index % 2 === 0 ? "db.query" : "cache.get",
      description: `reel strip ${index}`,
      start_timestamp: began + index / 500,
      timestamp: began + index / 500 + 0.01,
    }));
    const place = { trace_id: trace, span_id: segment, op: "http.server" };
    await project.transaction(trace, {
      platform: "python",
      transaction: `part ${part}`,
      start_timestamp: began,
      timestamp: began + 3,
      contexts: { trace: part === 0 ? place : { ...place, parent_span_id: root } },
      spans,
    });
  }
  await page.goto(project.trace(trace));
  await expect(page.getByText("10,000")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("treegrid", { name: "Spans" }).hover();
  const frames = page.evaluate(async () => {
    const lengths: number[] = [];
    let before = await new Promise<number>(requestAnimationFrame);
    for (const until = before + 3_000; before < until; ) {
      const now = await new Promise<number>(requestAnimationFrame);
      lengths.push(now - before);
      before = now;
    }
    return lengths.toSorted((a, b) => a - b);
  });
  for (let turn = 0; turn < 100; turn += 1) await page.mouse.wheel(0, 300);
  const lengths = await frames;
  // Sixty frames a second, with room for machines that do other things, too.
  expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(34);
});
