/** Builds the studio unless the build that lies there was made from the same files. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const mark = join(root, "studio/build/inputs.sha256");
const inputs = [
  "studio/src",
  "studio/static",
  "studio/package.json",
  "studio/vite.config.ts",
  "engine",
  "schemas",
  "pnpm-lock.yaml",
];

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((file) => !/(^|\/)node_modules\/|\.test\.ts$/.test(file));
}

/** The hash of everything that the build is made from. */
async function inputsHash(): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const file of (await Promise.all(inputs.map(filesBelow))).flat().sort())
    hash
      .update(file)
      .update("\0")
      .update(await readFile(join(root, file)).catch(() => ""));
  return hash.digest("hex");
}

const wanted = await inputsHash();
if ((await readFile(mark, "utf8").catch(() => "")) !== wanted) {
  console.log("· building the screens");
  const { status } = spawnSync(join(root, "studio/node_modules/.bin/vite"), ["build", "--logLevel", "warn"], {
    cwd: join(root, "studio"),
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  await writeFile(mark, wanted);
}
