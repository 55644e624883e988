import { afterAll, beforeAll, expect, test } from "vitest";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => (w = await world()));
afterAll(() => w.close());

test("everybody chooses her own language and time zone, without a right to change users", async () => {
  const ken = await w.user("Ken");
  const answer = await ken.send("PATCH", "/api/me", { body: { locale: "ja", time_zone: "Asia/Tokyo" } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("trellis-operation")).toMatch(/^[0-9a-f-]{36}$/);
  const { user } = (await ken.get("/api/model")).json;
  expect(user).toMatchObject({ name: "Ken", locale: "ja", time_zone: "Asia/Tokyo" });

  const { items } = (await w.admin.get(`/api/records/user/${ken.id}/history`)).json;
  expect(items[0]).toMatchObject({ act: "update", by: { name: "Ken" }, after: { locale: "ja" } });

  await ken.send("PATCH", "/api/me", { body: { locale: null } });
  expect((await ken.get("/api/model")).json.user).toMatchObject({ locale: null, time_zone: "Asia/Tokyo" });
});

test("what is no language, no time zone or none of her own settings is refused, all at once", async () => {
  const { status, json } = await w.admin.send("PATCH", "/api/me", {
    body: { locale: "日本語", time_zone: "Mars/Base", roles: ["admin"] },
  });
  expect(status).toBe(422);
  expect(json.problems.map(({ path }: { path: string }) => path).sort()).toEqual(["/locale", "/roles", "/time_zone"]);
  expect((await w.nobody.send("PATCH", "/api/me", { body: { locale: "ja" } })).status).toBe(401);
});
