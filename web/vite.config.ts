import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The built files are part of the Python package: a user needs no Node.js.
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../src/solvent/web/static",
    license: { fileName: "licences.md" },
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8420", ws: true } } },
  // What needs no page is tested without one.
  test: {
    projects: [
      { extends: true, test: { name: "values", include: ["src/**/*.test.ts"], environment: "node" } },
      {
        extends: true,
        test: {
          name: "views",
          include: ["src/**/*.test.tsx"],
          environment: "jsdom",
          testTimeout: 30_000,
          setupFiles: ["src/testing.ts"],
        },
      },
    ],
  },
});
