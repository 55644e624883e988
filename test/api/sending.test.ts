import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sendingOf } from "../../runtime/mail/verp.ts";
import { secretOf } from "../../runtime/store/secret.ts";
import { ledger, meant, relay } from "../fixtures/mailing.ts";
import { mailServer, type MailServer, type Told } from "../fixtures/mail-server.ts";
import { world, type World } from "../world.ts";

let w: World;
let server: MailServer;

const news = {
  $schema: "urn:trellis:purpose:1",
  $id: "news",
  $anchor: "pur_news",
  title: "The news",
  basis: "legitimate",
} as const;

beforeAll(async () => {
  server = await mailServer();
  w = await world({ documents: [relay(server.port), news] });
  await w.admin.send("PUT", "/api/connections/relay", { body: { secret: "secret" } });
  await w.work();
});
afterAll(async () => {
  await w.close();
  await server.close();
});

const becomes = (address: string, status: string) =>
  vi.waitFor(async () => expect((await ledger(w, address)).status).toBe(status), { timeout: 20_000 });
const toAddress = (address: string) => server.bodies.filter(({ to }) => to.includes(address));

test("a mail goes once, by a sender that names it, with the id of its effect", async () => {
  const [intended] = await meant(w, [{ to: "one@example.com", html: "<p>Hello</p>", auto: true }]);
  await becomes("one@example.com", "accepted");
  const [body] = toAddress("one@example.com");
  expect(body!.raw).toContain(`Message-ID: ${intended!.messageId}`);
  expect(body!.raw).toMatch(/^Auto-Submitted: auto-generated/im);
  expect(body!.from).toMatch(/^b\+[0-9a-f]{32}\.[0-9a-f]{16}@bounce\.kestrel\.example$/);
  const key = await secretOf(w.pool, "mail");
  expect(sendingOf(key, body!.from)).toBe(intended!.id);
  expect(sendingOf(key, body!.from.replace(/.@/, "x@"))).toBeUndefined();
  expect(await ledger(w, "one@example.com")).toMatchObject({ attempts: 1, code: 250, hash: expect.any(String) });
});

test("what fails before the final dot goes again, what fails behind it waits for a person, what is refused has ended", async () => {
  const cases: readonly (readonly [Told, string, object])[] = [
    ["later", "queued", { reason: "later", code: 451 }],
    ["later-after-body", "queued", { reason: "later", code: 451 }],
    ["cut-envelope", "queued", { reason: "closed" }],
    ["cut-body", "queued", { reason: "closed" }],
    ["refuse", "rejected", { reason: "refused", code: 550 }],
    ["refuse-after-body", "rejected", { reason: "refused", code: 554 }],
    ["cut-reply", "unknown", { reason: "closed" }],
  ];
  for (const [told] of cases) server.tell(`${told}@${told}.example`, told);
  await meant(
    w,
    // What is cut within the body must be longer than what a socket takes without being read.
    cases.map(([told]) => ({
      to: `${told}@${told}.example`,
      ...(told === "cut-body" ? { text: "It goes on and on and on.\n".repeat(500_000) } : {}),
    })),
  );
  for (const [told, status, rest] of cases)
    await vi.waitFor(
      async () =>
        expect(await ledger(w, `${told}@${told}.example`), told).toMatchObject({ status, attempts: 1, ...rest }),
      { timeout: 20_000 },
    );
  for (const [told] of cases) server.tell(`${told}@${told}.example`, "take");
  w.clock.advance(3_600_000);
  for (const [told, status] of cases) if (status === "queued") await becomes(`${told}@${told}.example`, "accepted");
  for (const [told, status] of cases)
    expect(toAddress(`${told}@${told}.example`).length, told).toBe(status === "rejected" ? 0 : 1);
  // Nothing that nobody knows of goes by itself; a person sends it again under the id that it had.
  const { json } = await w.admin.get("/api/sendings?status=unknown");
  expect(json.items).toEqual([expect.objectContaining({ address: "cut-reply@cut-reply.example" })]);
  expect((await w.admin.post(`/api/sendings/${json.items[0].id}/decide`, { as: "send" })).status).toBe(204);
  await becomes("cut-reply@cut-reply.example", "accepted");
  const ids = toAddress("cut-reply@cut-reply.example").map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)?.[1]);
  expect(new Set(ids).size).toBe(1);
  expect(ids.length).toBe(2);
  expect((await w.admin.post(`/api/sendings/${json.items[0].id}/decide`, { as: "went" })).status).toBe(409);
  expect((await w.admin.post(`/api/sendings/${json.items[0].id}/decide`, { as: "maybe" })).status).toBe(422);
});

test("a domain signs, and others can check it", async () => {
  const made = await w.admin.post("/api/connections/relay/dkim", {});
  const { name, value } = made.json.record;
  expect(name).toMatch(/^t\d{8}\._domainkey\.kestrel\.example$/);
  await meant(w, [{ to: "signed@example.com", subject: "署名されたメール", html: "<p>署名</p>", effectKey: "signed" }]);
  await becomes("signed@example.com", "accepted");
  const raw = Buffer.from(toAddress("signed@example.com")[0]!.raw, "latin1");
  const { results } = await dkimVerify(raw, { resolver: async (asked: string) => (asked === name ? [[value]] : []) });
  expect(results.map(({ status, signingDomain }) => [status.result, signingDomain])).toEqual([
    ["pass", "kestrel.example"],
  ]);
  const twisted = Buffer.from(raw.toString("latin1").replace("Kestrel", "Castrel"), "latin1");
  const second = await dkimVerify(twisted, { resolver: async (asked: string) => (asked === name ? [[value]] : []) });
  expect(second.results[0]?.status.result).not.toBe("pass");
});

