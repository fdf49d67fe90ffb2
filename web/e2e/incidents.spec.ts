import { randomUUID } from "node:crypto";
import { Hook } from "./harness/hook.ts";
import { expect, inBothThemes, test } from "./harness/test.ts";

test("a symptom opens an incident, which is taken up, noted, and resolved", async ({
  page,
  organization,
}) => {
  const hook = await Hook.open();
  const channel = `incidents-${randomUUID().slice(0, 6)}`;
  await organization.channel(channel, hook.url);
  const project = await organization.project("incident");
  const rule = `Withdrawals ${randomUUID().slice(0, 6)}`;
  await project.symptomRule(rule, channel);
  await project.errors("WithdrawalError");
  await expect.poll(() => hook.received).toHaveLength(1);

  await page.goto("/acme/alerts/incidents");
  const title = "WithdrawalError: WithdrawalError, made by a test";
  await expect(page.getByRole("row", { name: title })).toContainText("Open");
  await inBothThemes(page, "incidents");
  await page.getByRole("link", { name: title }).first().click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  const [message] = hook.received;
  expect(message).toContain(new URL(page.url()).pathname);

  const alerts = page.getByRole("region", { name: "Alerts" });
  await expect(alerts).toContainText(rule);
  const timeline = page.getByRole("region", { name: "Timeline" });
  await expect(timeline.getByRole("listitem")).toHaveText([
    /Opened Withdrawals/,
    /Issue INCIDENT-/,
    /Told to rule Withdrawals.*It fires/,
  ]);

  await page.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.getByText("Acknowledged by owner@example.com", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Acknowledge" })).toBeDisabled();
  await page.getByLabel("Assigned to").selectOption({ label: "owner@example.com" });
  await expect(timeline).toContainText("Assigned to owner@example.com");
  await page.getByRole("textbox", { name: "Note" }).fill("The bank is down.\nWe called them.");
  await page.getByRole("button", { name: "Add the note" }).click();
  await expect(timeline).toContainText("The bank is down.");
  await expect(page.getByRole("textbox", { name: "Note" })).toHaveValue("");
  await inBothThemes(page, "incident");

  await page.getByRole("button", { name: "Resolve", exact: true }).click();
  await expect(page.getByText(`${title} is resolved`)).toBeVisible();
  await expect(timeline.getByRole("listitem").last()).toContainText("Resolved");
  await expect(page.getByRole("button", { name: "Resolve", exact: true })).toHaveCount(0);
  await page.goto("/acme/alerts/incidents?state=resolved");
  await expect(page.getByRole("row", { name: title }).first()).toContainText("Resolved");
  await hook.close();
});

test.describe("trouble", () => {
  test.use({ expectedComplaints: [/Failed to load resource/] });

  test("an incident that is not there says so", async ({ page }) => {
    await page.goto("/acme/alerts/incidents/999999");
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    await inBothThemes(page, "incident-none");
  });

  const LISTS = {
    firing: ["/acme/alerts", /\/organizations\/acme\/alerts\/\?/],
    rules: ["/acme/alerts/rules", /\/combined-rules\//],
    incidents: ["/acme/alerts/incidents", /\/alert-incidents\/\?/],
    crons: ["/acme/crons", /\/organizations\/acme\/monitors\/\?/],
    uptime: ["/acme/uptime", /\/organizations\/acme\/uptime\//],
  } as const;
  for (const [name, [address, asked]] of Object.entries(LISTS)) {
    test(`the list of ${name} shows that it loads, why it failed, and can be asked for again`, async ({
      page,
    }) => {
      let answer = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(asked, async (route) => {
        await held;
        await route.fulfill({ status: 503, json: { detail: "The store is being repaired." } });
      });
      await page.goto(address);
      await expect(page.getByRole("status", { name: "Loading" }).first()).toBeVisible();
      answer();
      const retry = page.getByRole("button", { name: "Try again" });
      await expect(page.getByText("The store is being repaired.")).toBeVisible();
      await page.unroute(asked);
      await retry.click();
      await expect(retry).toHaveCount(0);
    });
  }
});
