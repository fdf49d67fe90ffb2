import { randomBytes } from "node:crypto";
import { expect, expectAccessible, inBothThemes, picture, test } from "./harness/test.ts";

const id = (bytes: number) => randomBytes(bytes).toString("hex");

/** A request that spends most of its time on odds, with a profile of it. */
function profiled(trace: string, release: string, odds: number, began: number) {
  const root = id(8);
  const frame = (name: string, module: string, app: boolean) => ({ function: name, module, in_app: app });
  const stacks = [[0], [1, 0], [2, 1, 0], [3, 1, 0]];
  const samples = stacks
    .flatMap((_, stack) => Array.from({ length: stack === 2 ? odds : 5 }, () => stack))
    .map((stack, at) => ({
      stack_id: stack,
      thread_id: "1",
      elapsed_since_start_ns: String(at * 10_000_000),
    }));
  const took = samples.length / 100;
  const span = {
    trace_id: trace,
    span_id: id(8),
    parent_span_id: root,
    op: "function",
    description: "settle bets",
    start_timestamp: began + 0.05,
    timestamp: began + took,
  };
  const transaction = {
    platform: "python",
    release,
    transaction: "POST /bets",
    start_timestamp: began,
    timestamp: began + took,
    contexts: { trace: { trace_id: trace, span_id: root, op: "http.server", status: "ok" } },
    spans: [span],
  };
  const profile = {
    version: "1",
    event_id: id(16),
    platform: "python",
    timestamp: new Date(began * 1000).toISOString(),
    device: { architecture: "x86_64" },
    os: { name: "Linux", version: "6.1" },
    transaction: { id: id(16), name: "POST /bets", trace_id: trace, active_thread_id: "1" },
    measurements: {
      memory_footprint: {
        unit: "byte",
        values: [0, 1, 2, 3].map((at) => ({
          elapsed_since_start_ns: at * 50_000_000,
          value: 5e7 + at * 1e6,
        })),
      },
    },
    profile: {
      frames: [
        frame("handle", "casino.app", true),
        frame("settle", "casino.bets", true),
        frame("odds", "casino.odds", true),
        frame("execute", "sqlalchemy.engine", false),
      ],
      stacks,
      samples,
      thread_metadata: { "1": { name: "MainThread" } },
    },
  };
  return { transaction, items: [["profile", profile] as const], profile: profile.event_id };
}

