#!/usr/bin/env node
/**
 * The front door. What is compiled at one start is kept for the next: half of a start would be spent on it.
 *
 * The process begins anew under bounds for memory that it keeps without using it: V8 keeps up to 128 MiB for young
 * objects unless told otherwise, lets the old ones grow to several times what is in use before it looks through them,
 * and glibc keeps the room of each password hash (19 MiB) in each of its threads.
 */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { standingBundle } from "./bundle.ts";

const bounds = ["--max-semi-space-size=16", "--heap-growing-percent=80"];
if (process.execve && !bounds.every((it) => process.execArgv.includes(it)))
  process.execve(process.execPath, [process.execPath, ...bounds, ...process.execArgv, ...process.argv.slice(1)], {
    MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
    ...process.env,
  });

enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/trellis-compiled", import.meta.url)));
const { run } = (await import(standingBundle() ?? "./roof.ts")) as typeof import("./roof.ts");
await run(process.argv.slice(2), process.env);
