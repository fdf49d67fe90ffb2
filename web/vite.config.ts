import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The development server hands everything that is not a file of ours to a Pitwatch on port 8000. */
const server = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    manifest: true,
    target: "es2023",
    // Inlined files would be `data:` URLs, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: { "/api": server, "/auth": server, "/live": server },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    reporters: ["./scripts/summary.ts"],
    restoreMocks: true,
  },
});
