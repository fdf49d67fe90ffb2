// Settings of any shape give a page that works.
import "@angular/compiler";
import { describe, expect, it } from "vitest";
import { loadSettings, readSettings } from "./settings";

describe("readSettings", () => {
  it.each([
    ["nothing", null, { dsn: "", tracesSampleRate: 1, pitwatch: "" }],
    ["a rate that is none", { tracesSampleRate: 7 }, { tracesSampleRate: 1 }],
    ["a script as an address", { pitwatch: "javascript:alert(1)" }, { pitwatch: "" }],
    [
      "all of it",
      { dsn: "http://k@h/1", tracesSampleRate: 0.05, pitwatch: "https://p.example" },
      { dsn: "http://k@h/1", tracesSampleRate: 0.05, pitwatch: "https://p.example" },
    ],
  ])("%s", (_, given, expected) => {
    expect(readSettings(given)).toMatchObject(expected);
  });

  it("do without the gateway", async () => {
    const away = () => Promise.reject(new TypeError("Failed to fetch"));
    expect((await loadSettings(away)).dsn).toBe("");
  });
});
