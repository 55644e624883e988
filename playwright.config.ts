import { defineConfig } from "@playwright/test";
import { launchOptions } from "./test/screens/browser.ts";

export default defineConfig({
  testDir: "test/screens",
  outputDir: "test-results/screens",
  globalSetup: "./test/screens/server.ts",
  workers: 3,
  // A file that fails is told again once; what then passes is listed as flaky, and is to be mended.
  retries: 1,
  timeout: 240_000,
  // Logic is tested beside the screens: what appears late on a crowded machine has appeared.
  expect: { timeout: 60_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/screens.json" }]],
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 60_000,
    // What glides away under the pointer is clicked past.
    contextOptions: { reducedMotion: "reduce" },
    // What passes is not written down; pictures of each step would take as long as the steps.
    trace: { mode: "on-first-retry", screenshots: false, snapshots: false },
    launchOptions: await launchOptions(),
  },
});
