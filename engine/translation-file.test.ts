import type { EntityDocument, TranslationDocument } from "schemas";
import { expect, test } from "vitest";
import { readModel } from "./model.ts";
import { readTranslationFile, translationFile } from "./translation-file.ts";
import { labelRows } from "./translation.ts";

const visit: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "visit",
  $anchor: "ent_visit",
  type: "object",
  title: 'A "long", odd\nname',
  plural: "Visits",
  properties: { purpose: { $anchor: "fld_purpose", field: "text", title: "Purpose" } },
};
const ja: TranslationDocument = {
  $schema: "urn:trellis:translation:1",
  $id: "ja",
  $anchor: "tr_ja",
  language: "ja",
  labels: { ent_visit: { plural: { text: "訪問", from: "Visits" } } },
};
const rows = labelRows(readModel([visit, ja]), "ja");

test("a file that comes back as it went changes nothing", () => {
  expect(readTranslationFile(translationFile(rows), rows)).toEqual({ changed: [], unknown: 0 });
  expect(translationFile(rows)).toContain('ent_visit,title,"A ""long"", odd\nname",,missing\r\n');
});

test("a file changes what it says otherwise, from the text that the translator saw; empty texts say nothing", () => {
  const file =
    '\uFEFFkey,address,text,source\nplural,ent_visit,訪問記録,Calls\ntitle,ent_visit#fld_purpose,"目的, ""主""",Purpose\ntitle,ent_visit,,x\ntitle,ent_none,無,None\n';
  const read = readTranslationFile(file, rows);
  expect(read?.changed.map(({ row, text, from }) => [row.address, row.key, text, from])).toEqual([
    ["ent_visit", "plural", "訪問記録", "Calls"],
    ["ent_visit#fld_purpose", "title", '目的, "主"', "Purpose"],
  ]);
  expect(read?.unknown).toBe(1);
});

test("a file without the columns that are needed says nothing", () => {
  expect(readTranslationFile("a,b\n1,2\n", rows)).toBeUndefined();
  expect(readTranslationFile("", rows)).toBeUndefined();
});
