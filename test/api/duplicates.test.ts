import { check } from "engine";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { waitingSearches, workOnSearch } from "../../runtime/store/alike-search.ts";
import { claimIndexes, waitingIndexes } from "../../runtime/store/indexes.ts";
import { resumePublish, waitingPublishes } from "../../runtime/store/publish-resume.ts";
import { publish } from "../../runtime/store/publish.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

const field = (anchor: string, type: string, more: object = {}) => ({
  $anchor: `fld_${anchor}`,
  field: type,
  title: anchor,
  ...more,
});
const entity = (name: string, properties: object) => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  required: ["name"],
  properties,
});
const rule = (name: string, of: string, match: readonly object[], more: object = {}) => ({
  $schema: "urn:trellis:duplicate-rule:1",
  $id: name,
  $anchor: `dup_${name}`,
  title: name,
  entity: of,
  match,
  ...more,
});
const own = { create: "own", read: "own", update: "own", delete: "own" };
const role = (name: string, entities: object) => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: name,
  entities,
});
const documents = [
  entity("account", {
    name: field("a_name", "text"),
    city: field("a_city", "text"),
    phone: field("a_phone", "text"),
    amount: field("a_amount", "integer"),
    code: field("a_code", "text", { unique: true }),
  }),
  entity("person", {
    name: field("p_name", "text"),
    account: field("p_account", "reference", { to: "account", inverse: "people" }),
  }),
  entity("badge", { name: field("b_name", "text"), kind: field("b_kind", "text") }),
  rule("account_name", "account", [{ field: "name", by: "similar" }], { tell: "owner" }),
  rule("account_phone", "account", [{ field: "phone", by: "digits" }]),
  rule("person_name", "person", [
    { field: "name", by: "same" },
    { field: "account", by: "same" },
  ]),
  rule("badge_name", "badge", [{ field: "name", by: "same" }], { act: "refuse", where: { cel: "kind == 'gold'" } }),
  role("seller", { account: own, person: { ...own, read: "all" }, badge: own }),
  role("steward", {
    account: { create: "all", read: "all", update: "all", delete: "all" },
    badge: { ...own, read: "all", bypass: "all" },
  }),
  role("clerk", { account: { read: "all", fields: { phone: { read: "none" } } } }),
] as unknown as readonly AnyDocument[];

let here: World;
let leo: Client;
let steward: Client;
let clerk: Client;
beforeAll(async () => {
  here = await world({ documents });
  leo = await here.user("Leo", { roles: ["seller"] });
  steward = await here.user("Stella", { roles: ["steward"] });
  clerk = await here.user("Clara", { roles: ["clerk"] });
});
afterAll(() => here.close());
beforeEach(async () => {
  for (const table of ["_alike", "person", "account", "badge"]) await here.sql(`delete from {ws}.${table}`);
});

const make = async (who: Client, of: string, values: object, despite?: string): Promise<Answer> =>
  who.post(`/api/records/${of}${despite === undefined ? "" : `?despite=${encodeURIComponent(despite)}`}`, values);
const made = async (who: Client, of: string, values: object, despite?: string): Promise<string> => {
  const answer = await make(who, of, values, despite);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
};
const pairs = async (who: Client, query = "") => (await who.get(`/api/duplicates${query}`)).json.items as any[];

let people = 0;
const seller = () => here.user(`Ken ${++people}`, { roles: ["seller"] });

