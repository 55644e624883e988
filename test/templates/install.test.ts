import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTemplates } from "../../runtime/store/template-files.ts";
import { install } from "../../runtime/store/install.ts";
import { publish } from "../../runtime/store/publish.ts";
import { world, type World } from "../world.ts";

const shipped = fileURLToPath(new URL("../../templates", import.meta.url));
const names = readdirSync(shipped).sort();

describe.each(names)("the template %s", (name) => {
  let here: World;
  afterAll(() => here.close());

  test("is installed with what it builds on and its samples, and a second time is nothing", async () => {
    here = await world();
    const before = (await here.admin.get("/api/templates")).json.items;
    const stands = before.map((it: any) => it.name);
    expect(stands.toSorted()).toEqual(names);
    for (const [at, { needs, installed }] of before.entries()) {
      expect(installed).toBeNull();
      for (const needed of Object.keys(needs)) expect(stands.indexOf(needed), needed).toBeLessThan(at);
    }
    const first = await here.admin.post(`/api/templates/${name}/install`, { samples: true });
    expect([first.status, first.text]).toEqual([202, expect.any(String)]);
    expect(first.json.operation).toMatch(/^[0-9a-f-]{36}$/);
    const after = (await here.admin.get("/api/templates")).json.items.find((it: any) => it.name === name);
    expect(after.installed).toBe(after.version);
    const again = await here.admin.post(`/api/templates/${name}/install`, {});
    expect([again.status, again.json.version]).toEqual([200, first.json.version]);
  });

  test("brings every sample record, each pointing where it says", async () => {
    for (const { entity, records } of (await readTemplates(shipped)).get(name)!.samples) {
      const rows = await here.sql(`select external_id from {ws}."${entity}" where external_id = any($1)`, [
        records.map((record) => record.external_id),
      ]);
      expect(rows.length, entity).toBe(records.length);
    }
  });

  test("is told of in the model", async () => {
    const model = (await here.admin.get("/api/model")).json;
    expect(model.templates.map((it: any) => it.name)).toContain(name);
    expect(model.entities.filter((it: any) => it.template !== null).length).toBeGreaterThan(0);
  });
});

describe("a template of another version, or in the way of others", () => {
  let here: World;
  let folder: string;
  beforeEach(async () => {
    [here, folder] = [await world(), await mkdtemp(join(tmpdir(), "trellis-templates-"))];
  });
  afterEach(async () => {
    await here.close();
    await rm(folder, { recursive: true, force: true });
  });

  const write = async (path: string, body: unknown) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), typeof body === "string" ? body : JSON.stringify(body));
  };
  const manifest = (name: string, version: string, needs = {}) =>
    write(`${name}/template.json`, {
      $schema: "urn:trellis:template:1",
      $id: name,
      $anchor: `tpl_${name}`,
      version,
      title: name,
      needs,
    });
  const ship = (more: object = {}) => ({
    $schema: "urn:trellis:entity:1",
    $id: "ship",
    $anchor: "ent_ship",
    type: "object",
    title: "Ship",
    name_field: "name",
    properties: {
      external_id: { $anchor: "fld_external", field: "text", title: "ID", unique: true },
      name: { $anchor: "fld_name", field: "text", title: "Name" },
      sister: { $anchor: "fld_sister", field: "reference", to: "ship", title: "Sister" },
    },
    ...more,
  });
  const lay = async (name: string, given: { samples?: boolean; adopt?: string[] } = {}) =>
    install(here.workspace, {
      packages: await readTemplates(folder),
      name,
      samples: given.samples ?? false,
      adopt: new Set(given.adopt ?? []),
      principal: { id: here.admin.id, name: "Ada", roles: ["admin"], via: "session" },
      now: here.clock.now(),
    });
  const codes = (work: Promise<unknown>) =>
    work.then(
      () => [],
      (error) => error.faults.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`),
    );

  test("is merged with what the customer changed", async () => {
    await manifest("fleet", "1.0.0");
    await write("fleet/entities/ship.json", ship());
    await lay("fleet");
    const own = here.workspace.model.documents.map((it) =>
      "$id" in it && it.$id === "ship" ? { ...it, title: "Boat" } : it,
    );
    await publish(here.workspace, { documents: own, reason: "", author: null, now: here.clock.now() });
    await manifest("fleet", "1.1.0");
    await write("fleet/entities/ship.json", ship({ title: "Vessel", plural: "Vessels", icon: "ship" }));
    expect((await lay("fleet")).installed).toEqual(["fleet"]);
    expect(here.workspace.model.entities.get("ship")?.document).toMatchObject({
      title: "Boat",
      plural: "Vessels",
      icon: "ship",
    });
    await manifest("fleet", "1.0.9");
    expect(await codes(lay("fleet"))).toEqual(["template.older "]);
  });

  test("stops before a name that the customer took, and nothing of it stays", async () => {
    const own = [...here.workspace.model.documents, ship({ $anchor: "ent_own" }) as any];
    await publish(here.workspace, { documents: own, reason: "", author: null, now: here.clock.now() });
    const version = here.workspace.model.version;
    await manifest("fleet", "1.0.0");
    await write("fleet/entities/ship.json", ship({ plural: "Ships" }));
    expect(await codes(lay("fleet"))).toEqual(["template.conflict /entity/ship"]);
    expect((await here.workspace.refresh()).version).toBe(version);
    await lay("fleet", { adopt: ["entity/ship"] });
    expect(here.workspace.model.entities.get("ship")).toMatchObject({ anchor: "ent_own", plural: "Ships" });
  });

  test("extends the entity of another one, which is installed before it", async () => {
    await manifest("fleet", "1.0.0");
    await write("fleet/entities/ship.json", ship());
    await manifest("yard", "1.0.0", { fleet: "^1" });
    await write("yard/entities/ship.extend.json", {
      $schema: "urn:trellis:entity:1",
      $id: "ship",
      properties: { dock: { $anchor: "fld_dock", field: "text", title: "Dock" } },
    });
    expect((await lay("yard")).installed).toEqual(["fleet", "yard"]);
    expect(here.workspace.model.entities.get("ship")?.fields.has("dock")).toBe(true);
  });

  test("may bring records that point at each other in any order", async () => {
    await manifest("fleet", "1.0.0");
    await write("fleet/entities/ship.json", ship());
    await write("fleet/records/ships.json", [
      {
        entity: "ship",
        records: [
          { external_id: "a", name: "A", sister: "b" },
          { external_id: "b", name: "B", sister: "c" },
          { external_id: "c", name: "C" },
        ],
      },
    ]);
    await lay("fleet", { samples: true });
    const rows = await here.sql(
      `select s.name, t.name as sister from {ws}.ship s left join {ws}.ship t on t.id = s.sister order by s.name`,
    );
    expect(rows).toEqual([
      { name: "A", sister: "B" },
      { name: "B", sister: "C" },
      { name: "C", sister: null },
    ]);
  });

  test("that cannot be read, or does not hold together, is told so", async () => {
    await manifest("fleet", "1.0.0", { port: "^1" });
    expect(await codes(lay("fleet"))).toEqual(["template.need "]);
    await manifest("fleet", "1.0.0");
    await write("fleet/entities/ship.json", ship({ name_field: "nam" }));
    expect(await codes(lay("fleet"))).toEqual(["document.field_unknown /entity/ship/name_field"]);
    await write("fleet/entities/ship.json", "{");
    expect(await codes(lay("fleet"))).toEqual(["template.malformed "]);
    expect(await codes(lay("none"))).toEqual(["template.malformed "]);
  });
});
