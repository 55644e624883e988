/**
 * What rights cost: the same questions asked of the product by a rep who sees the rows of her teams and not all of their
 * fields, and by somebody whom nothing bounds. Medians of interleaved pairs; prints numbers and asserts nothing.
 *
 *   node test/bench/rights.ts [--contacts=100000] [--at=16] [--pairs=9]
 */
import { parseArgs } from "node:util";
import { readsOn } from "./operations.ts";
import { measurePairs } from "./pairs.ts";
import { startBoth } from "./two-servers.ts";

const { values: given } = parseArgs({
  options: {
    contacts: { type: "string", default: "100000" },
    at: { type: "string", default: "16" },
    pairs: { type: "string", default: "9" },
  },
});

const both = await startBoth(Number(given.contacts));
try {
  console.log(`${both.contacts} contacts, half of them the rep's; times in ms\n`);
  console.log("| operation | at once | with rights | without | CPU with against without | goal |");
  console.log("| --- | ---: | ---: | ---: | ---: | --- |");
  const readers = both.bounded.map(({ client }) => client);
  for (const operation of await readsOn(both, readers))
    for (const concurrency of given.at.split(",").map(Number)) {
      const { ms, cpu } = await measurePairs(both.bounded, operation, { pairs: Number(given.pairs), concurrency });
      const cells = [operation.title, concurrency, ...[...ms, 1 / cpu].map((value) => value.toFixed(2)), "≤ 1.15"];
      console.log(`| ${cells.join(" | ")} |`);
    }
} finally {
  await both.close();
}
