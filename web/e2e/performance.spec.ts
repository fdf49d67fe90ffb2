import { randomBytes } from "node:crypto";
import { expect, expectAccessible, inBothThemes, picture, test } from "./harness/test.ts";

const id = (bytes: number) => randomBytes(bytes).toString("hex");
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

/** A request that asks two databases; slow ones come from one market. */
function request(trace: string, number: number) {
  const isSlow = number % 3 === 0;
  const began = Date.now() / 1000 - 60 - number;
  const root = id(8);
  const span = (op: string, description: string, system: string, at: number, took: number) => ({
    trace_id: trace,
    span_id: id(8),
    parent_span_id: root,
    op,
    description,
    start_timestamp: began + at,
    timestamp: began + at + took,
    status: "ok",
    data: { "db.system": system },
  });
  return {
    platform: "python",
    transaction: "POST /spins",
    release: `casino@${isSlow ? 2 : 1}.0.0`,
    start_timestamp: began,
    timestamp: began + (isSlow ? 2 : 0.3),
    tags: { market: isSlow ? "FI" : "MT" },
    contexts: { trace: { trace_id: trace, span_id: root, op: "http.server", status: "ok" } },
    spans: [
      span(
        "db.query",
        `SELECT id, stake FROM bets WHERE player_id = ${number} ORDER BY id LIMIT 5`,
        "postgresql",
        0.01,
        isSlow ? 0.4 : 0.02,
      ),
      span("db.redis", `GET session:${number}`, "redis", 0.005, 0.002),
    ],
  };
}

function pageload(trace: string, number: number) {
  const began = Date.now() / 1000 - 60 - number;
  const measured = (value: number, unit = "millisecond") => ({ value, unit });
  return {
    platform: "javascript",
    transaction: number % 2 === 0 ? "/lobby" : "/cashier",
    start_timestamp: began,
    timestamp: began + 3,
    request: { url: "https://casino.example/", headers: [["User-Agent", FIREFOX]] },
    measurements: {
      lcp: measured(number % 2 === 0 ? 4800 : 1200),
      fcp: measured(900),
      ttfb: measured(100),
      cls: measured(0.3, ""),
    },
    contexts: {
      trace: {
        trace_id: trace,
        span_id: id(8),
        op: "pageload",
        status: "ok",
        data: { "lcp.element": "main > img.banner" },
      },
    },
    spans: [],
  };
}

test("queries are listed, narrowed and looked at one by one", async ({ page, organization }) => {
  const project = await organization.project("queries");
  for (let number = 0; number < 6; number += 1) {
    const trace = id(16);
    await project.transaction(trace, request(trace, number));
  }
  await page.goto(project.screen("queries"));
  const table = page.getByRole("table", { name: "Queries" });
  await expect(table.getByRole("row")).toHaveCount(3);
  await inBothThemes(page, "queries");

  await page.getByRole("button", { name: "System" }).click();
  await page.getByRole("menuitemradio", { name: /redis/ }).click();
  await expect(page).toHaveURL(/span\.system:redis/);
  await expect(table.getByRole("row")).toHaveCount(2);
  await page.goBack();
  await expect(table.getByRole("row")).toHaveCount(3);
  await page.getByRole("button", { name: "p95" }).click();
  await expect(page).toHaveURL(/sort=-p95/);

  await page.getByRole("link", { name: /FROM bets/ }).click();
  await expect(page.getByRole("heading", { name: "Query to postgresql" })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Distribution of durations/ })).toBeVisible();
  await expect(page.getByRole("table", { name: "Samples" }).getByRole("row")).toHaveCount(7);
  await expect(page.getByText("No issues are known.")).toBeVisible();
  await inBothThemes(page, "query");
  const endpoints = page.getByRole("table", { name: "Endpoints that ask it" });
  await endpoints.getByRole("link", { name: "POST /spins" }).click();
  await expect(page.getByRole("heading", { name: "POST /spins" })).toBeVisible();
});

test("what makes slow requests different is one choice away", async ({ page, organization }) => {
  const project = await organization.project("compare");
  for (let number = 0; number < 24; number += 1) {
    const trace = id(16);
    await project.transaction(trace, request(trace, number));
  }
  await page.goto(`${project.screen("endpoints")}`);
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("menuitem", { name: /slowest tenth/ }).click();
  await expect(page).toHaveURL(/compare\?.*left=span\.duration/);

  await page.goto(`${project.screen("compare")}&q=is_transaction:true&left=span.duration:>1s`);
  const found = page.getByRole("region", { name: "What makes them different" });
  await expect(found.getByText("8 spans")).toBeVisible();
  await expect(found.getByRole("button", { name: "FI", exact: true })).toBeVisible();
  await inBothThemes(page, "compare");
  await found.getByRole("button", { name: "FI", exact: true }).click();
  await expect(page).toHaveURL(/market:FI/);
  await expect(page.getByRole("heading", { name: "The second set is empty" })).toBeVisible();

  await page.goto(`${project.spans}&chart=heatmap&q=is_transaction:true&t=1h`);
  const map = page.getByRole("img", { name: /^Heatmap of durations over time: 24 spans/ });
  await expect(map).toBeVisible();
  await picture(page, "explore-heatmap");
  const box = await map.boundingBox();
  if (box === null) throw new Error("the map has no place");
  await page.mouse.move(box.x + box.width / 2, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 4, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/compare\?.*timestamp/);
  await expect(found.getByText("8 spans")).toBeVisible();
});

test("web vitals are rated, and lead to pages and their loads", async ({ page, organization }) => {
  const project = await organization.project("vitals");
  for (let number = 0; number < 4; number += 1) {
    const trace = id(16);
    await project.transaction(trace, pageload(trace, number));
  }
  await page.goto(project.screen("vitals"));
  await expect(page.getByRole("img", { name: /^Performance score \d+ of 100$/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^LCP.*Poor/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^FCP.*Good/ })).toBeVisible();
  const pages = page.getByRole("table", { name: "Pages" });
  await expect(pages.getByRole("row")).toHaveCount(3);
  await inBothThemes(page, "vitals");

  await pages.getByRole("link", { name: "/lobby" }).click();
  await expect(page.getByRole("heading", { name: "/lobby" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Samples" }).getByRole("row")).toHaveCount(3);
  await expect(page.getByRole("table", { name: "Largest elements" })).toContainText("main > img.banner");
  await inBothThemes(page, "vitals-page");
  await page.getByRole("button", { name: /^CLS/ }).click();
  await expect(page).toHaveURL(/vital=cls/);
});

test("screens without data say what they need", async ({ page, organization }) => {
  const project = await organization.project("nothing");
  for (const name of ["queries", "vitals", "endpoints", "compare"]) {
    await page.goto(project.screen(name));
    await expect(page.getByRole("heading", { level: 2 }).last()).toBeVisible();
    await expectAccessible(page);
  }
});
