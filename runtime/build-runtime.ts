/**
 * Puts the runtime into one file, for a quick start, unless that was done of the same files. Where it cannot be done
 * nothing is lost but time; with `--must` that is a failure.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { standingBundle } from "./bundle.ts";

if (standingBundle() === undefined) {
  console.log("· putting the runtime into one file");
  const vite = fileURLToPath(new URL("../studio/node_modules/.bin/vite", import.meta.url));
  const config = fileURLToPath(new URL("bundle.config.ts", import.meta.url));
  const { status } = spawnSync(vite, ["build", "--config", config, "--logLevel", "warn"], { stdio: "inherit" });
  if (status !== 0) {
    console.log("· it stays in many files: each start takes a second longer");
    process.exitCode = process.argv.includes("--must") ? 1 : 0;
  }
}
