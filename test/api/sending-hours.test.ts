import { check } from "engine";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { claimSendings } from "../../runtime/store/send-claim.ts";
import { suppress } from "../../runtime/store/suppressions.ts";
import { ledger, meant, relay } from "../fixtures/mailing.ts";
import { mailServer, type MailServer } from "../fixtures/mail-server.ts";
import { readingHours } from "../fixtures/reading-hours.ts";
import { world, type World } from "../world.ts";

let w: World;
let server: MailServer;

beforeAll(async () => {
  server = await mailServer();
  w = await world({ documents: [...readingHours, relay(server.port)] });
  await w.admin.send("PUT", "/api/connections/relay", { body: { secret: "secret" } });
  await w.work();
});
afterAll(async () => {
  await w.close();
  await server.close();
});

const at = (moment: string) => w.clock.set(new Date(moment));
const reader = async (name: string, more: object = {}) => {
  const made = await w.admin.post("/api/records/reader", { name, mail: `${name}@example.com`, ...more });
  expect(made.status, made.text).toBe(201);
  return made.json as { id: string; version: number };
};
const begins = async (workflow: string, id: string) => {
  const begun = await w.admin.post(`/api/records/reader/${id}/runs`, { workflow });
  expect(begun.status, begun.text).toBe(201);
};
const toMany = async (message: string, ...names: string[]) => {
  const filter = `name in [${names.map((it) => `'${it}'`).join()}]`;
  const begun = await w.admin.post(`/api/messages/${message}/broadcasts`, { filter });
  expect(begun.json, begun.text).toMatchObject({ total: names.length });
};
/** What the ledger says of the last mail to somebody. */
const stands = (name: string, status: string, reason: string | null, due?: string) =>
  vi.waitFor(
    async () => {
      const { due_at, ...row } = await ledger(w, `${name}@example.com`);
      expect({ ...row, due: due && new Date(due_at).toISOString() }).toMatchObject({ status, reason, due });
    },
    { timeout: 20_000 },
  );
const got = (name: string) =>
  server.bodies
    .filter(({ to }) => to.includes(`${name}@example.com`))
    .map(({ raw }) => /^Subject: (\w+)/m.exec(raw)?.[1]);
const state = (id: string) =>
  vi.waitFor(
    async () => {
      const [run] = await w.sql("select state from {ws}._run where record = $1 order by started_at desc limit 1", [id]);
      expect(run.state).not.toBe("first");
      return run.state as string;
    },
    { timeout: 20_000 },
  );

test("what is wrong with quiet hours, caps and the zone of a receiver is told at its place", () => {
  const faulty = JSON.parse(
    JSON.stringify(readingHours)
      .replace('"to":"08:00"', '"to":"21:00"')
      .replace('"P7D"', '"P1M"')
      .replace('"zone":"town"', '"zone":"twon"'),
  ) as typeof readingHours;
  expect(check([...faulty]).map(({ code, path }) => `${code} ${path}`)).toEqual(
    expect.arrayContaining([
      "purpose.sending /purpose/news/quiet_hours/to",
      "purpose.sending /purpose/offers/caps/0/per",
      "field.unknown /message/issue/zone",
    ]),
  );
  expect(check([...readingHours])).toEqual([]);
});

test("a mail of a journey that is tried again at night waits for the morning of its receiver", async () => {
  // One minute before nine in the evening in Tokyo.
  at("2026-06-01T11:59:00.000Z");
  const { id } = await reader("mei", { town: "Asia/Tokyo" });
  server.tell("mei@example.com", "later");
  await begins("writing", id);
  await stands("mei", "queued", "later");
  server.tell("mei@example.com", "take");
  w.clock.advance(120_000);
  await stands("mei", "queued", "quiet", "2026-06-01T23:00:00.000Z");
  at("2026-06-01T22:59:59.000Z");
  await stands("mei", "queued", "quiet", "2026-06-01T23:00:00.000Z");
  expect(got("mei")).toEqual([]);
  at("2026-06-01T23:00:00.000Z");
  await stands("mei", "accepted", null);
  expect(got("mei")).toEqual(["letter"]);
  expect(await state(id)).toBe("sent");
});

