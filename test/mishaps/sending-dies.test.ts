import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Mails } from "../../runtime/jobs/mails.ts";
import { networksOf } from "../../runtime/networks.ts";
import { openMailGate } from "../../runtime/outbound.ts";
import { moveDue } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { inbox } from "../../runtime/store/inbox.ts";
import { dying } from "../fixtures/dying.ts";
import { journey } from "../fixtures/journeys.ts";
import { ledger, meant, relay } from "../fixtures/mailing.ts";
import { mailServer, type MailServer, type Told } from "../fixtures/mail-server.ts";
import { readingHours } from "../fixtures/reading-hours.ts";
import { launch, removeData } from "../process.ts";
import { freshDatabase, worldOn, type World } from "../world.ts";

let w: World;
let server: MailServer;
let url: string;
let drop: () => Promise<void>;

const final = (id: string) => ({ type: "final", meta: { id: `st_${id}`, title: id } });
const to = (target: string) => [{ target, meta: { id: `tr_${target}`, title: target } }];

/** Waits for a minute, sends a letter, and ends by what became of it. */
const reminding = journey(
  "reminding",
  {
    entity: "reader",
    enrol: { on: "hand", again: "after_end" },
    delays: { minute: { title: "A minute", duration: "PT1M" } },
  },
  {
    initial: "waiting",
    states: {
      waiting: { after: { minute: to("asked") }, meta: { id: "st_waiting", title: "waiting" } },
      asked: {
        entry: [{ type: "message.send", params: { message: "letter" } }],
        on: { "message.send.done": to("sent"), "message.send.failed": to("unsent") },
        meta: { id: "st_asked", title: "asked" },
      },
      sent: final("sent"),
      unsent: final("unsent"),
    },
  },
);

beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  server = await mailServer();
  w = await worldOn(url, { documents: [relay(server.port, { limits: { lines: 1 } }), ...readingHours, reminding] });
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
const doubts = async () => (await w.admin.get("/api/sendings?status=unknown")).json.items as any[];

test.each(["before", "after"] as const)(
  "a worker that dies %s any statement of a send loses no mail, sends none twice, and leaves no doubt untold",
  async (when) => {
    const seen = new Set<string>();
    for (let at = 1, came = true; came; at += 1) {
      const to = `${when}-${at}@example.com`;
      await meant(w, [{ to, purpose: "pets" }]);
      came = await dying(w, at, when, carry);
      await leasesEnd();
      await carry();
      const { status } = await ledger(w, to);
      seen.add(`${status} ${taken(to)}`);
      // What came whole is told, or stands among those that a person looks at; what never came has gone after all.
      if (status !== "unknown") expect([status, taken(to)], `statement ${at}`).toEqual(["accepted", 1]);
      else expect(taken(to), `statement ${at}`).toBeLessThanOrEqual(1);
      // Whatever became of the first, its room is taken.
      await meant(w, [{ to, purpose: "pets", effectKey: `${to} again` }]);
      await carry();
      expect(await ledger(w, to), `statement ${at}`).toMatchObject({ status: "queued", reason: "cap" });
    }
    const items = await doubts();
    for (const { address } of items) expect(taken(address)).toBeLessThanOrEqual(1);
    expect([...seen]).toEqual(expect.arrayContaining(["accepted 1", "unknown 1"]));
    expect(items.length).toBeGreaterThan(0);
    await w.sql("update {ws}._sending set status = 'cancelled' where status = 'queued'");
  },
  120_000,
);

