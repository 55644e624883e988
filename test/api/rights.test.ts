import type { AnyDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { world, type Client, type World } from "../world.ts";

let w: World;
const people: Record<string, Client> = {};

const role = (name: string, entities: RoleDocument["entities"]): AnyDocument => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: name,
  entities,
});

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  const { json: change } = await w.admin.post("/api/changes", { reason: "roles" });
  for (const document of [
    role("mate", { deal: { create: "own", read: "team", update: "team" }, company: { read: "all" } }),
    role("big", { deal: { read: { cel: "amount > 500" }, fields: { title: { read: { cel: "amount > 800" } } } } }),
  ] as RoleDocument[]) {
    const answer = await w.admin.send("PUT", `/api/documents/role/${document.$id}?change=${change.id}`, {
      body: document,
    });
    expect(answer.status, answer.text).toBe(200);
  }
  expect((await w.admin.post(`/api/changes/${change.id}/publish`, {})).status).toBe(200);
  for (const team of ["East", "West"]) await w.admin.post("/api/records/team", { name: team });
  people.dora = await w.user("Dora", { roles: ["sales_manager"] });
  people.mari = await w.user("Mari", { roles: ["sales_manager"], manager: people.dora.id });
  people.ken = await w.user("Ken", { roles: ["seller"], manager: people.mari.id, teams: ["East"] });
  people.mio = await w.user("Mio", { roles: ["mate"], teams: ["East"] });
  people.leo = await w.user("Leo", { roles: ["seller"], teams: ["West"] });
  people.ben = await w.user("Ben", { roles: ["big"] });
  for (const [at, name] of ["ken", "mio", "leo", "mari"].entries()) {
    const answer = await people[name]!.post("/api/records/deal", {
      title: `of ${name}`,
      amount: { amount: `${(at + 1) * 250}`, currency: "USD" },
    });
    expect(answer.status, answer.text).toBe(201);
  }
});
afterAll(() => w.close());

const seen = async (who: string, query = "sort=title") => {
  const { json } = await people[who]!.get(`/api/records/deal?${query}`);
  return json.items.map(({ title, amount }: any) => title ?? `hidden at ${amount.amount}`);
};

describe("who sees whose deals", () => {
  test.each([
    ["a seller her own", "ken", ["of ken"]],
    ["a manager her own and those of who reports to her", "mari", ["of ken", "of mari"]],
    ["the manager above all of them", "dora", ["of ken", "of mari"]],
    ["a team mate those of the team", "mio", ["of ken", "of mio"]],
  ])("%s", async (_, who, titles) => {
    expect(await seen(who)).toEqual(titles);
    const { json } = await people[who]!.post("/api/records/deal/aggregate", {});
    expect(json.rows).toEqual([{ n: titles.length }]);
    const found = await people[who]!.get("/api/search?q=of");
    expect(found.json.items.filter(({ entity }: any) => entity === "deal")).toHaveLength(titles.length);
    expect((await people[who]!.get("/api/records/deal?count=exact&limit=1")).json.count.value).toBe(titles.length);
  });

  test("a condition shows its records, and its fields where theirs hold", async () => {
    expect(await seen("ben", "sort=amount")).toEqual(["hidden at 750", "of mari"]);
    const { json } = await people.ben!.get("/api/records/deal?sort=amount");
    expect(json.items.map(({ _masked = [] }: any) => _masked)).toEqual([["title"], []]);
    expect(
      (await people.ben!.get(`/api/records/deal?${new URLSearchParams({ filter: "title == 'of leo'" })}`)).json.items,
    ).toEqual([]);
    expect((await people.ben!.get("/api/records/deal?search=leo")).json.items).toEqual([]);
  });
});

