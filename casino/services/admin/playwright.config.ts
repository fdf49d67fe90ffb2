// The pages against web's stand-in for the gateway, in the distribution's Chromium. Build first: `npm run build`.
import { defineConfig } from "@playwright/test";

const PORT = Number(process.env.CASINO_E2E_PORT ?? 14620);

export default defineConfig({
  testDir: "e2e",
  timeout: 40_000,
  workers: 1,
  reporter: [["list"]],
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    launchOptions: {
      executablePath: process.env.CASINO_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--enable-precise-memory-info"],
    },
    viewport: { width: 1280, height: 860 },
  },
  webServer: {
    command: "node ../web/test/mock/gateway.mjs",
    url: `http://127.0.0.1:${PORT}/api/config`,
    reuseExistingServer: false,
    env: {
      CASINO_LISTEN: `127.0.0.1:${PORT}`,
      CASINO_ADMIN_DSN: `http://0123456789abcdef0123456789abcdef@127.0.0.1:${PORT}/2`,
      CASINO_PITWATCH_URL: `http://127.0.0.1:${PORT}/mock/pitwatch`,
    },
  },
});
