import type { EntityDocument, TranslationDocument, WorkflowDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { unzip } from "../../runtime/zip.ts";
import { settled } from "../fixtures/stones.ts";
import { world, type Client, type World } from "../world.ts";

const label = (text: string, from: string) => ({ text, from });

const visit: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "visit",
  $anchor: "ent_visit",
  type: "object",
  title: "Visit",
  name_field: "purpose",
  properties: {
    purpose: { $anchor: "fld_purpose", field: "text", title: "Purpose" },
    minutes: { $anchor: "fld_minutes", field: "integer", title: "Minutes" },
    kind: {
      $anchor: "fld_kind",
      field: "select",
      title: "Kind",
      choices: [
        { value: "first", title: "First" },
        { value: "repeat", title: "Repeat" },
      ],
    },
    stage: { $anchor: "fld_stage", field: "state", workflow: "visits", title: "Stage" },
  },
  required: ["purpose"],
  rules: [
    {
      $anchor: "rule_minutes",
      require: { cel: "minutes == null || minutes > 0" },
      message: "A visit takes a minute at least.",
    },
  ],
};

const visits: WorkflowDocument = {
  $schema: "urn:trellis:workflow:1",
  id: "visits",
  initial: "planned",
  meta: {
    id: "wf_visits",
    title: "Visits",
    format: "wf/1",
    kind: "pipeline",
    entity: "visit",
    events: { "visit.finish": { title: "Finish", source: "user" } },
  },
  states: {
    planned: {
      meta: { id: "st_planned", title: "Planned" },
      on: {
        "visit.finish": [
          {
            target: "done",
            guard: { type: "expr", params: { cel: "record.minutes != null" } },
            meta: { id: "tr_finish", title: "Finish", refused: "Say how long it took." },
          },
        ],
      },
    },
    done: { tags: ["end"], meta: { id: "st_done", title: "Done", outcome: "won" } },
  },
};

const ja: TranslationDocument = {
  $schema: "urn:trellis:translation:1",
  $id: "ja",
  $anchor: "tr_ja",
  language: "ja",
  labels: {
    ent_visit: { title: label("訪問", "Visit"), plural: label("訪問", "Visits") },
    "ent_visit#fld_purpose": { title: label("目的", "Purpose") },
    "ent_visit#fld_kind=first": { title: label("初回", "First") },
    "ent_visit#rule_minutes": { message: label("訪問は1分以上必要です。", "A visit takes a minute at least.") },
    "system#sys_owner": { title: label("所有者", "Owner") },
    "wf_visits!visit.finish": { title: label("完了する", "Finish") },
    "wf_visits#st_planned": { title: label("予定", "Planned") },
    "wf_visits#tr_finish": {
      title: label("完了する", "Finish"),
      refused: label("所要時間を入力してください。", "Say how long it took."),
    },
  },
};

let here: World;
let ken: Client;
beforeAll(async () => {
  here = await world({ documents: [visit, visits, ja] });
  const { id } = await here.user("Ken", { roles: ["admin"] });
  await here.sql(`update {ws}."user" set locale = 'ja' where id = $1`, [id]);
  ken = await here.as(id, "Ken");
});
afterAll(() => here.close());

const inJapanese = { "accept-language": "ja-JP,ja;q=0.9,en;q=0.8" };
const entityFor = async (client: Client, headers = {}) =>
  (await client.send("GET", "/api/model", { headers })).json.entities.find((it: any) => it.name === "visit");
const keyOf = async ({ id }: Client) => {
  const given = { workspace: "main", user: id, name: "test", roles: null, expiresAt: null, by: id };
  return `Bearer ${(await createKey(here.pool, given, here.clock.now())).key}`;
};
const put = async (change: string, kind: string, name: string, body: unknown) => {
  const answer = await here.admin.send("PUT", `/api/documents/${kind}/${name}?change=${change}`, { body });
  expect(answer.status, answer.text).toBe(200);
};
const begin = async () => (await here.admin.post("/api/changes", { reason: "Test" })).json.id as string;
const publish = async (change: string) => settled(here, await here.admin.post(`/api/changes/${change}/publish`, {}));
const translation = async () => (await here.admin.get("/api/documents/translation/ja")).json as TranslationDocument;

