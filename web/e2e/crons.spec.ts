import { randomUUID } from "node:crypto";
import { expect, expectAccessible, inBothThemes, type Project, picture, test } from "./harness/test.ts";

test("check-ins make their monitor, and its timeline shows how they went", async ({ page, organization }) => {
  const project = await organization.project("jobs");
  const slug = `payouts-${randomUUID().slice(0, 6)}`;
  await checkIn(project, slug, "production", "ok");
  await checkIn(project, slug, "staging", "error");
  const path = `organizations/${organization.slug}/monitors/${slug}/`;
  await project.until<{ environments?: { status: string }[] }>(
    path,
    ({ environments = [] }) =>
      environments.length === 2 && environments.some(({ status }) => status === "error"),
  );

  await page.goto(`/acme/crons?project=${project.id}`);
  const table = page.getByRole("table", { name: "Cron monitors" });
  await expect(table.getByRole("img", { name: /\(production\): 1 ok/ })).toBeVisible();
  await expect(table.getByRole("img", { name: /\(staging\): 1 failed/ })).toBeVisible();
  await inBothThemes(page, "crons");
  await table.getByRole("link", { name: slug }).click();
  const checkIns = page.getByRole("table", { name: "Check-ins" });
  await expect(checkIns.getByRole("row").filter({ hasText: "production" })).toContainText("ok");
  await expect(checkIns.getByRole("row").filter({ hasText: "staging" })).toContainText("failed");
  await inBothThemes(page, "cron");

  await page.getByRole("button", { name: "Mute staging" }).click();
  await expect(page.getByRole("button", { name: "Unmute staging" })).toBeVisible();
  const incident = page.getByRole("region", { name: "Environments" }).getByRole("link");
  await incident.click();
  await expect(page).toHaveURL(/\/issues\//);
});

test("a monitor is made by hand, changed, and deleted", async ({ page, organization }) => {
  const project = await organization.project("nightly");
  const name = `Nightly ${randomUUID().slice(0, 6)}`;
  await page.goto("/acme/crons/new");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByLabel("Project").selectOption(project.slug);
  await page.getByRole("textbox", { name: "Crontab" }).fill("30 3 * * *");
  await expect(page.getByText(/^Due next:.*3:30/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Code that checks in" })).toContainText("nightly-");
  await inBothThemes(page, "cron-new");
  await page.getByRole("button", { name: "Create the monitor" }).click();
  await expect(page.getByRole("heading", { name, level: 2 })).toBeVisible();
  await expect(page.getByText("No check-ins in the last 30 days")).toBeVisible();

  await page.getByRole("radio", { name: "Interval" }).click();
  await page.getByRole("spinbutton", { name: "Every" }).fill("5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("every 5 hours")).toBeVisible();
  await page.getByRole("button", { name: "Mute" }).click();
  await expect(page.getByText("Muted", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/acme\/crons$/);
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});

test("an address that does not answer goes down, with the reason", async ({ page, organization }) => {
  const project = await organization.project("addresses");
  const name = `Cashier ${randomUUID().slice(0, 6)}`;
  await page.goto("/acme/uptime/new");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByLabel("Project").selectOption(project.slug);
  await page.getByRole("textbox", { name: "Address" }).fill("http://127.0.0.1:9/health");
  await page.getByLabel("Failures in a row until it is down").fill("1");
  await expectAccessible(page);
  await picture(page, "uptime-new");
  await page.getByRole("button", { name: "Create the check" }).click();
  await expect(page.getByRole("heading", { name, level: 2 })).toBeVisible();
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const path = `projects/${organization.slug}/${project.slug}/uptime/${id}/`;
  await project.until<{ uptimeStatus: number }>(path, ({ uptimeStatus }) => uptimeStatus === 2);
  await page.reload();
  const checks = page.getByRole("table", { name: "Checks" });
  await expect(checks.getByRole("row").nth(1)).toContainText("Down");
  await inBothThemes(page, "uptime-check");
  await page.goto("/acme/uptime");
  await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("Down");
  await inBothThemes(page, "uptime");
  await page.getByRole("link", { name }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});

async function checkIn(project: Project, slug: string, environment: string, status: "ok" | "error") {
  await project.envelope([
    [
      { type: "check_in" },
      {
        check_in_id: randomUUID().replaceAll("-", ""),
        monitor_slug: slug,
        status,
        duration: 12.5,
        environment,
        monitor_config: { schedule: { type: "interval", value: 1, unit: "hour" }, checkin_margin: 5 },
      },
    ],
  ]);
}