describe("rights that are not given", () => {
  test("hide the entity, refuse the write, and leave nothing behind", async () => {
    const deal = (await people.leo!.get("/api/records/deal")).json.items[0];
    const answers = await Promise.all([
      people.ben!.get("/api/records/company"),
      people.ben!.post("/api/records/deal", { title: "x" }),
      people.ken!.get(`/api/records/deal/${deal.id}`),
      people.ken!.patch(`/api/records/deal/${deal.id}`, { title: "x" }, { "if-match": '"1"' }),
      people.mio!.delete(`/api/records/deal/${(await people.mio!.get("/api/records/deal")).json.items[0].id}`, {
        "if-match": '"1"',
      }),
      people.ken!.post("/api/records/deal", { title: "for Leo", owner: people.leo!.id }),
      people.ken!.get("/api/users"),
      people.ken!.post("/api/templates/core/install", {}),
      w.nobody.get("/api/records/deal"),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 403, 404, 404, 403, 403, 403, 403, 401]);
    expect((await w.sql("select count(*)::int as n from {ws}.deal"))[0].n).toBe(4);
  });

  test("a role that is taken, and a user who is switched off, count with the next request", async () => {
    expect(await seen("leo")).toEqual(["of leo"]);
    await w.admin.patch(`/api/users/${people.leo!.id}`, { roles: [] });
    expect((await people.leo!.get("/api/records/deal")).status).toBe(404);
    await w.admin.patch(`/api/users/${people.leo!.id}`, { roles: ["seller"], active: false });
    expect((await people.leo!.get("/api/records/deal")).status).toBe(401);
  });

  test("a role that another process takes, and a key that it ends, count half a second later", async () => {
    const away = await w.user("Away", { roles: ["seller"] });
    const status = async () => (await away.get("/api/records/deal")).status;
    const now = performance.now.bind(performance);
    const later = (ms: number) => vi.spyOn(performance, "now").mockImplementation(() => now() + ms);
    expect(await status()).toBe(200);
    await w.pool.query(`update ${w.workspace.schema}."user" set roles = null where id = $1`, [away.id]);
    later(500);
    expect(await status()).toBe(404);
    await w.pool.query(`update trellis.api_key set revoked_at = now() where "user" = $1`, [away.id]);
    later(1000);
    expect(await status()).toBe(401);
    vi.restoreAllMocks();
  });
});

test("who sees a record is told with the reason, to those who see it; the role to those who may read roles", async () => {
  const { json } = await people.ken!.get("/api/records/deal");
  const told = async (who: Client) => {
    const answer = await who.get(`/api/records/deal/${json.items[0].id}/access`);
    return answer.json.items.map(({ user, why }: any) => [user.name, why]);
  };
  expect(await told(w.admin)).toEqual([
    ["Ada", "Admin: all"],
    ["Dora", "Sales manager: below"],
    ["Ken", "Seller: own"],
    ["Mari", "Sales manager: below"],
    ["Mio", "mate: team"],
  ]);
  expect(await told(people.ken!)).toEqual([
    ["Ada", "all"],
    ["Dora", "below"],
    ["Ken", "own"],
    ["Mari", "below"],
    ["Mio", "team"],
  ]);
  expect((await people.ben!.get(`/api/records/deal/${json.items[0].id}/access`)).status).toBe(404);
});

test("a past is counted of the records that are seen now, whosever they were, and by no text that hides on some of them", async () => {
  const { json } = await people.leo!.post("/api/records/deal", { title: "passed on" });
  w.clock.advance(60_000);
  const as_of = w.clock.now().toISOString();
  w.clock.advance(60_000);
  const to = { owner: people.ken!.id };
  await w.admin.patch(`/api/records/deal/${json.id}`, to, { "if-match": `"${json.version}"` });
  const then = async (who: string, more = {}) =>
    (await people[who]!.post("/api/records/deal/aggregate", { as_of, ...more })).json;
  const count = async (who: string) => (await people[who]!.post("/api/records/deal/aggregate", {})).json.rows;
  expect((await then("ken")).rows).toEqual(await count("ken"));
  expect((await then("leo")).rows).toEqual(await count("leo"));
  expect((await then("ben", { search: "of" })).problems).toMatchObject([{ code: "report.not_kept", path: "/as_of" }]);
});
