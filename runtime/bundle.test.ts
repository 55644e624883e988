import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { markOf, marksName, standingBundle } from "./bundle.ts";

let folder: string;

beforeAll(async () => {
  folder = `${await mkdtemp(join(tmpdir(), "trellis-bundle-"))}/`;
});
afterAll(() => rm(folder, { recursive: true }));

const noted = (marks: object) => writeFile(folder + marksName, JSON.stringify(marks));

test("a bundle is run as long as every file in it is what it was", async () => {
  const marks = { "runtime/roof.ts": markOf("runtime/roof.ts"), "engine/index.ts": markOf("engine/index.ts") };
  await noted(marks);
  expect(standingBundle(folder)).toBe(`${folder}start.js`);
  await noted({ ...marks, "engine/index.ts": markOf("engine/query.ts") });
  expect(standingBundle(folder)).toBeUndefined();
  await noted({ ...marks, "engine/gone.ts": markOf("engine/index.ts") });
  expect(standingBundle(folder)).toBeUndefined();
});

test("where none was made, or not to its end, the files are run themselves", async () => {
  await rm(folder + marksName, { force: true });
  expect(standingBundle(folder)).toBeUndefined();
  await writeFile(folder + marksName, '{"runtime/roof.ts": "');
  expect(standingBundle(folder)).toBeUndefined();
});
