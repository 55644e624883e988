import type { PurposeDocument } from "schemas";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Mails } from "../../runtime/jobs/mails.ts";
import { networksOf } from "../../runtime/networks.ts";
import { openMailGate } from "../../runtime/outbound.ts";
import { dying } from "../fixtures/dying.ts";
import { ledger, meant, relay } from "../fixtures/mailing.ts";
import { mailServer, type MailServer } from "../fixtures/mail-server.ts";
import { launch, removeData } from "../process.ts";
import { freshDatabase, worldOn, type World } from "../world.ts";

let w: World;
let server: MailServer;
let url: string;
let drop: () => Promise<void>;

/** Mails for it pass hours and are counted. */
const news: PurposeDocument = {
  $schema: "urn:trellis:purpose:1",
  $id: "news",
  $anchor: "pur_news",
  title: "The news",
  basis: "legitimate",
  quiet_hours: { from: "21:00", to: "06:00" },
  caps: [{ max: 1, per: "P1D" }],
};

beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  server = await mailServer();
  w = await worldOn(url, { documents: [relay(server.port, { limits: { lines: 1 } }), news] });
  await w.admin.send("PUT", "/api/connections/relay", { body: { secret: "secret" } });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await server.close();
  await w.close();
  await drop();
});

/** A worker of this process; it carries once. */
async function carry(): Promise<void> {
  const mails = new Mails(new Map([["main", w.workspace]]), {
    clock: w.clock,
    gate: openMailGate({ open: networksOf(["127.0.0.1"]) }),
    origin: () => "http://localhost",
    report: () => undefined,
    told: () => undefined,
  });
  await mails.carry();
  await mails.stop();
}
const taken = (address: string) => server.bodies.filter(({ to }) => to.includes(address)).length;
const leasesEnd = () =>
  w.sql("update {ws}._sending set lease_until = clock_timestamp() - interval '1 s' where lease_until is not null");

test.each(["before", "after"] as const)(
  "a worker that dies %s any statement of a send loses no mail, sends none twice, and leaves no doubt untold",
  async (when) => {
    const seen = new Set<string>();
    for (let at = 1, came = true; came; at += 1) {
      const to = `${when}-${at}@example.com`;
      await meant(w, [{ to, purpose: "news" }]);
      came = await dying(w, at, when, carry);
      await leasesEnd();
      await carry();
      const { status } = await ledger(w, to);
      seen.add(`${status} ${taken(to)}`);
      // What came whole is told, or stands among those that a person looks at; what never came has gone after all.
      if (status !== "unknown") expect([status, taken(to)], `statement ${at}`).toEqual(["accepted", 1]);
      else expect(taken(to), `statement ${at}`).toBeLessThanOrEqual(1);
      // Whatever became of the first, its room is taken.
      await meant(w, [{ to, purpose: "news", effectKey: `${to} again` }]);
      await carry();
      expect(await ledger(w, to), `statement ${at}`).toMatchObject({ status: "queued", reason: "cap" });
    }
    const { items } = (await w.admin.get("/api/sendings?status=unknown")).json;
    for (const { address } of items) expect(taken(address)).toBeLessThanOrEqual(1);
    expect([...seen]).toEqual(expect.arrayContaining(["accepted 1", "unknown 1"]));
    expect(items.length).toBeGreaterThan(0);
    await w.sql("update {ws}._sending set status = 'cancelled' where status = 'queued'");
  },
  120_000,
);

test("a process that is killed before the body, and one that is killed behind it, are told apart", async () => {
  const env = { DATABASE_URL: url, TRELLIS_OUTBOUND_OPEN: "127.0.0.0/8" };
  const points = [
    ["hold-envelope", "accepted"],
    ["hold-reply", "unknown"],
  ] as const;
  for (const [told, becomes] of points) {
    const to = `${told}@example.com`;
    server.tell(to, told);
    const held = server.held();
    await meant(w, [{ to }]);
    await w.sql("update {ws}._sending set due_at = '2020-01-01' where address = $1", [to]);
    const worker = await launch({ command: ["work"], env });
    const goOn = await held;
    await worker.kill9();
    await removeData(worker.folder);
    goOn();
    server.tell(to, "take");
    await leasesEnd();
    await carry();
    expect((await ledger(w, to)).status, told).toBe(becomes);
    expect(taken(to), told).toBe(1);
  }
});
