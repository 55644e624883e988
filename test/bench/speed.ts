/**
 * How quick the product is beside a server that is written by hand for the same tables and the same rules: medians of
 * interleaved pairs, all in one run. Prints numbers and asserts nothing but that both answer alike.
 *
 *   node test/bench/speed.ts [--contacts=100000] [--at=1,16,64] [--pairs=9] [--only=list,patch]
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { creation, operationsOn, questions } from "./operations.ts";
import { measurePairs, type Measured, type Operation } from "./pairs.ts";
import { startBoth, type TwoServers } from "./two-servers.ts";

const { values: given } = parseArgs({
  options: {
    contacts: { type: "string", default: "100000" },
    at: { type: "string", default: "1,16,64" },
    pairs: { type: "string", default: "9" },
    only: { type: "string", default: "" },
  },
});
const concurrencies = given.at.split(",").map(Number);
const wanted = given.only.split(",").filter((name) => name !== "");

const both = await startBoth(Number(given.contacts));
try {
  await answerAlike(both);
  console.log(`${both.contacts} contacts, ${both.deals} deals, ${given.pairs} pairs each; times in ms\n`);
  console.log("| operation | at once | product | by hand | p95 product | p95 by hand | ratio | ratio of CPU | goal |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const operation of await operationsOn(both)) {
    if (wanted.length > 0 && !wanted.some((name) => operation.title.includes(name))) continue;
    for (const concurrency of operation.alone ? [1] : concurrencies) {
      const pairs = operation.times === undefined ? Number(given.pairs) : Math.min(5, Number(given.pairs));
      print(operation, concurrency, await measurePairs(both.sides, operation, { pairs, concurrency }));
    }
  }
} finally {
  await both.close();
}

function print(
  { title, goal, pieces = 1 }: Operation,
  concurrency: number,
  { ms, p95, between, ratio, cpu }: Measured,
): void {
  const number = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  const [rows, others] = between.map((gap) => Math.round((pieces * 1000) / gap));
  const told = pieces > 1 ? ` (${rows} rows/s, by hand ${others})` : "";
  const cells = [title + told, concurrency, ...[...ms, ...p95, ratio, cpu].map(number)];
  console.log(`| ${[...cells, goal === undefined ? "" : `≥ ${goal}`].join(" | ")} |`);
}

/** What is compared does the same: both servers tell the same of the same records, and of those that they make alike. */
async function answerAlike({ ask }: TwoServers): Promise<void> {
  for (const [title, asked] of Object.entries({ ...questions, create: creation() })) {
    const [product, byHand] = await Promise.all(
      (["product", "by hand"] as const).map(async (side) => {
        const { next: _, ...told } = JSON.parse((await ask[side].ask(asked[side])).text);
        return title === "create" ? { ...told, id: "", created_at: "", updated_at: "" } : told;
      }),
    );
    if (isDeepStrictEqual(product, byHand)) continue;
    console.error(
      JSON.stringify(product, undefined, 1).slice(0, 3000),
      JSON.stringify(byHand, undefined, 1).slice(0, 3000),
    );
    throw new Error(`The two do not answer alike: ${title}`);
  }
}
