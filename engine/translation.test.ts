import type { AnyDocument, EntityDocument, TranslationDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import { kindOf, readModel } from "./model.ts";
import { keepNames } from "./references/keep-names.ts";
import { labelRows, labelsOf, modelFor, modelIn, spokenLanguage, withLabels } from "./translation.ts";

const visit: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "visit",
  $anchor: "ent_visit",
  type: "object",
  title: "Visit",
  properties: {
    purpose: { $anchor: "fld_purpose", field: "text", title: "Purpose" },
    kind: {
      $anchor: "fld_kind",
      field: "select",
      title: "Kind",
      choices: [
        { value: "first", title: "First" },
        { value: "repeat", title: "Repeat" },
      ],
    },
  },
  rules: [{ $anchor: "rule_purpose", require: { cel: "purpose != null" }, message: "A visit has a purpose." }],
};

const label = (text: string, from: string) => ({ text, from });
const ja: TranslationDocument = {
  $schema: "urn:trellis:translation:1",
  $id: "ja",
  $anchor: "tr_ja",
  language: "ja",
  labels: {
    ent_visit: { title: label("訪問", "Visit"), plural: label("訪問", "Visits") },
    "ent_visit#fld_purpose": { title: label("目的", "Aim") },
    "ent_visit#fld_kind=first": { title: label("初回", "First") },
    "ent_visit#rule_purpose": { message: label("訪問には目的が必要です。", "A visit has a purpose.") },
    "ent_user#fld_name": { title: label("氏名", "Name") },
    "system#sys_owner": { title: label("所有者", "Owner") },
  },
};
const model = readModel([visit, ja]);
const field = (entity: string, name: string, of = modelIn(model, "ja")) => of.entities.get(entity)?.fields.get(name);

describe("a model in another language", () => {
  test("says what is translated, and what is not as its document has it", () => {
    const spoken = modelIn(model, "ja");
    expect(spoken.entities.get("visit")).toMatchObject({ title: "訪問", plural: "訪問" });
    expect(field("visit", "purpose")?.title).toBe("目的");
    expect(field("visit", "kind")?.title).toBe("Kind");
    expect(field("visit", "kind")?.property.choices).toEqual([
      { value: "first", title: "初回" },
      { value: "repeat", title: "Repeat" },
    ]);
    expect(spoken.entities.get("visit")?.document.rules?.[0]?.message).toBe("訪問には目的が必要です。");
    expect(field("user", "name")?.title).toBe("氏名");
    expect(field("visit", "owner")?.title).toBe("所有者");
  });

  test("leaves the model itself as it was", () => {
    modelIn(model, "ja");
    expect(field("visit", "purpose", model)?.title).toBe("Purpose");
    expect(visit.properties.purpose?.title).toBe("Purpose");
    expect(modelIn(model, "id")).toBe(model);
  });

  test("is that of who wants it; English is what documents say, and who wants what is not there gets the workspace's", () => {
    const workspace = { $schema: "urn:trellis:workspace:1", $id: "workspace", $anchor: "workspace", name: "A" };
    const other = readModel([
      visit,
      ja,
      { ...workspace, currency: "JPY", time_zone: "UTC", languages: ["ja"] } as never,
    ]);
    expect(spokenLanguage(other, ["ja-JP", "en"])).toBe("ja");
    expect(spokenLanguage(other, ["en-US", "ja"])).toBeUndefined();
    expect(spokenLanguage(other, ["fr"])).toBe("ja");
    expect(spokenLanguage(other, [])).toBe("ja");
    expect(spokenLanguage(model, ["fr"])).toBeUndefined();
    expect(modelFor(other, {})).toBe(other);
  });

  test("hears of two translations the first by name", () => {
    const labels = {
      "ent_visit#fld_purpose": { title: label("ねらい", "Purpose") },
      "ent_visit#fld_kind": { title: label("種類", "Kind") },
    };
    const spoken = modelIn(readModel([{ ...ja, $id: "ja_sales", $anchor: "tr_sales", labels }, visit, ja]), "ja");
    expect(field("visit", "purpose", spoken)?.title).toBe("目的");
    expect(field("visit", "kind", spoken)?.title).toBe("種類");
  });
});

