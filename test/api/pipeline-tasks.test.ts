import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { moveDue } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { heard } from "../../runtime/store/heard.ts";
import { pipelineTaskDocuments } from "../fixtures/pipeline-tasks.ts";
import { world, type World } from "../world.ts";

/** The tasks of people that speak of pipelines, each by its id in `shared/tasks/tasks.jsonl`, through the API alone. */

let w: World;
beforeAll(async () => {
  w = await world({ documents: pipelineTaskDocuments });
  await w.work();
});
afterAll(() => w.close());

const made = async (of: string, values: object): Promise<string> => {
  const answer = await w.admin.post(`/api/records/${of}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
};
const read = async (of: string, id: string) => (await w.admin.get(`/api/records/${of}/${id}`)).json;
const patch = async (of: string, id: string, values: object) =>
  w.admin.patch(`/api/records/${of}/${id}`, values, { "if-match": `"${(await read(of, id)).version}"` });
const send = (of: string, id: string, type: string, values?: object) =>
  w.admin.post(`/api/records/${of}/${id}/events`, { type, ...(values ? { values } : {}) });
const named = ({ json }: any) => json.problems.map(({ path }: any) => path.split("/").at(-1)).sort();
async function imported(entity: string, csv: string, columns: object) {
  const body = new FormData();
  body.append("file", new Blob([csv]), "some.csv");
  body.append("plan", JSON.stringify({ entity, columns }));
  const begun = await w.admin.send("POST", "/api/imports", { body });
  expect(begun.status, begun.text).toBe(202);
  for (;;) {
    const { json } = await w.admin.get(`/api/imports/${begun.json.id}`);
    if (!["queued", "running"].includes(json.status)) return json;
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe("gate-required-at-stage", () => {
  test("the move asks for what is empty, and is refused with both named, however it is made", async () => {
    const id = await made("bid", { name: "Gated" });
    const offers = (await w.admin.get(`/api/records/bid/${id}/events`)).json;
    expect(offers.find(({ type }: any) => type === "bid.propose").form).toEqual([
      { field: "amount", required: true },
      { field: "decision_on", required: true },
    ]);
    expect(named(await send("bid", id, "bid.propose"))).toEqual(["amount", "decision_on"]);
    expect((await patch("bid", id, { stage: "propose" })).status).toBe(422);
    const bulk = await w.admin.post("/api/records/bid/bulk", { ids: [id], set: { stage: "propose" } });
    expect([bulk.status >= 400 || bulk.json.refused === 1, (await read("bid", id)).stage]).toEqual([true, "qualify"]);
    expect((await patch("bid", id, { pushed: true })).status).toBe(200);
    await moveDue(w.workspace, w.clock.now(), heard);
    const [told] = await w.sql("select error from {ws}._hearing where error is not null");
    expect(told.error).toMatch(/amount.*decision_on/);
    expect((await read("bid", id)).stage).toBe("qualify");
    const values = { amount: 5, decision_on: "2026-07-01" };
    expect((await send("bid", id, "bid.propose", values)).status).toBe(200);
    for (const type of ["bid.back", "bid.propose"]) expect((await send("bid", id, type)).status, type).toBe(200);
    expect(named(await send("bid", id, "bid.win"))).toEqual(["signed"]);
    expect((await send("bid", id, "bid.win", { signed: true })).status).toBe(200);
  });

  test("an import brings nobody past the gate; what stood behind it before is still edited, and found as incomplete", async () => {
    const columns = { name: "name", amount: "amount", decision_on: "decision_on", stage: "stage" };
    const csv = "name,amount,decision_on,stage\nHalf,,2026-07-01,propose\nWhole,7,2026-07-01,propose\nNew,,,qualify\n";
    expect(await imported("bid", csv, columns)).toMatchObject({ created: 2, rejected: 1 });
    const [{ id }] = await w.sql("select id from {ws}.bid where name = 'Whole'");
    await w.sql("update {ws}.bid set amount = null where id = $1", [id]);
    expect((await patch("bid", id, { note: "Still at it" })).status).toBe(200);
    const filter = "stage == 'propose' && (amount == null || decision_on == null)";
    const { items } = (await w.admin.get(`/api/records/bid?${new URLSearchParams({ filter })}`)).json;
    expect(items.map(({ name }: any) => name)).toEqual(["Whole"]);
  });
});

test("two-deal-types-two-pipelines", async () => {
  expect(named(await w.admin.post("/api/records/contract", { name: "No type" }))).toEqual(["type"]);
  expect((await w.admin.post("/api/records/contract", { name: "R", type: "renewal" })).json.code).toBe("rule.broken");
  const renewal = await made("contract", { name: "R", type: "renewal", paper: "C-1", amount: 1 });
  expect((await read("contract", renewal)).stage).toBe("notice");
  const wrong = await imported("contract", "name,type,paper,stage\nX,renewal,C-2,propose\n", {
    ...{ name: "name", type: "type", paper: "paper", stage: "stage" },
  });
  expect(wrong).toMatchObject({ created: 0, rejected: 1 });
  const ids: string[] = [];
  for (let n = 0; n < 10; n++) {
    const id = await made("contract", { name: `Renewal ${n}`, type: "new", amount: 10 + n });
    for (let on = 0; on < n % 3; on++) expect((await send("contract", id, "contract.on")).status).toBe(200);
    ids.push(id);
  }
  const sum = async () => {
    const [{ n }] = await w.sql("select sum(amount)::int as n from {ws}.contract");
    return n;
  };
  const before = await sum();
  expect((await patch("contract", ids[0]!, { type: "renewal", paper: "C" })).json.code).toBe("rule.broken");
  for (const id of ids) {
    const answer = await send("contract", id, "contract.renew", { paper: `C-${id}` });
    expect(answer.status, answer.text).toBe(200);
  }
  const stages = await Promise.all(ids.map(async (id) => (await read("contract", id)).stage));
  expect(stages).toEqual(ids.map((_, n) => ["notice", "offer", "confirmed"][n % 3]));
  const story = (await w.admin.get(`/api/records/contract/${ids[2]}/run`)).json;
  expect(story.steps.map(({ cause, to }: any) => [cause.title, to.key])).toEqual([
    ["Mapped", "confirmed"],
    ["On", "negotiate"],
    ["On", "propose"],
    ["The record was made", "qualify"],
  ]);
  const asked = { group: ["type"], measures: { total: "sum(amount)" } };
  const totals: any[] = (await w.admin.post("/api/records/contract/aggregate", asked)).json.rows;
  expect([await sum(), totals.reduce((all, { total }) => all + Number(total), 0)]).toEqual([before, before]);
  expect((await patch("contract", renewal, { type: "new" })).json.code).toBe("rule.broken");
  const board = (await w.admin.get(`/api/records/contract?${new URLSearchParams({ filter: "type == 'renewal'" })}`))
    .json;
  expect(board.items).toHaveLength(11);
});

test("guards, actions, simulations and stories see formulas and what they look at; what workflows make has its worked-out defaults", async () => {
  const [small, large] = [await made("firm", { name: "S", size: 4 }), await made("firm", { name: "L", size: 5 })];
  const [no, yes] = [
    await made("visit", { name: "No", firm: small, hours: 3 }),
    await made("visit", { name: "Yes", firm: large, hours: 3 }),
  ];
  expect((await send("visit", no, "visit.book")).json.code).toBe("event.refused");
  expect((await send("visit", yes, "visit.book")).status).toBe(200);
  const [slip] = await w.sql("select about, copy from {ws}.slip where visit = $1", [yes]);
  expect(slip).toEqual({ about: "Slip of Yes", copy: "180" });
  const played = async (hours: number, firm = small, type = "visit.last") => {
    const asked = { record: { name: "P", hours, firm }, script: [{ send: type }] };
    return (await w.admin.post("/api/workflows/visit/simulate", asked)).json.state;
  };
  expect([await played(1), await played(2)]).toEqual(["open", "booked"]);
  expect([await played(1, small, "visit.book"), await played(1, large, "visit.book")]).toEqual(["open", "booked"]);
});

test("longest-waiting-seller", async () => {
  const at = (time: string, day = "2026-06-04") => w.clock.set(new Date(`${day}T${time}:00.000Z`));
  at("08:00");
  const people = new Map<string, any>();
  for (const name of ["Ken", "Mio", "Leo"]) people.set(name, await w.user(name, { roles: ["seller"] }));
  const owner = async (id: string) => {
    const { owner: of } = await read("enquiry", id);
    return [...people].find(([, { id: person }]) => person === of)?.[0];
  };
  const fired = async () => {
    for (let more = true; more;) more = (await fireDue(w.workspace, w.clock.now())).count > 0;
  };
  const lead = async (time: string) => {
    at(time);
    const id = await made("enquiry", { name: `Lead ${time}` });
    await fired();
    return owner(id);
  };
  for (const [time, name] of [
    ["10:02", "Ken"],
    ["10:31", "Mio"],
    ["11:17", "Leo"],
  ] as const) {
    at(time);
    await made("enquiry", { name: "By hand", owner: people.get(name).id });
  }
  at("11:30");
  const leave = { to: people.get("Mio").id, from: "2026-06-04T12:00:00.000Z", until: "2026-06-04T20:00:00.000Z" };
  expect((await people.get("Leo").post("/api/me/delegations", leave)).status).toBeLessThan(300);
  expect([await lead("13:33"), await lead("13:34"), await lead("13:35")]).toEqual(["Ken", "Mio", "Ken"]);
  at("13:40");
  await made("enquiry", { name: "By hand", owner: people.get("Ken").id });
  expect(await lead("13:45")).toBe("Mio");
  at("21:00");
  const night: string[] = [];
  for (const name of ["Lead A", "Lead B", "Lead C"]) night.push(await made("enquiry", { name }));
  await fired();
  expect(await Promise.all(night.map(owner))).toEqual([undefined, undefined, undefined]);
  at("09:00", "2026-06-05");
  await fired();
  // Leo is back, and has waited since the morning of the day before.
  expect(await Promise.all(night.map(owner))).toEqual(["Leo", "Ken", "Mio"]);
  const asked = { group: ["owner"], measures: { times: "count()", last: "max(created_at)" } };
  const given = (await w.admin.post("/api/records/enquiry/aggregate", asked)).json.rows;
  expect(Object.fromEntries(given.map(({ owner, times, last }: any) => [owner.name, [times, last]]))).toMatchObject({
    Ken: [5, "2026-06-04T21:00:00.000Z"],
    Mio: [4, "2026-06-04T21:00:00.000Z"],
    Leo: [2, "2026-06-04T21:00:00.000Z"],
  });
});
