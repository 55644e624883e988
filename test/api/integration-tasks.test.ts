import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { integrationTaskDocuments } from "../fixtures/integration-tasks.ts";
import { carried } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { solve } from "../fixtures/solve.ts";
import { world, type World } from "../world.ts";

/**
 * The tasks of people that speak of other systems, each by its id in `shared/tasks/tasks.jsonl`. How a connection, an
 * intake and a form fare in all else is in the tests of those.
 */

let w: World;
let there: Receiver;
beforeAll(async () => {
  there = await receiver();
  w = await world({ documents: integrationTaskDocuments(`${there.url}/won`) });
});
afterAll(async () => {
  await there.close();
  await w.close();
});

const made = async (of: string, values: object): Promise<string> => {
  const answer = await w.admin.post(`/api/records/${of}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
};
const read = async (of: string, id: string) => (await w.admin.get(`/api/records/${of}/${id}`)).json;
const all = async (of: string) => (await w.admin.get(`/api/records/${of}?sort=created_at,id`)).json.items as any[];
const send = async (of: string, id: string, type: string) => {
  const answer = await w.admin.post(`/api/records/${of}/${id}/events`, { type });
  expect(answer.status, answer.text).toBe(200);
};
const change = async (of: string, id: string, values: object) => {
  const headers = { "if-match": `"${(await read(of, id)).version}"` };
  expect((await w.admin.patch(`/api/records/${of}/${id}`, values, headers)).status).toBe(200);
};

test("webhook-on-won", async () => {
  const { secret } = (await w.admin.send("PUT", "/api/connections/billing", { body: {} })).json;
  const firm = await made("firm", { name: "Aoba", number: "ERP-7" });
  const deal = await made("deal", { name: "Line 4", firm, amount: 900 });
  const answers = [500, 500, 200];
  there.answer = (_, response) => void response.writeHead(answers.shift() ?? 200).end();
  await send("deal", deal, "deal.win");
  for (let tries = 0; tries < 4; tries++) {
    await carried(w);
    w.clock.advance(60_000);
  }
  const ids = () => there.received.map(({ headers }) => headers["webhook-id"]);
  expect([ids().length, new Set(ids()).size]).toEqual([3, 1]);
  for (const { body, headers } of there.received) {
    const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
    expect(headers["webhook-signature"]).toBe(new Webhook(secret).sign(String(headers["webhook-id"]), at, body));
    expect(JSON.parse(body)).toMatchObject({ type: "deal.won", data: { id: deal, amount: "900", number: "ERP-7" } });
  }
  const fares = async () => (await w.admin.get("/api/connections/billing/deliveries")).json.items as any[];
  expect((await fares()).map(({ status, attempts }) => [status, attempts])).toEqual([["delivered", 3]]);
  await change("deal", deal, { amount: 950 });
  await send("deal", deal, "deal.back");
  await send("deal", deal, "deal.win");
  await carried(w);
  expect([ids().length, new Set(ids()).size]).toEqual([4, 2]);

  there.answer = (_, response) => void response.writeHead(410).end();
  await send("deal", deal, "deal.back");
  await send("deal", deal, "deal.win");
  await carried(w);
  w.clock.advance(86_400_000);
  await carried(w);
  const [last] = await fares();
  expect([last.status, last.attempts, last.answer, ids().length]).toEqual(["failed", 1, 410, 5]);
  const told = (await w.admin.get("/api/notifications")).json.items.map(({ title }: any) => title);
  expect(told).toContain("Messages to Billing do not arrive");
});

test("inbound-json-to-case", async () => {
  const { secret } = (await w.admin.send("PUT", "/api/intakes/machines", { body: { owner: w.admin.id } })).json;
  const firm = await made("firm", { name: "Ono" });
  const asset = await made("asset", { name: "LX1", serial: "77", firm });
  const post = (body: string, token = secret) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    return w.nobody.send("POST", "/api/hooks/machines", { body, headers });
  };
  const report = (more: object = {}) =>
    post(JSON.stringify({ serial: "77", code: "E42", t: "2026-06-01T01:00:00Z", ...more }));
  const faults = async () => (await all("fault")).map(({ name, times, stage }) => [name, times, stage]);
  expect((await report()).status).toBe(200);
  const [fault] = await all("fault");
  const at = "2026-06-01T01:00:00.000Z";
  expect(fault).toMatchObject({ name: "E42 on LX1 #77", asset, firm, priority: "High", at, times: 1 });
  await report();
  expect(await faults()).toEqual([["E42 on LX1 #77", 2, "open"]]);
  await report({ code: "C1" });
  expect((await all("fault"))[1]).toMatchObject({ name: "C1 on LX1 #77", priority: "Low" });
  await send("fault", fault.id, "fault.close");
  await report();
  expect((await faults())[2]).toEqual(["E42 on LX1 #77", 1, "open"]);

  await report({ serial: "78" });
  const unplaced = (await all("signal")).find(({ stage }) => stage === "unplaced");
  expect([unplaced.serial, (await faults()).length]).toEqual(["78", 3]);
  await change("signal", unplaced.id, { asset });
  await send("signal", unplaced.id, "signal.place");
  expect((await faults())[2]).toEqual(["E42 on LX1 #77", 2, "open"]);
  expect((await post("{")).status).toBe(400);
  for (const token of ["", "x", `whsec_${Buffer.alloc(32).toString("base64")}`])
    expect((await post("{}", token)).status).toBe(401);
});

test("web-form-to-lead", async () => {
  await w.admin.post("/api/records/team", { name: "East" });
  const team = [await w.user("Ken", { teams: ["East"] }), await w.user("Mio", { teams: ["East"] })];
  const campaign = await made("campaign", { name: "Spring fair", key: "spring" });
  const post = async (given: Readonly<Record<string, string>>) => {
    const altcha = await solve((await w.nobody.get("/f/fair/-/challenge")).json);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return w.nobody.send("POST", "/f/fair", { body: new URLSearchParams({ ...given, altcha }).toString(), headers });
  };
  const hana = { name: "森 花", reading: "モリ ハナ", email: "hana@example.com", product: "lathe" };
  for (const given of [hana, hana, { ...hana, name: "Tom", email: "tom@example.com" }])
    expect((await post(given)).status).toBe(303);
  const leads = await all("lead");
  expect(leads).toMatchObject([hana, { name: "Tom" }]);
  expect(new Set(leads.map(({ owner }) => owner))).toEqual(new Set(team.map(({ id }) => id)));
  expect((await all("member")).map((it) => [it.lead, it.campaign])).toEqual(leads.map(({ id }) => [id, campaign]));
  for (const who of team)
    expect((await who.get("/api/notifications")).json.items.map(({ title }: any) => title)).toEqual(["A new lead"]);
});
