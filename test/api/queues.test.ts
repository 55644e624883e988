import type { QueueDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { routeQueues } from "../../runtime/store/route-queues.ts";
import { claim, claimLife } from "../fixtures/promises.ts";
import { world, type Client, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;
let [aki, ben, cho]: Client[] = [];

const kind = { value: "billing", title: "Billing" };
const claims = {
  ...claim,
  properties: {
    ...claim.properties,
    topic: { $anchor: "claim_topic", field: "select", title: "Topic", choices: [kind] },
    french: { $anchor: "claim_french", field: "boolean", title: "In French" },
  },
} as typeof claim;
const queue: QueueDocument = {
  $schema: "urn:trellis:queue:1",
  $id: "billing",
  $anchor: "que_billing",
  title: "Billing",
  entity: "claim",
  order: 1,
  when: { cel: "topic == 'billing' && stage != 'done'" },
  team: "Billing",
  model: "most_available",
  rank: { field: "priority", values: ["p1", "p3"] },
  skills: [{ skill: "french", level: 1, when: { cel: "french" }, relax: { after: "PT30M", level: 0 } }],
};

const clerk: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "clerk",
  $anchor: "role_clerk",
  title: "Clerk",
  entities: { claim: { read: "all", update: "all" } },
};

beforeAll(async () => {
  w = await world({ documents: [claims, claimLife, queue, clerk] });
  const team = await w.admin.post("/api/records/team", { name: "Billing" });
  expect(team.status, team.text).toBe(201);
  [aki, ben, cho] = [
    await w.user("Aki", { roles: ["admin", "clerk"], teams: [team.json.id] }),
    await w.user("Ben", { roles: ["admin", "clerk"], teams: [team.json.id] }),
    await w.user("Cho", { roles: ["admin", "clerk"] }),
  ];
});
afterAll(() => w.close());

const at = async (time: string) =>
  expect((await w.admin.post("/api/test/clock", { now: `2026-05-11T${time}:00Z` })).status).toBe(200);
const agent = async (who: Client, values: object) => {
  const answer = await w.admin.patch(`/api/agents/${who.id}`, values);
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
};
const open = async (subject: string, values: object = {}): Promise<string> => {
  const made = await w.admin.post("/api/records/claim", { subject, topic: "billing", ...values });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
};
const route = () => routeQueues(w.workspace, w.clock.now());
const owner = async (id: string) => {
  const { owner } = (await w.admin.get(`/api/records/claim/${id}`)).json;
  return [aki, ben, cho].find((it) => it?.id === owner)?.name ?? null;
};
const why = async (id: string) => (await w.admin.get(`/api/records/claim/${id}/queue`)).json.queued;
const solve = async (id: string) =>
  expect((await w.admin.post(`/api/records/claim/${id}/events`, { type: "claim.solve" })).status).toBeLessThan(300);
const publish = async (document: QueueDocument) => {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  const path = `/api/documents/queue/${document.$id}?change=${change}`;
  expect((await w.admin.send("PUT", path, { body: document })).status).toBe(200);
  return w.admin.post(`/api/changes/${change}/publish`);
};
beforeEach(async () => {
  await w.sql("update {ws}._queued set done_at = queued_at, look_at = null");
  await w.sql("delete from {ws}._agent");
});

describe("task skill-and-load-routing", () => {
  const begin = async () => {
    await at("09:00");
    await agent(aki!, { presence: "available", capacity: 3, skills: { french: 1 } });
    await agent(ben!, { presence: "available", capacity: 3 });
    await agent(cho!, { presence: "available", capacity: 2, skills: { french: 2 } });
    const had = [await open("A", { owner: aki!.id }), await open("B", { owner: aki!.id })];
    const cases: string[] = [];
    for (const french of [true, false, true, true]) cases.push(await open(`K${cases.length + 1}`, { french }));
    await route();
    return { had, cases };
  };

  test("group, then skill, then most room; at the limit they wait, and after 30 minutes the skill is dropped", async () => {
    const { cases } = await begin();
    expect(await Promise.all(cases.map(owner))).toEqual(["Aki", "Ben", null, null]);
    await at("09:29");
    await route();
    expect(await owner(cases[2]!)).toBeNull();
    await at("09:30");
    await route();
    expect(await Promise.all(cases.map(owner))).toEqual(["Aki", "Ben", "Ben", "Ben"]);
    expect(await why(cases[3]!)).toMatchObject({
      queue: { title: "Billing" },
      state: "assigned",
      agent_name: "Ben",
      load: 3,
      why: {
        model: "most_available",
        wanted: [],
        relaxed: true,
        people: expect.arrayContaining([{ user: aki!.id, load: 3, capacity: 3, obstacle: "full" }]),
      },
    });
  });

  test("who solves one has room, and the one that waits comes before a later one: R3", async () => {
    const { had, cases } = await begin();
    const later = await open("K5", { french: true });
    await at("09:10");
    await solve(had[0]!);
    await route();
    expect(await owner(cases[2]!)).toBe("Aki");
    expect([await owner(cases[3]!), await owner(later)]).toEqual([null, null]);
  });

  test("who is away gets nothing new and keeps hers; by hand one may have more, and it is shown: R6", async () => {
    const { had, cases } = await begin();
    expect((await aki!.patch(`/api/agents/${aki!.id}`, { presence: "away" })).status).toBe(200);
    expect((await aki!.patch(`/api/agents/${ben!.id}`, { presence: "away" })).status).toBe(200);
    await at("09:20");
    await solve(had[1]!);
    await route();
    expect(await owner(cases[2]!)).toBeNull();
    expect(await owner(cases[0]!)).toBe("Aki");
    const version = (await w.admin.get(`/api/records/claim/${cases[2]!}`)).json.version;
    const taken = await ben!.patch(
      `/api/records/claim/${cases[2]!}`,
      { owner: aki!.id },
      { "if-match": `"${version}"` },
    );
    expect(taken.status, taken.text).toBe(200);
    expect(await why(cases[2]!)).toMatchObject({ state: "assigned", agent_name: "Aki", load: 3, capacity: 3 });
    await agent(aki!, { capacity: 2 });
    const { items } = (await w.admin.get("/api/agents")).json;
    expect(items.find(({ name }: any) => name === "Aki")).toMatchObject({ load: 3, capacity: 2, presence: "away" });
  });
});

test("an offer that runs out goes to another with the age that it has, and whoever let it pass has missed it: R5", async () => {
  expect((await publish({ ...queue, offer: "PT20S", model: "least_load" })).status).toBe(200);
  await at("10:00");
  await agent(aki!, { presence: "available", capacity: 5 });
  await agent(ben!, { presence: "available", capacity: 5 });
  const busy = await open("Busy", { owner: ben!.id });
  const id = await open("Offered");
  await route();
  expect(await why(id)).toMatchObject({ state: "offered", agent_name: "Aki" });
  const { queued_at } = await why(id);
  await at("10:01");
  await route();
  expect(await why(id)).toMatchObject({ state: "offered", agent_name: "Ben", queued_at });
  const { items } = (await w.admin.get("/api/agents")).json;
  expect(items.find(({ name }: any) => name === "Aki")).toMatchObject({ presence: "missed", load: 0 });
  expect((await aki!.post(`/api/records/claim/${id}/queue/pass`)).json.code).toBe("queue.not_yours");
  expect((await ben!.post(`/api/records/claim/${id}/queue/pass`)).status).toBe(200);
  await route();
  expect(await why(id)).toMatchObject({ state: "waiting", agent: null });
  const next = await ben!.post("/api/queues/billing/next");
  expect(next.json, next.text).toEqual({ taken: { entity: "claim", id } });
  expect(await owner(id)).toBe("Ben");
  expect(await why(busy)).toMatchObject({ load: 2 });
  const own = (await ben!.post("/api/records/claim", { subject: "Own", french: false })).json.id;
  expect((await ben!.post(`/api/records/claim/${own}/queue/take`)).json).toEqual({ queued: null });
  const { items: shown } = (await ben!.get("/api/queues")).json;
  expect(shown).toMatchObject([{ name: "billing", waiting: 0, mine: 2 }]);
});

test("a queue in which nobody works is refused", async () => {
  const { team: _, ...nobody } = queue;
  const answer = await publish({ ...nobody, overflow: { after: "PT1H", to: "nothing" } });
  expect(answer.json.problems.map(({ code }: any) => code)).toEqual(["queue.nobody", "queue.unknown"]);
});

test("a queue that is not published tells who would get a record, and what stands against the others; nothing is given", async () => {
  await at("09:00");
  await agent(aki!, { presence: "available", capacity: 3, skills: { french: 1 } });
  await agent(ben!, { presence: "available", capacity: 1 });
  const id = await open("Foreseen", { french: true });
  const preview = (document: object, record?: string, who: Client = w.admin) =>
    who.post("/api/queues/preview", { queue: document, ...(record ? { record } : {}) });
  const told = await preview(queue);
  expect(told.status, told.text).toBe(200);
  expect(told.json).toMatchObject({
    record: { id, title: "Foreseen" },
    waits: true,
    holds: true,
    agent: aki!.id,
    wanted: [{ skill: "french", level: 1 }],
    people: [
      { name: "Aki", obstacle: null, capacity: 3, load: 0 },
      { name: "Ben", obstacle: "unskilled" },
    ],
  });
  expect(await owner(id)).toBeNull();
  const { skills: _, ...plain } = queue;
  const heavy = await preview({ ...plain, weight: 2, team: undefined, role: "clerk" }, id);
  expect(heavy.json.agent).toBe(aki!.id);
  expect(heavy.json.people).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "Ben", obstacle: "full" }),
      expect.objectContaining({ name: "Cho", obstacle: "idle", presence: null }),
    ]),
  );
  const other = { ...plain, $id: "later", $anchor: "que_later", order: 9, when: { cel: "stage != 'done'" } };
  expect((await preview(other, id)).json).toMatchObject({ holds: true, before: "Billing", waits: false });
  expect((await preview({ ...queue, team: undefined })).json.code).toBe("queue.nobody");
  const stranger = await w.user("Stranger");
  expect((await preview(queue, id, stranger)).status).toBe(403);
});

