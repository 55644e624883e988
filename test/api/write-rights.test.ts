import { afterAll, beforeAll, expect, test } from "vitest";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let here: World;
let admin: Client;
let sailor: Client;
beforeAll(async () => {
  here = await world({ documents: harbourDocuments });
  admin = here.admin;
  sailor = await here.user("Sindbad", { roles: ["sailor"] });
});
afterAll(() => here.close());

const matching = (version: number) => ({ "if-match": `"${version}"` });
const told = (json: any) => json.problems.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`);
const refused = async (work: () => Promise<{ status: number; json: any }>, ...problems: string[]) => {
  const before = await dump(here);
  const answer = await work();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(told(answer.json)).toEqual(problems);
  expect(await dump(here)).toEqual(before);
};

test("a record that the right to create does not cover is not made", async () => {
  await refused(() => sailor.post("/api/records/ship", { name: "A", owner: admin.id }), "right.missing ");
  await refused(
    () => sailor.post("/api/records/ship", [{ name: "A" }, { name: "B", owner: admin.id }]),
    "right.missing /1",
  );
  await refused(() => sailor.post("/api/records/harbour", { name: "A" }), "right.missing ");
  const made = await sailor.post("/api/records/ship", { name: "A" });
  expect(made.status).toBe(201);
  expect(made.json.owner).toBe(sailor.id);
  expect(made.text).not.toContain("secret");
});

test("a hidden field is unknown, one that is read only is said to be", async () => {
  await refused(() => sailor.post("/api/records/ship", { name: "A", secret: "gold" }), "field.unknown /secret");
  await refused(() => sailor.post("/api/records/ship", { name: "A", load: "3" }), "right.missing /load");
});

test("a record that she does not see is missing; one that she sees alone stays", async () => {
  const hidden = (await admin.post("/api/records/ship", { name: "Hidden", code: "H1" })).json.id;
  await refused(() => sailor.patch(`/api/records/ship/${hidden}`, { crew: 1 }, matching(1)), "record.missing ");
  await refused(() => sailor.delete(`/api/records/ship/${hidden}`, matching(1)), "record.missing ");
  const port = (await admin.post("/api/records/harbour", { name: "Port" })).json.id;
  await refused(() => sailor.patch(`/api/records/harbour/${port}`, { name: "Mine" }, matching(1)), "right.missing ");
  await refused(() => sailor.delete(`/api/records/harbour/${port}`, matching(1)), "right.missing ");
  const duplicate = await sailor.post("/api/records/ship", { name: "B", code: "H1" });
  expect(duplicate.status).toBe(409);
  expect(duplicate.text).not.toContain(hidden);
  await refused(
    () => sailor.post("/api/records/entry", { text: "On it", about: { entity: "ship", id: hidden } }),
    "reference.missing /about",
  );
});

test("users and teams are written by the same core", async () => {
  const team = await admin.post("/api/records/team", { name: "Crew" });
  expect(team.status).toBe(201);
  const member = await admin.post("/api/records/user_team", { user: sailor.id, team: team.json.id });
  expect(member.status).toBe(201);
  await refused(
    () => admin.post("/api/records/user_team", { user: sailor.id, team: team.json.id }),
    "record.duplicate /user",
  );
  await refused(
    () => admin.patch(`/api/records/user/${sailor.id}`, { roles: ["admin"] }, matching(1)),
    "field.read_only /roles",
  );
  await refused(
    () => sailor.patch(`/api/records/user/${sailor.id}`, { name: "Emperor" }, matching(1)),
    "right.missing ",
  );
  const [{ version }] = await here.sql(`select version from {ws}."user" where id = $1`, [sailor.id]);
  expect((await admin.patch(`/api/records/user/${sailor.id}`, { name: "Sinbad" }, matching(version))).json.name).toBe(
    "Sinbad",
  );
  expect((await admin.delete(`/api/records/team/${team.json.id}`, matching(1))).status).toBe(204);
  expect(
    (await here.sql("select deleted_at is not null as gone from {ws}.user_team where id = $1", [member.json.id]))[0]
      .gone,
  ).toBe(true);
});
