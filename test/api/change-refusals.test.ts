import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drafted, published, stone } from "../fixtures/stones.ts";
import { dump } from "../harbour.ts";
import { world, type World } from "../world.ts";

let here: World;
beforeAll(async () => {
  here = await world();
});
afterAll(() => here.close());

const refusal = async (work: Promise<{ status: number; json: any }>) => {
  const { status, json } = await work;
  return [status, json.code];
};

describe("a change", () => {
  test("takes a reason and mappings while it is open, and says what it cannot place", async () => {
    const id = await drafted(here, [stone({})]);
    const { status, json } = await here.admin.patch(`/api/changes/${id}`, {
      reason: "Stones",
      mappings: { "ent_stone#fld_name": { a: "b", c: null } },
    });
    expect([status, json.reason, json.mappings]).toEqual([
      200,
      "Stones",
      { "ent_stone#fld_name": { a: "b", c: null } },
    ]);
    const before = await dump(here);
    const amend = (body: object) => refusal(here.admin.patch(`/api/changes/${id}`, body));
    expect(await amend({ mappings: { "ent_stone#fld_none": { a: "b" } } })).toEqual([422, "mapping.unknown"]);
    expect(await amend({ mappings: { "ent_stone#fld_name": { a: 1 } } })).toEqual([422, "mapping.malformed"]);
    expect(await amend({ mappings: [] })).toEqual([422, "mapping.malformed"]);
    expect(await amend({ reason: 5 })).toEqual([400, "body.malformed"]);
    expect(await dump(here)).toEqual(before);
  });

  test("that is empty, closed, unknown or overtaken is refused, and nothing is stored", async () => {
    const empty = (await here.admin.post("/api/changes", { reason: "" })).json.id;
    const closed = await drafted(here, [stone({})]);
    const overtaken = await drafted(here, [stone({}, { title: "Pebble" })]);
    await published(here, closed);
    const before = await dump(here);
    expect(await refusal(here.admin.post(`/api/changes/${empty}/publish`, {}))).toEqual([422, "change.empty"]);
    expect(await refusal(here.admin.post(`/api/changes/${closed}/publish`, {}))).toEqual([409, "change.closed"]);
    expect(await refusal(here.admin.patch(`/api/changes/${closed}`, { reason: "x" }))).toEqual([409, "change.closed"]);
    expect(await refusal(here.admin.post(`/api/changes/${overtaken}/publish`, {}))).toEqual([409, "publish.overtaken"]);
    for (const none of ["nothing", "00000000-0000-7000-8000-000000000000"])
      for (const path of [`${none}/publish`, `${none}/plan`, `${none}/undo`])
        expect(await refusal(here.admin.post(`/api/changes/${path}`, {}))).toEqual([404, "change.missing"]);
    for (const none of ["0", "-1", "99999", "abc", "1e9", "99999999999999"])
      expect(await refusal(here.admin.post(`/api/changes/versions/${none}/undo`, {}))).toEqual([
        404,
        "version.missing",
      ]);
    expect(await refusal(here.admin.post(`/api/changes/versions/1/undo`, { mapping: { a: 1 } }))).toEqual([
      422,
      "mapping.malformed",
    ]);
    expect(await dump(here)).toEqual(before);
  });

  test("is checked while somebody types, without being saved", async () => {
    const { id } = (await here.admin.post("/api/changes", {})).json;
    const before = await dump(here);
    const check = async (document: unknown, name = "stone") =>
      (await here.admin.post(`/api/changes/${id}/check`, { kind: "entity", name, document })).json.problems?.map(
        ({ code }: { code: string }) => code,
      );
    expect(await check(stone({}))).toEqual([]);
    expect(await check(stone({ far: { $anchor: "fld_far", field: "reference", to: "moon", title: "Far" } }))).toEqual([
      "document.entity_unknown",
    ]);
    expect(await check(stone({}), "other")).toEqual(["document.misplaced"]);
    expect(await check({ $schema: "urn:trellis:entity:1" })).not.toEqual([]);
    expect(await dump(here)).toEqual(before);
  });
});

describe("a version", () => {
  test("is shown with what it did and what builds on it; one that others build on is not undone", async () => {
    const first = (await published(here, await drafted(here, [stone({}, { title: "One" })]))).json.version;
    const second = (await published(here, await drafted(here, [stone({}, { title: "Two" })]))).json.version;
    const { json } = await here.admin.get(`/api/changes/versions/${first}`);
    expect(json).toMatchObject({ number: first, needed_by: [second], documents: [{ name: "stone", act: "change" }] });
    const refused = await here.admin.post(`/api/changes/versions/${first}/undo`, {});
    expect([refused.status, refused.json.code]).toEqual([409, "version.needed"]);
    expect(refused.json.detail).toContain(`version ${second}`);
    expect((await here.admin.post(`/api/changes/versions/${second}/undo`, {})).status).toBe(200);
    expect((await here.admin.get("/api/documents/entity/stone")).json.title).toBe("One");
    expect((await here.admin.get(`/api/changes/versions/${second}`)).json.undone_by).toBe(second + 1);
  });

  test("names the keys that used what goes", async () => {
    await here.admin.get("/api/records/stone?fields=name");
    const gone = await drafted(here, []);
    await here.admin.delete(`/api/documents/entity/stone?change=${gone}`);
    const { keys, undo_until } = (await here.admin.post(`/api/changes/${gone}/plan`, {})).json;
    expect(keys).toMatchObject([{ name: "test" }]);
    expect(Date.parse(undo_until) - here.clock.now().getTime()).toBe(30 * 86_400_000);
  });
});