describe("a real process, killed by the kernel", () => {
  const patience = { timeout: 60_000, interval: 20 };
  const work = { command: ["work"] } as const;
  const started = () => launch({ ...work, env: { DATABASE_URL: url, TRELLIS_OUTBOUND_OPEN: "127.0.0.0/8" } });
  const kill = async (worker: Awaited<ReturnType<typeof launch>>) => {
    await worker.kill9();
    await removeData(worker.folder);
  };

  /** A point that a worker comes to, and stands at until it is let go on. */
  interface Hold {
    readonly reached: () => Promise<unknown>;
    readonly letGo: () => Promise<unknown>;
  }

  /** Has a lock stand in the way of a statement. What is let go on goes its way without the one who asked for it. */
  async function locked(lock: string, waiting: string): Promise<Hold> {
    const holder = await w.pool.connect();
    await holder.query("begin");
    await holder.query(lock.replaceAll("{ws}", w.workspace.schema));
    const held = () =>
      w.sql(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike $1`,
        [`%${waiting}%`],
      );
    return {
      reached: () => expect.poll(held, patience).not.toEqual([]),
      letGo: async () => {
        const waited = await held();
        await holder.query("rollback");
        holder.release();
        const left = () => w.sql("select from pg_stat_activity where pid = any($1)", [waited.map(({ pid }) => pid)]);
        await expect.poll(left, patience).toEqual([]);
      },
    };
  }

  /** Has the server say nothing to this address at a point. */
  async function silent(address: string, told: Told): Promise<Hold> {
    server.tell(address, told);
    const held = server.held();
    return { reached: () => held, letGo: async () => (await held)() };
  }

  /** Holds at the server, and lets that go on when a lock stands in the way of what follows. */
  async function behind(address: string, told: Told, waiting: string): Promise<Hold> {
    const first = await silent(address, told);
    let second: Hold | undefined;
    const reached = async () => {
      await first.reached();
      second = await locked(`select from {ws}._sending where address = '${address}' for update`, waiting);
      await first.letGo();
      await second.reached();
    };
    return { reached, letGo: async () => second?.letGo() };
  }

  /** A person who is to be sent a letter now. */
  async function due(name: string): Promise<{ readonly address: string; readonly id: string }> {
    const address = `${name}@example.com`;
    // Before the clock of whoever carries, whatever it shows.
    w.clock.set(new Date("2020-01-01T00:00:00.000Z"));
    const { json } = await w.admin.post("/api/records/reader", { name, mail: address });
    const begun = await w.admin.post(`/api/records/reader/${json.id}/runs`, { workflow: "reminding" });
    expect(begun.status, begun.text).toBe(201);
    w.clock.set(new Date());
    return { address, id: json.id };
  }

  /** What others make of what a dead worker left behind, once its lease is over. */
  async function goOn(): Promise<void> {
    await fireDue(w.workspace, w.clock.now());
    await carry();
    await moveDue(w.workspace, w.clock.now(), inbox);
  }
  const runs = (id: string) => w.sql("select state from {ws}._run where record = $1", [id]);
  const sendings = (id: string) => w.sql("select id, status from {ws}._sending where record = $1", [id]);

  /** The points of a send as `spec/marketing.md` (I5) counts them, and what is known then by whoever comes after. */
  const points: readonly (readonly [
    point: string,
    hold: (address: string) => Promise<Hold>,
    knows: "accepted" | "unknown",
    came: number,
  ])[] = [
    ["1 the intent", () => locked("lock table {ws}._sending in share mode", "_run"), "accepted", 1],
    [
      "2 the gates",
      () => locked("select pg_advisory_xact_lock(hashtextextended('{ws}:caps', 0))", "advisory"),
      "accepted",
      1,
    ],
    ["3 the rendering", () => locked("lock table {ws}._mail in share mode", "insert into%_mail"), "accepted", 1],
    ["4 the claim", (address) => silent(address, "hold-greeting"), "accepted", 1],
    ["5 the hand-over", (address) => silent(address, "hold-envelope"), "accepted", 1],
    ["5 the mark before the final dot", (address) => behind(address, "hold-envelope", "phase = 'body'"), "unknown", 0],
    ["6 the final dot", (address) => silent(address, "hold-reply"), "unknown", 1],
    ["7 the reply", (address) => behind(address, "hold-reply", "jsonb_to_recordset"), "unknown", 1],
  ];
  test.each(points)(
    "at %s",
    async (point, hold, knows, came) => {
      const { address, id } = await due(`at-${point.replaceAll(" ", "-")}`);
      const { reached, letGo } = await hold(address);
      const worker = await started();
      await reached();
      await kill(worker);
      await letGo();
      server.tell(address, "take");
      w.clock.set(new Date());
      const [left] = await sendings(id);
      // While its lease lasts nobody takes what it had.
      if (left?.status === "sending") {
        await carry();
        expect(await sendings(id)).toEqual([left]);
      }
      await leasesEnd();
      await goOn();
      expect([(await ledger(w, address)).status, taken(address)]).toEqual([knows, came]);
      const [doubt] = (await doubts()).filter((it) => it.address === address);
      expect(doubt !== undefined).toBe(knows === "unknown");
      if (doubt) {
        const decided = await w.admin.post(`/api/sendings/${doubt.id}/decide`, { as: came > 0 ? "went" : "send" });
        expect(decided.status, decided.text).toBe(204);
        await goOn();
      }
      expect(taken(address)).toBe(1);
      expect(await sendings(id)).toEqual([expect.objectContaining({ status: "accepted" })]);
      expect(await runs(id)).toEqual([{ state: "sent" }]);
    },
    180_000,
  );

  test("at the server, when it has all of a mail and has not said so", async () => {
    const { address, id } = await due("the-server");
    await server.close();
    const killed = fork(fileURLToPath(new URL("../fixtures/mail-server-alone.ts", import.meta.url)), [
      String(server.port),
      address,
    ]);
    const [listens] = await once(killed, "message");
    const worker = await started();
    const [came] = await once(killed, "message");
    expect([listens, came]).toEqual(["listens", 1]);
    killed.kill("SIGKILL");
    await expect.poll(() => sendings(id), patience).toMatchObject([{ status: "unknown" }]);
    await kill(worker);
    server = await mailServer(server.port);
    w.clock.set(new Date());
    await goOn();
    expect(taken(address)).toBe(0);
    expect(await doubts()).toEqual(expect.arrayContaining([expect.objectContaining({ address, attempts: 1 })]));
    expect(await runs(id)).toEqual([{ state: "asked" }]);
  }, 180_000);
});
