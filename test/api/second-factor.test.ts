import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { countTry } from "../../runtime/auth/sign-in-tries.ts";
import { codeOf } from "../fixtures/authenticator.ts";
import { password, world, type Answer, type World } from "../world.ts";

const email = "ada@example.com";
const here = { origin: "http://localhost" };
let w: World;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  w = await world();
});
afterAll(async () => {
  vi.useRealTimers();
  await w.close();
});
beforeEach(async () => {
  await w.sql("delete from trellis.session");
  await w.sql("delete from trellis.second_factor");
  await w.sql(`update trellis.account set "twoFactorEnabled" = false`);
  later(60);
  w.clock.advance(25 * 60 * 60_000);
});

/** The authenticator's clock, and ours for what is compared with it, goes on. */
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

type Cookies = Map<string, string>;

/** What a browser keeps of an answer. */
function keep(cookies: Cookies, answer: Answer): Answer {
  for (const line of answer.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "" || /max-age=0/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }
  return answer;
}
const cookieOf = (cookies: Cookies) => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");

const send = async (cookies: Cookies, path: string, body: object, headers: Readonly<Record<string, string>> = here) =>
  keep(cookies, await w.nobody.post(`/api/auth/${path}`, body, { ...headers, cookie: cookieOf(cookies) }));
const opens = async (cookies: Cookies) =>
  (await w.nobody.send("GET", "/api/model", { headers: { cookie: cookieOf(cookies) } })).status === 200;
const state = async (cookies: Cookies) =>
  (await w.nobody.send("GET", "/api/auth/two-factor", { headers: { cookie: cookieOf(cookies) } })).json;

async function signIn(given: object = {}): Promise<Cookies> {
  const cookies: Cookies = new Map();
  const answer = await send(cookies, "sign-in/email", { email, password, ...given });
  expect(answer.status, answer.text).toBe(200);
  return cookies;
}

/** Turns the second factor on. Answers the browser in which it was done, and what an authenticator was given. */
async function turnedOn(given: object = {}) {
  const cookies = await signIn(given);
  const begun = await send(cookies, "two-factor/enable", { password });
  expect(begun.status, begun.text).toBe(200);
  const { totpURI: address, backupCodes } = begun.json as { totpURI: string; backupCodes: string[] };
  const confirmed = await send(cookies, "two-factor/confirm", { code: codeOf(address) });
  expect(confirmed.status, confirmed.text).toBe(200);
  later(30);
  return { cookies, address, backupCodes };
}

test("it is turned on with the password and a code, and from then on a code is asked at each sign-in", async () => {
  const [elsewhere, cookies] = [await signIn(), await signIn()];
  expect((await send(cookies, "two-factor/enable", { password: "wrong one" })).json).toMatchObject({
    code: "auth.password",
    problems: [{ path: "/password" }],
  });
  const begun = await send(cookies, "two-factor/enable", { password });
  const address = new URL(begun.json.totpURI);
  expect([address.protocol, address.host]).toEqual(["otpauth:", "totp"]);
  expect(decodeURIComponent(address.pathname)).toContain(email);
  expect(begun.json.backupCodes).toHaveLength(10);
  // Before a code has shown that the authenticator works, nothing is different.
  expect([await state(cookies), await opens(await signIn())]).toEqual([{ on: false, backup_codes: 0 }, true]);
  expect((await send(cookies, "two-factor/confirm", { code: "000000" })).json.code).toBe("factor.wrong");
  expect((await send(cookies, "two-factor/confirm", { code: begun.json.backupCodes[0] })).json.code).toBe(
    "factor.wrong",
  );
  expect(await opens(elsewhere)).toBe(true);
  const confirmed = await send(cookies, "two-factor/confirm", { code: codeOf(begun.json.totpURI) });
  expect(confirmed.status, confirmed.text).toBe(200);
  expect([await opens(cookies), await opens(elsewhere)]).toEqual([true, false]);
  expect(await state(cookies)).toEqual({ on: true, backup_codes: 10 });
  expect((await send(cookies, "two-factor/enable", { password })).json.code).toBe("factor.on");

  later(30);
  const next = await signIn();
  expect(await opens(next)).toBe(false);
  const verified = await send(next, "two-factor/verify", { code: codeOf(begun.json.totpURI) });
  expect([verified.status, await opens(next)]).toEqual([200, true]);
});

