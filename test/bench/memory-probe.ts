/**
 * Stands in the process of the product while `memory.ts` looks at its memory: answers on a port of its own, after all
 * garbage is gone, what is left and which Maps and Sets have grown where.
 */
import { createServer } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What stands in the process when nothing is left to be collected, in bytes. */
export interface Seen {
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  /** Entries of what has ever had more than `largeFrom`, by where it grew. */
  readonly large: Readonly<Record<string, number>>;
}

const largeFrom = 256;
const found = new Map<WeakRef<{ readonly size: number }>, string>();
const addTo = { map: Map.prototype.set, set: Set.prototype.add };

const note = (grown: { readonly size: number }) => {
  const [, , , at = ""] = new Error().stack?.split("\n") ?? [];
  const place = /([\w.-]+\/[\w.-]+:\d+):\d+\)?$/.exec(at)?.[1] ?? at;
  addTo.map.call(found, new WeakRef(grown), place);
};

// A collection is noted as often as its size doubles: by then it is known where it grows.
const doubled = (size: number) => size >= largeFrom && (size & (size - 1)) === 0;
Map.prototype.set = function (key, value) {
  const { size } = this;
  addTo.map.call(this, key, value);
  if (this.size > size && doubled(this.size) && this !== found) note(this);
  return this;
};
Set.prototype.add = function (value) {
  const { size } = this;
  addTo.set.call(this, value);
  if (this.size > size && doubled(this.size)) note(this);
  return this;
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function look(): Promise<Seen> {
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise((done) => setImmediate(done));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const large: Record<string, number> = {};
  const seen = new Set<object>();
  for (const [reference, place] of found) {
    const it = reference.deref();
    if (!it) found.delete(reference);
    else if (!seen.has(it)) large[place] = (large[place] ?? 0) + it.size;
    if (it) addTo.set.call(seen, it);
  }
  return { rss, heap: heapUsed, external, large };
}

createServer((_, answer) => void look().then((seen) => answer.end(JSON.stringify(seen))))
  .listen(Number(process.env.TRELLIS_PROBE_PORT), "127.0.0.1")
  .unref();
