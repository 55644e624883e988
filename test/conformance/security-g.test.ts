import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { codeOf } from "../fixtures/authenticator.ts";
import { routeTable } from "../fixtures/route-table.ts";
import { password, world, type Answer, type World } from "../world.ts";

/**
 * Class G of the case book (spec of security, section 2): identity, session, request forgery. Each test begins with the
 * number of its case.
 */
const email = "ada@example.com";
const home = { origin: "http://localhost" };
let w: World;
beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
});
afterAll(() => w.close());

const signIn = (given: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  w.nobody.post("/api/auth/sign-in/email", { email, password, ...given }, headers);

const cookieOf = (answer: Answer, name: string) =>
  answer.headers
    .getSetCookie()
    .find((it) => it.includes(name))!
    .split(";")[0]!;

async function session(given: object = {}): Promise<Readonly<Record<string, string>>> {
  const answer = await signIn(given);
  expect(answer.status, answer.text).toBe(200);
  return { ...home, cookie: cookieOf(answer, "session_token") };
}
const reads = async (headers: Readonly<Record<string, string>>, path = "/api/model") =>
  (await w.nobody.send("GET", path, { headers })).status;
const quarter = () => w.clock.advance(16 * 60_000);

async function colleague(name: string, roles: readonly string[]) {
  const given = { email: `${name}@example.com`, password };
  const { json } = await w.admin.post("/api/users", { name, roles, ...given });
  return { id: json.id as string, cookies: await session({ email: given.email }), client: await w.as(json.id, name) };
}

test("G74 no link is made from what a request says of its origin: no route sends one", async () => {
  const routes = ["request-password-reset", "forget-password", "reset-password", "send-verification-email"].concat([
    "sign-in/magic-link",
    "sign-in/social",
    "verify-email",
    "change-email",
    "sign-up/email",
    "invite",
  ]);
  for (const route of routes) {
    const body = { email, redirectTo: "https://evil.example", callbackURL: "https://evil.example" };
    const answer = await w.nobody.post(`/api/auth/${route}`, body, { origin: "https://evil.example" });
    expect([route, answer.status]).toEqual([route, 401]);
    expect(answer.text).not.toContain("evil");
  }
  expect(await w.sql("select count(*)::int as n from trellis.verification")).toEqual([{ n: 0 }]);
});

test("G76 signing in answers alike and works as long whether there is such a person or not", async () => {
  const took = { known: [] as number[], unknown: [] as number[] };
  const bodies = new Set<string>();
  for (let at = 0; at < Number(process.env.TRELLIS_CASES ?? 30); at++) {
    for (const who of ["known", "unknown"] as const) {
      quarter();
      const begun = performance.now();
      const answer = await signIn({ email: who === "known" ? email : `nobody${at}@example.com`, password: "wrong" });
      took[who].push(performance.now() - begun);
      bodies.add(`${answer.status} ${answer.text} ${[...answer.headers.keys()].sort().join()}`);
    }
  }
  expect([...bodies]).toHaveLength(1);
  // Kolmogorov and Smirnov's distance: 1 where the two can be told apart by the clock, near 0 where they cannot.
  const all = [...took.known, ...took.unknown];
  const share = (them: readonly number[], bound: number) => them.filter((it) => it <= bound).length / them.length;
  const distance = Math.max(...all.map((it) => Math.abs(share(took.known, it) - share(took.unknown, it))));
  expect(distance).toBeLessThan(2.7 * Math.sqrt(2 / took.known.length));
});

test("G77 what a request says of itself lifts no limit: ten tries for an account, a hundred from a network", async () => {
  quarter();
  const spoofed = (at: number) => ({
    "x-forwarded-for": `10.9.8.${at}`,
    "x-real-ip": `10.9.8.${at}`,
    "x-trellis-address": `10.9.8.${at}`,
    forwarded: `for=10.9.8.${at}`,
    "user-agent": `agent ${at}`,
    "trellis-device": String(at),
  });
  for (let at = 0; at < 10; at++)
    expect((await signIn({ password: `wrong ${at}`, rememberMe: at % 2 === 0 }, spoofed(at))).status).toBe(401);
  const more = await signIn({}, { ...spoofed(11), cookie: "trellis.device=AAAA.BBBB" });
  expect([more.status, more.json.code]).toEqual([429, "auth.too_many_tries"]);
  const others = Array.from({ length: 91 }, (_, at) => `p${at}@example.com`);
  const codes = [];
  for (const name of others) codes.push((await signIn({ email: name }, spoofed(20))).status);
  expect(codes.filter((code) => code === 401).length).toBe(89);
  quarter();
  expect((await signIn()).status).toBe(200);
});

test("G77 nobody keeps an owner out: a browser in which she has signed in before is counted by itself", async () => {
  const device = cookieOf(await signIn(), "trellis.device");
  for (let at = 0; at < 12; at++) await signIn({ password: "wrong" });
  expect((await signIn()).status).toBe(429);
  expect((await signIn({}, { cookie: device })).status).toBe(200);
  expect((await signIn({ email: "other@example.com" }, { cookie: device })).status).toBe(401);
  quarter();
});

test("G79 a new password ends every other session, whatever the request says", async () => {
  const { cookies } = await colleague("gina", ["seller"]);
  const elsewhere = await session({ email: "gina@example.com" });
  expect([await reads(cookies), await reads(elsewhere)]).toEqual([200, 200]);
  const body = { currentPassword: password, newPassword: "another good one", revokeOtherSessions: false };
  const changed = await w.nobody.post("/api/auth/change-password", body, cookies);
  expect(changed.status, changed.text).toBe(200);
  expect(await reads(elsewhere)).toBe(401);
  expect((await signIn({ email: "gina@example.com" })).status).toBe(401);
  const again = await session({ email: "gina@example.com", password: "another good one" });
  const users = (await w.admin.get("/api/users")).json.items;
  const { id } = users.find(({ name }: any) => name === "gina");
  expect((await w.admin.send("PATCH", `/api/users/${id}`, { body: { password: "set by an admin" } })).status).toBe(200);
  expect(await reads(again)).toBe(401);
});

test("G80 who is switched off is refused with the next request by every channel, and cannot switch herself on", async () => {
  const { id, cookies, client } = await colleague("otto", ["admin"]);
  expect([await reads(cookies), (await client.get("/api/users")).status]).toEqual([200, 200]);
  expect((await w.admin.send("PATCH", `/api/users/${id}`, { body: { active: false } })).status).toBe(200);
  for (const path of ["/api/model", "/api/users", "/api/records/deal", "/api/live", "/api/openapi.json"]) {
    expect([path, await reads(cookies, path)]).toEqual([path, 401]);
    expect([path, (await client.get(path)).status]).toEqual([path, 401]);
  }
  const call = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  expect((await client.post("/mcp", call)).status).toBe(401);
  expect((await client.send("PATCH", `/api/users/${id}`, { body: { active: true } })).status).toBe(401);
  expect((await w.nobody.send("PATCH", `/api/users/${id}`, { body: { active: true }, headers: cookies })).status).toBe(
    401,
  );
  expect(await reads(await session({ email: "otto@example.com" }))).toBe(401);
});

test("G82 a role that is taken is gone with the next request, of session and key alike", async () => {
  const { id, cookies, client } = await colleague("mia", ["seller"]);
  expect([await reads(cookies, "/api/records/deal"), (await client.get("/api/records/deal")).status]).toEqual([
    200, 200,
  ]);
  expect((await w.admin.send("PATCH", `/api/users/${id}`, { body: { roles: [] } })).status).toBe(200);
  expect([await reads(cookies, "/api/records/deal"), (await client.get("/api/records/deal")).status]).toEqual([
    404, 404,
  ]);
});

describe("G84 a page of another house can make a browser write nothing", () => {
  test.each([
    ["without an origin", {}],
    ["from another house", { origin: "https://evil.example" }],
    ["from a sibling's house", { origin: "http://shop.localhost" }],
    ["from nowhere in particular", { origin: "null" }],
    ["from a name that begins alike", { origin: "http://localhost.evil.example" }],
    ["with our name as its user", { origin: "http://localhost@evil.example" }],
  ])("G84 %s", async (_, from) => {
    const { cookie } = await session();
    const types = ["application/json", "text/plain", "APPLICATION/JSON", "multipart/form-data; boundary=x", ""];
    for (const type of types) {
      const headers = { cookie: cookie!, ...from, "content-type": type };
      for (const [method, path] of [
        ["POST", "/api/records/company"],
        ["POST", "/api/keys"],
        ["POST", "/api/imports"],
        ["POST", "/api/auth/sign-out"],
        ["POST", "/api/auth/change-password"],
        ["POST", "/mcp"],
      ] as const) {
        const answer = await w.nobody.send(method, path, { body: '{"name":"forged"}', headers });
        expect([path, type, answer.status]).toEqual([path, type, 403]);
      }
    }
    const overrides = { "x-http-method-override": "POST", "x-method-override": "DELETE", ...from, cookie: cookie! };
    const url = "/api/records/company?_method=POST&callback=alert";
    const read = await w.nobody.send("GET", url, { headers: overrides });
    expect(read.status).toBe(400);
    expect(await w.sql("select 1 from {ws}.company where name = 'forged'")).toEqual([]);
    expect(await reads({ cookie: cookie! })).toBe(200);
  });

  test("G84 and a form of our own page is no JSON", async () => {
    const headers = await session();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      const sent = { body: '{"name":"forged"}', headers: { ...headers, "content-type": type } };
      expect((await w.nobody.send("POST", "/api/records/company", sent)).status).toBe(415);
    }
    const foreign = await signIn({}, { origin: "https://evil.example" });
    expect([foreign.status, foreign.headers.getSetCookie()]).toEqual([403, []]);
  });
});

