import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { precompress } from "./vite/precompress.ts";

/** Where `npm run dev` finds the server; start that with `--public-url http://localhost:5173`. */
const server = process.env["VIDEOCHAT_SERVER"] ?? "http://localhost:8000";

export default defineConfig({
  plugins: [react(), precompress()],
  build: {
    target: "es2023",
    sourcemap: false,
    // Nothing inlined as data: URLs, so that a strict content security policy needs no exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "/api": server,
      "/config.json": server,
      "/ws": { target: server, ws: true },
      "/.well-known": server,
      "/oidc": server,
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 30_000,
    // Two workers: the suite is small, and continuous integration has few cores.
    maxWorkers: 2,
  },
});
