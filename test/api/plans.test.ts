import { accessOf, planList, planShape, wordsOf, type ListPlan } from "engine";
import {
  afterValues,
  bind,
  Circle,
  compile,
  countStatement,
  fewOf,
  holdersStatement,
  listStatement,
  nearestFirst,
  recordStatement,
  searchStatement,
  writing,
  type After,
  type CompiledStatement,
} from "engine/sql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents } from "../bench/documents.ts";
import { world, type Client, type World } from "../world.ts";

/** How many rows the plans are made for; a million on demand. */
const rows = Number(process.env.TRELLIS_ROWS ?? 20_000);

let here: World;
let rep: Client;
let firm: string;

beforeAll(async () => {
  here = await world({
    documents: documents.map((it) =>
      "$id" in it && it.$id === "contact" ? { ...it, sharing: true } : it,
    ) as typeof documents,
  });
  rep = await here.user("Rep", { roles: ["rep"] });
  firm = (await here.admin.post("/api/records/company", { name: "Aoba" })).json.id;
  await here.sql(
    `insert into {ws}.contact (id, created_at, updated_at, owner, version, name, external_id, city, industry, score, born, company)
     select ('01900000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1::timestamptz + n * interval '1 second', $1, $2, 1,
       'Contact ' || md5(n::text), 'E-' || n, 'City ' || n % 50, case when n % 2 = 0 then 'retail' else 'health' end, n % 101,
       case when n % 3 > 0 then date '1960-01-01' + n % 9000 end, case when n % 500 = 0 then $3::uuid end
     from generate_series(1, ${rows}) as n`,
    [here.clock.now(), rep.id, firm],
  );
  await here.sql(
    "update {ws}.contact set city = 'x東京都港区x ソウル 서울', name = '会社' || name where name = 'Contact ' || md5('77')",
  );
  await here.sql("vacuum analyze {ws}.contact");
});
afterAll(() => here.close());

const last = { keys: ["2026-03-02 12:00:00+00"], id: "01900000-0003-7000-8000-000000003000" };

function planned(query: Readonly<Record<string, string>>): ListPlan {
  const { model } = here.workspace;
  return planList(model, accessOf(model, ["rep"]), "contact", query);
}

/** The nodes of the plan that PostgreSQL makes of a page, from the outside in. */
async function nodesOf(plan: ListPlan, after?: After, who = rep): Promise<readonly string[]> {
  const { statement, known } = await pageOf(plan, after, who);
  return explained(statement, known, after);
}

async function pageOf(plan: ListPlan, after: After | undefined, who: Client) {
  const { model, schema } = here.workspace;
  const circle = new Circle();
  const statement = listStatement({ model, schema, access: accessOf(model, ["rep"]), circle }, plan, { after });
  const { sql, parameters } = circle.statement()!;
  const [ids] = await here.sql(sql, bind(parameters, { ...moment(), user: who.id }));
  return { statement, known: { ...ids, user: who.id } };
}

/** How many rows PostgreSQL looks at to find a page. */
async function lookedAt(plan: ListPlan, after?: After): Promise<number> {
  const { statement, known } = await pageOf(plan, after, rep);
  const told = await planOf(statement, "analyze, format json", known, after);
  const visit = (node: any): number =>
    (node["Relation Name"] === "contact" ? node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) : 0) +
    (node.Plans ?? []).reduce((sum: number, inner: any) => sum + visit(inner), 0);
  return visit(told);
}

const moment = () => ({ user: rep.id, now: here.clock.now().toISOString(), today: "2026-03-02" });

test("one record is read by its id, and nobody is asked for who is no owner of it", async () => {
  const { model, schema } = here.workspace;
  const access = accessOf(model, ["rep"]);
  const { entity, shape } = planShape(model, access, "contact", {});
  const statement = recordStatement({ model, schema, access }, entity, shape);
  const nodes = await explained(statement);
  expect(nodes).toContain("Index Scan contact bounded");
  expect(nodes).not.toContain("Seq Scan contact");
  const told = JSON.stringify(await planOf(statement, "verbose, format json", {}));
  expect(told.replaceAll("\\", "")).toMatch(/theirs\."user" = \w+\.owner/);
});

test("which records have what a thousand new ones have is found for each by its index", async () => {
  const { model, schema } = here.workspace;
  const entity = model.entities.get("contact")!;
  const by = [entity.fields.get("external_id")!];
  const looked = compile(writing.rowsAlike({ schema, entity }, by, { slot: 0, one: false }, undefined));
  const values = Array.from({ length: 1000 }, (_, n) => ({ external_id: `C-${n}` }));
  const nodes = await explained(looked, { ids0: [], ...writing.cellSlots(by, values) });
  expect(nodes).toContain("Index Scan contact bounded");
  expect(nodes).not.toContain("Seq Scan contact");
});

async function planOf({ sql, parameters }: CompiledStatement, how: string, known: object, after?: After): Promise<any> {
  const values = bind(parameters, { record: last.id, ...moment(), ...known, ...(after ? afterValues(after) : {}) });
  const [{ "QUERY PLAN": told }] = await here.sql(`explain (${how}) ${sql}`, values);
  return told[0].Plan;
}

