import { describe, expect, test } from "vitest";
import type { AnyDocument, EntityDocument, TemplateDocument } from "schemas";
import { nameOf } from "./model.ts";
import { installOrder, type TemplateLayer, type TemplatePackage } from "./template.ts";
import { layTemplates, type Upgrading } from "./upgrade.ts";

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
  const lay = (published: readonly AnyDocument[], coming: TemplatePackage, given: Partial<Upgrading> = {}) =>
    layTemplates({ published, installed: [], coming: [coming], ...given });
  const find = (documents: readonly AnyDocument[], name: string) => documents.find((it) => nameOf(it) === name);
  const view = (more: object = {}) =>
    ({
      $schema: "urn:trellis:view:1",
      $id: "v",
      $anchor: "view_v",
      title: "V",
      entity: "ship",
      type: "table",
      columns: ["name"],
      ...more,
    }) as AnyDocument;
  const field = (name: string, more: object = {}) => ({
    [name]: { $anchor: `fld_${name}`, field: "text", title: name, ...more },
  });
  const fleet = (version: string, ...documents: AnyDocument[]): TemplatePackage =>
    pack(manifest("fleet", version), { documents });
  const upgrade = (old: TemplateLayer, next: TemplatePackage, published: AnyDocument[], given: object = {}) =>
    layTemplates({ published: [old.manifest, ...published], installed: [old], coming: [next], ...given });

  test("extends another one's entity, once however often it is laid", () => {
    const extension = {
      $id: "ship",
      properties: { size: { $anchor: "fld_size", field: "integer", title: "Size" } },
      targets: { about: ["port"] },
    };
    const core = pack(manifest("core", "1.0.0"), { documents: [ship()] });
    const yard = (version: string) => pack(manifest("yard", version), { extensions: [extension] });
    const once = layTemplates({ published: [], installed: [], coming: [core, yard("1.0.0")] });
    const twice = layTemplates({ published: once.documents, installed: once.layers, coming: [yard("1.1.0")] });
    const extended = find(twice.documents, "ship") as EntityDocument;
    expect(Object.keys(extended.properties)).toEqual(["about", "size"]);
    expect(extended.properties.about?.to).toEqual(["ship", "port"]);
    expect([...twice.faults, ...twice.conflicts]).toEqual([]);
    const without = layTemplates({ published: twice.documents, installed: twice.layers, going: new Set(["yard"]) });
    expect(without.documents).toEqual([ship(), core.manifest].reverse());
  });

  test("extends the engine's own entities", () => {
    const extension = { $id: "user", properties: { desk: { $anchor: "fld_desk", field: "text", title: "Desk" } } };
    const { documents } = lay([], pack(manifest("fleet", "1.0.0"), { extensions: [extension] }));
    expect(documents.at(-1)).toMatchObject({ $id: "user", $anchor: "ent_user" });
  });

  test("stops before what the customer made, unless she adopts it", () => {
    const own = ship({ $anchor: "ent_own", title: "Vessel" });
    const coming = fleet("1.0.0", ship({ plural: "Ships" }));
    expect(lay([own], coming).faults.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "template.conflict /entity/ship",
    ]);
    const adopted = lay([own], coming, { adopt: new Set(["entity/ship"]) });
    expect(find(adopted.documents, "ship")).toMatchObject({ $anchor: "ent_own", title: "Vessel", plural: "Ships" });
    const next = fleet("1.1.0", ship({ plural: "Ships", icon: "anchor" }));
    const again = layTemplates({ published: adopted.documents, installed: adopted.layers, coming: [next] });
    expect(again.faults).toEqual([]);
    expect(find(again.documents, "ship")).toMatchObject({ $anchor: "ent_own", title: "Vessel", icon: "anchor" });
  });

  test("stops before a field that the customer named so, unless she adopts it", () => {
    const old = fleet("1.0.0", ship());
    const own = ship({ properties: { ...ship().properties, ...field("size", { $anchor: "fld_own" }) } });
    const next = fleet("2.0.0", ship({ properties: { ...ship().properties, ...field("size") } }));
    expect(upgrade(old, next, [own]).faults.map(({ path }) => path)).toEqual(["/entity/ship/properties/size"]);
    const laid = upgrade(old, next, [own], { adopt: new Set(["entity/ship/properties/size"]) });
    expect(laid.faults).toEqual([]);
    expect((find(laid.documents, "ship") as EntityDocument).properties.size?.$anchor).toBe("fld_own");
  });

  test("in a new version keeps what the customer changed, and tells where both did", () => {
    const next = fleet("2.0.0", ship({ title: "Schiff", plural: "Schiffe" }), view());
    const old = fleet("1.0.0", ship(), view());
    const laid = upgrade(old, next, [ship({ title: "Boat" })]);
    expect(laid).toMatchObject({ faults: [], absent: ["view/v"], returned: [], kept: [] });
    expect(laid.conflicts).toEqual([
      { document: "entity/ship", path: "/title", base: "Ship", theirs: "Schiff", yours: "Boat", choice: "yours" },
    ]);
    expect(find(laid.documents, "ship")).toMatchObject({ title: "Boat", plural: "Schiffe" });
    const decisions = [{ document: "entity/ship", path: "/title", choice: "theirs" as const }];
    expect(find(upgrade(old, next, [ship({ title: "Boat" })], { decisions }).documents, "ship")).toMatchObject({
      title: "Schiff",
    });
    const strange = [{ document: "entity/ship", path: "/icon", choice: "theirs" as const }];
    expect(upgrade(old, next, [ship()], { decisions: strange }).faults).toMatchObject([{ path: "/decisions/0" }]);
  });

  test("in a new version speaks of what the customer renamed by her names", () => {
    const properties = { ...field("name"), ...field("size") };
    const next = fleet(
      "2.0.0",
      ship({ properties: { ...properties, ...field("flag") }, name_field: "name" }),
      view({ columns: ["name", "flag"], filter: { cel: "name != 'x'" } }),
    );
    const own = ship({ $id: "boat", properties: { ...field("label", { $anchor: "fld_name" }), ...field("size") } });
    const laid = upgrade(fleet("1.0.0", ship({ properties })), next, [own]);
    expect(laid).toMatchObject({ faults: [], conflicts: [] });
    expect(find(laid.documents, "boat")).toMatchObject({ name_field: "label" });
    expect(find(laid.documents, "v")).toMatchObject({
      entity: "boat",
      columns: ["label", "flag"],
      filter: { cel: "label != 'x'" },
    });
  });

  test("brings back what it cannot stand without, and leaves out what it can", () => {
    const properties = { ...field("name"), ...field("size"), ...field("flag") };
    const set = { $schema: "urn:trellis:value-set:1", $id: "flags", $anchor: "vs_flags", title: "F", choices: [] };
    const flags = set as unknown as AnyDocument;
    const next = fleet(
      "2.0.0",
      ship({ properties: { ...properties, ...field("port", { field: "select", value_set: "flags" }) } }),
      view({ columns: ["name", "flag"], filter: { cel: "size == 'x'" } }),
      flags,
    );
    const laid = upgrade(fleet("1.0.0", ship({ properties }), flags), next, [ship({ properties: field("name") })]);
    expect([...laid.returned].sort()).toEqual(["entity/ship/properties/size", "value-set/flags"]);
    expect(laid.absent).toEqual(["entity/ship/properties/flag"]);
    expect(find(laid.documents, "v")).toMatchObject({ columns: ["name"] });
  });

  test("drops what it has no more where nobody touched it, and leaves the rest to the customer", () => {
    const [one, two] = [view(), view({ $id: "w", $anchor: "view_w" })];
    const laid = upgrade(fleet("1.0.0", ship(), one, two), fleet("2.0.0", ship()), [
      ship(),
      one,
      { ...two, title: "Mine" } as AnyDocument,
    ]);
    expect(laid.kept).toEqual(["view/w"]);
    expect(laid.documents.map(nameOf).sort()).toEqual(["fleet", "ship", "w"]);
  });
});