describe("who sees some records of a queue, and is no admin", () => {
  let [dai, eve]: Client[] = [];
  const own: RoleDocument = {
    ...clerk,
    $id: "own_clerk",
    $anchor: "role_own_clerk",
    title: "Own clerk",
    entities: { claim: { read: { cel: "owner == user || priority == 'p3'" }, update: { cel: "subject != 'Held'" } } },
  };
  beforeAll(async () => {
    const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
    await w.admin.send("PUT", `/api/documents/role/own_clerk?change=${change}`, { body: own });
    expect((await w.admin.post(`/api/changes/${change}/publish`)).status).toBe(200);
    expect((await publish({ ...queue, model: "pull" })).status).toBe(200);
    const [team] = (await w.admin.get("/api/records/team?filter=name=='Billing'")).json.items;
    [dai, eve] = [
      await w.user("Dai", { roles: ["own_clerk"], teams: [team.id] }),
      await w.user("Eve", { roles: ["own_clerk"] }),
    ];
  });

  test("A5 is told of those alone how many wait, since when, and which", async () => {
    const told = async () =>
      (await Promise.all([dai!.get("/api/queues"), dai!.get("/api/queues/billing")])).map(({ text }) => text);
    await at("12:00");
    await open("Seen", { priority: "p3" });
    await at("12:10");
    const before = await told();
    expect(JSON.parse(before[0]!).items).toMatchObject([{ waiting: 1, oldest_at: "2026-05-11T12:00:00.000Z" }]);
    await open("Hidden", { priority: "p1" });
    expect(await told()).toEqual(before);
    expect((await w.admin.get("/api/queues")).json.items).toMatchObject([{ waiting: 2 }]);
  });

  test("takes the first that she sees and may change; the others wait for others", async () => {
    await at("12:00");
    const hidden = await open("Hidden", { priority: "p1" });
    const held = await open("Held", { priority: "p3" });
    await at("12:10");
    const seen = await open("Seen", { priority: "p3" });
    const next = () => dai!.post("/api/queues/billing/next");
    const taken = await next();
    expect(taken.json, taken.text).toEqual({ taken: { entity: "claim", id: seen } });
    expect((await next()).json).toEqual({ taken: null });
    expect([await why(hidden), await why(held)]).toMatchObject([{ state: "waiting" }, { state: "waiting" }]);
    const stranger = await w.user("Outsider");
    expect((await stranger.post("/api/queues/billing/next")).json.code).toBe("queue.unknown");
  });

  test("is told what people have and can take where she works with them, or they report to her", async () => {
    await agent(aki!, { presence: "available", capacity: 3, skills: { french: 1 } });
    await agent(cho!, { presence: "available", capacity: 2 });
    await agent(eve!, { presence: "available", capacity: 1 });
    const listed = async (who: Client) => (await who.get("/api/agents")).json.items.map(({ name }: any) => name);
    expect(await listed(w.admin)).toEqual(["Aki", "Cho", "Eve"]);
    expect(await listed(dai!)).toEqual(["Aki"]);
    expect(await listed(eve!)).toEqual(["Eve"]);
    const boss = await w.user("Boss", { roles: ["own_clerk"] });
    await w.user("Under", { roles: ["own_clerk"], manager: boss.id });
    await agent({ id: (await w.admin.get("/api/records/user?filter=name=='Under'")).json.items[0].id } as Client, {});
    expect(await listed(boss)).toEqual(["Under"]);
    expect((await publish({ ...queue, model: "least_load" })).status).toBe(200);
    const id = await open("Seen", { priority: "p3" });
    await route();
    const whyFor = async (who: Client) => (await who.get(`/api/records/claim/${id}/queue`)).json.queued;
    expect(await whyFor(dai!)).toMatchObject({
      agent: aki!.id,
      load: 1,
      capacity: 3,
      why: { people: [{ user: aki!.id }] },
    });
    expect(await whyFor(eve!)).toMatchObject({ agent: aki!.id, load: null, capacity: null, why: { people: [] } });
  });
});

