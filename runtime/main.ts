#!/usr/bin/env node
/**
 * The front door. The process begins anew, from the bundle where one stands (what takes types out of files would stay in
 * memory with 20 MB), and under bounds for memory that it keeps without using it: V8 keeps up to 128 MiB for young
 * objects unless told otherwise, lets the old ones grow to several times what is in use before it looks through them,
 * and glibc keeps the room of each password hash (19 MiB) in each of its threads.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { standingBundle } from "./bundle.ts";

const bounds = ["--max-semi-space-size=12", "--heap-growing-percent=80"];
const start = standingBundle() ?? fileURLToPath(new URL("start.ts", import.meta.url));
if (process.execve)
  process.execve(
    process.execPath,
    [process.execPath, ...bounds, ...process.execArgv, start, ...process.argv.slice(2)],
    {
      MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
      ...process.env,
    },
  );
await import(pathToFileURL(start).href);