test("duplicate-warning-without-leak: who may not see the other one is told that it is there and whose, and nothing else", async () => {
  const ken = await seller();
  const theirs = await made(leo, "account", { name: "Aoba Instruments", city: "Sendai", phone: "022 1", amount: 7 });
  const told = await make(ken, "account", { name: "Aoba Instrument" });
  expect([told.status, told.json.code]).toEqual([409, "record.alike"]);
  const [{ path, alike }] = told.json.problems;
  expect([path, alike]).toEqual([
    "/name",
    { rule: "account_name", entity: "account", ask: true, records: [], hidden: true, owners: ["Leo"] },
  ]);
  for (const secret of [theirs, "Sendai", "022", "Instruments", '"amount"']) expect(told.text).not.toContain(secret);
  // Whatever else stands in it, the answer is the same.
  const { version } = (await leo.get(`/api/records/account/${theirs}`)).json;
  await leo.patch(`/api/records/account/${theirs}`, { city: "Kobe", amount: 8 }, { "if-match": `"${version}"` });
  expect((await make(ken, "account", { name: "Aoba Instrument" })).text).toBe(told.text);
  expect(await here.sql(`select name from {ws}.account`)).toHaveLength(1);

  expect((await make(ken, "account", { name: "Aoba Instrument" }, " ")).json.code).toBe("despite.malformed");
  const mine = await made(ken, "account", { name: "Aoba Instrument" }, "Another branch");
  expect(await pairs(ken)).toEqual([]);
  const [pair] = await pairs(steward);
  expect(pair).toMatchObject({
    entity: "account",
    rule: { id: "account_name" },
    reason: "Another branch",
    by: { name: ken.name },
    decided: null,
  });
  expect([pair.one.id, pair.other.id].sort()).toEqual([theirs, mine].sort());
});

test("who sees the other one is told which one it is, together with all else that stands against the record", async () => {
  const first = await made(leo, "account", { name: "Blue Harbour", phone: "+81 3-1234" });
  const told = await make(leo, "account", { name: "Blue  Harbor", phone: "（81）31234", amount: "many" });
  expect(told.status).toBe(422);
  const alike = told.json.problems.filter(({ code }: { code: string }) => code === "record.alike");
  expect(alike.map((it: any) => [it.path, it.alike.records, it.alike.hidden])).toEqual([
    ["/name", [{ id: first, name: "Blue Harbour" }], false],
    ["/phone", [{ id: first, name: "Blue Harbour" }], false],
  ]);
});

test("a change asks only where it touches what is compared; deleted records and the record itself are like nothing", async () => {
  const one = await made(leo, "account", { name: "Northern Light" });
  const two = await made(leo, "account", { name: "Something Else" });
  const patch = async (id: string, values: object, query = "") => {
    const { version } = (await leo.get(`/api/records/account/${id}`)).json;
    return leo.patch(`/api/records/account/${id}${query}`, values, { "if-match": `"${version}"` });
  };
  expect((await patch(one, { name: "Northern Lights" })).status).toBe(200);
  expect((await patch(two, { name: "Northern Light" })).json.code).toBe("record.alike");
  expect((await patch(two, { name: "Northern Light" }, "?despite=so")).status).toBe(200);
  expect((await patch(two, { city: "Oslo" })).status).toBe(200);
  const { version } = (await leo.get(`/api/records/account/${one}`)).json;
  await leo.send("DELETE", `/api/records/account/${one}`, { headers: { "if-match": `"${version}"` } });
  expect(await pairs(steward)).toEqual([]);
  await made(leo, "account", { name: "Northern Cross" });
  const back = await leo.post(`/api/records/account/${one}/restore`);
  expect([back.status, back.json.code]).toEqual([409, "record.alike"]);
  expect((await leo.post(`/api/records/account/${one}/restore?despite=so`)).status).toBe(200);
});

test("what is empty is like nothing; references and folded letters are compared; all of a rule must hold", async () => {
  const [a, b] = [await made(leo, "account", { name: "First" }), await made(leo, "account", { name: "Zweite" })];
  await made(leo, "person", { name: "Hana Mori", account: a });
  await made(leo, "person", { name: "Hana Mori" });
  await made(leo, "person", { name: "Hana Mori" });
  await made(leo, "person", { name: "Hana Mori", account: b });
  expect((await make(leo, "person", { name: "ＨＡＮＡ mori", account: a })).json.code).toBe("record.alike");
});

test("letters of Japanese are compared as others are", async () => {
  await made(leo, "account", { name: "青葉計器製作所" });
  expect((await make(leo, "account", { name: "青葉計器製作" })).json.code).toBe("record.alike");
  await made(leo, "account", { name: "港湾倉庫" });
});

