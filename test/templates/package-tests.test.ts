import { performance } from "node:perf_hooks";
import type { TestDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playTests } from "../../runtime/store/package-tests.ts";
import { world, type World } from "../world.ts";

describe("the tests that templates bring", () => {
  let w: World;
  beforeAll(async () => {
    w = await world({ templates: ["core", "sales"] });
  });
  afterAll(() => w.close());

  const put = async (kind: string, name: string, body: object) => {
    const { json } = await w.admin.post("/api/changes", { reason: "Try" });
    const saved = await w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${json.id}`, { body });
    expect(saved.status, saved.text).toBe(200);
    return json.id as string;
  };
  const story = (more: Partial<TestDocument>): TestDocument => ({
    $schema: "urn:trellis:test:1",
    $id: "own",
    $anchor: "test_own",
    title: "Own",
    then: [{ entity: "deal", count: 0 }],
    ...more,
  });
  const document = async (kind: string, name: string) => (await w.admin.get(`/api/documents/${kind}/${name}`)).json;

  test("come true, and leave nothing behind", async () => {
    expect(w.workspace.model.tests.size).toBeGreaterThan(6);
    const begun = performance.now();
    expect(await playTests(w.workspace, w.workspace.model, w.clock.now())).toEqual([]);
    console.log(`${w.workspace.model.tests.size} tests in ${Math.round(performance.now() - begun)} ms`);
    expect(await w.sql("select nspname from pg_namespace where nspname like 'trellis_test%'")).toEqual([]);
    expect(await w.sql("select 1 from {ws}.deal")).toEqual([]);
  });

  test("refuse a publish by which they would not come true, with the place", async () => {
    const deal = await document("entity", "deal");
    const change = await put("entity", "deal", { ...deal, rules: deal.rules.slice(1) });
    const place = "/test/won_deal_needs_company/then/0";
    const plan = await w.admin.post(`/api/changes/${change}/plan`);
    expect(plan.json.problems).toMatchObject([{ code: "test.failed", path: place }]);
    const { version } = w.workspace.model;
    const refused = await w.admin.post(`/api/changes/${change}/publish`);
    expect([refused.status, refused.json.problems]).toMatchObject([422, [{ code: "test.failed", path: place }]]);
    expect((await w.workspace.refresh()).version).toBe(version);
  });

  test("say what is wrong with them before they are played", async () => {
    const own = story({
      as: "seler",
      given: { one: { entity: "deal", values: { titel: "x" } } },
      when: [{ update: "two", values: {} }],
    });
    const change = await put("test", "own", own);
    const told = (await w.admin.post(`/api/changes/${change}/plan`)).json.problems;
    expect(told.map(({ code, path }: any) => `${code} ${path}`)).toEqual([
      "role.unknown /test/own/as",
      "document.field_unknown /test/own/given/one/values/titel",
      "test.record_unknown /test/own/when/0/update",
    ]);
  });

  test("tell what came instead", async () => {
    const faults = async (more: Partial<TestDocument>) => {
      const model = { ...w.workspace.model, tests: new Map([["own", story(more)]]) };
      return (await playTests(w.workspace, model, w.clock.now())).map(({ path }) => path);
    };
    const given = { deal: { entity: "deal", values: { title: "T" } } };
    expect(await faults({ given, then: [{ record: "deal", values: { stage: "won", title: "T" } }] })).toEqual([
      "/test/own/then/0/values/stage",
    ]);
    expect(await faults({ given, then: [{ refused: "rule.broken" }] })).toEqual(["/test/own/then/0"]);
    expect(await faults({ given, when: [{ send: "deal.win", to: "deal" }] })).toEqual(["/test/own/when/0"]);
    expect(await faults({ given })).toEqual(["/test/own/then/0/count"]);
  });

  test("are not in the way of a field that has to be filled from now on", async () => {
    const deal = await document("entity", "deal");
    const region = { $anchor: "fld_region", field: "text", title: "Region" };
    const more = { properties: { ...deal.properties, region }, required: [...deal.required, "region"] };
    const plan = await w.admin.post(`/api/changes/${await put("entity", "deal", { ...deal, ...more })}/plan`);
    expect(plan.json.problems).toEqual([]);
  });

  test("follow what is renamed", async () => {
    const deal = await document("entity", "deal");
    const properties = Object.fromEntries(
      Object.entries(deal.properties).map(([name, it]) => [name === "amount" ? "value" : name, it]),
    );
    const change = await put("entity", "deal", { ...deal, properties });
    const published = await w.admin.post(`/api/changes/${change}/publish`);
    expect(published.status, published.text).toBe(200);
    expect((await document("test", "won_deal_is_handed_over")).given.deal.values).toHaveProperty("value");
  });
});