test("G85 a token that says itself how it is to be proved proves nothing", async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: w.admin.id, role: "admin", iss: "trellis", aud: "trellis", exp: "9999999999" };
  const heads = [
    { alg: "none" },
    { alg: "HS256", kid: "../../../../dev/null" },
    { alg: "RS256", kid: "' or 1=1 --" },
    { alg: "ES256", jku: "http://127.0.0.1/keys" },
  ];
  const tokens = heads.flatMap((head) => [
    `${part(head)}.${part(claims)}.`,
    `${part(head)}.${part(claims)}.${Buffer.from("x").toString("base64url")}`,
  ]);
  for (const token of [...tokens, "a".repeat(65_536), "trellis_", "undefined", "null", w.admin.id])
    for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `trellis.session_token=${token}` }])
      expect(await reads(headers as Record<string, string>)).toBe(401);
  const { cookie } = await session();
  const [name, value = ""] = cookie!.split(/=(.*)/s);
  const [bare = ""] = decodeURIComponent(value).split(".");
  const forged = [bare, `${bare}.`, `${bare}.${Buffer.alloc(32).toString("base64")}`, value.slice(0, -6)];
  for (const token of forged) expect(await reads({ cookie: `${name}=${encodeURIComponent(token)}` })).toBe(401);
});

