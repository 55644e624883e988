import { describe, expect, test } from "vitest";
import type { AnyDocument, EntityDocument, TemplateDocument } from "schemas";
import { mergeThree } from "./merge.ts";
import { installOrder, layTemplate, type TemplatePackage } from "./template.ts";

const manifest = ($id: string, version: string, needs: Record<string, string> = {}): TemplateDocument => ({
  $schema: "urn:trellis:template:1",
  $id,
  $anchor: `tpl_${$id}`,
  version,
  title: $id,
  needs,
});
const ship = (more: Partial<EntityDocument> = {}): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: "ship",
  $anchor: "ent_ship",
  type: "object",
  title: "Ship",
  properties: { about: { $anchor: "fld_about", field: "reference", to: ["ship"], title: "About" } },
  ...more,
});
const pack = (given: TemplateDocument, more: Partial<TemplatePackage> = {}): TemplatePackage => ({
  manifest: given,
  documents: [],
  extensions: [],
  samples: [],
  ...more,
});
const none = new Map<string, AnyDocument>();

describe("the order of an installation", () => {
  const packages = new Map([
    ["fleet", pack(manifest("fleet", "1.2.0", { core: "^1" }))],
    ["core", pack(manifest("core", "1.0.0"))],
    ["odd", pack(manifest("odd", "1.0.0", { core: "^2" }))],
  ]);
  const order = (name: string, ...installed: TemplateDocument[]) =>
    installOrder(packages, name, new Map(installed.map((it) => [it.$id, it]))).map((it) => it.manifest.$id);

  test("begins with what a template builds on", () => expect(order("fleet")).toEqual(["core", "fleet"]));
  test("leaves out what is there", () => expect(order("fleet", manifest("core", "1.4.0"))).toEqual(["fleet"]));
  test("is empty for the installed version", () => expect(order("core", manifest("core", "1.0.0"))).toEqual([]));
  test("refuses to go back", () => expect(() => order("core", manifest("core", "1.0.1"))).toThrow(/newer/));
  test("refuses what is not there", () => {
    expect(() => order("none")).toThrow(/no template/);
    expect(() => order("odd")).toThrow(/needs/);
  });
});

describe("a template laid over a workspace", () => {
  test("extends another one's entity, once however often it is laid", () => {
    const extension = {
      $id: "ship",
      properties: { size: { $anchor: "fld_size", field: "integer", title: "Size" } },
      targets: { about: ["port"] },
    };
    const fleet = pack(manifest("fleet", "1.0.0"), { extensions: [extension] });
    const once = layTemplate([ship()], fleet, none, new Set());
    const twice = layTemplate(once.documents, fleet, once.base, new Set());
    const extended = twice.documents.find((it) => "$id" in it && it.$id === "ship") as EntityDocument;
    expect(Object.keys(extended.properties)).toEqual(["about", "size"]);
    expect(extended.properties.about?.to).toEqual(["ship", "port"]);
    expect(twice.faults).toEqual([]);
  });

  test("extends the engine's own entities", () => {
    const extension = { $id: "user", properties: { desk: { $anchor: "fld_desk", field: "text", title: "Desk" } } };
    const { documents } = layTemplate(
      [],
      pack(manifest("fleet", "1.0.0"), { extensions: [extension] }),
      none,
      new Set(),
    );
    expect(documents.at(-1)).toMatchObject({ $id: "user", $anchor: "ent_user" });
  });

  test("stops before what the customer made, unless she adopts it", () => {
    const own = ship({ $anchor: "ent_own", title: "Vessel" });
    const fleet = pack(manifest("fleet", "1.0.0"), { documents: [ship({ plural: "Ships" })] });
    expect(layTemplate([own], fleet, none, new Set()).faults.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "template.conflict /entity/ship",
    ]);
    const adopted = layTemplate([own], fleet, none, new Set(["entity/ship"]));
    expect(adopted.documents[0]).toMatchObject({ $anchor: "ent_own", title: "Vessel", plural: "Ships" });
  });

  test("in a new version keeps what the customer changed, and what she removed stays away", () => {
    const old = ship();
    const view = {
      $schema: "urn:trellis:view:1",
      $id: "v",
      $anchor: "view_v",
      title: "V",
      entity: "ship",
      type: "table",
    } as const;
    const next = pack(manifest("fleet", "2.0.0"), { documents: [ship({ title: "Schiff", plural: "Schiffe" }), view] });
    const base = new Map<string, AnyDocument>([
      ["ent_ship", old],
      ["view_v", view],
    ]);
    const { documents, faults } = layTemplate([ship({ title: "Boat" })], next, base, new Set());
    expect(faults).toEqual([]);
    expect(documents.map((it) => ("$id" in it ? it.$id : ""))).toEqual(["ship", "fleet"]);
    expect(documents[0]).toMatchObject({ title: "Boat", plural: "Schiffe" });
  });
});

test("a merge follows whoever alone has changed something, deletions too", () => {
  expect(mergeThree({ a: 1, b: 1, c: 1, d: 1 }, { a: 2, b: 1, d: 2 }, { a: 1, b: 3, c: 1, d: 3 })).toEqual({
    a: 2,
    b: 3,
    d: 3,
  });
  expect(mergeThree({ a: [1] }, { a: [1, 2] }, { a: [1], b: 1 })).toEqual({ a: [1, 2], b: 1 });
});
