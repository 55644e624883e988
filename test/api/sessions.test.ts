import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { password, world, type World } from "../world.ts";

let w: World;
const email = "ada@example.com";
const origin = { origin: "http://localhost" };

beforeAll(async () => {
  w = await world();
});
beforeEach(() => w.sql("delete from trellis.session"));
afterAll(() => w.close());

const cookieIn = (headers: Headers) =>
  headers
    .getSetCookie()
    .find((it) => it.startsWith("trellis.session_token="))
    ?.split(";")[0];

async function signIn(): Promise<string> {
  const answer = await w.nobody.post("/api/auth/sign-in/email", { email, password });
  expect(answer.status, answer.text).toBe(200);
  return cookieIn(answer.headers)!;
}
const opens = async (cookie: string) =>
  (await w.nobody.send("GET", "/api/model", { headers: { cookie } })).status === 200;
const send = (cookie: string, path: string, body: object = {}) =>
  w.nobody.post(`/api/auth/${path}`, body, { ...origin, cookie });
const stored = async () =>
  (await w.sql(`select token from trellis.session order by "createdAt", id`)).map(({ token }) => token as string);
const tokenIn = (cookie: string) => decodeURIComponent(cookie.split("=")[1]!).split(".")[0]!;

test("what stands in the table of sessions opens nothing, even where the secret of cookies is known", async () => {
  const cookie = await signIn();
  expect(await opens(cookie)).toBe(true);
  const [kept = ""] = await stored();
  expect(kept).toMatch(/^[0-9a-f]{64}$/);
  expect(kept).not.toContain(tokenIn(cookie));
  const signed = (token: string) =>
    `trellis.session_token=${encodeURIComponent(`${token}.${createHmac("sha256", "s".repeat(40)).update(token).digest("base64")}`)}`;
  expect(await opens(signed(tokenIn(cookie)))).toBe(true);
  expect(await opens(signed(kept))).toBe(false);
});

test("a session that is prolonged keeps its cookie", async () => {
  const cookie = await signIn();
  await w.sql(`update trellis.session set "expiresAt" = now() + interval '1 day'`);
  const answer = await w.nobody.send("GET", "/api/auth/get-session", { headers: { cookie } });
  expect(cookieIn(answer.headers)).toBe(cookie);
  const [{ far }] = await w.sql(`select "expiresAt" > now() + interval '13 days' as far from trellis.session`);
  expect([far, await opens(cookie)]).toEqual([true, true]);
});

test("a session that has expired opens nothing and is forgotten", async () => {
  const cookie = await signIn();
  await w.sql(`update trellis.session set "expiresAt" = now() - interval '1 second'`);
  expect(await opens(cookie)).toBe(false);
  expect(await stored()).toEqual([]);
});

test("signing out ends the session", async () => {
  const [one, other] = [await signIn(), await signIn()];
  expect((await send(one, "sign-out")).status).toBe(200);
  expect([await opens(one), await opens(other)]).toEqual([false, true]);
});

test("a person lists her sessions, ends one of them, or all others", async () => {
  const cookies = [await signIn(), await signIn(), await signIn()];
  const [mine = "", one = ""] = cookies;
  const list = await w.nobody.send("GET", "/api/auth/list-sessions", { headers: { cookie: mine } });
  expect(list.json, list.text).toHaveLength(3);
  expect(list.text).not.toContain(tokenIn(one));
  const { json: own } = await w.nobody.send("GET", "/api/auth/get-session", { headers: { cookie: one } });
  const shown = list.json.find(({ id }: { id: string }) => id === own.session.id).token;
  expect((await send(mine, "revoke-session", { token: shown })).status).toBe(200);
  expect(await Promise.all(cookies.map(opens))).toEqual([true, false, true]);
  expect((await send(mine, "revoke-other-sessions")).status).toBe(200);
  expect(await Promise.all(cookies.map(opens))).toEqual([true, false, false]);
});

test("nobody ends a session of somebody else", async () => {
  const mine = await signIn();
  const mia = { name: "Mia", email: "mia@example.com", password };
  expect((await w.admin.post("/api/users", mia)).status).toBe(201);
  const hers = cookieIn((await w.nobody.post("/api/auth/sign-in/email", mia)).headers)!;
  const [kept] = await stored();
  await send(hers, "revoke-session", { token: kept });
  await send(hers, "revoke-other-sessions");
  expect([await opens(mine), await opens(hers)]).toEqual([true, true]);
});

test("a new password ends the others and goes on with a new session", async () => {
  const [mine, other] = [await signIn(), await signIn()];
  const changed = await send(mine, "change-password", { currentPassword: password, newPassword: "another long one" });
  expect(changed.status, changed.text).toBe(200);
  expect(await Promise.all([mine, other, cookieIn(changed.headers)!].map(opens))).toEqual([false, false, true]);
  const back = { currentPassword: "another long one", newPassword: password };
  expect((await send(cookieIn(changed.headers)!, "change-password", back)).status).toBe(200);
});