async function explained(statement: CompiledStatement, known: object = {}, after?: After): Promise<readonly string[]> {
  const nodes: string[] = [];
  const visit = (node: any) => {
    nodes.push([node["Node Type"], node["Relation Name"], node["Index Cond"] && "bounded"].filter(Boolean).join(" "));
    for (const inner of node.Plans ?? [])
      // What is found out once for all rows, who is of her teams for instance, is no part of the way.
      if (!/InitPlan|SubPlan/.test(inner["Parent Relationship"])) visit(inner);
  };
  visit(await planOf(statement, "format json", known, after));
  return nodes;
}

describe("a page of many records", () => {
  const filter = "industry == 'retail' && score >= 10";
  test.each(["created_at", "-created_at", "born", "-born", "name"])(
    "in the order of %s is read along an index",
    async (sort) => {
      const nodes = await nodesOf(planned({ filter, sort }));
      expect(nodes).not.toContain("Sort");
      expect(nodes).not.toContain("Incremental Sort");
      expect(nodes).not.toContain("Seq Scan contact");
    },
  );

  test.each(["created_at", "-created_at"])(
    "far down in the order of %s begins where the last one ended",
    async (sort) => {
      const nodes = await nodesOf(planned({ filter, sort }), last);
      expect(nodes).toContain("Index Scan contact bounded");
      expect(nodes).not.toContain("Sort");
    },
  );

  test.each(["-updated_at", "updated_at"])(
    "far down among thousands that are alike in %s begins where the last one ended",
    async (sort) => {
      const plan = planned({ filter, sort });
      const id = `01900000-0003-7000-8000-${Math.floor(rows / 2)
        .toString(16)
        .padStart(12, "0")}`;
      const first = await lookedAt(plan);
      const keys = [here.clock.now().toISOString()];
      expect(await lookedAt(plan, { keys, id, tied: true })).toBeLessThan(2 * first);
      const seen = new Set<string>();
      for (let next: string | null = ""; next !== null;) {
        const cursor: string = next === "" ? "" : `&cursor=${next}`;
        const page: { items: { id: string }[]; next: string | null } = (
          await rep.get(`/api/records/contact?filter=score == 7&sort=${sort}&limit=77${cursor}`)
        ).json;
        for (const { id } of page.items) seen.add(id);
        next = page.next;
      }
      const [{ n }] = await here.sql("select count(*)::int as n from {ws}.contact where score = 7");
      expect(seen.size).toBe(n);
    },
  );

  test.each([0, 20, 100])(
    "of which she sees few, %i of them shared with her, is found by whose they are and by what was shared",
    async (shares) => {
      const few = await here.user(`Few ${shares}`, { roles: ["rep"] });
      await here.sql(
        `insert into {ws}._share (record, grantee, entity, team, writes, at)
         select id, $1::uuid, $2, false, false, $3::timestamptz from {ws}.contact order by name limit ${shares}`,
        [few.id, here.workspace.model.entities.get("contact")!.anchor, here.clock.now()],
      );
      await here.sql("analyze {ws}._share");
      for (const sort of ["-created_at", "name"]) {
        const nodes = await nodesOf(planned({ sort }), undefined, few);
        expect([nodes.includes("BitmapOr"), nodes.includes("Seq Scan contact")]).toEqual([true, false]);
      }
      const { items } = (await few.get("/api/records/contact?sort=name&limit=500")).json;
      const names = await here.sql(`select name from {ws}.contact order by name limit ${shares}`);
      expect(items.map(({ name }: { name: string }) => name)).toEqual(names.map(({ name }) => name));
    },
  );

  test("is chosen before anything that its rows point at is looked up", async () => {
    const [first, ...inner] = await nodesOf(planned({ filter, sort: "-created_at", expand: "company,owner" }));
    expect([first, inner.filter((node) => node === "Limit")]).toEqual(["Nested Loop", ["Limit"]]);
  });

  test.each(["京都港", "東京", "港", "港区x", "x東", "ソウル", "서울"])(
    "is found by %s, in the middle of a word of any script, without reading all",
    async (words) => {
      expect(await nodesOf(planned({ search: words }))).not.toContain("Seq Scan contact");
      const { items } = (await rep.get(`/api/records/contact?search=${encodeURIComponent(words)}`)).json;
      expect(items.map((it: { city: string }) => it.city)).toEqual(["x東京都港区x ソウル 서울"]);
    },
  );

  test.each([
    ["c4ca42", true],
    ["京都港", true],
    ["contact", false],
    ["c4", false],
    ["c4ca42 contact", true],
    ["ci c4ca42 a", true],
    ["x c4ca42 京", true],
    ["city contact", false],
    ["c4 on", false],
  ])("that hold %s is found by the words before anything else where they are few: %s", async (words, few) => {
    const { model, schema } = here.workspace;
    const reader = { model, schema, access: accessOf(model, ["rep"]) };
    const sought = [{ entity: model.entities.get("contact")!, words: wordsOf(words) }];
    const told = await planOf(holdersStatement(reader, sought), "format json", {});
    expect(fewOf(sought, told, new Map([["contact", rows]])).size).toBe(few ? 1 : 0);
    if (!few) return;
    const statement = listStatement(reader, planned({ search: words, sort: "-created_at" }), { few });
    const nodes = (await explained(statement)).filter((node) => node.includes("contact"));
    expect(nodes).toEqual(["Bitmap Heap Scan contact"]);
  });

  test.each([
    ["c4ca42", [true, true, true], ["Bitmap Heap Scan"]],
    ["c4ca42 contact", [true, true, true], ["Bitmap Heap Scan"]],
    ["c4 contact", [true, true, false], ["Bitmap Heap Scan", "Index Scan"]],
    ["contact", [false, false, false], ["Index Scan", "Index Scan", "Index Scan"]],
  ])("whose names are near %s come first, and nothing is looked through for them", async (words, few, ways) => {
    const { model, schema } = here.workspace;
    const reader = { model, schema, access: accessOf(model, ["rep"]) };
    const sought = nearestFirst(model.entities.get("contact")!, wordsOf(words));
    const told = await planOf(holdersStatement(reader, sought), "format json", {});
    const found = fewOf(sought, told, new Map([["contact", rows]]));
    const known = new Map(sought.map((it) => [it, found.has(it)]));
    expect([...known.values()]).toEqual(few);
    const statement = searchStatement(reader, { entities: [sought], each: 5, few: known });
    const nodes = JSON.stringify(await planOf(statement, "format json", {}));
    expect([...nodes.matchAll(/"Node Type":"([\w ]+)"[^{}]*?"Relation Name":"contact"/g)].map(([, it]) => it)).toEqual(
      ways,
    );
  });

  test("is the same from wherever it begins, and by its number, be it found by the words or along the order", async () => {
    const { model, schema } = here.workspace;
    const reader = { model, schema, access: accessOf(model, ["rep"]) };
    const plan = planned({ search: "c4c", filter: "score < 50", sort: "-born,name", limit: "20", count: "exact" });
    const both = (after: After | undefined, stretch: "behind" | "empty") =>
      Promise.all(
        [true, false].map((few) => {
          const { sql, parameters } = listStatement(reader, plan, { after, stretch, few });
          return here.sql(sql, bind(parameters, { ...moment(), ...(after ? afterValues(after) : {}) }));
        }),
      );
    const [first, along] = await both(undefined, "behind");
    expect([first!.length, first]).toEqual([21, along]);
    const { k0, k1, id } = first!.at(9);
    for (const stretch of ["behind", "empty"] as const) {
      const [found, walked] = await both({ keys: [k0, k1], id }, stretch);
      expect([found!.length > 0, found]).toEqual([true, walked]);
    }
    const [found, walked] = await Promise.all(
      [true, false].map((few) => {
        const { sql, parameters } = countStatement(reader, plan, few);
        return here.sql(sql, bind(parameters, moment()));
      }),
    );
    expect(found).toEqual(walked);
  });

  test.each([
    ["a record that they point at", { filter: `company == "FIRM"` }],
    ["words in the middle of a text", { search: "c4ca42" }],
    ["words of which one is rare", { search: "contact c4ca42 ci" }],
    ["words that are rare together", { search: "c4c 9b6" }],
    ["words of several scripts", { search: "tac 京都港" }],
    ["words in quotation marks", { search: '"act c4ca42" city' }],
    ["a day from which they are", { filter: "born > date('1984-08-01')", sort: "name" }],
  ])("is found by %s without reading all", async (_, query) => {
    const asked = Object.entries(query).map(([name, text]) => [name, text.replace("FIRM", firm)]);
    expect(await nodesOf(planned(Object.fromEntries(asked)))).not.toContain("Seq Scan contact");
  });

  test.each(["born", "-born", "-born,-name", "company,born", "score"])(
    "by %s, walked through to the end, comes to every record once and in order, the empty ones last",
    async (sort) => {
      const asked = `contact?filter=${encodeURIComponent("score < 9")}&sort=${sort}&fields=born,score`;
      const whole = (await rep.get(`/api/records/${asked}&limit=500`)).json;
      const seen = [...whole.items];
      let { next } = whole;
      for (let size = 37; next !== null; size += 41) {
        const page = (await rep.get(`/api/records/${asked}&limit=${size}&cursor=${next}`)).json;
        seen.push(...page.items);
        next = page.next;
      }
      const column = sort.replace(/^-/, "").split(",")[0] as "born" | "score";
      const rows = await here.sql("select id from {ws}.contact where score < 9");
      expect(seen.length).toBe(rows.length);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(rows.length);
      if (column !== "born") return;
      const filled = seen.flatMap(({ born }) => born ?? []);
      expect(filled).toEqual(sort.startsWith("-") ? filled.toSorted().reverse() : filled.toSorted());
      expect(seen.slice(filled.length).every(({ born }) => born === null)).toBe(true);
    },
  );
});
