import { check } from "engine";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { playTests } from "../../runtime/store/package-tests.ts";
import { publish } from "../../runtime/store/publish.ts";
import { world, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;

beforeAll(async () => {
  w = await world({ templates: ["core", "service"] });
});
afterAll(() => w.close());

describe("the service template", () => {
  test("tells its stories, and they come true", async () => {
    expect(w.workspace.model.tests.size).toBeGreaterThan(9);
    expect(await playTests(w.workspace, w.workspace.model, w.clock.now())).toEqual([]);
  });
});

test("an entity with a place of its own stands before those that have none", async () => {
  const { entities } = (await w.admin.get("/api/model")).json;
  const names = entities.flatMap(({ system, name }: any) => (system ? [] : [name]));
  expect(names.slice(0, 3)).toEqual(["case", "asset", "call"]);
});

/** Publishes the workspace in another time zone. */
async function zone(time_zone: string): Promise<void> {
  const documents = w.workspace.model.documents.map((it) =>
    it.$schema === "urn:trellis:workspace:1" ? { ...it, time_zone } : it,
  ) as AnyDocument[];
  await publish(w.workspace, { documents, reason: "Test", author: w.admin.id, now: w.clock.now() });
}

test("a warranty lasts to the end of its last day, in the zone of the workspace", async () => {
  const made = await w.admin.post("/api/records/product", { name: "Laser" });
  const covered = async (values: object) => {
    const repair = await w.admin.post("/api/records/repair", { product: made.json.id, ...values });
    expect(repair.status, repair.text).toBe(201);
    const { warranty_until, covered } = (await w.admin.get(`/api/records/repair/${repair.json.id}`)).json;
    return [warranty_until, covered];
  };
  const given = { delivered_on: "2024-02-29", warranty_months: 24 };
  expect(await covered({ ...given, reported_on: "2026-02-28" })).toEqual(["2026-02-28", true]);
  expect(await covered({ ...given, reported_on: "2026-03-01" })).toEqual(["2026-02-28", false]);
  const short = { delivered_on: "2026-01-31", warranty_months: 1, reported_on: "2026-03-02" };
  expect(await covered(short)).toEqual(["2026-02-28", false]);
  expect(await covered({ ...short, extension_days: 2 })).toEqual(["2026-03-02", true]);
  for (const [now, day] of [
    ["2026-02-28T23:59:00Z", "2026-02-28"],
    ["2026-03-01T00:00:00Z", "2026-03-01"],
  ]) {
    await w.admin.post("/api/test/clock", { now });
    const { json } = await w.admin.post("/api/records/repair", { product: made.json.id });
    expect((await w.admin.get(`/api/records/repair/${json.id}`)).json.reported_on).toBe(day);
  }
  // The last minute of the warranty and the first behind it, by the clocks of Tokyo.
  await zone("Asia/Tokyo");
  for (const [now, told] of [
    ["2026-02-28T14:59:00Z", ["2026-02-28", true]],
    ["2026-02-28T15:00:00Z", ["2026-02-28", false]],
  ] as const) {
    await w.admin.post("/api/test/clock", { now });
    expect(await covered(given), now).toEqual(told);
  }
  await zone("UTC");
});

test("returns and repairs are summed in the currency of the workspace, by its rates; a return is in one currency", async () => {
  const documents = w.workspace.model.documents.map((it) =>
    it.$schema === "urn:trellis:workspace:1"
      ? { ...it, rates: [{ currency: "EUR", from: "2026-01-01", rate: "1.1" }] }
      : it,
  ) as AnyDocument[];
  await publish(w.workspace, { documents, reason: "Rates", author: w.admin.id, now: w.clock.now() });
  const make = async (entity: string, values: object) => {
    const made = await w.admin.post(`/api/records/${entity}`, values);
    expect(made.status, made.text).toBe(201);
    return made.json.id as string;
  };
  const read = async (entity: string, id: string) => (await w.admin.get(`/api/records/${entity}/${id}`)).json;
  const price = (amount: string, currency: string) => ({ amount, currency });
  const ticket = await make("case", { subject: "Comes back" });
  const request = await make("return_request", { case: ticket });
  const line = { request, name: "Sensor", delivered: 3, quantity: 2, price: price("100", "EUR") };
  await make("return_line", line);
  const mixed = await w.admin.post("/api/records/return_line", { ...line, price: price("5", "USD") });
  expect(mixed.json.detail).toBe("The lines of a return are in one currency.");
  expect(await read("return_request", request)).toMatchObject({ value: "220", unrated: 0 });

  const repair = await make("repair", { product: await make("product", { name: "Pump" }) });
  await make("repair_part", { repair, name: "Seal", quantity: 3, price: price("10", "EUR") });
  await make("repair_part", { repair, name: "Motor", quantity: 1, price: price("40", "CHF") });
  await make("repair_part", { repair, name: "Worn seal", act: "remove", quantity: 3, price: price("10", "EUR") });
  expect(await read("repair", repair)).toMatchObject({ parts_cost: "33", parts_unrated: 1 });
});

test("a customer's mail begins the next response once, and an answer stops it: P6 and P8", async () => {
  const tell = async (type: string, record: string, at: string, data = {}) => {
    await w.admin.post("/api/test/clock", { now: at });
    const fact = { type, entity: "case", record, at, source: "test", id: `${type} ${at}`, data };
    const told = await w.admin.post("/api/facts", fact);
    expect(told.status, told.text).toBeLessThan(300);
  };
  await w.admin.post("/api/test/clock", { now: "2026-06-06T13:00:00Z" });
  const { id } = (await w.admin.post("/api/records/case", { subject: "LX1" })).json;
  await tell("mail.sent", id, "2026-06-08T09:05:00Z", { auto: true });
  await tell("mail.sent", id, "2026-06-08T09:20:00Z", { auto: false });
  const clocks = async () => (await w.admin.get(`/api/records/case/${id}/clocks`)).json.items;
  expect((await clocks())[0]).toMatchObject({ clock: "first_response", state: "met", elapsed_ms: 20 * 60_000 });
  await tell("mail.received", id, "2026-06-09T16:30:00Z");
  await tell("mail.replied", id, "2026-06-10T09:10:00Z");
  await tell("mail.sent", id, "2026-06-10T09:25:00Z", { auto: false });
  const next = (await clocks()).find(({ clock }: any) => clock === "next_response");
  expect(next).toMatchObject({ state: "met", started_at: "2026-06-09T16:30:00.000Z", elapsed_ms: 115 * 60_000 });
  const { first_responded_at } = (await w.admin.get(`/api/records/case/${id}`)).json;
  expect(first_responded_at).toBe("2026-06-08T09:20:00.000Z");
});

/** Task merge-two-cases: who is to propose it, and how long it can be taken back. */
test("open cases of one contact with like subjects are proposed to be one, and a day later a merge is still undone", async () => {
  const at = (moment: string) => w.admin.post("/api/test/clock", { now: `2026-06-${moment}:00Z` });
  const made = async (entity: string, values: object) =>
    (await w.admin.post(`/api/records/${entity}`, values)).json.id as string;
  const proposed = async (id: string) =>
    (await w.admin.get(`/api/records/case/${id}/banners`)).json.items.map(({ text }: any) => text);
  const one = [expect.stringContaining("like subject")];
  const [hana, other] = [await made("contact", { name: "Hana" }), await made("contact", { name: "Otto" })];
  await at("15T09:00");
  const first = await made("case", { subject: "Laser LX1 stops", contact: hana });
  const stranger = await made("case", { subject: "Laser LX1 stops", contact: other });
  expect(await proposed(first)).toEqual([]);
  await at("15T09:20");
  const second = await made("case", { subject: "Re: laser LX1 stops", contact: hana });
  const third = await made("case", { subject: "Invoice 7", contact: hana });
  expect(await Promise.all([first, second, third, stranger].map(proposed))).toEqual([one, one, [], []]);
  const [{ merge }] = (await w.admin.get(`/api/records/case/${first}/banners`)).json.items;
  expect(merge, "with which it can be joined at once").toEqual([second]);

  const merged = await w.admin.post(`/api/records/case/${second}/merge`, { into: first });
  expect(merged.status, merged.text).toBe(200);
  expect(await proposed(first)).toEqual([]);
  await at("16T09:19");
  const undone = await w.admin.post(`/api/operations/${merged.headers.get("trellis-operation")}/undo`);
  expect(undone.json, undone.text).toMatchObject({ conflicts: [] });
  expect(await proposed(first)).toEqual(one);
  await at("30T09:00");
  await made("case", { subject: "Invoice 7", contact: hana });
  expect(await proposed(third), "another month's is another").toEqual([]);
});

/** Task merge-two-cases: what conversation.test.ts does not ask of its own tickets. */
test("a joined case is closed as joined, leads to the other, leaves lists and clocks, and comes back by undo", async () => {
  const at = (moment: string) => w.admin.post("/api/test/clock", { now: `2026-06-15T${moment}:00Z` });
  const made = async (subject: string) => (await w.admin.post("/api/records/case", { subject })).json.id as string;
  const read = async (id: string) => (await w.admin.get(`/api/records/case/${id}`)).json;
  const clock = async (id: string) =>
    (await w.admin.get(`/api/records/case/${id}/clocks`)).json.items.find((it: any) => it.clock === "resolution");
  await at("09:00");
  const first = await made("Laser LX1 stops");
  await at("09:20");
  const second = await made("Again LX1");
  await at("10:00");
  const [before, running] = [await read(second), await clock(second)];
  const volumes = async () => (await w.admin.post("/api/reports/case_volumes/run", {})).json.totals.values;
  const counted = await volumes();
  const lists = (await w.admin.get("/api/model")).json.entities.find((it: any) => it.name === "case").inverses;
  const ofCases = lists.filter((it: any) => it.entity === "case").map(({ title }: any) => title);
  expect(ofCases).toEqual(["Cases · Part of", "Cases · Joined into", "Cases · Root cause"]);
  const offered = (await w.admin.get(`/api/records/case/${second}/events`)).json;
  expect(JSON.stringify(offered)).not.toContain("case.merge");
  const alone = await w.admin.post(`/api/records/case/${second}/events`, {
    type: "case.merge",
    values: { merged_into: first },
  });
  expect(alone.json.code, alone.text).toBe("event.unknown");
  const merged = await w.admin.post(`/api/records/case/${second}/merge`, { into: first });
  expect(merged.status, merged.text).toBe(200);
  expect(await read(second)).toMatchObject({ stage: "merged", merged_into: first, resolution_status: "met" });
  expect(await clock(first)).toMatchObject({ started_at: "2026-06-15T09:00:00.000Z", state: "running" });
  const open = async () =>
    (await w.admin.get("/api/records/case?limit=500&fields=id")).json.items.map((it: any) => it.id);
  expect(await open()).toContain(first);
  expect(await open()).not.toContain(second);
  expect(await volumes()).toEqual({ ...counted, n: counted.n - 1 });
  const undone = await w.admin.post(`/api/operations/${merged.headers.get("trellis-operation")}/undo`);
  expect(undone.json, undone.text).toMatchObject({ conflicts: [] });
  expect(await read(second)).toEqual(before);
  expect(await clock(second)).toEqual(running);
  expect(await volumes()).toEqual(counted);
  // What the customer is asked afterwards is not asked of a joined case.
  expect((await w.sql("select count(*)::int as n from {ws}._survey_ask where record = $1", [second]))[0].n).toBe(0);
});

describe("a portal is checked before it is published", () => {
  const problemsOf = (change: (document: any) => void) => {
    const document = structuredClone(w.workspace.model.portals.get("support")!);
    change(document);
    const documents = w.workspace.model.documents.map((it) => (it.$schema === document.$schema ? document : it));
    return check(documents).map(({ code, path }) => `${code} ${path}`);
  };

  test("what cannot be shown, asked for or done is told by its place", () => {
    const at = "/portal/support";
    const cases: readonly (readonly [(it: any) => void, string])[] = [
      [(it) => void (it.person.email = "name"), `portal.email ${at}/person/email`],
      [(it) => void (it.person.entity = "user"), `portal.system ${at}/person/entity`],
      [(it) => void it.records[0].fields.push({ field: "owner" }), `portal.hidden ${at}/records/0/fields/6/field`],
      [(it) => void it.records[1].fields.push({ field: "quantity" }), `portal.unread ${at}/records/1/fields/6/field`],
      [(it) => void (it.records[0].states = it.records[0].states.slice(1)), ""],
      [(it) => void (it.records[0].states = []), `portal.state ${at}/records/0/states`],
      [(it) => void (it.records[0].events[2].fields = []), `portal.event_asks ${at}/records/0/events/2/fields`],
      [(it) => void (it.records[0].when.cel = "contact == you"), `field.unknown ${at}/records/0/when/cel`],
      [
        (it) => void it.records[0].new.fields.push({ field: "company" }),
        `form.unfit ${at}/records/0/new/fields/4/field`,
      ],
      [(it) => void (it.records[0].person = "company"), `portal.person ${at}/records/0/person`],
    ];
    for (const [change, wanted] of cases) {
      const found = problemsOf(change);
      if (wanted === "") expect(found).toEqual([]);
      else expect(found).toContain(wanted);
    }
  });
});