test("a message to many goes to each by day where she is; what belongs to a service goes at any time", async () => {
  at("2026-06-02T13:00:00.000Z");
  await reader("ken", { town: "Asia/Tokyo" });
  await reader("eva", { town: "Europe/Berlin" });
  await reader("ann", { town: "Atlantis" });
  await toMany("issue", "ken", "eva", "ann");
  await stands("eva", "accepted", null);
  await stands("ann", "accepted", null);
  await stands("ken", "queued", "quiet", "2026-06-02T23:00:00.000Z");
  const { items } = (await w.admin.get("/api/sendings?status=queued")).json;
  expect(items).toEqual([expect.objectContaining({ address: "ken@example.com", reason: "quiet" })]);
  await meant(w, [{ to: "ken@example.com", effectKey: "service" }]);
  await stands("ken", "accepted", null);
  await toMany("receipt", "ken");
  await vi.waitFor(() => expect(got("ken")).toEqual(["Hello", "receipt"]), { timeout: 20_000 });
  at("2026-06-02T23:00:00.000Z");
  await vi.waitFor(() => expect(got("ken")).toEqual(["Hello", "receipt", "issue"]), { timeout: 20_000 });
});

test("mails of journeys count for the caps of what goes to many, and the other way round", async () => {
  at("2026-06-10T10:00:00.000Z");
  const [one, other, third] = [await reader("one"), await reader("other"), await reader("third")];
  await begins("writing", one.id);
  await stands("one", "accepted", null);
  w.clock.advance(3_600_000);
  await toMany("offer", "one", "other");
  await stands("one", "queued", "cap", "2026-06-17T10:00:00.000Z");
  await stands("other", "accepted", null);
  await begins("sparing", other.id);
  expect(await state(other.id)).toBe("unsent");
  await stands("other", "suppressed", "cap");
  // What belongs to a service counts for none, but for the caps that its own journey has on mails.
  await begins("serving", third.id);
  expect(await state(third.id)).toBe("sent");
  await begins("sparing", third.id);
  await vi.waitFor(() => expect(got("third")).toEqual(["receipt", "letter"]), { timeout: 20_000 });
  const fourth = await reader("fourth");
  await begins("counting", fourth.id);
  expect(await state(fourth.id)).toBe("sent");
  await begins("counting", fourth.id);
  await stands("fourth", "suppressed", "cap");
  at("2026-06-17T10:00:00.000Z");
  await stands("one", "accepted", null);
  expect([got("one"), got("other")]).toEqual([["letter", "offer"], ["offer"]]);
});

test("the first gate that stops a mail is told: quiet hours before caps, caps before what is missing", async () => {
  at("2026-06-20T19:30:00.000Z");
  const { id, version } = await reader("pia");
  await begins("writing", id);
  await stands("pia", "accepted", null);
  w.clock.advance(3 * 3_600_000);
  await toMany("pet", "pia");
  await stands("pia", "queued", "quiet", "2026-06-21T08:00:00.000Z");
  at("2026-06-21T08:00:00.000Z");
  await stands("pia", "queued", "cap", "2026-06-21T19:30:00.000Z");
  at("2026-06-21T19:30:00.000Z");
  await stands("pia", "held", "missing.pet");
  await w.admin.patch(`/api/records/reader/${id}`, { pet: "Rex" }, { "if-match": `"${version}"` });
  const { items } = (await w.admin.get("/api/sendings?status=held")).json;
  at("2026-06-21T23:00:00.000Z");
  expect((await w.admin.post(`/api/sendings/${items[0].id}/decide`, { as: "send" })).status).toBe(204);
  await stands("pia", "queued", "quiet", "2026-06-22T08:00:00.000Z");
  at("2026-06-22T08:00:00.000Z");
  await stands("pia", "accepted", null);
  expect(got("pia")).toEqual(["letter", "How"]);
});

test("mails that go side by side take no more room than there is: the second waits until it is known of the first", async () => {
  at("2026-06-25T10:00:00.000Z");
  server.tell("tom@example.com", "refuse");
  await meant(
    w,
    ["a", "b"].map((effectKey) => ({ to: "tom@example.com", purpose: "offers", effectKey })),
  );
  const rows = () =>
    w.sql("select status, reason from {ws}._sending where address = 'tom@example.com' order by status desc");
  await vi.waitFor(
    async () =>
      expect(await rows()).toEqual([
        { status: "rejected", reason: "refused" },
        { status: "queued", reason: "cap" },
      ]),
    { timeout: 20_000 },
  );
  server.tell("tom@example.com", "take");
  w.clock.advance(60_000);
  await stands("tom", "accepted", null);
});

