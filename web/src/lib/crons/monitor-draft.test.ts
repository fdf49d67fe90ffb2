import { expect, test } from "vitest";
import { newMonitorDraft, slugOf, withScheduleType } from "./monitor-draft.ts";
import { SNIPPETS, snippetOf } from "./snippets.ts";

const { config } = newMonitorDraft("api");

test("a schedule is changed to something that is one", () => {
  const interval = withScheduleType(config, "interval");
  expect(interval).toMatchObject({ schedule_type: "interval", schedule: [1, "hour"], timezone: "UTC" });
  expect(withScheduleType(interval, "crontab")).toMatchObject({ schedule: "0 * * * *" });
  expect(withScheduleType(config, "crontab")).toBe(config);
});

test("names become what stands in addresses", () => {
  expect(slugOf(" Nightly Payout (EU) ")).toBe("nightly-payout-eu");
  expect(slugOf("Ночь")).toBe("");
});

test("every snippet names the monitor, and those that need it where to send", () => {
  const place = { slug: "nightly", dsn: "https://abc@errors.example.com/7", config };
  for (const id of SNIPPETS) expect(snippetOf(id, place).code).toContain("nightly");
  expect(snippetOf("curl", place).code).toContain(
    "https://errors.example.com/api/7/cron/nightly/abc/?status=in_progress",
  );
  const every = { ...place, config: withScheduleType(config, "interval") };
  expect(snippetOf("python", every).code).toContain('"value": 1, "unit": "hour"');
});
