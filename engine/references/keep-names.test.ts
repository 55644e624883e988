import type { AnyDocument, EntityDocument, ViewDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { check } from "../check.ts";
import { keepNames } from "./keep-names.ts";

const stone = (properties: EntityDocument["properties"], more: Partial<EntityDocument> = {}): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: "stone",
  $anchor: "ent_stone",
  type: "object",
  title: "Stone",
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" }, ...properties },
  ...more,
});
const number = ($anchor: string) => ({ $anchor, field: "decimal", title: $anchor });
const formula = (cel: string) => ({
  $anchor: "fld_sum",
  field: "formula",
  title: "Sum",
  result: "number",
  value: { cel },
});
const view = (more: Partial<ViewDocument>): ViewDocument => ({
  $schema: "urn:trellis:view:1",
  $id: "all",
  $anchor: "view_all",
  title: "All",
  entity: "stone",
  type: "table",
  ...more,
});
const found = (documents: readonly AnyDocument[], name: string): any =>
  documents.find((it) => "$id" in it && it.$id === name);

describe("a rename", () => {
  const before = [
    stone({ width: number("fld_width"), height: number("fld_height"), sum: formula("width  +  // both\n height") }),
    view({
      columns: ["name", "width"],
      sort: "-width,name",
      measure: "width",
      filter: { cel: "width > 1 && name != 'width'" },
    }),
  ];

  test("is followed by all that names the field, and nothing else of a text is touched", () => {
    const after = [
      stone({ breadth: number("fld_width"), height: number("fld_height"), sum: formula("width  +  // both\n height") }),
      before[1]!,
    ];
    const { documents, rewrites, faults } = keepNames(before, after);
    expect(faults).toEqual([]);
    expect(check(documents)).toEqual([]);
    expect(found(documents, "stone").properties.sum.value.cel).toBe("breadth  +  // both\n height");
    expect(found(documents, "all")).toEqual(
      view({
        columns: ["name", "breadth"],
        sort: "-breadth,name",
        measure: "breadth",
        filter: { cel: "breadth > 1 && name != 'width'" },
      }),
    );
    expect(rewrites.map(({ kind, name, path }) => `${kind}/${name}${path}`).sort()).toEqual([
      "entity/stone/properties/sum/value/cel",
      "view/all/columns/1",
      "view/all/filter/cel",
      "view/all/measure",
      "view/all/sort",
    ]);
  });

  test("may let two fields change names with each other", () => {
    const after = [
      stone({ height: number("fld_width"), width: number("fld_height"), sum: formula("width  +  // both\n height") }),
      before[1]!,
    ];
    const { documents } = keepNames(before, after);
    expect(found(documents, "stone").properties.sum.value.cel).toBe("height  +  // both\n width");
    expect(found(documents, "all").columns).toEqual(["name", "height"]);
  });

  test("leaves alone what a draft has rewritten itself, and mends what it wrote in former names", () => {
    const after = [
      stone({ breadth: number("fld_width"), height: number("fld_height"), sum: formula("breadth + width") }),
      view({ columns: ["breadth", "name"], filter: { cel: "width > 2" } }),
    ];
    const { documents } = keepNames(before, after);
    expect(found(documents, "stone").properties.sum.value.cel).toBe("breadth + breadth");
    expect(found(documents, "all")).toMatchObject({ columns: ["breadth", "name"], filter: { cel: "breadth > 2" } });
  });

  test("is followed by a draft that was made anew and speaks of the entity by its former name", () => {
    const renamed = { ...before[0]!, $id: "rock" } as AnyDocument;
    const fresh = view({ $id: "fresh", $anchor: "view_fresh", columns: ["width"], filter: { cel: "height > 1" } });
    const { documents } = keepNames(before, [renamed, before[1]!, fresh]);
    expect(check(documents)).toEqual([]);
    expect(found(documents, "fresh").entity).toBe("rock");
  });

  test("is refused where the new name means something else already", () => {
    const other = [
      stone(
        {
          width: number("fld_width"),
          bed: { $anchor: "fld_bed", field: "reference", to: "stone", title: "Bed", inverse: "stones" },
        },
        {
          rules: [{ $anchor: "rule_small", require: { cel: "stones.all(s, s.width < width)" }, message: "Small." }],
        },
      ),
    ];
    const renamed = JSON.parse(JSON.stringify(other).replace('"width":', '"s":'));
    expect(keepNames(other, renamed).faults).toMatchObject([
      { code: "rename.captured", path: "/entity/stone/rules/0/require/cel" },
    ]);
  });

  test("of a list, an entity, a choice of a value set and a value set is followed through references", () => {
    const kinds = (values: string[], $id = "kinds"): AnyDocument => ({
      $schema: "urn:trellis:value-set:1",
      $id,
      $anchor: "vs_kinds",
      title: "Kinds",
      choices: values.map((value) => ({ value, title: value })) as never,
    });
    const kind = (value_set: string) => ({
      $anchor: "fld_kind",
      field: "select",
      title: "Kind",
      value_set,
      default: "hard",
    });
    const wall = (list: string, to: string, rule: string): EntityDocument =>
      stone(
        { bed: { $anchor: "fld_bed", field: "reference", to, title: "Bed", inverse: list } },
        { $id: "wall", $anchor: "ent_wall", rules: [{ $anchor: "rule_x", require: { cel: rule }, message: "x" }] },
      );
    const was = [
      stone(
        { kind: kind("kinds") },
        {
          rules: [
            { $anchor: "rule_kind", require: { cel: `walls.any(w, w.bed.kind in ["hard", 'soft'])` }, message: "x" },
          ],
        },
      ),
      kinds(["hard", "soft"]),
      wall("walls", "stone", "bed.kind == 'hard'"),
      view({ filter: { cel: "kind != 'hard'" } }),
    ];
    const after = [
      stone({ kind: kind("kinds") }, { $id: "rock", rules: (was[0] as EntityDocument).rules! }),
      kinds(["it's hard", "soft"], "sorts"),
      wall("barriers", "stone", "bed.kind == 'hard'"),
      was[3]!,
    ];
    const { documents, faults } = keepNames(was, after, { "ent_stone#fld_kind": { hard: "it's hard" } });
    expect(faults).toEqual([]);
    expect(check(documents)).toEqual([]);
    expect(found(documents, "rock").rules[0].require.cel).toBe(`barriers.any(w, w.bed.kind in ["it's hard", 'soft'])`);
    expect(found(documents, "rock").properties.kind).toMatchObject({ value_set: "sorts", default: "it's hard" });
    expect(found(documents, "wall").properties.bed.to).toBe("rock");
    expect(found(documents, "wall").rules[0].require.cel).toBe(String.raw`bed.kind == 'it\'s hard'`);
    expect(found(documents, "all")).toMatchObject({
      entity: "rock",
      filter: { cel: String.raw`kind != 'it\'s hard'` },
    });
  });
});
