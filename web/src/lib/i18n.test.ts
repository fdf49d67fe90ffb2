import { expect, test } from "vitest";
import alerts from "../../messages/alerts.en.json";
import crons from "../../messages/crons.en.json";
import common from "../../messages/en.json";
import settings from "../../messages/settings.en.json";
import { addMessages, type Catalog, t, texts } from "./i18n.ts";

const catalogs: readonly Catalog[] = [common, alerts, crons, settings];
const messages = catalogs.flatMap((catalog) => Object.entries(catalog));

test("placeholders are filled, numbers in the reader's way", () => {
  expect(t("ago", { age: "3h" })).toBe("3h ago");
  expect(t("done.resolved", { count: 1 })).toBe("Issue resolved");
  expect(t("done.resolved", { count: 1200 })).toBe("1,200 issues resolved");
});

test("what comes in as a parameter is text, not a placeholder", () => {
  expect(t("status.resolvedIn", { release: "{release} $& <b>" })).toBe("Resolved in {release} $& <b>");
});

test("messages of a screen are filled as all others are", () => {
  const say = texts({ told: { one: "{count} person", other: "{count} people" } });
  expect(say("told", { count: 1 })).toBe("1 person");
  expect(say("told", { count: 3 })).toBe("3 people");
});

test("screens bring messages of their own", () => {
  expect(t("sampling.lead")).toBe("sampling.lead");
  addMessages(settings);
  expect(t("sampling.lead")).toBe(settings["sampling.lead"]);
  expect(t("ago", { age: "3h" })).toBe("3h ago");
});

test("every plural message has the forms of English, and nothing else", () => {
  for (const [key, message] of messages) {
    if (typeof message === "string") continue;
    expect(Object.keys(message).sort(), key).toEqual(["one", "other"]);
  }
});

test("messages are sentences without stray spaces", () => {
  for (const [key, message] of messages) {
    for (const text of typeof message === "string" ? [message] : Object.values(message)) {
      expect(text, key).toBe(text.trim());
      expect(text, key).not.toBe("");
    }
  }
});

test("keys are in order, so that two branches rarely touch the same line", () => {
  for (const catalog of catalogs) {
    const keys = Object.keys(catalog);
    expect(keys).toEqual([...keys].sort());
  }
});