test("G86 a first factor alone opens nothing: no route, no refresh, no key", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { cookies, client } = await colleague("faye", ["admin"]);
  const begun = await w.nobody.post("/api/auth/two-factor/enable", { password }, cookies);
  const confirmed = { code: codeOf(begun.json.totpURI) };
  expect((await w.nobody.post("/api/auth/two-factor/confirm", confirmed, cookies)).status).toBe(200);

  const half = await signIn({ email: "faye@example.com" });
  expect([half.status, half.json.twoFactorRedirect]).toEqual([200, true]);
  // Whatever the answer brought along, what it takes back among it, and nothing that says who has been here before.
  const brought = half.headers.getSetCookie().map((it) => it.split(";")[0]!);
  expect(brought.join()).not.toMatch(/session_\w+=[^,]|device/);
  const sent = {
    ...home,
    cookie: [...brought, "trellis.session_data=x"].join("; "),
    "content-type": "application/json",
  };
  const owes = ["POST /api/auth/sign-in/email", "POST /api/auth/two-factor/verify"];
  const closed = Object.entries(routeTable).filter(([route, door]) => door !== "open" && !owes.includes(route));
  for (const [route] of closed) {
    const [method = "", path = ""] = route.split(" ");
    const body = method === "GET" || method === "DELETE" ? {} : { body: JSON.stringify({ password, name: "key" }) };
    const asked = path.replace(":entity", "deal").replaceAll(/:\w+/g, client.id);
    for (const at of [asked, asked.replace("/api/", "/api//"), `${asked}?disableCookieCache=false`]) {
      const { status, text } = await w.nobody.send(method, at, { headers: sent, ...body });
      // Signing out without being signed in is no harm done.
      if (route === "POST /api/auth/sign-out") expect([200, 401, 404]).toContain(status);
      else expect([route, [400, 401, 404].includes(status), text.includes("faye")]).toEqual([route, true, false]);
    }
  }
  const session = await w.nobody.send("GET", "/api/auth/get-session", { headers: sent });
  expect(session.text).toBe("null");
  const proved = await w.nobody.post("/api/auth/two-factor/verify", { code: codeOf(begun.json.totpURI, 1) }, sent);
  expect(proved.status, proved.text).toBe(200);
  expect(await reads({ ...home, cookie: cookieOf(proved, "session_token") })).toBe(200);
});