test("what says how to leave a list is signed along: who changes it, or takes it out, breaks the signature", async () => {
  const { name, value } = (await w.admin.post("/api/connections/relay/dkim", {})).json.record;
  await meant(w, [{ to: "listed@example.com", purpose: "news", effectKey: "listed" }]);
  await becomes("listed@example.com", "accepted");
  const { raw } = toAddress("listed@example.com")[0]!;
  const verdict = async (mail: string) => {
    const resolver = async (asked: string) => (asked === name ? [[value]] : []);
    return (await dkimVerify(Buffer.from(mail, "latin1"), { resolver })).results[0];
  };
  const untouched = await verdict(raw);
  expect(untouched?.status.result).toBe("pass");
  expect(untouched?.signingHeaders?.keys.toLowerCase().split(/: ?/)).toEqual(
    expect.arrayContaining(["list-unsubscribe", "list-unsubscribe-post", "list-id"]),
  );
  for (const header of [/^List-Unsubscribe:(.*\r\n)(?:[ \t].*\r\n)*/im, /^List-Unsubscribe-Post:.*\r\n/im]) {
    expect(raw).toMatch(header);
    expect((await verdict(raw.replace(header, "")))?.status.result).not.toBe("pass");
  }
  expect((await verdict(raw.replace("/api/mail/stop/", "/api/mail/stay/")))?.status.result).not.toBe("pass");
});

/** Publishes how fast mails may go. */
async function limited(limits: object, port = server.port) {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  const body = relay(port, { limits });
  const put = await w.admin.send("PUT", `/api/documents/connection/relay?change=${change}`, { body });
  expect(put.status, put.text).toBe(200);
  expect((await w.admin.post(`/api/changes/${change}/publish`)).status).toBe(200);
}

test("no more mails are under way to one domain than its lines, while others go beside; no more go in a minute than it takes", async () => {
  const slow = await mailServer();
  try {
    const many = (domain: string, n: number) => Array.from({ length: n }, (_, at) => ({ to: `${at}@${domain}` }));
    const [near, far] = [many("near.example", 6), ["a", "b", "c", "d"].map((it) => ({ to: `far@${it}.example` }))];
    for (const { to } of [...near, ...far]) slow.tell(to, "slow");
    await limited({ lines: 5, domain_lines: 2 }, slow.port);
    await meant(w, near);
    for (const { to } of near) await becomes(to, "accepted");
    expect(slow.most()).toBe(2);
    await meant(w, far);
    for (const { to } of far) await becomes(to, "accepted");
    expect(slow.most(), "each of them at another domain").toBeGreaterThan(2);

    await limited({ lines: 5, per_minute: 3 }, slow.port);
    w.clock.set(new Date("2026-03-30T08:00:30Z"));
    await meant(w, [...many("brisk.example", 5), { to: "one@other.example" }]);
    const stand = () =>
      w.sql(
        `select status, reason, count(*)::int as n, min(due_at) as due from {ws}._sending where domain = 'brisk.example'
         group by 1, 2 order by 1`,
      );
    await vi.waitFor(
      async () =>
        expect(await stand()).toMatchObject([
          { status: "accepted", n: 3 },
          { status: "queued", reason: "pace", n: 2, due: "2026-03-30T08:01:00.000Z" },
        ]),
      { timeout: 20_000 },
    );
    await becomes("one@other.example", "accepted");
    w.clock.set(new Date("2026-03-30T08:01:00Z"));
    await vi.waitFor(async () => expect(await stand()).toMatchObject([{ status: "accepted", n: 5 }]), {
      timeout: 20_000,
    });
  } finally {
    await limited({});
    await slow.close();
  }
});

test("a new domain sends so many on its first day, more on each day on which it has sent, none more after a day of refusals", async () => {
  await limited({ warm_up: { first: 3, growth: 100 } });
  await w.sql("update {ws}._sending set status = 'cancelled' where status = 'queued'");
  const day = async (name: string, n: number) => {
    w.clock.set(new Date(`2026-04-0${name}T08:00:00Z`));
    await meant(
      w,
      Array.from({ length: n }, (_, at) => ({ to: `${name}-${at}@warm.example` })),
    );
    const counts =
      "select status, reason, count(*)::int as n, min(due_at) as due from {ws}._sending where address like $1 group by 1, 2 order by 1";
    return vi.waitFor(
      async () => {
        const rows = await w.sql(counts, [`${name}-%@warm.example`]);
        expect(rows.every(({ status, reason }) => status !== "queued" || reason !== null)).toBe(true);
        expect(rows.some(({ status }) => status === "sending")).toBe(false);
        return Object.fromEntries(
          rows.map(({ reason, n, due }) => [reason ?? "went", [n, new Date(due).toISOString()]]),
        );
      },
      { timeout: 20_000 },
    );
  };
  expect(await day("1", 5)).toMatchObject({
    went: [3, expect.any(String)],
    "warm-up": [2, "2026-04-02T00:00:00.000Z"],
  });
  for (let at = 0; at < 2; at++) server.tell(`2-${at}@warm.example`, "later");
  // Six, two of which are those of the day before.
  expect(await day("2", 6)).toMatchObject({ "warm-up": [2, "2026-04-03T00:00:00.000Z"] });
  await w.sql("update {ws}._sending set status = 'cancelled' where status = 'queued'");
  expect(await day("3", 9)).toMatchObject({ went: [6, expect.any(String)], "warm-up": [3, expect.any(String)] });
});
