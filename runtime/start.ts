/** Where the lasting process begins. What is compiled at one start is kept for the next: half of a start would be spent on it. */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/trellis-compiled", import.meta.url)));
const { run } = await import("./roof.ts");
await run(process.argv.slice(2), process.env);
