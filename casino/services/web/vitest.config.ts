// Unit tests of what has no page around it; pages are tested in a browser (`npm run e2e`).
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/**/*.test.ts"], environment: "node", fileParallelism: false },
});
