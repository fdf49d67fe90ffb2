import { defineConfig, devices } from "@playwright/test";

/**
 * The interface in a browser on a real server. Without `PITWATCH_URL`, the run starts `PITWATCH_BIN`
 * itself, fills it with recorded traffic, and stops it at the end.
 */
export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/harness/server.ts",
  workers: 1,
  reporter: [["list"], ["./e2e/harness/summary.ts"]],
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1600, height: 1000 },
    reducedMotion: "reduce",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
});