test("a dry run and a case that is played tell of mails what their gates do when they go", async () => {
  at("2026-07-06T13:00:00.000Z");
  const given = { rex: {}, kei: { town: "Asia/Tokyo" }, sue: {}, wim: {}, bea: { pet: null }, nan: { mail: null } };
  const [, kei, sue, wim] = await Promise.all(
    Object.entries(given).map(async ([name, more]) => reader(name, { pet: "Rex", ...more })),
  );
  await suppress(w.pool, w.workspace, {
    channel: "email",
    addresses: ["sue@example.com"],
    reason: "bounce",
    now: w.clock.now(),
  });
  const consent = { entity: "reader", record: wim!.id, channel: "email", address: "wim@example.com", purpose: "pets" };
  expect((await w.admin.post("/api/consents", { ...consent, action: "withdraw" })).status).toBeLessThan(300);

  const petting = w.workspace.model.workflows.get("petting")!;
  const twice = structuredClone(petting) as any;
  const over = [{ target: "unsent", meta: { id: "tr_over", title: "Over" } }];
  const { entry } = twice.states.first;
  twice.states.sent = { entry, on: { "message.send.done": over }, meta: { id: "st_sent", title: "Sent" } };
  const filter = `name in [${Object.keys(given)
    .map((it) => `'${it}'`)
    .join()}]`;
  const dry = await w.admin.post("/api/workflows/petting/dry-run", { document: twice, filter, span: "P3D" });
  expect(dry.json, dry.text).toMatchObject({
    cases: 6,
    gates: {
      first: { sent: 2, later: { quiet: 1 }, never: { address: 1, suppressed: 1, "consent.withdrawn": 1, missing: 1 } },
      sent: { sent: 2, later: { cap: 2 }, never: {} },
    },
    effects: { "message.send pet": 4 },
    capped: {},
    states: { first: { count: 1 }, unsent: { entered: 5 } },
    assumed: { events: [] },
  });

  const record = { name: "Kei", pet: "Rex", town: "Asia/Tokyo", mail: "kei@example.com" };
  const played = await w.admin.post("/api/workflows/petting/simulate", { record, script: [{ wait: "P1D" }] });
  expect(
    played.json.steps.map(({ at, effects }: any) => [at, effects[0]?.at, effects[0]?.gate]),
    played.text,
  ).toEqual([
    ["2026-07-06T13:00:00.000Z", "2026-07-06T23:00:00.000Z", "quiet"],
    ["2026-07-06T23:00:00.000Z", undefined, undefined],
  ]);

  for (const one of [kei, sue, wim]) await begins("petting", one!.id);
  await stands("kei", "queued", "quiet", "2026-07-06T23:00:00.000Z");
  await stands("sue", "suppressed", "suppressed");
  await stands("wim", "suppressed", "consent.withdrawn");
});

test("two workers that come at once see the same room", async () => {
  const apart = await world({ documents: readingHours });
  try {
    const { workspace, clock } = apart;
    for (let round = 0; round < 5; round += 1) {
      const to = `round-${round}@example.com`;
      await meant(
        apart,
        ["a", "b"].map((key) => ({ to, purpose: "offers", effectKey: `${to} ${key}` })),
      );
      const wire = { name: "mailbox", lines: 1, domainLines: 1, bounces: "example.com" } as never;
      const claiming = { model: workspace.model, wire, worker: crypto.randomUUID(), key: Buffer.alloc(32), most: 1 };
      const claim = () => claimSendings(workspace, { ...claiming, origin: "http://localhost", now: clock.now() });
      await Promise.all([claim(), claim()]);
      expect(
        await apart.sql("select status, reason from {ws}._sending where address = $1 order by status", [to]),
      ).toEqual([
        { status: "queued", reason: "cap" },
        { status: "sending", reason: null },
      ]);
    }
  } finally {
    await apart.close();
  }
});