test("every label is there with its state: done, missing, or translated from what was said once", () => {
  const rows = labelRows(model, "ja").filter(({ address }) => address.startsWith("ent_visit"));
  expect(rows.map(({ address, key, state }) => `${address.slice(9)} ${key} ${state}`)).toEqual([
    " title done",
    " plural done",
    "#fld_purpose title outdated",
    "#fld_kind title missing",
    "#fld_kind=first title done",
    "#fld_kind=repeat title missing",
    "#rule_purpose message done",
  ]);
});

describe("the check of a translation", () => {
  const faultsOf = (labels: TranslationDocument["labels"], language = "ja") =>
    check([visit, { ...ja, language, labels }]).map(({ code, path, hint }) => ({ code, path, hint }));

  test("finds nothing in one that speaks of what there is", () => expect(check([visit, ja])).toEqual([]));

  test("tells of labels of nothing, with what was meant", () => {
    expect(faultsOf({ "ent_visit#fld_purpos": { title: label("目的", "Purpose") } })).toEqual([
      {
        code: "translation.unknown",
        path: "/translation/ja/labels/ent_visit#fld_purpos/title",
        hint: "ent_visit#fld_purpose",
      },
    ]);
    expect(faultsOf({ "ent_visit#fld_purpose": { description: label("目的", "Purpose") } })).toMatchObject([
      { code: "translation.unknown" },
    ]);
  });

  test("refuses other members, empty texts and what is no language", () => {
    const odd = { ent_visit: { titel: label("訪問", "Visit") } };
    expect(faultsOf(odd).map(({ code }) => code)).toEqual(["document.malformed"]);
    expect(faultsOf({ ent_visit: { title: label("", "Visit") } }).map(({ code }) => code)).toEqual([
      "document.malformed",
    ]);
    expect(faultsOf({}, "日本語").map(({ path }) => path)).toEqual(["/translation/ja/language"]);
  });
});

describe("a translation follows what it speaks of", () => {
  const translation = (documents: readonly AnyDocument[]) =>
    documents.find((it) => kindOf(it) === "translation") as TranslationDocument;

  test("renames of entities and fields leave it as it is", () => {
    const { purpose, ...others } = visit.properties;
    const renamed = { ...visit, $id: "call_on", rules: [], properties: { ...others, aim: purpose! } };
    const without = {
      ...ja,
      labels: Object.fromEntries(Object.entries(ja.labels).filter(([it]) => !it.includes("rule"))),
    };
    const kept = keepNames([{ ...visit, rules: [] }, without], [renamed, without]);
    expect(translation(kept.documents)).toBe(without);
    expect(check(kept.documents)).toEqual([]);
  });

  test("a choice that is called otherwise keeps its label, and the labels of what goes go with it", () => {
    const { purpose: _, kind } = visit.properties;
    const choices = [
      { value: "initial", title: "Initial" },
      { value: "repeat", title: "Repeat" },
    ];
    const next = { ...visit, rules: [], properties: { kind: { ...kind!, choices } } };
    const kept = keepNames([visit, ja], [next, ja], { "ent_visit#fld_kind": { first: "initial" } });
    expect(Object.keys(translation(kept.documents).labels)).toEqual([
      "ent_visit",
      "ent_visit#fld_kind=initial",
      "ent_user#fld_name",
      "system#sys_owner",
    ]);
    expect(check(kept.documents)).toEqual([]);
  });
});

test("labels are put into a translation and taken out of it, in the order of their addresses", () => {
  const made = withLabels({ ...ja, labels: {} }, [
    { address: "ent_visit#fld_kind", key: "title", text: "種類", from: "Kind" },
    { address: "ent_visit", key: "title", text: "訪問", from: "Visit" },
    { address: "ent_visit", key: "plural", text: "訪問", from: "Visits" },
  ]);
  expect(Object.keys(made.labels)).toEqual(["ent_visit", "ent_visit#fld_kind"]);
  const less = withLabels(made, [{ address: "ent_visit#fld_kind", key: "title", text: "", from: "Kind" }]);
  expect(less.labels).toEqual({ ent_visit: { title: label("訪問", "Visit"), plural: label("訪問", "Visits") } });
});

test("every label of a model has an address of its own", () => {
  const all = labelsOf(model).map(({ address, key }) => `${address} ${key}`);
  expect(new Set(all).size).toBe(all.length);
});