test("the model speaks the language of the person, or of the header of a program; what is missing is as it was", async () => {
  const spoken = await entityFor(ken);
  expect(spoken).toMatchObject({ title: "訪問", plural: "訪問" });
  const titles = Object.fromEntries(spoken.fields.map(({ name, title }: any) => [name, title]));
  expect(titles).toMatchObject({ purpose: "目的", minutes: "Minutes", owner: "所有者", stage: "Stage" });
  const choices = spoken.fields.find(({ name }: any) => name === "kind").choices;
  expect(choices.map(({ title }: any) => title)).toEqual(["初回", "Repeat"]);
  const { workflows, workspace } = (await ken.get("/api/model")).json;
  expect(workflows[0].states.planned.meta.title).toBe("予定");
  expect(workspace.translated).toEqual(["ja"]);

  expect((await entityFor(here.admin)).title).toBe("Visit");
  expect((await entityFor(here.admin, inJapanese)).title).toBe("訪問");
  expect((await entityFor(ken, { "accept-language": "en" })).title).toBe("Visit");
  expect((await entityFor(here.admin, { "accept-language": "fr, *;q=0.1, ;;=" })).title).toBe("Visit");
});

test("problems of writes, moves and their refusals are told in the same language", async () => {
  const wrong = { minutes: 0 };
  const told = (await ken.post("/api/records/visit", wrong)).json;
  expect(told.problems.map(({ detail }: any) => detail).join(" ")).toContain("目的");
  const broken = (await ken.post("/api/records/visit", { purpose: "新製品", minutes: 0 })).json;
  expect(broken.problems[0].detail).toContain("訪問は1分以上必要です。");
  const plain = (await here.admin.post("/api/records/visit", { purpose: "A", minutes: 0 })).json;
  expect(plain.problems[0].detail).toContain("A visit takes a minute at least.");

  const { id } = (await ken.post("/api/records/visit", { purpose: "新製品" })).json;
  const [offer] = (await ken.get(`/api/records/visit/${id}/events`)).json;
  expect(offer).toMatchObject({ title: "完了する", allowed: false });
  expect(offer.blocked[0].why).toBe("所要時間を入力してください。");
  const [english] = (await here.admin.get(`/api/records/visit/${id}/events`)).json;
  expect(english.blocked[0].why).toBe("Say how long it took.");
});

test("the description of the interface is in the caller's language, its names are the same", async () => {
  const of = async (headers = {}) => (await here.admin.send("GET", "/api/openapi.json", { headers })).text;
  expect(await of(inJapanese)).toContain("目的");
  expect(await of()).not.toContain("目的");
  expect(JSON.parse(await of(inJapanese)).paths).toHaveProperty("/api/records/visit");
});

test("documents stay in their own language for everybody, and a package of the workspace too", async () => {
  const document = (await ken.get("/api/documents/entity/visit")).json;
  expect(document.title).toBe("Visit");
  const exported = await here.fetch(
    new Request("http://localhost/api/templates/export?name=visits", {
      headers: { ...inJapanese, authorization: await keyOf(ken) },
    }),
  );
  const files = unzip(new Uint8Array(await exported.arrayBuffer()), { files: 100, bytes: 1_000_000, depth: 4 });
  const text = new TextDecoder();
  expect(JSON.parse(text.decode(files.get("entities/visit.json"))).title).toBe("Visit");
  expect(JSON.parse(text.decode(files.get("translations/ja.json")))).toEqual(ja);
});

test("a label of nothing is refused; a rename keeps translations, a field takes its own along and undo brings both back", async () => {
  const wrong = await begin();
  await put(wrong, "translation", "ja", {
    ...ja,
    labels: { ...ja.labels, "ent_visit#fld_nothing": { title: label("無", "Nothing") } },
  });
  const { problems } = (await here.admin.post(`/api/changes/${wrong}/plan`, {})).json;
  expect(problems).toMatchObject([
    { code: "translation.unknown", path: "/translation/ja/labels/ent_visit#fld_nothing/title" },
  ]);

  const { purpose, ...others } = visit.properties;
  const rename = await begin();
  await put(rename, "entity", "visit", {
    ...visit,
    name_field: "aim",
    properties: { aim: { ...purpose!, title: "Aim" }, ...others },
    required: ["aim"],
  });
  await publish(rename);
  expect((await entityFor(ken)).fields.find(({ name }: any) => name === "aim").title).toBe("目的");

  const remove = await begin();
  const { aim: _, ...left } = ((await here.admin.get("/api/documents/entity/visit")).json as EntityDocument).properties;
  await put(remove, "entity", "visit", { ...visit, name_field: "kind", properties: left, required: [] });
  await publish(remove);
  expect(Object.keys((await translation()).labels)).not.toContain("ent_visit#fld_purpose");
  const undone = await here.admin.post(`/api/changes/${remove}/undo`, {});
  await settled(here, undone);
  expect((await translation()).labels["ent_visit#fld_purpose"]?.title?.text).toBe("目的");
  expect((await entityFor(ken)).fields.find(({ name }: any) => name === "aim").title).toBe("目的");
});
