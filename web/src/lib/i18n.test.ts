import { expect, test } from "vitest";
import en from "../../messages/en.json";
import { t } from "./i18n.ts";

test("placeholders are filled, numbers in the reader's way", () => {
  expect(t("ago", { age: "3h" })).toBe("3h ago");
  expect(t("done.resolved", { count: 1 })).toBe("Issue resolved");
  expect(t("done.resolved", { count: 1200 })).toBe("1,200 issues resolved");
});

test("what comes in as a parameter is text, not a placeholder", () => {
  expect(t("status.resolvedIn", { release: "{release} $& <b>" })).toBe("Resolved in {release} $& <b>");
});

test("every plural message has the forms of English, and nothing else", () => {
  for (const [key, message] of Object.entries(en)) {
    if (typeof message === "string") continue;
    expect(Object.keys(message).sort(), key).toEqual(["one", "other"]);
  }
});

test("messages are sentences without stray spaces", () => {
  for (const [key, message] of Object.entries(en)) {
    for (const text of typeof message === "string" ? [message] : Object.values(message)) {
      expect(text, key).toBe(text.trim());
      expect(text, key).not.toBe("");
    }
  }
});

test("keys are in order, so that two branches rarely touch the same line", () => {
  const keys = Object.keys(en);
  expect(keys).toEqual([...keys].sort());
});
