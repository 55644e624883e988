import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents } from "../bench/documents.ts";
import { world, type Client, type World } from "../world.ts";

const people = [
  ["John Smith", "Osaka", "john@aoba.example"],
  ["Smith Johnson", "Kyoto", "sj@aoba.example"],
  ["Ann", "Kestrel Bay", "ann@aoba.example"],
  ["Joanna Lee", "Kestrel", "joanna@aoba.example"],
  ["Mary Ann Poe", "Oslo", "poe@aoba.example"],
  ["Marianne Zo", "Oslo", "m@annex.example"],
  ["田中　太郎", "東京 Tower", "tanaka@aoba.example"],
  ["東京タワー", "Tokyo", "tower@aoba.example"],
  ["100% a_b", "Köln", "100@aoba.example"],
] as const;

let here: World;
let rep: Client;

beforeAll(async () => {
  here = await world({ documents });
  rep = await here.user("Rep", { roles: ["rep"] });
  await here.sql(
    `insert into {ws}.contact (id, created_at, updated_at, owner, version, name, city, email, remark)
     select ('01900000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $1, $2, 1, name, city, email, 'hidden pearl'
     from unnest($3::text[], $4::text[], $5::text[]) with ordinality as u(name, city, email, n)`,
    [here.clock.now(), rep.id, ...[0, 1, 2].map((at) => people.map((it) => it[at]))],
  );
  await here.admin.post("/api/records/company", { name: "An Aoba Zoo" });
});
afterAll(() => here.close());

const listed = async (search: string, who = rep) => {
  const { json } = await who.get(`/api/records/contact?${new URLSearchParams({ search, sort: "created_at" })}`);
  return json.items.map(({ name }: { name: string }) => name);
};

const found = async (q: string, who = rep): Promise<string[]> =>
  (await who.get(`/api/search?${new URLSearchParams({ q })}`)).json.items.map(({ name }: { name: string }) => name);
const contactsFound = async (q: string): Promise<string[]> =>
  (await rep.get(`/api/search?${new URLSearchParams({ q })}`)).json.items
    .filter(({ entity }: { entity: string }) => entity === "contact")
    .map(({ name }: { name: string }) => name);

describe("what is searched for", () => {
  test.each([
    ["smith john", ["John Smith", "Smith Johnson"]],
    ["john smith", ["John Smith", "Smith Johnson"]],
    ['"john smith"', ["John Smith"]],
    ['"smith john', ["Smith Johnson"]],
    ["ann kestrel", ["Ann", "Joanna Lee"]],
    ["kestrel ann", ["Ann", "Joanna Lee"]],
    ["KESTREL bay aoba", ["Ann"]],
    ["kestrel nowhere", []],
    ["tower 東京", ["田中　太郎", "東京タワー"]],
    ["京 tow", ["田中　太郎", "東京タワー"]],
    ["太郎\u3000東京", ["田中　太郎"]],
    ["a% b", []],
    ["% _ kö", ["100% a_b"]],
    ["zo o m", ["Marianne Zo"]],
  ])("as %s is each word in any field", async (asked, names) => {
    expect(await listed(asked)).toEqual(names);
    expect((await found(asked)).toSorted()).toEqual(names.toSorted());
    const search = { search: asked, measures: { n: "count()" } };
    expect((await rep.post("/api/records/contact/aggregate", search)).json.rows).toEqual([{ n: names.length }]);
  });

  test("in a field that hides from a reader lets her find nothing, whatever stands beside it", async () => {
    for (const asked of ["pearl", "ann pearl", "hidden smith", '"hidden pearl" kestrel']) {
      expect([await listed(asked), await found(asked)]).toEqual([[], []]);
      expect((await listed(asked, here.admin)).length).toBeGreaterThan(0);
    }
  });

  test("is thirty words at most", async () => {
    const thirty = Array.from({ length: 30 }, (_, at) => `w${at}`).join(" ");
    const answers = (asked: string) =>
      Promise.all([
        rep.get(`/api/records/contact?search=${encodeURIComponent(asked)}`),
        rep.get(`/api/search?q=${encodeURIComponent(asked)}`),
        rep.post("/api/records/contact/aggregate", { search: asked }),
        rep.post("/api/records/contact/facets", { search: asked, fields: ["industry"] }),
      ]);
    for (const asked of [thirty, `${thirty} w0 w1`, `a "${thirty}"`])
      expect((await answers(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const refused = await answers(`${thirty} w30`);
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(refused.slice(0, 2).map(({ json }) => json.problems?.[0]?.code ?? json.code)).toEqual([
      "query.search_words",
      "query.search_words",
    ]);
  });
});

describe("among all entities", () => {
  const nearest = [
    ["ann", ["Ann", "Mary Ann Poe", "Joanna Lee", "Marianne Zo"]],
    ["an", ["An Aoba Zoo", "Ann", "Mary Ann Poe", "Joanna Lee", "Marianne Zo"]],
    ["john smith", ["John Smith", "Smith Johnson"]],
    ["smith john", ["Smith Johnson", "John Smith"]],
    ["zo", ["An Aoba Zoo", "Marianne Zo"]],
    ["太郎", ["田中　太郎"]],
  ] as const;

  test.each(nearest)("what begins with %s comes first, then what has words that do", async (asked, names) => {
    const told = await found(asked, here.admin);
    expect(told.filter((name) => (names as readonly string[]).includes(name))).toEqual(names);
  });

  test("five of each are the nearest, be they looked for together, by their words or along their names", async () => {
    await here.sql(
      `insert into {ws}.contact (id, created_at, updated_at, owner, version, name, city, email)
       select ('01900000-0004-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $1, $2, 1,
         (array['Zed', 'Anton', 'Bea', 'zoë', 'Ünal'])[1 + n % 5] || ' ' || (array['Falk', 'Zander', 'An', 'Beat', '東'])[1 + n / 5 % 5] || ' ' || md5(n::text),
         'City ' || n % 7, 'mail' || n || '@zone.example'
       from generate_series(1, 4000) as n`,
      [here.clock.now(), rep.id],
    );
    await here.sql("analyze {ws}.contact");
    const asked = [
      "z",
      "zo",
      "an",
      "zone",
      "be an",
      "an be",
      "zed zander",
      "東 z",
      "東",
      "c4",
      "c4ca",
      "city",
      "mail1",
      "q",
    ];
    const both = [];
    for (const many of [100_000, 100]) {
      here.workspace.manyRows = many;
      here.clock.advance(60_000);
      const told = [];
      for (const words of asked) told.push(await contactsFound(words));
      both.push(told);
    }
    const rows = await here.sql(
      "select name, city, email from {ws}.contact where deleted_at is null order by name, id",
    );
    const looped = asked.map((words) => {
      const each = words.split(" ");
      const held = rows.filter((row: any) =>
        each.every((word) => [row.name, row.city, row.email].some((it) => it.toLowerCase().includes(word))),
      );
      const near = ({ name }: any) => {
        const said = ` ${name.toLowerCase()}`;
        return said.startsWith(` ${words}`) ? 0 : each.every((word) => said.includes(` ${word}`)) ? 1 : 2;
      };
      const order = held.toSorted((one: any, other: any) => near(one) - near(other));
      return order.slice(0, 5).map(({ name }: any) => name);
    });
    expect(both).toEqual([looped, looped]);
  });
});
