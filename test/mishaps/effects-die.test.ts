import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { breaking } from "../fixtures/breaking.ts";
import { dying } from "../fixtures/dying.ts";
import { brokenLaws } from "../fixtures/invariants.ts";
import { carried, parcel, parcelDocuments, sent } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { world, type World } from "../world.ts";

let w: World;
let there: Receiver;

const book = (repeats: string) => ({
  type: "http.call",
  params: { connection: "carrier", name: "book", method: "POST", url: { cel: "'/' + record.name" }, repeats },
});

beforeAll(async () => {
  there = await receiver();
  const does = { book: [book("idempotent")], blind: [book("unsafe")] };
  w = await world({ documents: parcelDocuments(there.url, does) });
  await w.admin.send("PUT", "/api/connections/carrier", { body: {} });
});
beforeEach(() => (there.received.length = 0));
afterAll(async () => {
  vi.restoreAllMocks();
  await there.close();
  await w.close();
});

/** Leases of the dead run out, and others take up what is left. */
async function others(): Promise<void> {
  await w.sql("update {ws}._effect set lease_until = clock_timestamp() - interval '1 s' where lease_until is not null");
  await w.sql("delete from {ws}._circuit");
  w.clock.advance(60_000);
  await carried(w);
}

/** What becomes of a worker, and how much of what it does is left out of account when it comes to the statement. */
const ways = [
  ["dies", "before"],
  ["dies", "after"],
  ["lives on, though its connection breaks,", "before"],
  ["lives on, though its connection breaks,", "after"],
] as const;

test.each(ways)(
  "a worker that %s %s any statement loses no call, tells of none twice, and makes none again that must not be",
  async (how, when) => {
    let [doubled, asked] = [0, 0];
    for (let at = 1; ; at++) {
      const [safe, blind] = [await parcel(w), await parcel(w)];
      await sent(w, safe, "book");
      await sent(w, blind, "blind");
      const work = () => carried(w);
      const met =
        how === "dies" ? await dying(w, at, when, work) : (await breaking(w, { at, when, lone: true }, work)).broken;
      // Who lives on tries again at once, before any lease runs out.
      if (how !== "dies") await carried(w);
      const stands = async (id: string) => {
        const { stage, name } = (await w.admin.get(`/api/records/parcel/${id}`)).json;
        const incidents = (await w.admin.get(`/api/incidents?record=${id}`)).json.items.length;
        return { name, at: `${stage} ${incidents}` };
      };
      // A backend that was ended lets go of its rows a moment after its client has heard of it.
      const settled = async () => {
        await others();
        const them = [(await stands(safe)).at, (await stands(blind)).at];
        return them.join() === "booked 0,open 1" ? "booked 0,booked 0" : them.join();
      };
      await expect.poll(settled, { timeout: 30_000, message: `statement ${at}` }).toBe("booked 0,booked 0");
      const told = await w.sql(
        "select 1 from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = $1 and j.event->>'type' = 'http.call.done'",
        [safe],
      );
      expect(told, `statement ${at}`).toHaveLength(1);
      const one = await stands(blind);
      const calls = there.received.splice(0);
      const blindly = calls.filter(({ path }) => path === `/${one.name}`).length;
      expect(blindly, `statement ${at}`).toBeLessThanOrEqual(1);
      const keys = calls.filter(({ path }) => path !== `/${one.name}`).map((it) => it.headers["idempotency-key"]);
      expect(new Set(keys).size).toBe(1);
      doubled += keys.length - 1;
      if (one.at === "open 1") asked++;
      if (!met) break;
    }
    // The call was made and its answer lost: then it was made again under the same key, or a person was asked.
    expect([doubled > 0, asked > 0]).toEqual([true, true]);
    expect(await brokenLaws(w)).toEqual([]);
  },
);
