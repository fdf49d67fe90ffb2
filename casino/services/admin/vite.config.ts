// The build: files for /admin/, with source maps beside them.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/admin/",
  plugins: [react()],
  build: { sourcemap: true, target: "es2022", chunkSizeWarningLimit: 600 },
  test: { include: ["src/**/*.test.ts"], environment: "node", fileParallelism: false },
});
