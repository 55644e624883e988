import { afterAll, beforeAll, expect, test } from "vitest";
import type { RoleDocument } from "schemas";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let here: World;
let admin: Client;
let sailor: Client;
let pilot: Client;

/** A pilot sees no harbours but his own, and flags open ships. */
const pilots: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "pilot",
  $anchor: "role_pilot",
  title: "Pilot",
  entities: {
    harbour: { read: "own" },
    ship: { create: "own", read: "own", update: "own", fields: { flags: { write: { cel: "name == 'Open'" } } } },
  },
};

beforeAll(async () => {
  here = await world({ documents: [...harbourDocuments, pilots] });
  admin = here.admin;
  pilot = await here.user("Palinurus", { roles: ["pilot"] });
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

test("what is wrong beside a right that is missing is told as far as it was before", async () => {
  const hidden = (await admin.post("/api/records/ship", { name: "Hidden", code: "H2" })).json.id;
  const port = (await admin.post("/api/records/harbour", { name: "Far port" })).json.id;
  const taken = { code: "H2", crew: "many", load: "3", secret: "gold" };
  await refused(
    () => sailor.post("/api/records/ship", [{ name: "A" }, { name: "B", owner: admin.id, ...taken }]),
    "right.missing /1/load",
    "field.unknown /1/secret",
    "value.invalid /1/crew",
    "record.duplicate /1/code",
    "right.missing /1",
  );
  await refused(() => sailor.post("/api/records/ship", { name: "B", owner: "me" }), "value.invalid /owner");
  await refused(() => sailor.patch(`/api/records/ship/${hidden}`, taken, matching(1)), "record.missing ");
  await refused(
    () => sailor.patch(`/api/records/harbour/${port}`, { name: "Port", parent: 7 }, matching(1)),
    "right.missing ",
  );
  await refused(() => sailor.post("/api/records/harbour", { name: 7 }), "right.missing ");
  const told = await sailor.post("/api/records/ship", { name: "B", ...taken });
  expect(told.text).not.toContain(hidden);
});

test("a rule tells nothing of a record that its writer does not see", async () => {
  const port = (await admin.post("/api/records/harbour", { name: "Secret port" })).json.id;
  const sold = (home: string, more: object = {}) =>
    pilot.post("/api/records/ship", { name: "A", sold: true, price: 5, home, ...more });
  const [there, nowhere] = [await sold(port), await sold("01890a5d-ac96-774b-bcce-b302099a8057")];
  expect(told(there.json)).toEqual(["reference.missing /home"]);
  expect(nowhere.json).toEqual(there.json);
  await refused(() => sold(port, { crew: -1 }), "value.invalid /crew", "reference.missing /home");
});

test("a field that may be written on some records only is told with the rest", async () => {
  const given = { name: "Argo", built: "2026-02-30", flags: ["red"] };
  await refused(
    () => pilot.post("/api/records/ship", [given, { ...given, name: "Open" }, { name: 7, flags: ["red"] }]),
    "value.invalid /0/built",
    "right.missing /0/flags",
    "value.invalid /1/built",
    "value.invalid /2/name",
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
