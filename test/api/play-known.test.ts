import { afterAll, beforeAll, expect, test } from "vitest";
import {
  beginCase,
  Known,
  machineOf,
  normalValues,
  playKnowing,
  sendToCase,
  type CaseQuestion,
  type PlayedCase,
  type Told,
} from "engine";
import { requestDocuments } from "../fixtures/requests.ts";
import { world, type World } from "../world.ts";

let w: World;
const made: Record<string, string> = {};
beforeAll(async () => {
  w = await world({ documents: requestDocuments });
  const post = async (entity: string, values: Readonly<Record<string, unknown>>) => {
    const { status, json, text } = await w.admin.post(`/api/records/${entity}`, values);
    expect(status, text).toBe(201);
    made[String(values.name)] = json.id;
  };
  for (const [name, rank] of Object.entries({ Ada: "gold", Bo: "tin", Cy: "tin" }))
    await post("client", { name, rank });
  for (const [name, price] of Object.entries({ south: 20, north: 5 })) await post("tariff", { name, price });
  for (const [name, area, client] of [
    ["dear", "south", "Bo"],
    ["hers", "north", "Ada"],
    ["again", "east", "Bo"],
    ["first", "north", "Bo"],
    ["lone", "east", "Cy"],
  ])
    await post("request", { name, area, client: made[client!] });
});
afterAll(() => w.close());

type Tell = (questions: readonly CaseQuestion[]) => Promise<readonly Told[]>;
const asked: Tell = async (questions) => (await w.admin.post("/api/workflows/known", { questions })).json.answers;

/** Plays a record as a browser does: the engine alone, and what it asks for from the server. */
async function played(id: string, events: readonly string[], tell: Tell = asked): Promise<PlayedCase> {
  const { model } = w.workspace;
  const known = new Known();
  const playing = { model, machine: machineOf(model, "request")!, known };
  const { json } = await w.admin.get(`/api/records/request/${id}`);
  const beginning = {
    record: normalValues(model, playing.machine.entity, json),
    user: {},
    now: w.clock.now().toISOString(),
  };
  const play = () =>
    events.reduce<PlayedCase>((at, type) => sendToCase(playing, at, { type }), beginCase(playing, beginning));
  return playKnowing(known, play, tell);
}

test.each(["dear", "hers", "again", "first", "lone"])(
  "a case with the data of the request %s takes the way of its run",
  async (name) => {
    const sent = await w.admin.post(`/api/records/request/${made[name]}/events`, { type: "request.go" });
    const { way, client, area } = (await w.admin.get(`/api/records/request/${made[name]}`)).json;
    const browser = await played(made[name]!, ["request.go"]);
    expect([browser.state, browser.steps.at(-1)?.refused === null]).toEqual([way, sent.status === 200]);
    const script = [{ send: "request.go" }];
    const { json } = await w.admin.post("/api/workflows/request/simulate", { record: { name, client, area }, script });
    expect(json.state).toBe(way);
  },
);

test("a case says where it hangs on what nobody tells, and goes no other way", async () => {
  const nothing = await played(made.hers!, ["request.go"], () => Promise.resolve([]));
  const told = "This hangs on other records (Tariffs) that are not known here as a run would find them.";
  expect([nothing.state, nothing.steps[0]?.refused]).toEqual(["read", told]);
  const some = await played(made.hers!, ["request.go"], async (them) =>
    (await asked(them)).map((it, at) => (them[at]!.of === "record" ? {} : it)),
  );
  expect([some.state, some.steps.at(-1)?.refused]).toEqual(["open", told.replace("Tariffs", "Clients")]);
});

test("what a case itself would have made is not looked for among what is there", async () => {
  const counted = await played(made.dear!, ["request.count"]);
  expect(counted.state).toBe("counted");
  const more = await played(made.dear!, ["request.count", "request.more"]);
  expect([more.state, more.steps.at(-1)?.refused]).toEqual(["counted", expect.stringContaining("(Tariffs)")]);
});

test("questions are told to those who design, leave nothing behind, and are no others than a case has", async () => {
  const clerk = await w.user("Ken", { roles: [] });
  const questions = [{ of: "record", entity: "client", id: made.Ada }];
  expect((await clerk.post("/api/workflows/known", { questions })).status).toBe(403);
  const person = { of: "ask", ask: { ask: "person", rotation: "r", by: "turn" } };
  const strange = { of: "record", entity: "nothing", id: made.Ada };
  const { json } = await w.admin.post("/api/workflows/known", { questions: [...questions, person, strange] });
  expect(json.answers).toEqual([
    { value: expect.objectContaining({ rank: "gold" }) },
    { value: expect.any(String) },
    {},
  ]);
  expect(await w.sql("select 1 from {ws}._rotation")).toEqual([]);
  for (const wrong of [5, [5], [{ of: "ask", ask: { ask: "records", entity: "client", match: {}, most: 1e9 } }]])
    expect((await w.admin.post("/api/workflows/known", { questions: wrong })).json.code).toBe("report.malformed");
});