test("what stands in the tables is neither the secret nor a code", async () => {
  const { address, backupCodes } = await turnedOn();
  const secret = new URL(address).searchParams.get("secret") ?? "";
  const kept = JSON.stringify([
    await w.sql("select * from trellis.second_factor"),
    await w.sql("select * from trellis.used_code"),
  ]);
  for (const said of [secret, ...backupCodes, codeOf(address, -1)]) expect(kept).not.toContain(said);
});

test("a code opens once, be it asked for at the same time; a code to fall back on too", async () => {
  const { address, backupCodes } = await turnedOn();
  const browsers = [await signIn(), await signIn(), await signIn()];
  const code = codeOf(address);
  const together = await Promise.all(browsers.map((it) => send(it, "two-factor/verify", { code })));
  expect(together.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
  later(10);
  const replayed = await signIn();
  expect((await send(replayed, "two-factor/verify", { code })).json.code).toBe("factor.wrong");
  const fallback = { code: backupCodes[3]! };
  const tries = await Promise.all([replayed, await signIn()].map((it) => send(it, "two-factor/verify", fallback)));
  expect(tries.map(({ status }) => status).sort()).toEqual([200, 422]);
  expect((await send(await signIn(), "two-factor/verify", fallback)).status).toBe(422);
});

test("a code is tried five times after one password, and ten times in a quarter of an hour", async () => {
  const { address } = await turnedOn();
  const verify = async (cookies: Cookies, code: string) =>
    (await send(cookies, "two-factor/verify", { code })).json.code as string;
  const codes: string[] = [];
  const [one, two] = [await signIn(), await signIn()];
  for (let at = 0; at < 6; at++) codes.push(await verify(one, `00000${at}`));
  expect(codes).toEqual([...Array(5).fill("factor.wrong"), "factor.challenge"]);
  expect(await verify(one, codeOf(address))).toBe("factor.challenge");
  for (let at = 0; at < 4; at++) expect(await verify(two, `00001${at}`)).toBe("factor.wrong");
  expect(await verify(two, codeOf(address))).toBe("auth.too_many_tries");
  w.clock.advance(16 * 60_000);
  expect((await send(two, "two-factor/verify", { code: codeOf(address) })).status).toBe(200);
});

test("fifty codes are tried for an account in a day, from whatever network; passwords are counted by themselves", async () => {
  const may = async (at: number, of?: "code") => {
    w.clock.advance(2 * 60_000);
    const trying = { email, network: `10.0.${at}.0/24`, device: undefined, ...(of ? { of } : {}) };
    return countTry(w.pool, trying, w.clock.now());
  };
  const allowed = [];
  for (let at = 0; at < 60; at++) allowed.push(await may(at, "code"));
  expect(allowed.lastIndexOf(true)).toBe(49);
  expect(await may(61)).toBe(true);
  w.clock.advance(23 * 60 * 60_000);
  expect(await may(62, "code")).toBe(true);
});

test("an owner is not kept out by who knows her password: a browser in which she was is counted by itself", async () => {
  const { address } = await turnedOn();
  const hers = await signIn();
  expect((await send(hers, "two-factor/verify", { code: codeOf(address) })).status).toBe(200);
  later(30);
  for (let round = 0; round < 2; round++) {
    const thief = await signIn();
    for (let at = 0; at < 5; at++) await send(thief, "two-factor/verify", { code: `00000${at}` });
  }
  const known = { "trellis.device": hers.get("trellis.device") ?? "" };
  const again: Cookies = new Map(Object.entries(known));
  await send(again, "sign-in/email", { email, password });
  expect((await send(again, "two-factor/verify", { code: codeOf(address) })).status).toBe(200);
});

test("G79 it is turned off, and its codes are made anew, with the password and a code; other sessions end", async () => {
  const { cookies, address, backupCodes } = await turnedOn();
  const other = await signIn();
  await send(other, "two-factor/verify", { code: codeOf(address) });
  const odd: [object, string][] = [
    [{ password }, "auth.malformed"],
    [{ password, code: "12345" }, "factor.wrong"],
    [{ password: "wrong one", code: codeOf(address, 1) }, "auth.password"],
  ];
  for (const path of ["two-factor/backup-codes", "two-factor/disable"])
    for (const [body, code] of odd) expect((await send(cookies, path, body)).json.code).toBe(code);
  const made = await send(cookies, "two-factor/backup-codes", { password, code: codeOf(address, 1) });
  expect(made.json.backupCodes).toHaveLength(10);
  expect([await opens(cookies), await opens(other)]).toEqual([true, false]);
  expect(await state(cookies)).toEqual({ on: true, backup_codes: 10 });
  const former = await signIn();
  expect((await send(former, "two-factor/verify", { code: backupCodes[0] })).json.code).toBe("factor.wrong");
  expect((await send(former, "two-factor/verify", { code: made.json.backupCodes[0] })).status).toBe(200);
  const off = await send(cookies, "two-factor/disable", { password, code: made.json.backupCodes[1] });
  expect(off.status, off.text).toBe(200);
  expect([await opens(cookies), await opens(former), await opens(await signIn())]).toEqual([true, false, true]);
  expect((await send(cookies, "two-factor/disable", { password, code: "123456" })).json.code).toBe("factor.off");
});

test("who has given a password that is no longer right begins anew", async () => {
  const { cookies, address } = await turnedOn();
  const half = await signIn();
  const changed = await send(cookies, "change-password", {
    currentPassword: password,
    newPassword: "another long one",
  });
  expect(changed.status).toBe(200);
  expect((await send(half, "two-factor/verify", { code: codeOf(address) })).json.code).toBe("factor.challenge");
  await send(cookies, "change-password", { currentPassword: "another long one", newPassword: password });
});

test("an admin takes the factor of somebody who has lost it: she is told, signed out, and it is written down", async () => {
  const mia = { name: "Mia", email: "mia@example.com", password };
  const { id } = (await w.admin.post("/api/users", mia)).json;
  const hers = await turnedOn({ email: mia.email });
  const listed = async () =>
    (await w.admin.get("/api/users")).json.items.find((it: { id: string }) => it.id === id).second_factor;
  expect(await listed()).toBe(true);
  const refused = await w.nobody.send("DELETE", `/api/users/${id}/second-factor`, {
    headers: { ...here, cookie: cookieOf(hers.cookies) },
  });
  expect(refused.status).toBe(403);
  const taken = await w.admin.delete(`/api/users/${id}/second-factor`);
  expect(taken.status, taken.text).toBe(204);
  expect([await listed(), await opens(hers.cookies)]).toEqual([false, false]);
  const operation = (await w.admin.get(`/api/operations/${taken.headers.get("trellis-operation")}`)).json;
  expect(operation).toMatchObject({ title: "Take the second factor of Mia", by: w.admin.id });
  const client = await w.as(id, "Mia");
  expect((await client.get("/api/notifications")).json.items[0]).toMatchObject({
    told: { code: "second_factor", by: "Ada" },
  });
  expect(await opens(await signIn({ email: mia.email }))).toBe(true);
  for (const [whom, code] of [
    [id, "factor.off"],
    [w.admin.id, "factor.own"],
    ["none", "record.missing"],
  ])
    expect((await w.admin.delete(`/api/users/${whom}/second-factor`)).json.code).toBe(code);
});

test("G79 another e-mail address ends all sessions but the one in which it was given", async () => {
  const [mine, other] = [await signIn(), await signIn()];
  const body = { email: "ada@example.org" };
  const headers = { ...here, cookie: cookieOf(mine) };
  const changed = await w.nobody.send("PATCH", `/api/users/${w.admin.id}`, { body, headers });
  expect([changed.status, await opens(mine), await opens(other)]).toEqual([200, true, false]);
  expect((await w.admin.send("PATCH", `/api/users/${w.admin.id}`, { body: { email } })).status).toBe(200);
});

test("G79 keys end with what their owner proves herself with where she chooses so, and nobody else's", async () => {
  const cookies = await signIn();
  const own = await w.as(w.admin.id, "Ada");
  const works = async () => (await own.get("/api/model")).status === 200;
  const change = (given: object) => send(cookies, "change-password", given);
  const there = { currentPassword: password, newPassword: "another long one" };
  const back = { currentPassword: "another long one", newPassword: password };
  expect([(await change(there)).status, await works()]).toEqual([200, true]);
  expect([(await change({ ...there, end_keys: true })).status, await works()]).toEqual([400, true]);
  expect([(await change({ ...back, end_keys: "yes" })).status, await works()]).toEqual([400, true]);
  const other = await w.user("Otto");
  expect([(await change({ ...back, end_keys: true })).status, await works()]).toEqual([200, false]);
  expect((await other.get("/api/model")).status).toBe(200);
});
