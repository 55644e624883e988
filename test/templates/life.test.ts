import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ship, templateFolder } from "../fixtures/template-folder.ts";
import { world, type World } from "../world.ts";

/** A template is installed, changed by the customer, upgraded, taken away and brought back, all through HTTP. */
describe("the life of a template", () => {
  let w: World;
  let lay: Awaited<ReturnType<typeof templateFolder>>;
  beforeAll(async () => {
    lay = await templateFolder();
    await lay.manifest("fleet", "1.0.0");
    await lay.write("fleet/entities/ship.json", ship());
    await lay.write("fleet/views/ships.json", {
      $schema: "urn:trellis:view:1",
      $id: "ships",
      $anchor: "view_ships",
      title: "Ships",
      entity: "ship",
      type: "table",
      columns: ["name"],
    });
    await lay.write("fleet/records/ships.json", [
      {
        entity: "ship",
        records: [
          { external_id: "a", name: "Aka" },
          { external_id: "b", name: "Bo", sister: "a" },
          { external_id: "c", name: "Cho" },
        ],
      },
    ]);
    w = await world({ templatesFolder: lay.folder });
  });
  afterAll(async () => {
    await w.close();
    await lay.remove();
  });

  const post = async (path: string, body: object = {}) => {
    const answer = await w.admin.post(path, body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.json;
  };
  const document = async (kind: string, name: string) => (await w.admin.get(`/api/documents/${kind}/${name}`)).json;
  const change = async (kind: string, name: string, more: object) => {
    const { id } = await post("/api/changes", { reason: "Mine" });
    const body = { ...(await document(kind, name)), ...more };
    const put = await w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${id}`, { body });
    expect(put.status, put.text).toBe(200);
    return post(`/api/changes/${id}/publish`);
  };
  const gallery = async () => (await w.admin.get("/api/templates")).json.items[0];
  const bases = () => w.sql("select anchor, version from {ws}._base order by 1");

  test("it is planned before it comes, with what it brings", async () => {
    const plan = await post("/api/templates/fleet/plan");
    expect(plan.installs).toEqual([{ name: "fleet", title: "fleet", version: "1.0.0", installed: null }]);
    expect(plan.problems).toEqual([]);
    expect(plan.samples).toBe(3);
    expect(plan.documents.map(({ kind, name, act }: any) => `${act} ${kind} ${name}`).sort()).toEqual([
      "add entity ship",
      "add template fleet",
      "add view ships",
    ]);
    await post("/api/templates/fleet/install");
    expect((await w.admin.post("/api/templates/fleet/install", {})).status).toBe(200);
  });

  test("samples that were left out come later, once", async () => {
    expect((await w.admin.post("/api/templates/fleet/install", { samples: true })).status).toBe(202);
    expect((await w.admin.post("/api/templates/fleet/install", { samples: true })).status).toBe(200);
    expect(await gallery()).toMatchObject({ samples: 3, samples_standing: 3 });
  });

  test("a new version shows where both have changed the same, and does as it is told", async () => {
    await change("entity", "ship", { title: "Boat", plural: "Boats" });
    await lay.manifest("fleet", "1.1.0");
    await lay.write("fleet/entities/ship.json", ship({ title: "Vessel", plural: "Vessels", icon: "ship" }));
    expect(await gallery()).toMatchObject({ installed: "1.0.0", version: "1.1.0" });
    const plan = await post("/api/templates/fleet/plan");
    const conflict = { document: "entity/ship", path: "/title", base: "Ship", theirs: "Vessel", yours: "Boat" };
    expect(plan.conflicts).toMatchObject([conflict, { path: "/plural", base: null }]);
    const decisions = [{ document: "entity/ship", path: "/plural", choice: "theirs" }];
    const refused = await w.admin.post("/api/templates/fleet/plan", { decisions: [{ document: "entity/ship" }] });
    expect([refused.status, refused.json.problems[0].path]).toEqual([400, "/decisions/0"]);
    const unknown = [{ document: "entity/ship", path: "/icon", choice: "yours" }];
    const strange = await w.admin.post("/api/templates/fleet/install", { decisions: unknown });
    expect([strange.status, strange.json.code]).toEqual([422, "template.decision"]);
    const done = await post("/api/templates/fleet/install", { decisions });
    expect(done.conflicts.map(({ choice }: any) => choice)).toEqual(["yours", "theirs"]);
    expect(await document("entity", "ship")).toMatchObject({ title: "Boat", plural: "Vessels", icon: "ship" });
  });

  test("the undo of an upgrade brings the old texts back, so that the next merge knows them", async () => {
    const { version } = w.workspace.model;
    await post(`/api/changes/versions/${version}/undo`);
    expect(await document("entity", "ship")).toMatchObject({ title: "Boat", plural: "Boats" });
    expect(new Set((await bases()).map((row) => row.version))).toEqual(new Set(["1.0.0"]));
    const plan = await post("/api/templates/fleet/plan");
    expect(plan.conflicts).toHaveLength(2);
    await post("/api/templates/fleet/install");
  });

  test("samples go in one act; those that own records need stay, and undo brings them back", async () => {
    const [{ id: sample }] = await w.sql("select id from {ws}.ship where external_id = 'b'");
    await post("/api/records/ship", { name: "Mine", sister: sample });
    const removed = await w.admin.delete("/api/templates/fleet/samples");
    expect(removed.json).toMatchObject({ removed: 1 });
    expect(removed.json.kept).toHaveLength(2);
    expect(await gallery()).toMatchObject({ samples_standing: 2 });
    await post(`/api/operations/${removed.json.operation}/undo`);
    expect(await gallery()).toMatchObject({ samples_standing: 3 });
  });

  test("it does not go while own documents use it; what does is told", async () => {
    const { id } = await post("/api/changes", { reason: "Own view" });
    const own = { ...(await document("view", "ships")), $id: "mine", $anchor: "view_mine" };
    await w.admin.send("PUT", `/api/documents/view/mine?change=${id}`, { body: own });
    const { version } = await post(`/api/changes/${id}/publish`);
    const refused = await w.admin.post("/api/templates/fleet/uninstall", { data: "hide" });
    expect(refused.status, refused.text).toBe(409);
    expect(refused.json.problems.map(({ path }: any) => path)).toContain("/view/mine/entity");
    const plan = await post("/api/templates/fleet/uninstall/plan", { data: "hide" });
    expect(plan.problems.map(({ path }: any) => path)).toContain("/view/mine/entity");
    await post(`/api/changes/versions/${version}/undo`);
  });

  test("it goes with its records, and undo brings both back", async () => {
    const before = await w.sql("select * from {ws}.ship order by id");
    const { version } = await post("/api/templates/fleet/uninstall", { data: "hide" });
    expect(w.workspace.model.entities.has("ship")).toBe(false);
    expect(await bases()).toEqual([]);
    expect((await w.admin.post("/api/templates/fleet/uninstall", { data: "hide" })).status).toBe(409);
    await post(`/api/changes/versions/${version}/undo`);
    expect(await w.sql("select * from {ws}.ship order by id")).toEqual(before);
    expect(await gallery()).toMatchObject({ installed: "1.1.0", samples_standing: 3 });
    expect((await bases()).length).toBe(3);
  });

  test("it goes and leaves all it brought to the customer", async () => {
    expect((await w.admin.post("/api/templates/fleet/uninstall", { data: "all" })).status).toBe(400);
    await post("/api/templates/fleet/uninstall", { data: "keep" });
    expect(await gallery()).toMatchObject({ installed: null });
    expect(w.workspace.model.entities.has("ship")).toBe(true);
    const again = await w.admin.post("/api/templates/fleet/install", {});
    expect(again.json.problems.map(({ path }: any) => path)).toEqual(["/entity/ship", "/view/ships"]);
    await post("/api/templates/fleet/install", { adopt: ["entity/ship", "view/ships"] });
  });

  test("what others build on does not go", async () => {
    await lay.manifest("yard", "1.0.0", { fleet: "^1" });
    await post("/api/templates/yard/install");
    const refused = await w.admin.post("/api/templates/fleet/uninstall", { data: "keep" });
    expect([refused.status, refused.json.problems[0].path]).toEqual([409, "/template/yard"]);
    expect(w.failures).toEqual([]);
  });
});