test("a rule that refuses lets those pass who may bypass, and only where its condition holds", async () => {
  await made(leo, "badge", { name: "Sea", kind: "gold" });
  await made(leo, "badge", { name: "sea", kind: "tin" });
  const refused = await make(leo, "badge", { name: "SEA", kind: "gold" }, "please");
  expect([refused.status, refused.json.problems[0].alike.ask]).toEqual([409, false]);
  expect((await make(steward, "badge", { name: "SEA", kind: "gold" })).json.problems[0].alike.ask).toBe(true);
  await made(steward, "badge", { name: "SEA", kind: "gold" }, "a second one was made");
});

test("nobody is asked where many are written: they are stored, and on the list; undone, they are off it", async () => {
  const many = await steward.post("/api/records/account", [{ name: "Green Field" }, { name: "Green Fields" }]);
  expect(many.status, many.text).toBe(201);
  const [pair, ...others] = await pairs(steward);
  expect([[pair.one.name, pair.other.name].sort(), others]).toEqual([["Green Field", "Green Fields"], []]);
  expect(await pairs(clerk, "?entity=account")).toHaveLength(1);
  const undone = await steward.post(`/api/operations/${many.json.operation}/undo`);
  expect(undone.status, undone.text).toBe(200);
  expect(await here.sql(`select from {ws}._alike`)).toEqual([]);
});

test("one that is changed or made by its code is asked about as any other", async () => {
  await made(leo, "account", { name: "Red Rock" });
  const put = (query = "") =>
    leo.send("PUT", `/api/records/account/by/code/R1${query}`, { body: { name: "Red Rocks" } });
  expect((await put()).json.code).toBe("record.alike");
  expect((await put("?despite=so")).status).toBe(201);
});

test("a pair whose rule compares what somebody may not read is not hers to know", async () => {
  await steward.post("/api/records/account", [
    { name: "Abc", phone: "12345" },
    { name: "Xyz", phone: "12345" },
  ]);
  expect([(await pairs(steward)).length, (await pairs(clerk)).length]).toEqual([1, 0]);
});

test("a pair that was called not the same is asked about no more, by who may change both; and that can be taken back", async () => {
  const first = await made(leo, "account", { name: "White Cliff" });
  await made(leo, "account", { name: "White Cliffs" }, "two of them");
  const [{ id }] = await pairs(steward);
  expect((await clerk.post(`/api/duplicates/${id}`, { same: false })).status).toBe(403);
  expect((await (await seller()).post(`/api/duplicates/${id}`, { same: false })).json.code).toBe("pair.missing");
  expect((await steward.post(`/api/duplicates/${id}`, { same: true })).status).toBe(422);
  expect((await steward.post(`/api/duplicates/${id}`, { same: false })).status).toBe(204);
  expect([await pairs(steward), (await pairs(steward, "?decided=true"))[0].decided.by.name]).toEqual([[], "Stella"]);
  const { version } = (await leo.get(`/api/records/account/${first}`)).json;
  const changed = await leo.patch(
    `/api/records/account/${first}`,
    { name: "White Clif" },
    { "if-match": `"${version}"` },
  );
  expect(changed.status, changed.text).toBe(200);
  expect((await steward.post(`/api/duplicates/${id}`, { same: null })).status).toBe(204);
  expect(await pairs(steward)).toHaveLength(1);
});

test("what was called not the same as a record is not the same as the one into which it is merged, until that is undone", async () => {
  const [kept, gone] = [
    await made(leo, "account", { name: "Old Mill" }),
    await made(leo, "account", { name: "Brook" }),
  ];
  const far = await made(leo, "account", { name: "Brooks" }, "another one");
  const [{ id }] = await pairs(steward);
  await steward.post(`/api/duplicates/${id}`, { same: false });
  const merged = await steward.post(`/api/records/account/${gone}/merge`, { into: kept, take: ["name"] });
  expect(merged.status, merged.text).toBeLessThan(300);
  const decided = async () =>
    (await pairs(steward, "?decided=true")).map(({ one, other }) => [one.id, other.id].sort().join());
  expect(await decided()).toEqual([[kept, far].sort().join()]);
  expect(await pairs(steward)).toEqual([]);
  const undone = await steward.post(`/api/operations/${merged.headers.get("trellis-operation")}/undo`);
  expect(undone.status, undone.text).toBe(200);
  expect(await decided()).toEqual([[gone, far].sort().join()]);
});

