import { afterAll, beforeAll, expect, test } from "vitest";
import type { EntityDocument, RoleDocument, ViewDocument } from "schemas";
import { drafted, published } from "../fixtures/stones.ts";
import { world, type Client, type World } from "../world.ts";

const now = "2026-06-01T12:00:00.000Z";
const ago = (days: number) => new Date(Date.parse(now) - days * 86_400_000).toISOString();

/** Firms, whom people talk to, and bargains with them; talks are done when they have a result. */
const entity = (name: string, properties: EntityDocument["properties"]): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" }, ...properties },
});
const lastTalk = {
  $anchor: "fld_last",
  field: "rollup",
  title: "Last talk",
  of: "talks",
  measure: "max",
  result: "date_time",
  value: { cel: "held" },
  where: { cel: "result != null" },
} as const;
const documents: readonly (EntityDocument | RoleDocument)[] = [
  entity("person", { last_talk: { ...lastTalk } }),
  entity("bargain", {
    last_talk: { ...lastTalk },
    person: { $anchor: "fld_person", field: "reference", to: "person", title: "Person", on_delete: "set_null" },
    price: { $anchor: "fld_price", field: "integer", title: "Price" },
  }),
  entity("talk", {
    held: { $anchor: "fld_held", field: "date_time", title: "Held" },
    result: { $anchor: "fld_result", field: "text", title: "Result" },
    about: {
      $anchor: "fld_about",
      field: "reference",
      to: ["bargain", "person"],
      inverse: "talks",
      title: "About",
      on_delete: "cascade",
    },
  }),
  {
    $schema: "urn:trellis:role:1",
    $id: "clerk",
    $anchor: "role_clerk",
    title: "Clerk",
    entities: { bargain: { read: "all", fields: { price: { read: "none" } } } },
  },
];

const since = (field: string, days: number) => `${field} >= now - days(${days})`;
const conditions = (days: number) => [since("last_talk", days), since("last_talk", 30), "last_talk != null"];
const titles = ["Blue", "Yellow", "Red"] as const;
const view = (colours: ViewDocument["colours"]): ViewDocument => ({
  $schema: "urn:trellis:view:1",
  $id: "by_talk",
  $anchor: "view_by_talk",
  title: "By talk",
  entity: "bargain",
  type: "table",
  sort: "_colour,name",
  ...(colours ? { colours } : {}),
});
const coloured = (cels: readonly string[]) =>
  view(cels.map((cel, at) => ({ title: titles[at]!, colour: "blue", when: { cel } })));

let here: World;
let clerk: Client;
const ids: Record<string, string> = {};

beforeAll(async () => {
  here = await world({ documents });
  await here.admin.post("/api/test/clock", { now });
  clerk = await here.user("Carl", { roles: ["clerk"] });
  const days = { Three: 3, Seven: 7, Nine: 9, Twenty: 20, Thirty: 30, Old: 45, Never: undefined };
  for (const [name, at] of Object.entries(days)) {
    ids[name] = (await here.admin.post("/api/records/bargain", { name })).json.id;
    if (at !== undefined) await talk("bargain", ids[name]!, ago(at), "Good");
  }
});
afterAll(() => here.close());

async function talk(of: string, id: string, held: string, result: string | null) {
  const made = await here.admin.post("/api/records/talk", { name: "Talk", held, result, about: { entity: of, id } });
  expect(made.status, made.text).toBe(201);
}
const list = (query: Record<string, string>, who = here.admin) =>
  who.get(`/api/records/bargain?${new URLSearchParams(query)}`);
async function colours(cels: readonly string[], more: Record<string, string> = {}): Promise<Record<string, string>> {
  const { items } = (await list({ colours: JSON.stringify(cels), sort: "_colour,name", ...more })).json;
  return Object.fromEntries(items.map((it: any) => [it.name, titles[it._colour] ?? "White"]));
}

test("each record has the first colour whose condition holds, and lists are sorted by it", async () => {
  const all = await colours(conditions(7));
  expect(all).toEqual({
    Seven: "Blue",
    Three: "Blue",
    Nine: "Yellow",
    Thirty: "Yellow",
    Twenty: "Yellow",
    Old: "Red",
    Never: "White",
  });
  expect(Object.keys(all)).toEqual(["Seven", "Three", "Nine", "Thirty", "Twenty", "Old", "Never"]);
  expect((await colours(conditions(10))).Nine).toBe("Blue");
});

