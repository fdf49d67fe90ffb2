import { randomUUID } from "node:crypto";
import { Hook } from "./harness/hook.ts";
import { expect, expectAccessible, inBothThemes, type Project, picture, test } from "./harness/test.ts";

const HOUR_S = 3600;

/** A name that no other run has used. */
const named = (name: string) => `${name} ${randomUUID().slice(0, 6)}`;

test("a rule about issues is built, tried, changed, switched off and deleted", async ({
  page,
  organization,
}) => {
  const project = await organization.project("rules");
  await project.errors("DepositError", "SpinError");
  const name = named("Deposits");

  await page.goto(`/acme/alerts/rules/new?in=${project.slug}`);
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("Would have fired 2 times");

  const addFilter = page.getByRole("button", { name: "Add a filter" });
  await addFilter.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "an attribute of the event" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Value" }).fill("DepositError");
  await expect(preview).toContainText("Would have fired 1 time in");
  await expect(preview.getByRole("link")).toHaveText([/DepositError/]);

  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("menuitem", { name: "a resolved issue returns" }).click();
  await expect(page.getByRole("region", { name: "In words" })).toContainText(
    "When a new issue appears or a resolved issue returns",
  );
  await inBothThemes(page, "rule-new");

  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByText(`${name} is saved`)).toBeVisible();

  await page.getByRole("searchbox", { name: "Find rules" }).fill(name);
  await expect(page).toHaveURL(/[?]q=/);
  const row = page.getByRole("row", { name: new RegExp(name) });
  await row.getByRole("button", { name: `Switch ${name} off` }).click();
  await expect(row.getByText("Off", { exact: true })).toBeVisible();
  await row.getByRole("button", { name: `Switch ${name} on` }).click();
  await expect(row.getByText("On", { exact: true })).toBeVisible();

  await row.getByRole("link", { name }).click();
  await expect(page.getByRole("textbox", { name: "Value" })).toHaveValue("DepositError");
  await page.getByLabel("At most").selectOption("60");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row).toBeVisible();
  await row.getByRole("link", { name }).click();
  await expect(page.getByLabel("At most")).toHaveValue("60");
  await inBothThemes(page, "rule-issue");

  await page.getByRole("link", { name: "Changes" }).click();
  const changed = page.getByRole("row", { name: new RegExp(`changed the rule ${name}`) });
  await expect(changed.first()).toContainText("frequency 30 → 60");
  await expect(page.getByRole("row", { name: new RegExp(`created the rule ${name}`) })).toHaveCount(1);
  await expectAccessible(page);
  await inBothThemes(page, "changes");
  await page.goBack();

  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${name}?` });
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText(`${name} is deleted`)).toBeVisible();
  await expect(row).toHaveCount(0);
});

test("a rule about a number shows where its threshold would have been passed", async ({
  page,
  organization,
}) => {
  const project = await organization.project("numbers");
  const name = named("Too many errors");
  await spread(project, [3 * HOUR_S, 3 * HOUR_S, 3 * HOUR_S, 3 * HOUR_S, HOUR_S]);

  await page.goto(`/acme/alerts/rules/new?kind=metric&in=${project.slug}`);
  await expect(page.getByLabel("Number")).toHaveValue("errors");
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("Would have fired 0 times");
  await page.getByRole("textbox", { name: "Critical", exact: true }).fill("3");
  await expect(preview).toContainText("Would have fired 1 time in");
  await page.getByRole("textbox", { name: "Warning" }).fill("0.5");
  await expect(preview).toContainText("Would have fired 2 times in");
  await inBothThemes(page, "rule-metric-new");

  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Create the rule" }).click();
  await expect(page.getByText(`${name} is saved`)).toBeVisible();
  await page.getByRole("searchbox", { name: "Find rules" }).fill(name);
  await expect(page).toHaveURL(/[?]q=/);
  await page.getByRole("link", { name }).click();
  await expect(page.getByRole("textbox", { name: "Critical", exact: true })).toHaveValue("3");
  await inBothThemes(page, "rule-metric");
  const address = new URL(page.url()).pathname;
  const id = address.split("/").at(-1);

  for (const link of [`/acme/alerts/rules/${id}`, `/acme/alerts/metric/${id}/`, `/alerts/metric/${id}/`]) {
    await page.goto(link);
    await expect(page).toHaveURL(address);
  }
  await expect(page.getByRole("heading", { name })).toBeVisible();
});

test.describe("a channel", () => {
  test("is set up, tried, told of what fires, and its deliveries are logged", async ({
    page,
    organization,
  }) => {
    const hook = await Hook.open();
    const name = named("ops").replace(" ", "-");
    await page.goto("/acme/settings/channels");
    await page.getByRole("button", { name: "Add a channel" }).click();
    await page.getByRole("menuitem", { name: "Webhook" }).click();
    const dialog = page.getByRole("dialog", { name: "Webhook" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("textbox", { name: "URL" }).fill(hook.url);
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = page.getByRole("row", { name: new RegExp(name) });
    // The address may carry a secret: only that there is one is shown.
    await expect(row).toContainText("url");
    await expect(page.locator("body")).not.toContainText(hook.url);

    hook.status = 500;
    await row.getByRole("button", { name: "Send a test" }).click();
    await expect(row.getByRole("status")).toContainText("Not delivered");
    await expect(row.getByRole("status")).toContainText("500");
    hook.status = 200;
    await row.getByRole("button", { name: "Send a test" }).click();
    await expect(row.getByRole("status")).toContainText("Delivered");
    expect(hook.received).toHaveLength(2);
    await inBothThemes(page, "channels");

    const project = await organization.project("told");
    const rule = named("New errors");
    await project.symptomRule(rule, name);
    await project.errors("RoundError");
    await expect.poll(() => hook.received.filter((body) => body.includes("RoundError"))).toHaveLength(1);

    await page.goto("/acme/alerts/history");
    await expect(page.getByRole("row", { name: /RoundError/ })).toContainText("Delivered");
    await expect(page.getByRole("row", { name: /RoundError/ })).toContainText(rule);
    await inBothThemes(page, "alert-history");
    await page.getByRole("radio", { name: "All decisions" }).click();
    const told = page.getByRole("row", { name: /Told in notification/ }).filter({ hasText: rule });
    await expect(told).toHaveCount(1);
    await inBothThemes(page, "alert-decisions");
    await page.getByRole("radio", { name: "Deliveries" }).click();
    const delivery = page.getByRole("row").filter({ hasText: name }).first();
    await delivery.getByRole("button", { name: "Attempts" }).click();
    await expect(page.getByRole("dialog", { name: "Attempts" })).toContainText("200");
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await inBothThemes(page, "alert-deliveries");
    await page.getByRole("radio", { name: "Noise" }).click();
    await expect(page.getByRole("row", { name: new RegExp(rule) })).toBeVisible();
    await inBothThemes(page, "alert-noise");
    await hook.close();
  });
});

test("what fires is explained, silenced from its row, and heard again", async ({ page, organization }) => {
  const hook = await Hook.open();
  const channel = named("quiet").replace(" ", "-");
  await organization.channel(channel, hook.url);
  const project = await organization.project("quiet");
  const rule = named("Anything new");
  await project.symptomRule(rule, channel);
  await project.errors("JackpotError");

  await page.goto("/acme/alerts");
  const row = page.getByRole("row").filter({ hasText: rule });
  await expect(row).toContainText("JackpotError");
  await expect(row).toContainText("Told");
  await inBothThemes(page, "alerts-firing");
  await row.getByRole("button", { name: "Why?" }).click();
  const why = page.getByRole("dialog", { name: "Why was I told, or not?" });
  await expect(why).toContainText("Told in notification");
  await expect(why).toContainText(rule);
  await expect(page).toHaveURL(/why=/);
  await expectAccessible(page);
  await picture(page, "alert-why");
  const fingerprint = new URL(page.url()).searchParams.get("why");
  await page.keyboard.press("Escape");
  await page.goto(`/acme/alerts/${fingerprint}`);
  await expect(why).toBeVisible();
  await page.keyboard.press("Escape");

  await row.getByRole("button", { name: "Silence" }).click();
  const dialog = page.getByRole("dialog", { name: "Silence alerts" });
  await expect(dialog).toContainText(/Matches 1 alert of/);
  await dialog.getByRole("textbox", { name: "Why" }).fill("We know");
  await expectAccessible(page);
  await picture(page, "silence-dialog");
  await dialog.getByRole("button", { name: "Silence" }).click();
  await expect(page.getByText("The silence has begun")).toBeVisible();
  await page.goto("/acme/alerts");
  await expect(row).toContainText("Silenced");

  await page.getByRole("link", { name: "Silences" }).click();
  const silence = page.getByRole("table", { name: "Silences" }).getByRole("row").filter({ hasText: rule });
  await expect(silence).toContainText("We know");
  await silence.getByRole("button", { name: "End now" }).click();
  await expect(page.getByText("The silence is over")).toBeVisible();
  await expect(silence).toHaveCount(0);
  await page.getByRole("checkbox", { name: "Show those that are over" }).click();
  await expect(silence).toContainText("Over");
  await inBothThemes(page, "alert-silences");
  await hook.close();
});

test("maintenance repeats every week until it is deleted", async ({ page }) => {
  const name = named("Backups");
  await page.goto("/acme/alerts/silences");
  await page.getByRole("button", { name: "New maintenance window" }).click();
  const dialog = page.getByRole("dialog", { name: "New maintenance window" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("textbox", { name: "Value" }).fill("payments");
  await dialog.getByRole("radio", { name: "Every week" }).click();
  await dialog.getByLabel("From day").selectOption("Mon");
  await dialog.getByLabel("From time").fill("22:00");
  await dialog.getByLabel("Until day").selectOption("Tue");
  await dialog.getByLabel("Until time").fill("06:00");
  await dialog.getByLabel("Time zone").selectOption("Europe/Berlin");
  await expectAccessible(page);
  await picture(page, "maintenance-dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("Mon 22:00 – Tue 06:00 (Europe/Berlin)");
  await row.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(row).toHaveCount(0);
});

test("people take turns, stand in, and are called one after the other", async ({ page }) => {
  const name = named("Primary");
  await page.goto("/acme/alerts/on-call");
  await page.getByRole("button", { name: "New rotation" }).click();
  const dialog = page.getByRole("dialog", { name: "New rotation" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("checkbox", { name: /owner@example.com/ }).click();
  await dialog.getByRole("textbox", { name: "Hand-over at" }).fill("00:00");
  await dialog.getByRole("button", { name: "Add a layer" }).click();
  await dialog.getByRole("group", { name: "Layer 2" }).getByRole("checkbox").first().click();
  await expectAccessible(page);
  await picture(page, "rotation-dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  const card = page.getByRole("region", { name });
  await expect(card).toContainText("owner@example.com is on call now");
  await expect(card.getByText(/^Turns of 7 days/)).toHaveCount(2);

  await card.getByRole("button", { name: "Stand in" }).click();
  const standIn = page.getByRole("dialog", { name: "Stand in" });
  await standIn.getByLabel("Person").selectOption("owner@example.com");
  await standIn.getByRole("button", { name: "Save" }).click();
  await expect(card).toContainText("owner@example.com stands in from");

  const policy = named("Up");
  await page.getByRole("button", { name: "New escalation policy" }).click();
  const escalation = page.getByRole("dialog", { name: "New escalation policy" });
  await escalation.getByRole("textbox", { name: "Name" }).fill(policy);
  await escalation.getByLabel("Whom").selectOption({ label: `whoever is on call: ${name}` });
  await escalation.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("region", { name: policy })).toContainText(`After 0 min tell ${name}`);
  await inBothThemes(page, "on-call");

  for (const one of [policy, name]) {
    await page.getByRole("region", { name: one }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("region", { name: one })).toHaveCount(0);
  }
});

test.describe("routes", () => {
  // What they say is refused before it is mended.
  test.use({ expectedComplaints: [/status of 400/] });

  test("of alerts from outside are written, refused, mended and kept", async ({ page, organization }) => {
    const hook = await Hook.open();
    const channel = named("routed").replace(" ", "-");
    await organization.channel(channel, hook.url);
    await page.goto("/acme/alerts/routing");
    await page.getByRole("button", { name: "Begin with an example" }).click();
    const text = page.getByRole("textbox", { name: /^Routes, receivers/ });
    const words = page.getByRole("region", { name: "In words" });
    await expect(words.getByRole("listitem")).toHaveCount(2);
    const routing = {
      route: {
        receiver: "team",
        group_by: ["alertname"],
        routes: [{ receiver: "pager", matchers: ['severity="page"'] }],
      },
      receivers: [{ name: "team", targets: [{ channel }] }],
    };
    await text.fill("{");
    await expect(text).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await text.fill(JSON.stringify(routing));
    await expect(words).toContainText("There is no receiver pager.");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(text).toHaveAttribute("aria-invalid", "true");
    await text.fill(
      JSON.stringify({
        ...routing,
        receivers: [...routing.receivers, { name: "pager", targets: [{ channel }] }],
      }),
    );
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await page.reload();
    await expect(words.getByRole("listitem")).toHaveText([
      new RegExp(`all other alerts.*team: ${channel}.*one message for each alertname`),
      new RegExp(`severity="page".*pager: ${channel}`),
    ]);
    await inBothThemes(page, "alert-routing");
    await hook.close();
  });
});

test.describe("a form that is refused", () => {
  test.use({ expectedComplaints: [/status of 400/] });

  test("says at the field what is wrong", async ({ page, organization }) => {
    const project = await organization.project("refused");
    await page.goto(`/acme/alerts/rules/new?kind=metric&in=${project.slug}`);
    await page.getByRole("textbox", { name: "Name" }).fill("Refused");
    await page.getByRole("textbox", { name: "Only where" }).fill("((");
    await page.getByRole("button", { name: "Create the rule" }).click();
    await expect(page.getByRole("textbox", { name: "Only where" })).toHaveAttribute("aria-invalid", "true");
    await expectAccessible(page);
    await picture(page, "rule-refused");
  });
});

test("g a and the palette lead to alerts", async ({ page }) => {
  await page.goto("/acme/issues");
  await expect(page.getByRole("grid", { name: "Issues" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page).toHaveURL("/acme/alerts");
  for (const [typed, address] of [
    ["on-call", "/acme/alerts/on-call"],
    ["uptime", "/acme/uptime"],
    ["channels", "/acme/settings/channels"],
  ] as const) {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search or jump to…" }).fill(typed);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(address);
  }
});

/** Errors at so many seconds before now; waits until they are listed. */
async function spread(project: Project, ages: readonly number[]): Promise<void> {
  const now = Date.now() / 1000;
  for (const age of ages) {
    await project.send({ timestamp: now - age, message: "Spread", fingerprint: ["spread"] });
  }
  const path = `organizations/${project.owner.slug}/issues/?project=${project.id}&query=`;
  await project.until<{ count: string }[]>(path, ([issue]) => Number(issue?.count) === ages.length);
}
