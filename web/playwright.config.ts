import { defineConfig, devices } from "@playwright/test";

/**
 * With `PITWATCH_URL` the specs drive a real server that somebody else started and filled; without
 * it they drive the built interface over made-up answers, which is what specs in `screens/` are for.
 */
const url = process.env.PITWATCH_URL;
const PORT = 4174;

export default defineConfig({
  testDir: "e2e",
  testMatch: url === undefined ? "screens/*.spec.ts" : "server/*.spec.ts",
  workers: 1,
  reporter: "list",
  outputDir: "test-results",
  use: {
    ...devices["Desktop Chrome"],
    baseURL: url ?? `http://127.0.0.1:${PORT}`,
    viewport: { width: 1600, height: 1000 },
    reducedMotion: "reduce",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
  ...(url === undefined
    ? {
        webServer: {
          command: `node e2e/fixtures/server.mjs ${PORT}`,
          port: PORT,
          reuseExistingServer: false,
        },
      }
    : {}),
});
