import { afterAll, beforeAll, expect, test } from "vitest";
import { accessTaskDocuments } from "../fixtures/access-tasks.ts";
import { world, type Client, type World } from "../world.ts";

/**
 * The tasks of people that speak of who may do what, each by its id in `shared/tasks/tasks.jsonl`, through the API alone.
 * That screens offer what somebody may do is with those of the screens.
 */

let w: World;
const people = {} as Record<"dora" | "mari" | "wes" | "ken" | "mio" | "leo" | "nao" | "pia" | "paul" | "sam", Client>;
beforeAll(async () => {
  w = await world({ documents: accessTaskDocuments });
  await w.work();
  for (const name of ["Kumo", "Sora"]) await w.admin.post("/api/records/team", { name });
  const { user } = w;
  people.dora = await user("Dora", { roles: ["director"] });
  people.mari = await user("Mari", { roles: ["lead"], manager: people.dora.id });
  people.wes = await user("Wes", { roles: ["lead"], manager: people.dora.id });
  for (const name of ["ken", "mio"] as const)
    people[name] = await user(name, { roles: ["seller"], manager: people.mari.id });
  for (const name of ["leo", "nao"] as const)
    people[name] = await user(name, { roles: ["seller"], manager: people.wes.id });
  for (const name of ["pia", "paul"] as const)
    people[name] = await user(name, { roles: ["partner", "kumo"], teams: ["Kumo"] });
  people.sam = await user("sam", { roles: ["partner"], teams: ["Sora"] });
});
afterAll(() => w.close());

