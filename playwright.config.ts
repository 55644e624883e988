import { defineConfig } from "@playwright/test";
import { launchOptions } from "./test/screens/browser.ts";

export default defineConfig({
  testDir: "test/screens",
  outputDir: "test-results/screens",
  workers: 2,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/screens.json" }]],
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    trace: "retain-on-failure",
    launchOptions: await launchOptions(),
  },
});
