import type { AnyDocument, TranslationDocument } from "schemas";
import { expect, test } from "vitest";
import { removeDocument, withFilled, withMembers } from "./change.ts";
import type { Draft } from "./draft.svelte.ts";

test("undefined takes a member out; of what is filled in, so do an empty text and an empty list", () => {
  const document: { a: string; b?: string; c?: readonly string[] } = { a: "1", b: "2", c: [] };
  expect(withMembers(document, { b: undefined })).toEqual({ a: "1", c: [] });
  expect(withFilled(document, { b: "", c: ["3"] })).toEqual({ a: "1", c: ["3"] });
  expect(withFilled({ ...document, c: ["3"] }, { c: [] })).toEqual({ a: "1", b: "2" });
});

test("with a document goes what translations say of it and of its parts, and nothing else", () => {
  const report = { $anchor: "rep_won", title: "Won" } as AnyDocument & { $anchor: string; title: string };
  const ja = {
    $anchor: "tr_ja",
    labels: { rep_won: {}, "rep_won/measures/n": {}, rep_won_late: {}, "ent_deal#fld_won": {} },
  } as unknown as TranslationDocument;
  const edits: unknown[] = [];
  removeDocument(
    { all: () => [ja], edit: (_: string, ...next: unknown[]) => void edits.push(...next) } as unknown as Draft,
    report,
  );
  expect(edits).toEqual([{ gone: report }, { ...ja, labels: { rep_won_late: {}, "ent_deal#fld_won": {} } }]);
});