const made = async (who: Client, of: string, values: object): Promise<string> => {
  const answer = await who.post(`/api/records/${of}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
};
const read = (who: Client, of: string, id: string) => who.get(`/api/records/${of}/${id}`);
const patch = async (who: Client, of: string, id: string, values: object) => {
  const { version } = (await read(w.admin, of, id)).json;
  return who.patch(`/api/records/${of}/${id}`, values, { "if-match": `"${version}"` });
};
const filtered = async (who: Client, of: string, filter = "") =>
  (await who.get(`/api/records/${of}?${new URLSearchParams({ ...(filter ? { filter } : {}), sort: "name" })}`)).json
    .items as any[];
const named = async (who: Client, of: string, filter?: string) =>
  (await filtered(who, of, filter)).map(({ name }) => name);
async function exported(who: Client, entity: string, filter: string): Promise<number> {
  const asked = await who.post("/api/exports", { entity, fields: ["name"], filter });
  expect(asked.status, asked.text).toBe(202);
  const told = async () => (await who.get(`/api/exports/${asked.json.id}`)).json;
  await expect.poll(async () => (await told()).status, { timeout: 60_000 }).toBe("done");
  return (await who.get((await told()).file_url)).text.trim().split("\r\n").length - 1;
}

test("own-deals-manager-sees-team", async () => {
  const { ken, mio, leo, nao, mari, wes, dora } = people;
  const person = await made(ken, "person", { name: "Hana" });
  for (const [who, count] of [[ken, 3] as const, [mio, 4] as const, [leo, 5] as const, [nao, 2] as const])
    for (let n = 0; n < count; n++)
      await made(who, "deal", { name: `Bench of ${who.name} ${n}`, ...(n === 0 ? { person } : {}) });
  const counts = async (who: Client) => {
    const filter = "name.startsWith('Bench')";
    const given = new URLSearchParams({ search: "bench", count: "exact", limit: "1" });
    return [
      (await filtered(who, "deal", filter)).length,
      (await who.get(`/api/records/deal?${given}`)).json.count.value,
      (await who.post("/api/records/deal/aggregate", { filter, measures: { n: "count()" } })).json.rows[0].n,
      await exported(who, "deal", filter),
    ];
  };
  for (const [who, n] of [[ken, 3] as const, [mari, 7] as const, [wes, 7] as const, [dora, 14] as const])
    expect([who.name, await counts(who)]).toEqual([who.name, [n, n, n, n]]);
  const [hers] = await filtered(leo, "deal");
  const hidden = await read(ken, "deal", hers.id);
  expect([hidden.status, hidden.text.includes(hers.name)]).toEqual([404, false]);
  expect([await patch(dora, "deal", hers.id, { amount: 5 }), await patch(wes, "deal", hers.id, { amount: 5 })]).toEqual(
    [expect.objectContaining({ status: 403 }), expect.objectContaining({ status: 200 })],
  );
  expect(await named(ken, "deal", `person == '${person}'`)).toEqual(["Bench of ken 0"]);
  const [mine] = await filtered(ken, "deal", "person == null");
  expect((await patch(ken, "deal", mine.id, { owner: leo.id })).status).toBe(200);
  const now = await Promise.all([ken, mari, wes].map(async (who) => (await filtered(who, "deal")).length));
  expect(now).toEqual([2, 6, 8]);
});

test("child-create-without-parent-edit", async () => {
  const [vic, val] = [await w.user("Vic", { roles: ["visitor"] }), await w.user("Val", { roles: ["visitor"] })];
  const inspector = await w.user("Ina", { roles: ["inspector", "visitor"] });
  const account = await made(w.admin, "account", { name: "Ono Kogyo" });
  const closed = await made(w.admin, "account", { name: "Secret", closed: true });
  const { entities } = (await vic.get("/api/model")).json;
  const rights = (name: string) => entities.find((it: any) => it.name === name).rights;
  expect([rights("account").update, rights("visit").create]).toEqual([false, true]);
  const visit = await made(vic, "visit", { name: "First", account });
  expect((await read(vic, "account", account)).json.visits_paid).toBe(1);
  expect((await patch(vic, "account", account, { name: "Mine" })).status).toBe(403);
  expect([await named(val, "visit"), await named(inspector, "visit")]).toEqual([[], ["First"]]);
  expect([
    (await patch(val, "visit", visit, { name: "x" })).status,
    (await patch(inspector, "visit", visit, { name: "x" })).status,
  ]).toEqual([404, 403]);
  const moved = await patch(vic, "visit", visit, { account: closed });
  expect([moved.status, moved.json.code]).toEqual([422, "reference.missing"]);
  expect((await vic.post("/api/records/visit", { name: "Second", account: closed })).status).toBe(422);
  expect((await read(w.admin, "account", account)).json.visits_paid).toBe(1);
});

test("share-one-deal-until", async () => {
  const { ken, mio, mari, pia } = people;
  const account = await made(ken, "account", { name: "Aoba" });
  const deal = await made(ken, "deal", { name: "Aoba line 4", account });
  await made(ken, "deal", { name: "Aoba line 5", account });
  const quote = await made(ken, "quote", { name: "Offer", deal });
  for (const name of ["Margin", "Rival"]) await made(ken, "memo", { name, deal });
  const at = `/api/records/deal/${deal}/shares/${pia.id}`;
  const share = (who: Client, body: object) => who.send("PUT", at, { body: { level: "read", ...body } });
  w.clock.set(new Date("2026-06-20T00:00:00.000Z"));
  const until = "2026-07-01T00:00:00+09:00";
  const sees = async () =>
    Promise.all([read(pia, "deal", deal), read(pia, "quote", quote)].map(async (it) => (await it).status));
  expect((await share(mio, { until })).status).toBe(404);
  expect((await share(ken, { until: "2026-06-19T00:00:00Z" })).json.problems).toMatchObject([{ path: "/until" }]);
  expect((await share(ken, { until: "soon" })).json.code).toBe("sharing.value");
  const given = await share(ken, { until });
  expect(given.json).toEqual({ with: pia.id, level: "read", until: "2026-06-30T15:00:00.000Z" });
  expect([
    await sees(),
    await named(pia, "deal", "name.startsWith('Aoba')"),
    (await pia.get("/api/records/memo")).status,
  ]).toEqual([[200, 200], ["Aoba line 4"], 404]);
  expect((await patch(pia, "deal", deal, { amount: 1 })).status).toBe(403);
  await made(pia, "remark", { name: "We can do that", deal });
  expect(await named(ken, "remark", `deal == '${deal}'`)).toEqual(["We can do that"]);
  const shares = async (who: Client) =>
    (await who.get(`/api/records/deal/${deal}/shares`)).json.items.map((it: any) => [it.with.name, it.until]);
  expect(await shares(mari)).toEqual([["pia", "2026-06-30T15:00:00.000Z"]]);
  const all = async (who: Client, query = "") => (await who.get(`/api/shares${query}`)).json.items;
  expect(await all(mari)).toMatchObject([
    {
      entity: "deal",
      record: { id: deal, name: "Aoba line 4" },
      with: { kind: "user", name: "pia" },
      level: "read",
      until: "2026-06-30T15:00:00.000Z",
      by: { name: "ken" },
      may: true,
    },
  ]);
  expect(await all(pia)).toMatchObject([{ record: { id: deal }, may: false }]);
  expect(await Promise.all([all(mio), all(mari, `?with=${ken.id}`), all(mari, "?entity=person")])).toEqual([
    [],
    [],
    [],
  ]);

  w.clock.set(new Date("2026-06-30T14:59:59.999Z"));
  expect(await sees()).toEqual([200, 200]);
  w.clock.set(new Date("2026-06-30T15:00:00.000Z"));
  expect([await sees(), await named(pia, "deal", "name.startsWith('Aoba')"), await shares(mari)]).toEqual([
    [404, 404],
    [],
    [],
  ]);
  const seers = (await ken.get(`/api/records/deal/${deal}/access`)).json.items.map(({ user }: any) => user.name);
  expect(seers).not.toContain("pia");
  expect((await ken.delete(at)).json.code).toBe("sharing.missing");
  const again = await share(ken, {});
  expect([await sees(), await shares(ken)]).toEqual([[200, 200], [["pia", null]]]);
  const undone = await ken.post(`/api/operations/${again.headers.get("trellis-operation")}/undo`);
  expect([undone.json.conflicts, await sees()]).toEqual([[], [404, 404]]);
  await share(ken, { until: "2026-08-01T00:00:00Z" });
  expect((await ken.delete(at)).status).toBe(204);
  expect(await sees()).toEqual([404, 404]);
  expect(await all(mari)).toEqual([]);

  const shareWith = (grantee: string) =>
    ken.send("PUT", `/api/records/deal/${deal}/shares/${grantee}`, { body: { level: "read" } });
  const kumo = (await w.admin.get("/api/records/team?filter=name == 'Kumo'")).json.items[0].id;
  expect((await patch(ken, "deal", deal, { amount: 10_000_001 })).status).toBe(200);
  for (const grantee of [pia.id, kumo]) expect((await shareWith(grantee)).json.code).toBe("sharing.forbidden");
  expect([await sees(), (await shareWith(mio.id)).status]).toEqual([[404, 404], 200]);
  expect((await patch(ken, "deal", deal, { amount: 10_000_000 })).status).toBe(200);
  expect((await shareWith(kumo)).status).toBe(200);
  expect(await sees()).toEqual([200, 200]);
});

test("a share holds only while a limit of her role would let it be given", async () => {
  const { ken, pia, mio } = people;
  const deal = await made(ken, "deal", { name: "Limit", amount: 5 });
  const quote = await made(ken, "quote", { name: "Of the limit", deal });
  for (const { id } of [pia, mio])
    await ken.send("PUT", `/api/records/deal/${deal}/shares/${id}`, { body: { level: "read" } });
  const sees = async () => [
    (await pia.get(`/api/records/deal/${deal}`)).status,
    (await pia.get(`/api/records/quote/${quote}`)).status,
    await named(pia, "deal", "name == 'Limit'"),
    (await mio.get(`/api/records/deal/${deal}`)).status,
  ];
  const told = async (who: Client, of: string) =>
    (await who.get(`/api/records/${of}/access`)).json.items.some(({ user }: any) => user.id === pia.id);
  const why = async () => [
    await told(ken, `deal/${deal}`),
    await told(w.admin, `quote/${quote}`),
    (await w.admin.get(`/api/records/quote/${quote}/access?of=${pia.id}`)).json.sees,
  ];
  expect([await sees(), await why()]).toEqual([
    [200, 200, ["Limit"], 200],
    [true, true, true],
  ]);
  await patch(ken, "deal", deal, { amount: 10_000_001 });
  expect([await sees(), await why()]).toEqual([
    [404, 404, [], 200],
    [false, false, false],
  ]);
  await patch(ken, "deal", deal, { amount: 10_000_000 });
  expect([await sees(), await why()]).toEqual([
    [200, 200, ["Limit"], 200],
    [true, true, true],
  ]);
});

test("share-rule-partners", async () => {
  const { ken, pia, paul, sam } = people;
  const ids: string[] = [];
  for (const [n, joint] of [true, true, false].entries()) {
    const person = await made(ken, "person", { name: `Customer ${n}` });
    ids.push(await made(sam, "deal", { name: `Of Sora ${n}`, joint, amount: 1 }));
    expect((await patch(w.admin, "deal", ids[n]!, { person })).status).toBe(200);
  }
  await made(pia, "deal", { name: "Of Kumo", joint: true });
  const theirs = (who: Client) => named(who, "deal", "name.startsWith('Of Sora')");
  expect([await theirs(pia), await theirs(paul)]).toEqual(Array(2).fill(["Of Sora 0", "Of Sora 1"]));
  expect((await patch(paul, "deal", ids[1]!, { amount: 2 })).status).toBe(200);
  const [customer, ...others] = await filtered(pia, "person", "name.startsWith('Customer')");
  expect([customer.name, others.length, (await patch(pia, "person", customer.id, { name: "x" })).status]).toEqual([
    "Customer 0",
    1,
    403,
  ]);
  expect(await named(sam, "deal")).toEqual(["Of Sora 0", "Of Sora 1", "Of Sora 2"]);
  expect(await exported(pia, "deal", "name.startsWith('Of Sora')")).toBe(2);
  const third = `/api/records/deal/${ids[2]}`;
  expect((await patch(sam, "deal", ids[2]!, { joint: true })).status).toBe(200);
  expect((await pia.get(third)).status).toBe(200);
  expect((await pia.send("PUT", `${third}/watchers/me`)).status).toBeLessThan(300);
  expect((await patch(sam, "deal", ids[2]!, { joint: false })).status).toBe(200);
  const gone = ["", "/history", "/timeline", "/conversation", "/watchers"].map((it) => pia.get(third + it));
  expect((await Promise.all(gone)).map(({ status }) => status)).toEqual(gone.map(() => 404));
  const petra = await w.user("Petra", { roles: ["partner", "kumo"], teams: ["Kumo"] });
  expect(await theirs(petra)).toEqual(["Of Sora 0", "Of Sora 1"]);
  const why = (await sam.get(`/api/records/deal/${ids[0]}/access`)).json.items.find(
    (it: any) => it.user.id === petra.id,
  );
  expect(why.because).toEqual([
    expect.objectContaining({ by: "role", standing: "condition", condition: expect.stringContaining("joint") }),
  ]);
});
