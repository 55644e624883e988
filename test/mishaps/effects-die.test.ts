import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
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

class Dead extends Error {}

/**
 * Lets the worker die at the statement with this number, before it is sent or after it was answered: nothing that it
 * would say afterwards is heard. Answers whether it came to that statement.
 */
async function dying(at: number, when: "before" | "after", work: () => Promise<unknown>): Promise<boolean> {
  let count = 0;
  let dead = false;
  const wrapped =
    (real: (...given: any[]) => Promise<any>) =>
    async (...given: unknown[]) => {
      if (dead) throw new Dead();
      const own = (count += 1);
      if (own === at && when === "before") dead = true;
      if (dead) throw new Dead();
      const result = await real(...given);
      if (own === at) dead = true;
      if (dead) throw new Dead();
      return result;
    };
  const connect = w.pool.connect.bind(w.pool) as (callback?: unknown) => Promise<any>;
  const alone = w.pool.query.bind(w.pool) as (...given: any[]) => Promise<any>;
  vi.spyOn(w.pool, "query").mockImplementation(wrapped(alone) as never);
  vi.spyOn(w.pool, "connect").mockImplementation((async (callback?: unknown) => {
    if (callback !== undefined) return connect(callback);
    const connection = await connect();
    const { query, release } = connection;
    connection.query = wrapped(query.bind(connection));
    connection.release = (error?: unknown) => {
      Object.assign(connection, { query, release });
      release.call(connection, dead ? new Dead() : error);
    };
    return connection;
  }) as never);
  await work().catch((error: unknown) => {
    if (!dead) throw error;
  });
  vi.restoreAllMocks();
  return dead;
}

/** Leases of the dead run out, and others take up what is left. */
async function others(): Promise<void> {
  await w.sql("update {ws}._effect set lease_until = clock_timestamp() - interval '1 s' where lease_until is not null");
  await w.sql("delete from {ws}._circuit");
  w.clock.advance(60_000);
  await carried(w);
}

test.each(["before", "after"] as const)(
  "a worker that dies %s any statement has lost no call and told of none twice",
  { timeout: 120_000 },
  async (when) => {
    let doubled = 0;
    for (let at = 1; ; at++) {
      const id = await parcel(w);
      await sent(w, id, "book");
      const dead = await dying(at, when, () => carried(w));
      await others();
      expect((await w.admin.get(`/api/records/parcel/${id}`)).json.stage).toBe("booked");
      const told = await w.sql(
        "select 1 from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = $1 and j.event->>'type' = 'http.call.done'",
        [id],
      );
      expect(told, `statement ${at}`).toHaveLength(1);
      const keys = there.received.splice(0).map(({ headers }) => headers["idempotency-key"]);
      expect(new Set(keys).size).toBe(1);
      doubled += keys.length - 1;
      if (!dead) break;
    }
    // The call was made and its answer lost with the worker: then it was made again, under the same key.
    expect(doubled).toBeGreaterThan(0);
  },
);

test.each(["before", "after"] as const)(
  "what must not be repeated is called once at most, and where that is not known a person is asked: %s any statement",
  { timeout: 120_000 },
  async (when) => {
    let asked = 0;
    for (let at = 1; ; at++) {
      const id = await parcel(w);
      await sent(w, id, "blind");
      const dead = await dying(at, when, () => carried(w));
      await others();
      const { stage } = (await w.admin.get(`/api/records/parcel/${id}`)).json;
      const incidents = (await w.admin.get(`/api/incidents?record=${id}`)).json.items;
      expect([stage, incidents.length], `statement ${at}`).toEqual(stage === "booked" ? ["booked", 0] : ["open", 1]);
      asked += incidents.length;
      expect(there.received.splice(0).length).toBeLessThanOrEqual(1);
      if (!dead) break;
    }
    expect(asked).toBeGreaterThan(0);
  },
);
