import { expect, inBothThemes, issueRows, picture, test } from "./harness/test.ts";

const PROJECT = "/acme/settings/projects/web";
const SCREENS = {
  issues: "/acme/issues",
  "issues-none": "/acme/issues?q=nothing:here",
  spans: "/acme/explore/traces",
  "spans-none": "/acme/explore/traces?q=nothing:here",
  aggregates: "/acme/explore/traces?tab=aggregates&chart=p95",
  endpoints: "/acme/endpoints",
  "endpoint-none": "/acme/endpoints/detail?name=nothing",
  "queries-corpus": "/acme/queries",
  "query-none": "/acme/queries/0123456789abcdef",
  "vitals-corpus": "/acme/vitals",
  "compare-none": "/acme/compare",
  "compare-corpus": "/acme/compare?left=is_transaction:true",
  "alerts-ended": "/acme/alerts?state=ended",
  "alert-rules": "/acme/alerts/rules",
  "alert-rules-none": "/acme/alerts/rules?q=nothing-here",
  "incidents-resolved": "/acme/alerts/incidents?state=resolved",
  "crons-none": "/acme/crons?q=nothing-here",
  "cron-month": "/acme/crons/heartbeat?span=30d",
  "uptime-new": "/acme/uptime/new",
  projects: "/acme/settings/projects",
  "project-new": "/acme/settings/projects/new",
  project: PROJECT,
  setup: `${PROJECT}/setup`,
  keys: `${PROJECT}/keys`,
  filters: `${PROJECT}/filters`,
  privacy: `${PROJECT}/privacy`,
  grouping: `${PROJECT}/grouping`,
  limits: `${PROJECT}/limits`,
  dropped: `${PROJECT}/dropped`,
  members: "/acme/settings/members",
  tokens: "/acme/settings/tokens",
  account: "/acme/settings/me",
  "nothing-here": "/acme/nothing/here",
};
/** Below an issue's address. */
const TABS = {
  full: "?frames=full",
  raw: "?frames=raw",
  events: "/events",
  tags: "/tags",
  tag: "/tags?key=level",
  activity: "/activity",
};

for (const [name, path] of Object.entries(SCREENS)) {
  test(name, async ({ page }) => {
    await page.goto(path);
    await inBothThemes(page, name);
  });
}

test("peek", async ({ page }) => {
  await page.goto("/acme/issues?q=ZeroDivisionError");
  await expect(issueRows(page).first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Space");
  await expect(page.getByRole("complementary", { name: "Issue" })).toBeVisible();
  await inBothThemes(page, "peek");
});

for (const title of ["ZeroDivisionError", "with attachments", "insufficient", "Payment p_"]) {
  test(`event of ${title}`, async ({ page }) => {
    await page.goto(`/acme/issues?q=${encodeURIComponent(title)}`);
    await issueRows(page).first().getByRole("link").click();
    await expect(page.getByRole("heading", { name: "Facts" })).toBeVisible();
    await inBothThemes(page, `event-${title.toLowerCase().replace(/\W+/g, "-")}`);
  });
}

for (const [name, below] of Object.entries(TABS)) {
  test(`an issue: ${name}`, async ({ page }) => {
    await page.goto("/acme/issues?q=ZeroDivisionError");
    const link = issueRows(page).last().getByRole("link");
    await page.goto(new URL((await link.getAttribute("href")) ?? "", page.url()).pathname + below);
    await inBothThemes(page, `issue-${name}`);
  });
}

test("scrubbed values name their rule, cut ones their length", async ({ page }) => {
  await page.goto("/acme/issues?q=ValueError");
  await issueRows(page).filter({ hasText: "iban" }).getByRole("link").click();
  await expect(page.getByText("[scrubbed: password]").first()).toBeVisible();
  await expect(page.getByText("hunter2'")).toHaveCount(0);
});

test("a phone can read and resolve", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 780 });
  await page.goto("/acme/issues?q=ZeroDivisionError");
  await issueRows(page).first().getByRole("link").click();
  await expect(page.getByRole("button", { name: /^Resolve/ }).first()).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await picture(page, "phone");
});
