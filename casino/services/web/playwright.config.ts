// Pages against the stand-in for the gateway, in the distribution's Chromium. Build first: `npm run build`.
import { defineConfig } from "@playwright/test";

const PORT = Number(process.env["CASINO_E2E_PORT"] ?? 14610);

export default defineConfig({
  testDir: "e2e",
  timeout: 40_000,
  workers: 1,
  fullyParallel: false,
  reporter: [["list"]],
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    launchOptions: {
      executablePath: process.env["CASINO_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    },
    trace: "retain-on-failure",
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 860 } } },
    { name: "phone", use: { viewport: { width: 390, height: 844 }, hasTouch: true }, grep: /@phone/ },
  ],
  webServer: {
    command: "node test/mock/gateway.mjs",
    url: `http://127.0.0.1:${PORT}/api/config`,
    reuseExistingServer: false,
    env: {
      CASINO_LISTEN: `127.0.0.1:${PORT}`,
      // The stand-in takes what the SDK sends, too.
      CASINO_WEB_DSN: `http://0123456789abcdef0123456789abcdef@127.0.0.1:${PORT}/1`,
      CASINO_PITWATCH_URL: `http://127.0.0.1:${PORT}/mock/pitwatch`,
    },
  },
});