test("G87 signing in leads nowhere else, whatever is asked", async () => {
  for (const to of ["//evil.example", "\\\\evil.example", "https://x@evil.example", "data:text/html,x", "%2f%2fevil"]) {
    const given = { callbackURL: to, redirectTo: to, returnUrl: to, newUserCallbackURL: to };
    const answer = await signIn(given);
    expect(answer.status, answer.text).toBe(200);
    expect([answer.headers.get("location"), answer.text.includes(to)]).toEqual([null, false]);
    const out = await w.nobody.post("/api/auth/sign-out", given, {
      ...home,
      cookie: cookieOf(answer, "session_token"),
    });
    expect([out.status, out.headers.get("location"), out.text.includes(to)]).toEqual([200, null, false]);
  }
});

test("G89 keys and sessions are long, drawn from the crypto source, kept as hashes or signed, and end", async () => {
  const made = await w.admin.post("/api/keys", { name: "one", expires_at: "2026-12-01T00:00:00Z" });
  expect(Buffer.from(made.json.key.replace("trellis_", ""), "base64url").length).toBeGreaterThanOrEqual(32);
  const kept = JSON.stringify(await w.sql("select * from trellis.api_key"));
  expect(kept).not.toContain(made.json.key.slice(14));
  const { cookie } = await session();
  const [token = "", signature = ""] = decodeURIComponent(cookie!.split(/=(.*)/s)[1] ?? "").split(".");
  expect(token.length).toBeGreaterThanOrEqual(32);
  expect(Buffer.from(signature, "base64").length).toBe(32);
  const passwords = await w.sql("select password from trellis.credential");
  for (const row of passwords) expect(row.password).toMatch(/^argon2id\$/);
  const bearer = { authorization: `Bearer ${made.json.key}` };
  expect(await reads(bearer)).toBe(200);
  const now = w.clock.now();
  w.clock.set(new Date("2026-12-02T00:00:00Z"));
  expect(await reads(bearer)).toBe(401);
  w.clock.set(now);
});
