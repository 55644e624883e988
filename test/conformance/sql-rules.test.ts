import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Property } from "schemas";
import { useForm } from "../../runtime/database/form.ts";
import { publish } from "../../runtime/store/publish.ts";
import { brokenRules, collectStatements, mixedTransactions, type Emitted } from "../fixtures/emitted.ts";
import { drafted, published, quarry, settled, stone } from "../fixtures/stones.ts";
import { world, type World } from "../world.ts";

/** What libraries of others say about their own tables is theirs. */
const foreign =
  /graphile|trellis\.(?:session|verification|account|rate_limit)|pg_catalog|information_schema|"trellis"\."/i;

let here: World;
let emitted: readonly Emitted[] = [];
/** So many of them made the installation itself, where accounts and a workspace begin together. */
let setUp = 0;

beforeAll(async () => {
  useForm("single");
  const collected = collectStatements();
  here = await world({ templates: ["core", "sales"] });
  setUp = collected.emitted.filter(({ sql }) => !foreign.test(sql)).length;
  await records();
  await changes();
  collected.stop();
  emitted = collected.emitted.filter(({ sql }) => !foreign.test(sql));
});
afterAll(async () => {
  useForm("joined");
  await here.close();
});

/** Records are made, moved, changed, read, counted, undone. */
async function records(): Promise<void> {
  const { admin } = here;
  const company = (await admin.post("/api/records/company", { name: "Brightwater" })).json;
  const made = await admin.post("/api/records/deal", [
    { title: "One", company: company.id, amount: { amount: "5", currency: "USD" } },
    { title: "Two", company: company.id },
  ]);
  const [deal] = made.json.items;
  await admin.post(`/api/records/deal/${deal.id}/events`, { type: "deal.advance" });
  const { json } = await admin.get(`/api/records/deal/${deal.id}`);
  const changed = await admin.patch(
    `/api/records/deal/${deal.id}`,
    { title: "More" },
    { "if-match": `"${json.version}"` },
  );
  const filter = encodeURIComponent('company.name == "Brightwater"');
  for (const path of [
    `deal?filter=${filter}&sort=-amount,title&expand=company&count=capped`,
    "deal?count=estimate&search=one",
    `deal/${deal.id}/history`,
    `deal/${deal.id}/timeline`,
    `deal/${deal.id}/events`,
    `deal/${deal.id}/access`,
  ])
    await admin.get(`/api/records/${path}`);
  await admin.post("/api/records/deal/aggregate", { group: ["stage"], measures: { n: "count()", sum: "sum(amount)" } });
  await admin.get("/api/search?q=bright");
  await admin.post(`/api/operations/${changed.headers.get("trellis-operation")}/undo`, {});
  await admin.delete(`/api/records/company/${company.id}`, { "if-match": `"${company.version}"` });
  const seller = await here.user("Seller", { roles: ["seller"] });
  await seller.get("/api/records/deal?limit=5");
}

/** Fields are added, renamed, turned, mapped, made unique, hidden and brought back, with few rows and with many. */
async function changes(): Promise<void> {
  const size: Property = { $anchor: "fld_size", field: "text", title: "Size" };
  const code: Property = { $anchor: "fld_code", field: "text", title: "Code" };
  await published(here, await drafted(here, [stone({ size, code })]));
  for (const rows of [10, 5200]) {
    await here.sql("delete from {ws}.stone");
    await quarry(here, rows, { size: "n::text", code: "'C' || n" });
    const change = await drafted(here, [
      stone(
        {
          length: { ...size, field: "integer" },
          code: { ...code, unique: true },
          fresh: { $anchor: "fld_fresh", field: "date", title: "Fresh" },
        },
        { required: ["code"] },
      ),
    ]);
    await here.admin.post(`/api/changes/${change}/plan`, {});
    const { json } = await published(here, change);
    await settled(here, await here.admin.post(`/api/changes/versions/${json.version}/undo`, {}));
  }
  const standing = here.workspace.model.documents;
  const documents = standing.filter((document) => !("$id" in document) || document.$id !== "stone");
  await publish(here.workspace, { documents, reason: "", author: null, now: here.clock.now() });
  await publish(here.workspace, { documents: standing, reason: "", author: null, now: here.clock.now() });
}

describe("every statement that the product emits", () => {
  test("is collected", () => {
    expect(emitted.length).toBeGreaterThan(500);
    for (const word of ["insert", "update", "create index concurrently", "alter table", "select"])
      expect(emitted.some(({ sql }) => sql.trimStart().startsWith(word))).toBe(true);
  });

  test("keeps to the style that runs from one process to a cluster", () => {
    const distinct = [...new Set(emitted.map(({ sql }) => sql))];
    const broken = distinct.flatMap((sql) => brokenRules(sql).map((rule) => `${rule}: ${sql.slice(0, 300)}`));
    expect(broken).toEqual([]);
  });

  test("stays with its transaction in one workspace, or in none", () => {
    expect([...new Set(mixedTransactions(emitted.slice(setUp)))]).toEqual([]);
  });
});

describe("a statement that breaks a rule is found", () => {
  test.each([
    ["select 1; select 2", "23"],
    [`with a as (update "ws_main".x set y = 1 returning z) select * from a`, "1"],
    [`update "ws_main".x set y = to_char(z, 'YYYY')`, "19"],
    [`insert into "ws_main".x (a) values (1) on conflict (a) do update set b = now()`, "19"],
    [`delete from "ws_main".x where a = 1 returning to_jsonb(x)`, "20"],
    ["select * from deal", "7"],
    ["set timezone = 'UTC'", "11"],
    [`create table "ws_main".x (id bigserial primary key)`, "9"],
  ])("%s", (sql, rule) => expect(brokenRules(sql).map((it) => it.split(":")[0])).toContain(rule));
});
