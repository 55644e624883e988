import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig } from "@playwright/test";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** The system's browser where there is one, else the one that lies inside a package. */
async function browser(): Promise<string | undefined> {
  const own =
    process.env.CHROMIUM ??
    (process.env.PATH ?? "")
      .split(delimiter)
      .map((folder) => join(folder, "chromium"))
      .find((path) => existsSync(path));
  if (own || process.platform !== "linux" || process.arch !== "x64") return own;
  return (await import("@sparticuz/chromium")).default.executablePath();
}

const executablePath = await browser();

export default defineConfig({
  testDir: "test/screens",
  outputDir: "test-results/screens",
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/screens.json" }]],
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    trace: "retain-on-failure",
    launchOptions: { ...(executablePath ? { executablePath } : {}), args },
  },
});
