import { bigramsOf, structuresOf } from "engine/sql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimIndexes, waitingIndexes } from "../../runtime/store/indexes.ts";
import { resumePublish, waitingPublishes } from "../../runtime/store/publish-resume.ts";
import { Workspace } from "../../runtime/workspace.ts";
import { documents } from "../bench/documents.ts";
import { world, type Client, type World } from "../world.ts";

/** Texts of every kind: scripts with and without spaces, signs of four bytes, half-width ones, accents, wildcards. */
const cities = [
  ...[
    "東京都港区",
    "東京",
    "京都市",
    "京 都",
    "都",
    "新北市板橋區",
    "臺北",
    "𠮷野家 Tokyo",
    "ｶﾅ",
    "カナー々〆",
    "서울특별시",
  ],
  ...["Zürich 東", "東Zürich", "東京タワー5F", "Çeşme", "100% 東_京", "東\\京", "osaka", "", "ÀÉ", "東・京"],
];

let here: World;
let rep: Client;

beforeAll(async () => {
  here = await world({ documents });
  rep = await here.user("Rep", { roles: ["rep"] });
  await here.sql(
    `insert into {ws}.contact (id, created_at, updated_at, owner, version, name, city, remark)
     select ('01900000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $1, $2, 1, 'Contact', city, '隠秘'
     from unnest($3::text[]) with ordinality as u(city, n)`,
    [here.clock.now(), rep.id, cities],
  );
});
afterAll(() => here.close());

const found = async (words: string) => {
  const { json } = await rep.get(`/api/records/contact?search=${encodeURIComponent(words)}&limit=500`);
  return json.items.map(({ city }: { city: string }) => city).sort();
};

test("Words of any script and length find what a plain loop finds", async () => {
  const signs = [...new Set(cities.flatMap((city) => [...city]))];
  const two = cities.flatMap((city) => [...city].map((sign, at) => sign + ([...city][at + 1] ?? "")));
  const three = cities.flatMap((city) => [...city].map((_, at) => [...city].slice(at, at + 3).join("")));
  const strange = ["京東", "港都", "東 京", "%", "_", "\\", "zÜ", "ÇEŞ", "5f", "タワー5f"];
  const several = ["5f 東京", "contact 板橋", "ct 家 tok", "% 東", "東 contact ü 東", "東京 nowhere", "京 市 ct 都"];
  for (const words of new Set(
    [...signs, ...two, ...three, ...strange, ...several].filter((it) => it.trim() === it && it !== ""),
  )) {
    const each = words.toLowerCase().split(" ");
    const held = cities.filter((city) =>
      each.every((word) => [city, "Contact"].some((text) => text.toLowerCase().includes(word))),
    );
    expect([words, await found(words)]).toEqual([words, held.sort()]);
  }
});

test("Signs of fields that are hidden from a reader find nothing", async () => {
  for (const words of ["隠秘", "contact 隠秘", "隠秘 東京", "東京 隠"]) expect(await found(words)).toEqual([]);
  expect((await here.admin.get(`/api/records/contact?search=${encodeURIComponent("隠")}`)).json.items.length).toBe(
    cities.length,
  );
});

test("What is quoted is one word, and a word that stands nowhere lets nothing be found", async () => {
  expect(await found('"京 都"')).toEqual(["京 都"]);
  expect(await found('contact "タワー5')).toEqual(["東京タワー5F"]);
  expect(await found('"東 京"')).toEqual([]);
  expect(await found("京\u3000都")).toEqual(["京 都", "京都市", "東京都港区"]);
  expect(await found("contact osaka nowhere")).toEqual([]);
});

test("The database tells the same signs of a text as the engine looks for", async () => {
  const texts = [...cities, "〇一二", "ㄅㄆ", "A\u{2fffd}B", "ー々"];
  const rows = await here.sql("select t, trellis.bigrams(t) as signs from unnest($1::text[]) as u(t)", [texts]);
  for (const { t, signs } of rows as { t: string; signs: string[] | null }[]) {
    const pairs = [...t].flatMap((sign, at, all) => bigramsOf(sign + (all[at + 1] ?? "")));
    expect([t, [...new Set(signs)].sort()]).toEqual([t, [...new Set([...pairs, ...[...t].flatMap(bigramsOf)])].sort()]);
  }
});

test("A workspace of an earlier release gets the indexes of this one, those of the engine's own fields too, and loses those that it has no use for", async () => {
  const { model, schemaName: schema, pool } = here.workspace;
  const indexes = () =>
    here.sql("select tablename, indexdef from pg_indexes where schemaname = $1 order by indexname", [schema]);
  const before = await indexes();
  const [words] = structuresOf(model, model.entities.get("contact")!).filter(({ create }) =>
    create(schema).includes("bigrams"),
  );
  const workspace = new Workspace("main", schema, pool);
  await workspace.refresh();
  const queue = structuresOf(model, model.entities.get("user")!).find(
    ({ kind, fields }) => kind === "index" && fields.includes("queue_of"),
  );
  await here.sql(words!.drop(schema));
  await here.sql(queue!.drop(schema));
  await here.sql(`create index "ix_${"0".repeat(24)}_k" on {ws}.contact using gin (name public.gin_trgm_ops)`);
  expect(await waitingIndexes(workspace)).toEqual(["indexes"]);
  const now = here.clock.now();
  await Promise.all([claimIndexes(workspace, now), claimIndexes(workspace, now)]);
  const waiting = await waitingPublishes(workspace);
  expect(waiting.length).toBe(1);
  for (const id of waiting) await resumePublish(workspace, here.clock, id);
  expect(await indexes()).toEqual(before);
  expect(await waitingIndexes(workspace)).toEqual([]);
  expect(await found("板橋")).toEqual(["新北市板橋區"]);
});