test("who guesses names is told nothing for an hour after twenty that were there, be they there or not", async () => {
  const ken = await seller();
  await made(leo, "account", { name: "Hidden Treasure" });
  for (let n = 0; n < 20; n++) expect((await make(ken, "account", { name: "Hidden Treasures" })).status).toBe(409);
  for (const name of ["Hidden Treasures", "Nothing Of This Kind"]) {
    const slowed = await make(ken, "account", { name });
    expect([slowed.status, slowed.json.code, slowed.headers.get("retry-after")]).toEqual([
      429,
      "record.guessed",
      "3600",
    ]);
  }
  expect((await make(leo, "account", { name: "Quite Another" })).status).toBe(201);
  await made(ken, "account", { name: "Hidden Treasures" }, "It is mine");
});

test("publishing a rule makes the index by which it is asked, and taking it away drops that", async () => {
  const indexes = async () =>
    (await here.sql(`select from pg_indexes where tablename = 'badge' and indexdef like '%same_key(%'`)).length;
  expect(await indexes()).toBe(1);
  const { documents: standing } = here.workspace.model;
  const told = { reason: "Test", author: here.admin.id, now: here.clock.now() };
  const without = standing.filter((it) => !("$id" in it) || it.$id !== "badge_name");
  for (const [documents, count] of [[without, 0] as const, [standing, 1] as const]) {
    await publish(here.workspace, { documents, ...told });
    expect(await waitingIndexes(here.workspace)).toEqual(["indexes"]);
    await claimIndexes(here.workspace, here.clock.now());
    for (const id of await waitingPublishes(here.workspace)) await resumePublish(here.workspace, here.clock, id);
    expect(await indexes()).toBe(count);
  }
});

test("what stood before a rule is searched by it once, in batches, and again when it says something else", async () => {
  const many = Array.from({ length: 250 }, (_, n) => ({ name: `Badge ${n}`, kind: n < 2 ? "same" : `kind ${n}` }));
  expect((await steward.post("/api/records/badge", many)).status).toBe(201);
  const { documents: standing } = here.workspace.model;
  const told = { reason: "Test", author: here.admin.id, now: here.clock.now() };
  const searched = async (match: readonly object[]) => {
    await publish(here.workspace, {
      documents: [...standing, rule("badge_kind", "badge", match) as unknown as AnyDocument],
      ...told,
    });
    await claimIndexes(here.workspace, here.clock.now());
    for (const id of await waitingPublishes(here.workspace)) await resumePublish(here.workspace, here.clock, id);
    const waiting = await waitingSearches(here.workspace);
    for (const it of waiting) await workOnSearch(here.workspace, here.clock, it, new AbortController().signal);
    expect(await waitingSearches(here.workspace)).toEqual([]);
    return waiting.includes("dup_badge_kind");
  };
  expect(await searched([{ field: "kind", by: "same" }])).toBe(true);
  expect((await pairs(steward)).map(({ one, other }) => [one.name, other.name].sort())).toEqual([
    ["Badge 0", "Badge 1"],
  ]);
  expect(await searched([{ field: "kind", by: "same" }])).toBe(false);
  expect(await searched([{ field: "kind", by: "digits" }])).toBe(true);
});

test("a rule compares fields that can be compared, by what stands in the record", () => {
  const found = (match: readonly object[], more: object = {}) =>
    check([...documents, rule("odd", "account", match, more)]).map(({ code, path }) => `${code} ${path}`);
  expect(found([{ field: "amount", by: "similar" }])).toEqual([
    "duplicate_rule.field /duplicate-rule/odd/match/0/field",
  ]);
  expect(found([{ field: "nam", by: "same" }])).toEqual(["document.field_unknown /duplicate-rule/odd/match/0/field"]);
  const twice = [
    { field: "name", by: "same" },
    { field: "name", by: "similar" },
  ];
  expect(found(twice)).toEqual(["duplicate_rule.twice /duplicate-rule/odd/match/1/field"]);
  for (const cel of ["created_at < now", "people.any(it, it.name == 'A')"])
    expect(found([{ field: "name", by: "same" }], { where: { cel } })).toEqual([
      "duplicate_rule.where /duplicate-rule/odd/where/cel",
    ]);
});