test("where nobody is there work stays, goes over to another queue after its hour, and never to who is away: R6", async () => {
  const night = { ...queue, $id: "night", $anchor: "que_night", title: "Night", order: 2, team: "Night", skills: [] };
  expect((await w.admin.post("/api/records/team", { name: "Night" })).status).toBe(201);
  const { items: teams } = (await w.admin.get("/api/records/team?filter=name%20==%20'Night'")).json;
  const dan = await w.user("Dan", { roles: ["admin", "clerk"], teams: [teams[0].id] });
  expect((await publish({ ...night, when: { cel: "false" } })).status).toBe(200);
  expect((await publish({ ...queue, overflow: { after: "PT1H", to: "night" } })).status).toBe(200);
  await at("14:00");
  for (const one of [aki, ben, dan]) await agent(one!, { presence: "away", capacity: 3 });
  const id = await open("Left alone");
  for (const [time, named] of [
    ["14:59", "Billing"],
    ["15:00", "Night"],
  ] as const) {
    await at(time);
    await route();
    expect(await why(id), time).toMatchObject({ state: "waiting", agent: null, queue: { title: named } });
  }
  await agent(aki!, { presence: "available" });
  await route();
  expect(await why(id)).toMatchObject({ state: "waiting", agent: null });
  await agent(dan, { presence: "available" });
  await route();
  expect(await why(id)).toMatchObject({ state: "assigned", agent_name: "Dan" });
});
