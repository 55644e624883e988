import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{schemas,engine,runtime,test,studio/src}/**/*.test.ts"],
    globalSetup: ["test/server.ts"],
    setupFiles: ["test/seed.ts"],
    // Who asks for more cases has the time for them.
    testTimeout: process.env.TRELLIS_CASES ? 0 : 300_000,
    hookTimeout: 300_000,
    maxWorkers: 3,
    // Modules are read once for each worker; what a test needs it makes itself.
    isolate: false,
  },
});