test("profiles are merged, compared and read one by one", async ({ page, organization }) => {
  const project = await organization.project("profiles");
  const now = Date.now() / 1000;
  const last = id(16);
  for (let at = 0; at < 9; at += 1) {
    const before = profiled(id(16), "bets@1.0", 10, now - 7200 + at);
    await project.transaction(before.transaction.contexts.trace.trace_id, before.transaction, before.items);
  }
  for (let at = 0; at < 9; at += 1) {
    const trace = at === 8 ? last : id(16);
    const after = profiled(trace, "bets@1.1", 30, now - 600 + at);
    await project.transaction(trace, after.transaction, after.items);
  }

  await page.goto(project.screen("profiles"));
  await expect(page.getByText(/18 profiles merged/)).toBeVisible();
  await expect(page.getByRole("application", { name: /^Flame graph/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^odds casino\.odds/ })).toBeVisible();
  await expectAccessible(page);
  await inBothThemes(page, "profiles");

  await page.getByRole("radio", { name: "Compare releases" }).click();
  await expect(page.getByText(/1\.1 compared with 1\.0 · 9 profiles before, 9 after/)).toBeVisible();
  const changed = page.getByRole("button", { name: /^odds casino\.odds \+200 ms, 3\.0×/ });
  await expect(changed).toBeVisible();
  await page.getByRole("application", { name: /^Compare releases/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const chosen = page.getByRole("complementary", { name: "The chosen call" });
  await expect(chosen.getByRole("heading").first()).toHaveText("odds");
  await expect(chosen.getByText("+200 ms per profile, 3.0×")).toBeVisible();
  await expectAccessible(page);
  await inBothThemes(page, "profile-compare");
  // The other way round what got slower got faster; the URL says which way.
  await page.getByRole("combobox", { name: /^Release/ }).selectOption("bets@1.0");
  await page.getByRole("combobox", { name: /^Compared with/ }).selectOption("bets@1.1");
  await expect(page.getByRole("button", { name: /^odds casino\.odds −200 ms/ })).toBeVisible();
  await expect(page).toHaveURL(/tab=compare/);
  await page.reload();
  await expect(page.getByText(/1\.0 compared with 1\.1/)).toBeVisible();
  await page.getByRole("combobox", { name: /^Compared with/ }).selectOption("");
  await expect(page.getByText("Nothing to compare with")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("combobox", { name: /^Release/ }).selectOption("");
  await expect(changed).toBeVisible();

  await page.getByRole("radio", { name: "Functions" }).click();
  await expect(page.getByRole("table", { name: "Functions" }).getByRole("row").nth(1)).toContainText("odds");
  await expectAccessible(page);
  await picture(page, "profile-functions");

  await page.getByRole("radio", { name: "Got slower" }).click();
  await expect(page.getByRole("table", { name: "Slower" }).getByRole("row").nth(1)).toContainText("odds");
  await expect(page.getByText("1.1 compared with 1.0")).toBeVisible();
  await expectAccessible(page);
  await picture(page, "profile-changes");

  await page.getByRole("radio", { name: "Profiles", exact: true }).click();
  await expect(page.getByRole("table", { name: "Profiles" }).getByRole("row")).toHaveCount(19);
  await expectAccessible(page);
  await page.getByRole("link", { name: "POST /bets" }).first().click();
  await expect(page.getByRole("heading", { name: "POST /bets" })).toBeVisible();
  await expect(page.getByRole("img", { name: /memory footprint/ })).toBeVisible();
  await expectAccessible(page);
  await inBothThemes(page, "profile");

  await page.getByRole("application", { name: /^Flame graph/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(
    page.getByRole("complementary", { name: "The chosen call" }).getByRole("heading").first(),
  ).toHaveText("settle");
  await expect(page).toHaveURL(/zoom=/);
  await page.keyboard.press("/");
  await page.keyboard.type("odds");
  await expect(page.getByText(/^Highlighted: 300 ms/)).toBeVisible();

  await page.getByRole("radio", { name: "In order of time" }).click();
  await expect(page.getByRole("application", { name: /^In order of time/ })).toBeVisible();
  await page.getByRole("radio", { name: "Call tree" }).click();
  await expect(page.getByRole("treegrid", { name: "Call tree" }).getByRole("row").first()).toContainText(
    "handle",
  );
  await expectAccessible(page);
  await picture(page, "profile-calls");
  await page.getByRole("radio", { name: "Bottom up" }).click();
  await expect(page.getByRole("treegrid", { name: "Bottom up" }).getByRole("row").first()).toContainText(
    "odds",
  );
});

test("a span leads to what the code did meanwhile, and back", async ({ page, organization }) => {
  const project = await organization.project("profiled-span");
  const trace = id(16);
  const { transaction, items } = profiled(trace, "bets@1.0", 20, Date.now() / 1000 - 60);
  await project.transaction(trace, transaction, items);
  await page.goto(`${project.trace(trace)}?span=${transaction.spans[0]?.span_id}&details=1`);
  await page.getByRole("link", { name: "Profile of this span" }).click();
  await expect(page.getByRole("heading", { name: /^POST \/bets, while one span ran/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^odds/ })).toBeVisible();
  await page.getByRole("link", { name: "Back to the span" }).click();
  await expect(
    page.getByRole("complementary", { name: "Span" }).getByRole("heading", { name: "function" }),
  ).toBeVisible();
});

test("two releases are compared within limits, and only by those who may", async ({
  request,
  playwright,
  baseURL,
  organization,
}) => {
  const project = await organization.project("profile-diff");
  const path = (slug: string, query: string) => `/api/0/organizations/${slug}/profiling/diff/?${query}`;
  const cases: readonly (readonly [string, string, number])[] = [
    [organization.slug, `project=${project.slug}`, 200],
    [organization.slug, `project=${project.slug}&after=gone&before=gone`, 200],
    [
      organization.slug,
      `project=${project.slug}&after=${encodeURIComponent("'; DROP TABLE profiles --")}`,
      200,
    ],
    [organization.slug, `project=${project.slug}&before=${"x".repeat(4000)}`, 200],
    [organization.slug, `project=${project.slug}&profile=not-an-id&profiler=neither`, 200],
    [organization.slug, `project=${project.slug}&kind=wrong`, 400],
    [organization.slug, `project=${project.slug}&statsPeriod=never`, 400],
    [organization.slug, "project=no-such-project", 404],
    ["somebody-else", "", 404],
  ];
  for (const [slug, query, status] of cases) {
    const answer = await request.get(path(slug, query));
    expect(answer.status(), query).toBe(status);
    if (status !== 200) continue;
    const { before, after, rows } = await answer.json();
    expect([before.profiles, after.profiles, rows], query).toEqual([0, 0, []]);
  }
  const stranger = await playwright.request.newContext({
    baseURL,
    storageState: { cookies: [], origins: [] },
  });
  expect((await stranger.get(path(organization.slug, ""))).status()).toBe(401);
  await stranger.dispose();
});
