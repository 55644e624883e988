import { afterAll, beforeAll, expect, test } from "vitest";
import { settled } from "../fixtures/stones.ts";
import { world, type World } from "../world.ts";

let here: World;
let deals: readonly { id: string; version: number }[];

beforeAll(async () => {
  here = await world({ templates: ["core", "sales"] });
  const made = await here.admin.post(
    "/api/records/deal",
    [100, 250, 650].map((amount, index) => ({
      title: `Deal ${index + 1}`,
      amount: { amount: String(amount), currency: "USD" },
      probability: "50",
    })),
  );
  expect(made.status, made.text).toBe(201);
  deals = made.json.items;
});
afterAll(() => here.close());

const document = async (kind: string, name: string) => (await here.admin.get(`/api/documents/${kind}/${name}`)).json;
const begin = async () => (await here.admin.post("/api/changes", { reason: "Test" })).json.id as string;
const put = async (change: string, kind: string, name: string, body: unknown) => {
  const { status, text } = await here.admin.send("PUT", `/api/documents/${kind}/${name}?change=${change}`, { body });
  expect(status, text).toBe(200);
};
const plan = async (change: string) => (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
const publish = async (change: string) => settled(here, await here.admin.post(`/api/changes/${change}/publish`, {}));
const totalOf = async (field: string) => {
  const body = { measures: { total: `sum(${field})`, weighted: "sum(weighted)" }, filter: `${field} > 99` };
  return (await here.admin.post("/api/records/deal/aggregate", body)).json.rows;
};
const renamedProperty = (entity: any, from: string, to: string) => ({
  ...entity,
  properties: Object.fromEntries(
    Object.entries(entity.properties).map(([name, property]) => [name === from ? to : name, property]),
  ),
});

let version: number;

test("where-used tells every document that names a field, a state or a choice", async () => {
  const { items } = (await here.admin.get("/api/documents/entity/deal/uses?at=amount")).json;
  const places = items.map((it: any) => `${it.kind}/${it.name}${it.path}`);
  expect(places).toEqual(
    expect.arrayContaining([
      "entity/deal/properties/weighted/value/cel",
      "entity/deal/rules/0/require/cel",
      "view/deal_board/measure",
      "layout/deal/facts/1",
      "layout/deal/quick_create/3",
    ]),
  );
  expect(items.find((it: any) => it.path === "/properties/weighted/value/cel").title).toBe(
    'Entity "Deal", field "Weighted": value',
  );
  const won = (await here.admin.get("/api/documents/workflow/deal_pipeline/uses?at=won")).json.items;
  expect(won.map((it: any) => `${it.kind}/${it.name}${it.path}`)).toContain("entity/deal/rules/0/when/cel");
  expect((await here.admin.get("/api/documents/entity/deal/uses?at=nothing")).status).toBe(404);
  expect((await here.admin.get("/api/documents/entity/nothing/uses")).status).toBe(404);
});

test("rename of amount rewrites every view, rule, guard and formula that uses it", async () => {
  const [was, before] = [await totalOf("amount"), await document("entity", "deal")];
  expect(was[0].total).toMatchObject({ amount: "1000" });
  const workflow = await document("workflow", "deal_pipeline");
  const guarded = structuredClone(workflow);
  const moves = guarded.states.sale.states.open.states.engaging.on["deal.win"];
  moves[0].guard.params.cel += " && record.amount.amount > 1";
  const guard = await begin();
  await put(guard, "workflow", "deal_pipeline", guarded);
  await put(guard, "view", "large", {
    $schema: "urn:trellis:view:1",
    $id: "large",
    $anchor: "view_large",
    title: "Large deals",
    entity: "deal",
    type: "table",
    columns: ["title", "amount", "company.annual_revenue"],
    sort: "-amount,title",
    filter: { cel: "amount  > 200 // not small\n && title != 'amount'" },
  });
  expect((await publish(guard)).status).toBe(200);

  const change = await begin();
  await put(change, "entity", "deal", renamedProperty(before, "amount", "deal_value"));
  const planned = await plan(change);
  expect(planned.problems).toEqual([]);
  expect(planned.changes.map((it: any) => it.act)).toContain("field.rename");
  expect(planned.changes.map((it: any) => it.act)).not.toContain("field.add");
  const rewrites = new Map(planned.rewrites.map((it: any) => [`${it.kind}/${it.name}${it.path}`, it]));
  expect([...rewrites.keys()]).toEqual(
    expect.arrayContaining([
      "entity/deal/properties/weighted/value/cel",
      "entity/deal/rules/0/require/cel",
      "view/large/filter/cel",
      "view/large/sort",
      "view/deal_board/measure",
      "layout/deal/facts/1",
      "workflow/deal_pipeline/states/sale/states/open/states/engaging/on/deal.win/0/guard/params/cel",
    ]),
  );
  expect(rewrites.get("view/large/filter/cel")).toMatchObject({
    before: "amount  > 200 // not small\n && title != 'amount'",
    after: "deal_value  > 200 // not small\n && title != 'amount'",
  });
  const told = planned.documents.find((it: any) => it.name === "deal" && it.kind === "entity");
  expect(told.differences.map((it: any) => it.title)).toEqual([
    'Field "Amount" is called "deal_value" now, no longer "amount".',
    'Field "Weighted": formula is "deal_value * probability / 100" now, no longer "amount * probability / 100".',
    expect.stringMatching(
      /^Rule "A won deal needs .*": require is "company != null && close_date != null && deal_value/,
    ),
  ]);
  expect(planned.keys.map((it: any) => it.name)).toContain("test");

  const done = await publish(change);
  expect(done.status, done.text).toBe(200);
  version = done.json.version;
  expect(await totalOf("deal_value")).toEqual(was);
  for (const { name, entity, filter, sort } of (await here.admin.get("/api/model")).json.views.map((it: any) => ({
    ...it,
    name: it.$id,
  }))) {
    const query = new URLSearchParams({ ...(filter ? { filter: filter.cel } : {}), ...(sort ? { sort } : {}) });
    const answer = await here.admin.get(`/api/records/${entity}?${query}`);
    expect([name, answer.status, answer.text]).toEqual([name, 200, expect.any(String)]);
  }
  const large = await document("view", "large");
  const query = new URLSearchParams({ filter: large.filter.cel, sort: large.sort });
  const { items } = (await here.admin.get(`/api/records/deal?${query}`)).json;
  expect(items.map((it: any) => it.title)).toEqual(["Deal 3", "Deal 2"]);
  expect((await here.admin.get("/api/records/deal?filter=amount>1")).status).toBe(400);
  expect((await document("view", "deal_board")).measure).toBe("deal_value");
});

test("versions are told in words", async () => {
  const { items } = (await here.admin.get("/api/versions")).json;
  expect(items[0].number).toBe(version);
  const { documents, needed_by } = (await here.admin.get(`/api/versions/${version}`)).json;
  expect(needed_by).toEqual([]);
  const large = documents.find((it: any) => it.name === "large");
  expect(large).toMatchObject({ kind: "view", act: "change" });
  expect(large.differences.map((it: any) => it.title)).toEqual(
    expect.arrayContaining([
      'Sort is "-deal_value,title" now, no longer "-amount,title".',
      'Column "amount" is "deal_value" now.',
    ]),
  );
  expect(documents.flatMap((it: any) => it.differences).every((it: any) => it.title.endsWith("."))).toBe(true);
});

test("history shows a field under its present name, and what was done before a rename can be undone after it", async () => {
  const [deal] = deals;
  const history = (await here.admin.get(`/api/records/deal/${deal!.id}/history`)).json.items;
  expect(history.at(-1).after).toMatchObject({ deal_value: { amount: "100", currency: "USD" } });
  const timeline = (await here.admin.get(`/api/records/deal/${deal!.id}/timeline`)).json.items;
  expect(JSON.stringify(timeline)).toContain('"deal_value"');
  const patched = await here.admin.patch(
    `/api/records/deal/${deal!.id}`,
    { deal_value: { amount: "120", currency: "USD" } },
    { "if-match": String(deal!.version) },
  );
  expect(patched.status, patched.text).toBe(200);
  const change = await begin();
  await put(change, "entity", "deal", renamedProperty(await document("entity", "deal"), "deal_value", "worth"));
  expect((await publish(change)).status).toBe(200);
  const undone = await here.admin.post(`/api/operations/${patched.headers.get("trellis-operation")}/undo`, {});
  expect(undone.json, undone.text).toMatchObject({ restored: 1, conflicts: [] });
  expect((await here.admin.get(`/api/records/deal/${deal!.id}`)).json.worth.amount).toBe("100");
});

test("a field that is used cannot go; the plan says where it is used and has a way out", async () => {
  const deal = await document("entity", "deal");
  const { engage_date: _, ...properties } = deal.properties;
  const change = await begin();
  await put(change, "entity", "deal", { ...deal, properties });
  const planned = await plan(change);
  expect(planned.changes).toEqual([]);
  expect(planned.problems.length).toBeGreaterThan(0);
  const used = planned.uses.map((it: any) => `${it.kind}/${it.name}${it.path}`);
  expect(used).toEqual(expect.arrayContaining(["layout/deal/sections/1/fields/0", "entity/deal/rules/1/when/cel"]));
  const fix = planned.fixes.find((it: any) => it.patch[0].kind === "layout");
  expect(fix.title).toBe('Take it out of the layout "Deal".');
  expect((await here.admin.post(`/api/changes/${change}/publish`, {})).status).toBe(422);
  for (const { kind, name, document } of fix.patch) await put(change, kind, name, document);
  const again = await plan(change);
  expect(again.uses.filter((it: any) => it.kind === "layout")).toEqual([]);
});

test("a choice that is renamed is followed by records and filters, and its undo asks nothing", async () => {
  const made = await here.admin.post("/api/records/company", { name: "Aoba", industry: "retail" });
  expect(made.status, made.text).toBe(201);
  const view = await begin();
  await put(view, "view", "shops", {
    $schema: "urn:trellis:view:1",
    $id: "shops",
    $anchor: "view_shops",
    title: "Shops",
    entity: "company",
    type: "table",
    filter: { cel: "industry in ['retail', 'services']" },
  });
  expect((await publish(view)).status).toBe(200);
  const set = await document("value-set", "industry");
  const choices = set.choices.map((it: any) => (it.value === "retail" ? { ...it, value: "shops" } : it));
  const change = await begin();
  await put(change, "value-set", "industry", { ...set, choices });
  const field = (await document("entity", "company")).properties.industry.$anchor;
  const mappings = { [`ent_company#${field}`]: { retail: "shops" } };
  expect((await here.admin.patch(`/api/changes/${change}`, { mappings })).status).toBe(200);
  const done = await publish(change);
  expect(done.status, done.text).toBe(200);
  const filter = async () => (await document("view", "shops")).filter.cel;
  const held = async () => (await here.admin.get(`/api/records/company/${made.json.id}`)).json.industry;
  expect([await filter(), await held()]).toEqual(["industry in ['shops', 'services']", "shops"]);
  const undone = await settled(here, await here.admin.post(`/api/versions/${done.json.version}/undo`, {}));
  expect(undone.status, undone.text).toBe(200);
  expect([await filter(), await held()]).toEqual(["industry in ['retail', 'services']", "retail"]);
});

test("an entity and a role that are renamed keep what points at them, who has them and whose keys name them", async () => {
  const seller = await here.user("Mio", { roles: ["seller"] });
  const key = await here.admin.post("/api/keys", {
    name: "narrow",
    user: here.admin.id,
    roles: ["seller"],
    expires_at: null,
  });
  expect(key.status, key.text).toBe(201);
  const [deal] = deals;
  const task = await here.admin.post("/api/records/task", { subject: "Call", about: { entity: "deal", id: deal!.id } });
  expect(task.status, task.text).toBe(201);
  const change = await begin();
  await put(change, "entity", "offer", { ...(await document("entity", "deal")), $id: "offer" });
  await put(change, "role", "vendor", { ...(await document("role", "seller")), $id: "vendor" });
  const planned = await plan(change);
  expect(planned.changes.map((it: any) => it.act)).not.toContain("field.retype");
  expect(planned.rewrites.map((it: any) => `${it.kind}/${it.name}${it.path}`)).toEqual(
    expect.arrayContaining([
      "role/vendor/entities/deal",
      "view/deal_board/entity",
      "workflow/deal_pipeline/meta/entity",
    ]),
  );
  const done = await publish(change);
  expect(done.status, done.text).toBe(200);
  const about = (await here.admin.get(`/api/records/task/${task.json.id}`)).json.about;
  expect(about).toMatchObject({ entity: "offer", id: deal!.id });
  const timeline = (await here.admin.get(`/api/records/offer/${deal!.id}/timeline`)).json.items;
  expect(timeline.map((it: any) => it.type)).toContain("activity");
  expect((await seller.get("/api/records/offer")).status).toBe(200);
  expect((await here.sql('select roles from {ws}."user" where id = $1', [seller.id]))[0].roles).toEqual(["vendor"]);
  expect((await here.sql("select roles from trellis.api_key where name = 'narrow'"))[0].roles).toEqual(["vendor"]);
  const moved = await here.admin.post(`/api/records/offer/${deal!.id}/events`, { type: "deal.advance" });
  expect([moved.status, moved.json.stage], moved.text).toEqual([200, "engaging"]);
  const undone = await here.admin.post(`/api/operations/${moved.headers.get("trellis-operation")}/undo`, {});
  expect(undone.json, undone.text).toMatchObject({ restored: 1, conflicts: [] });
});

test("what followed a rename and was changed since follows it back, and so does what came since", async () => {
  const view = await document("view", "all_companies");
  const sorted = await begin();
  await put(sorted, "view", "all_companies", { ...view, sort: "-employees,name" });
  expect((await publish(sorted)).status).toBe(200);
  const again = await begin();
  await put(again, "entity", "company", renamedProperty(await document("entity", "company"), "employees", "staff"));
  const { version: at } = (await publish(again)).json;
  expect((await document("view", "all_companies")).sort).toBe("-staff,name");
  const later = await begin();
  await put(later, "view", "all_companies", { ...(await document("view", "all_companies")), title: "Firms" });
  await put(later, "view", "big", {
    ...view,
    $id: "big",
    $anchor: "view_big",
    columns: ["name", "staff"],
    filter: { cel: "staff > 100" },
  });
  expect((await publish(later)).status).toBe(200);
  expect((await here.admin.get(`/api/versions/${at}`)).json.needed_by).toEqual([]);
  const undone = await settled(here, await here.admin.post(`/api/versions/${at}/undo`, {}));
  expect(undone.status, undone.text).toBe(200);
  expect(await document("view", "all_companies")).toMatchObject({ title: "Firms", sort: "-employees,name" });
  expect((await document("view", "big")).filter.cel).toBe("employees > 100");
});