test("a list by colour is walked through page by page", async () => {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const query = { colours: JSON.stringify(conditions(7)), sort: "-_colour,name", limit: "2" };
    const { items, next }: any = (await list({ ...query, ...(cursor ? { cursor } : {}) })).json;
    names.push(...items.map((it: any) => it.name));
    cursor = next;
  } while (cursor !== null);
  expect(names).toEqual(["Old", "Nine", "Thirty", "Twenty", "Seven", "Three", "Never"]);
});

test("a talk that is done changes the colour at once, one that is planned does not", async () => {
  await talk("bargain", ids.Old!, "2026-06-08T12:00:00.000Z", null);
  expect((await colours(conditions(7))).Old).toBe("Red");
  await talk("bargain", ids.Old!, now, "They buy");
  expect((await colours(conditions(7))).Old).toBe("Blue");
});

test("talks with the person count where the condition says so", async () => {
  const { id } = (await here.admin.post("/api/records/person", { name: "Ann" })).json;
  await talk("person", id, ago(2), "Good");
  const bargain = (await here.admin.get(`/api/records/bargain/${ids.Twenty}`)).json;
  await here.admin.patch(`/api/records/bargain/${ids.Twenty}`, { person: id }, { "if-match": `"${bargain.version}"` });
  expect((await colours(conditions(7))).Twenty).toBe("Yellow");
  const [blue, ...others] = conditions(7);
  expect((await colours([`${blue} || ${since("person.last_talk", 7)}`, ...others])).Twenty).toBe("Blue");
});

test("the records of a colour are filtered, and counted by owner", async () => {
  const [blue, yellow] = conditions(7);
  const filter = `!(${blue}) && (${yellow})`;
  expect(Object.keys(await colours(conditions(7), { filter }))).toEqual(["Nine", "Thirty", "Twenty"]);
  const counted = await here.admin.post("/api/records/bargain/aggregate", {
    group: ["owner"],
    measures: { n: "count()" },
    filter,
  });
  expect(counted.json.rows).toMatchObject([{ owner: { name: "Ada" }, n: 3 }]);
});

test("a view carries its colours, and a rename goes through their conditions", async () => {
  const done = await published(here, await drafted(here, [coloured(conditions(7))]));
  expect(done.status, done.text).toBe(200);
  const bargain = (await here.admin.get("/api/documents/entity/bargain")).json;
  const { last_talk, ...others } = bargain.properties;
  const renamed = { ...bargain, properties: { ...others, latest: last_talk } };
  const change = await drafted(here, [renamed]);
  const plan = (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
  expect(plan.rewrites).toContainEqual(
    expect.objectContaining({ kind: "view", name: "by_talk", after: since("latest", 7) }),
  );
  expect((await published(here, change)).status).toBe(200);
  const { colours: kept } = (await here.admin.get("/api/documents/view/by_talk")).json;
  expect(kept.map((it: any) => it.when.cel)).toEqual([since("latest", 7), since("latest", 30), "latest != null"]);
});

test("a colour made of what a reader never sees is not in her view", async () => {
  const secret = coloured(["price > 3", "name == 'Old'"]);
  expect((await published(here, await drafted(here, [secret]))).status).toBe(200);
  const told = async (who: Client) => (await who.get("/api/model")).json.views[0].colours.map((it: any) => it.title);
  expect(await told(here.admin)).toEqual(["Blue", "Yellow"]);
  expect(await told(clerk)).toEqual(["Yellow"]);
  expect((await list({ colours: '["price > 3"]' }, clerk)).status).toBe(400);
});

test.each([
  ["no JSON", { colours: "latest" }, "query.colours", "/colours"],
  ["no texts", { colours: "[1]" }, "query.colours", "/colours"],
  ["too many", { colours: JSON.stringify(Array.from({ length: 25 }, () => "true")) }, "query.colours", "/colours"],
  ["an unknown field", { colours: '["true", "lates != null"]' }, "field.unknown", "/colours/1"],
  ["a condition that is none", { colours: '["1 + 1"]' }, "expression.result", "/colours/0"],
  ["an order by colour without colours", { sort: "_colour" }, "query.sort", "/sort"],
])("%s is refused", async (_, query, code, path) => {
  const answer = await list(query);
  expect([answer.status, answer.json.code, answer.json.problems[0].path]).toEqual([400, code, path]);
});

test("a view with a colour that cannot be worked out is not published", async () => {
  const change = await drafted(here, [coloured(["lates != null"])]);
  const { problems } = (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
  expect(problems).toMatchObject([{ code: "field.unknown", path: "/view/by_talk/colours/0/when/cel" }]);
});
