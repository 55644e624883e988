import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{schemas,engine,runtime,test,studio/src}/**/*.test.ts"],
    globalSetup: ["test/server.ts"],
    setupFiles: ["test/seed.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
