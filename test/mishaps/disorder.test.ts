import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moveDue, type Executor } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { inbox } from "../../runtime/store/inbox.ts";
import { brokenLaws, divergences } from "../fixtures/invariants.ts";
import { carried } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { expectRelays, relayDocuments } from "../fixtures/relay.ts";
import { world, type World } from "../world.ts";

const cases = Number(process.env.TRELLIS_CASES ?? 12);
const laps = 2;
const relays = 6;

let w: World;
let there: Receiver;
const ids: string[] = [];
let clicks = 0;

beforeAll(async () => {
  there = await receiver();
  // Others come in between, before somebody hears the answer.
  there.answer = (_, response) => void setImmediate(() => response.end("thanks"));
  w = await world({ documents: relayDocuments(there.url, laps) });
  await w.admin.send("PUT", "/api/connections/carrier", { body: {} });
  const names = Array.from({ length: relays }, (_, at) => ({ name: `R${at}` }));
  const { json } = await w.admin.post("/api/records/relay", names);
  ids.push(...json.items.map(({ id }: { id: string }) => id));
});
afterAll(async () => {
  await there.close();
  await w.close();
});

const now = () => w.clock.now();
const clear = (moves: { readonly failures: readonly unknown[] }) => expect(moves.failures).toEqual([]);
const carry = () => carried(w).then(() => undefined);
const expire = () =>
  w.sql("update {ws}._effect set lease_until = clock_timestamp() - interval '1 s' where lease_until is not null");

/** What happens, and to which relay or by how much. */
const acts: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
  go: (n) => w.admin.post(`/api/records/relay/${ids[n % relays]}/events`, { type: "relay.go", data: { n: clicks++ } }),
  note: (n) =>
    w.admin.post(`/api/records/relay/${ids[n % relays]}/events`, { type: "relay.note", data: { n: clicks++ } }),
  "two fire": async (n) => {
    const by = (["single", "batch", undefined] as const)[n % 3] as Executor | undefined;
    for (const it of await Promise.all([fireDue(w.workspace, now(), by), fireDue(w.workspace, now())])) clear(it);
  },
  "two carry, and a lease runs out meanwhile": () => Promise.all([carry(), expire().then(carry)]),
  "two tell": async () => {
    for (const it of await Promise.all([1, 2].map(() => moveDue(w.workspace, now(), inbox)))) clear(it);
  },
  // As far as two days, there or back.
  "the clock jumps": async (n) => w.clock.advance((n % 2 ? 1 : -1) * n * 173_000),
  "what is to be told comes in another order": (n) =>
    w.sql("update {ws}._inbox set due_at = due_at + hashtext(id || $1) % 100 * interval '1 s' where done_at is null", [
      String(n),
    ]),
  "what was told comes again": () =>
    w.sql(
      `insert into {ws}._inbox (id, run, event, at, due_at) select id, run, event, $1, $1 from {ws}._inbox
       on conflict (id) do nothing`,
      [now()],
    ),
};

const script = fc.array(fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.nat(999)), { minLength: 10, maxLength: 40 });

/** The clock goes on until everybody rests. */
async function settle(): Promise<void> {
  for (let goes = 0; goes < 40; goes++) {
    w.clock.advance(2 * 86_400_000);
    await expire();
    await w.sql("delete from {ws}._circuit");
    await carry();
    for (let more = true; more;) {
      const moves = await fireDue(w.workspace, now());
      clear(moves);
      more = moves.count > 0;
    }
    const [{ n }] = await w.sql("select count(*)::int as n from {ws}.relay where stage <> 'resting'");
    if (n === 0) return;
  }
  expect.fail("somebody does not come to rest");
}

test(`whatever comes twice, out of order or by a clock that jumps, everything is done once (${cases} scripts)`, async () => {
  await fc.assert(
    fc.asyncProperty(script, async (acted) => {
      for (const [act, n] of acted) await acts[act]!(n);
      expect(await brokenLaws(w)).toEqual([]);
      await settle();
      expect(await brokenLaws(w)).toEqual([]);
      await expectRelays(w, there, laps);
    }),
    { numRuns: cases, endOnFailure: true },
  );
  expect(await divergences(w)).toEqual([]);
  // Whoever looks for what differs sees it.
  await w.sql("update {ws}._run set context = context || '{\"laps\": 7}' where record = $1", [ids[0]]);
  expect(await divergences(w)).toHaveLength(1);
});
