import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepMail } from "../../runtime/store/mails.ts";
import { operate } from "../../runtime/store/operation.ts";
import { normalSubject } from "../../runtime/inbound/thread.ts";
import { newCode, readAddress, readCode, replyAddress } from "../../runtime/inbound/token.ts";
import { arrive, letter, publishTickets, support, type Letter } from "../fixtures/tickets.ts";
import { world, type World } from "../world.ts";

let w: World;

beforeAll(async () => {
  w = await world({ templates: ["core"] });
  await publishTickets(w.admin);
  const company = (await w.admin.post("/api/records/company", { name: "Aoba" })).json.id;
  const hana = { name: "Hana Mori", email: "Hana@aoba.example", company };
  const made = await w.admin.post("/api/records/contact", hana);
  expect(made.status, made.text).toBe(201);
});
afterAll(() => w.close());

async function came(given: Letter = {}, mailbox = "support") {
  const answer = await arrive(w.admin, letter(given), mailbox);
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json as { mail: string; record: string; class: string; rule: number | null; possible: string | null };
}

/** Sends something of ours to a record's people, and answers its id. */
function ours(given: {
  record?: string;
  to?: string[];
  purpose?: string;
  entity?: string;
  from?: string;
}): Promise<string> {
  const id = `<o${randomUUID()}@ours.example>`;
  const {
    record = null,
    to = ["hana@aoba.example"],
    purpose = null,
    entity = "ticket",
    from = support.address,
  } = given;
  const principal = { id: w.admin.id, name: "Ada", roles: ["admin"], via: "key" as const };
  const told = { kind: "mail", title: "Mail", now: w.clock.now() };
  return operate(w.workspace, principal, told, async (tx, scene) => {
    await keepMail(tx, scene, {
      ...{ direction: "out", messageId: id, from: { address: from }, to, subject: "Answer", text: "Text", html: null },
      ...{ entity, record, purpose },
    });
    return id;
  }).then(({ result }) => result);
}

const ticket = async (id: string) => (await w.admin.get(`/api/records/ticket/${id}?expand=contact,company`)).json;
const say = (id: string, type: string) => w.admin.post(`/api/records/ticket/${id}/events`, { type });
const sentTo = (record: string) =>
  w.sql(
    `select message_id, subject, text, reply_to, in_reply_to, refs, headers from {ws}._sending where record = $1 order by id`,
    [record],
  );

describe("a mail becomes a record", () => {
  test("with its sender, her company, what is set, and an answer at once that says the number and comes back by its address", async () => {
    const { record, ...told } = await came({ subject: "Laser LX1 stops", id: "<first@aoba.example>" });
    expect(told).toMatchObject({ class: "genuine", rule: null, possible: null, repeated: false });
    const made = await ticket(record);
    expect(made).toMatchObject({
      subject: "Laser LX1 stops",
      details: "It stops after an hour.",
      origin: "mail",
      contact: { name: "Hana Mori" },
      company: { name: "Aoba" },
      state: "fresh",
    });
    const [receipt] = await sentTo(record);
    expect(receipt).toMatchObject({
      subject: expect.stringMatching(/^Re: Laser LX1 stops \[#[0-9A-Z]{8}-[0-9A-Z]{2}\]$/),
      text: `Dear Hana Mori,\n\nwe have your request ${made.number} and answer soon.`,
      reply_to: expect.stringMatching(/^support\+[0-9a-z]{40,45}@ours\.example$/),
      in_reply_to: "<first@aoba.example>",
      headers: expect.objectContaining({ "auto-submitted": "auto-generated" }),
    });
    const [fact] = await w.sql(`select type, data from {ws}._fact where record = $1`, [record]);
    expect(fact).toMatchObject({ type: "mail.received", data: { from: "hana@aoba.example", mailbox: "support" } });
  });

  test("and nobody gets more than three such answers within an hour, nor one that machines would get", async () => {
    const from = "loop@machine.example";
    const records = [];
    for (let mails = 1; mails <= 5; mails++) records.push((await came({ from })).record);
    expect(await w.sql(`select 1 from {ws}._sending where address = $1`, [from])).toHaveLength(3);
    w.clock.set(new Date(w.clock.now().getTime() + 3_700_000));
    expect(await sentTo((await came({ from })).record)).toHaveLength(1);
    for (const headers of [{ Precedence: "bulk" }, { "List-Id": "<l>" }, { "Return-Path": "<>" }] as Record<
      string,
      string
    >[])
      expect(await sentTo((await came({ from: "list@machine.example", headers })).record)).toEqual([]);
  });

  test("who hands mails in needs the rights that a person would need, and what is no mail is refused", async () => {
    const member = await w.user("Member");
    expect((await arrive(member, letter())).status).toBe(404);
    expect((await arrive(w.admin, letter(), "none")).json.code).toBe("mailbox.missing");
    expect((await arrive(w.admin, "no mail")).json.code).toBe("mail.unreadable");
    const typed = await w.admin.send("POST", "/api/mailboxes/support/messages", {
      body: letter(),
      headers: { "content-type": "text/plain" },
    });
    expect(typed.json.code).toBe("mail.type");
    const large = await arrive(w.admin, letter({ text: "x".repeat(30_000_001) }));
    expect([large.status, large.json.code]).toEqual([413, "mail.too_large"]);
  });
});

describe("where a mail belongs", () => {
  test("T1 a plain reply joins, and moves what waits for it", async () => {
    const { record } = await came();
    await say(record, "ticket.ask");
    const id = await ours({ record });
    const reply = await came({ inReplyTo: id, subject: "Something else" });
    expect(reply).toMatchObject({ record, rule: 2 });
    expect(await ticket(record)).toMatchObject({ state: "progress" });
    const [{ evidence }] = await w.sql(`select evidence from {ws}._arrival where mail = $1`, [reply.mail]);
    expect(evidence).toMatchObject({ "in-reply-to": id, sender: "participant" });
    const bell = (await w.admin.get("/api/notifications")).json.items;
    expect(bell[0]).toMatchObject({ title: "Something else", record });
    expect(
      (await w.sql(`select type from {ws}._fact where record = $1 order by id`, [record])).map((it) => it.type),
    ).toEqual(["mail.received", "mail.replied"]);
  });

  test("T2 an unknown sender with a copied code opens a record of her own, which says what it may belong to", async () => {
    const { record } = await came();
    const [{ subject }] = await sentTo(record);
    const copied = await came({ from: "eve@evil.example", subject });
    expect(copied).toMatchObject({ rule: null, possible: record });
    expect(copied.record).not.toBe(record);
    const own = await came({ subject: `AW: ${subject}` });
    expect(own).toMatchObject({ record, rule: 4 });
    const invented = await came({ subject: "Re: x [#AAAAAAAA-AA]" });
    expect(invented).toMatchObject({ rule: null, possible: null });
  });

  test("T3 two mails that answer one which never came here are one conversation", async () => {
    const root = "<outside@elsewhere.example>";
    const colleague = {
      from: "Jun <jun@partner.example>",
      to: "hana@aoba.example",
      cc: support.address,
      inReplyTo: root,
    };
    const { record } = await came(colleague);
    expect(await came({ to: "jun@partner.example", cc: support.address, inReplyTo: root })).toMatchObject({
      record,
      rule: 3,
    });
  });

  test("T4 a colleague answers from her own program with us in copy, and the customer answers that", async () => {
    const first = "<t4-first@aoba.example>";
    const { record } = await came({ id: first });
    const colleague = await w.user("Aki");
    await w.sql(`update {ws}."user" set email = 'aki@ours.example' where id = $1`, [colleague.id]);
    const second = "<t4-second@ours.example>";
    const answer = { from: "Aki <aki@ours.example>", to: "hana@aoba.example", cc: support.address, id: second };
    expect(await came({ ...answer, inReplyTo: first })).toMatchObject({ record, rule: 2 });
    const third = { inReplyTo: "<lost@aoba.example>", references: `${first} ${second}` };
    expect(await came(third)).toMatchObject({ record, rule: 2 });
  });

  test("T5 two who answer one newsletter are two records", async () => {
    const id = await ours({ to: ["one@first.example", "two@first.example"], purpose: "newsletter" });
    const one = await came({ from: "one@first.example", inReplyTo: id });
    const two = await came({ from: "two@first.example", inReplyTo: id, references: id });
    expect([one.rule, two.rule]).toEqual([null, null]);
    expect(one.record).not.toBe(two.record);
  });

  test("T6 a mail that is handed on to another mailbox opens a new record", async () => {
    const first = "<t6@aoba.example>";
    const { record } = await came({ id: first });
    const on = await came({ subject: "WG: Laser LX1 stops", references: first, to: "repairs@ours.example" }, "repairs");
    expect(on.record).not.toBe(record);
    expect(on.rule).toBeNull();
  });

  test("T7 an absence note is kept with its record, is not answered and moves nothing; alone it makes none", async () => {
    const { record } = await came();
    await say(record, "ticket.ask");
    const id = await ours({ record });
    const sent = (await sentTo(record)).length;
    const away = { subject: "Out of office", headers: { "Auto-Submitted": "auto-replied" } };
    expect(await came({ ...away, inReplyTo: id })).toMatchObject({ class: "auto", record });
    expect(await ticket(record)).toMatchObject({ state: "waiting" });
    expect(await sentTo(record)).toHaveLength(sent);
    expect(await w.sql(`select 1 from {ws}._fact where record = $1 and type = 'mail.replied'`, [record])).toEqual([]);
    expect(await came(away)).toMatchObject({ class: "auto", record: null });
  });

  test("T8 a report hangs on the mail that it is about, and an address that is not there gets nothing any more", async () => {
    const { record } = await came();
    const id = await ours({ record, to: ["gone@nowhere.example"] });
    const lines = (status: string, about = id) => [
      "--b",
      "",
      "Sorry.",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.example",
      "",
      "Final-Recipient: rfc822; gone@nowhere.example",
      "Action: failed",
      `Status: ${status}`,
      "--b",
      "Content-Type: message/rfc822",
      "",
      `Message-ID: ${about}`,
      "",
      "Text",
      "--b--",
    ];
    const headers = { "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b"' };
    const report = { from: "MAILER-DAEMON@nowhere.example", subject: "Undelivered", headers };
    const suppressions = () => w.sql(`select reason from {ws}._suppression`);
    // Nobody is silenced by a report about a mail that we never sent.
    await came({ ...report, text: lines("5.1.1", "<never@ours.example>").join("\r\n") });
    for (let soft = 1; soft <= 4; soft++) await came({ ...report, text: lines("5.2.2").join("\r\n") });
    expect(await suppressions()).toEqual([]);
    const bounce = await came({ ...report, text: lines("5.1.1").join("\r\n") });
    expect(bounce).toMatchObject({ class: "bounce", record });
    expect(await suppressions()).toEqual([{ reason: "bounce" }]);
    const facts = await w.sql(`select data from {ws}._fact where type = 'mail.bounced' and record = $1 order by id`, [
      record,
    ]);
    expect(facts.at(-1)!.data).toMatchObject({ address: "gone@nowhere.example", verdict: "hard", status: "5.1.1" });
  });

  test("T9 a mail that comes twice, also by another mailbox of the entity or at the same time, is one", async () => {
    const raw = letter({ id: "<t9@aoba.example>", from: "t9@aoba.example" });
    const both = await Promise.all([arrive(w.admin, raw), arrive(w.admin, raw, "repairs")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(both[0]!.json.record).toBe(both[1]!.json.record);
    expect(await w.sql(`select 1 from {ws}._mail where message_id = '<t9@aoba.example>'`)).toHaveLength(1);
    expect(await sentTo(both[0]!.json.record)).toHaveLength(1);
  });

  test("T10 within its window a record that is done opens again; behind it a new one follows it", async () => {
    const { record } = await came();
    await say(record, "ticket.resolve");
    const id = await ours({ record });
    expect(await came({ inReplyTo: id })).toMatchObject({ record, rule: 2 });
    expect(await ticket(record)).toMatchObject({ state: "progress" });
    await say(record, "ticket.resolve");
    w.clock.set(new Date(w.clock.now().getTime() + 20 * 86_400_000));
    const late = await came({ inReplyTo: id });
    expect(late).toMatchObject({ rule: null, possible: record });
    expect(await ticket(late.record)).toMatchObject({ follows: record, state: "fresh" });
    expect(await ticket(record)).toMatchObject({ state: "resolved" });
  });

  test("T12 a mail without an id is one by what it says", async () => {
    const raw = letter({ id: null, subject: "No id" });
    const both = [await arrive(w.admin, raw), await arrive(w.admin, raw)];
    expect(both.map(({ status }) => status)).toEqual([201, 200]);
  });

  test("T13 subjects are the same in whatever writing they come", async () => {
    const jis = "=?ISO-2022-JP?B?GyRCJWwhPCU2ITwbKEI=?=";
    const utf = "Re: =?UTF-8?B?44Os44O844K2?=\r\n =?UTF-8?B?44O8?=";
    const [one, two] = [await came({ subject: jis }), await came({ subject: utf })];
    expect([(await ticket(one.record)).subject, (await ticket(two.record)).subject]).toEqual([
      "レーザー",
      "Re: レーザー",
    ]);
    // Rule 5 suggests, and joins nothing.
    expect(two).toMatchObject({ rule: null, possible: one.record });
    for (const written of ["RE: AW: ﾚｰｻﾞｰ  LX1", "返信：レーザー LX1 [#K7QX2MPA-4F]", "Re[2]: レーザー\u3000lx1"])
      expect(normalSubject(written)).toBe("レーザー lx1");
  });

  test("T14 an address that is not as it was signed leads nowhere, and the headers do", async () => {
    const { record } = await came({ from: "t14@aoba.example" });
    const [{ reply_to: address }] = await sentTo(record);
    expect(await came({ to: address, from: "other@home.example", subject: "New words" })).toMatchObject({
      record,
      rule: 1,
    });
    const last = address.replace(/(.)@/, (_: string, sign: string) => `${sign === "0" ? "1" : "0"}@`);
    const broken = address.replace(/\+(...)/, (_: string, signs: string) => `+${[...signs].reverse().join("")}`);
    const id = await ours({ record });
    for (const forged of [last, broken].filter((it) => it !== address)) {
      const fallen = await came({ to: forged, inReplyTo: id });
      expect(fallen).toMatchObject({ record, rule: 2 });
      const [{ evidence }] = await w.sql(`select evidence from {ws}._arrival where mail = $1`, [fallen.mail]);
      expect(evidence.address).toBe("not as it was signed");
    }
    expect((await came({ to: last, from: "eve@evil.example" })).record).not.toBe(record);
  });
});

test("signed addresses hold for their mailbox, until they are old; codes have check signs", () => {
  const key = { secret: Buffer.alloc(32, 1), mailbox: "mbx_support" };
  const now = new Date("2026-03-02T09:00:00Z");
  const record = "019caa00-0000-7000-8000-00000000abcd";
  const address = replyAddress(key, support.address, record, now);
  expect(address.split("@")[0]!.length).toBeLessThanOrEqual(64);
  expect(readAddress(key, support.address, address.toUpperCase(), now)).toEqual({ is: "signed", record });
  expect(readAddress({ ...key, mailbox: "mbx_other" }, support.address, address, now).is).toBe("forged");
  expect(readAddress(key, support.address, address, new Date("2029-03-02T09:00:00Z")).is).toBe("forged");
  for (const sign of "0123456789abcdefghjkmnpqrstvwxyz") {
    const other = address.replace(/.@/, `${sign}@`);
    expect(readAddress(key, support.address, other, now).is).toBe(other === address ? "signed" : "forged");
  }
  expect(readAddress(key, support.address, "support@ours.example", now).is).toBe("plain");
  expect(readAddress(key, support.address, "support@other.example", now).is).toBe("foreign");
  const code = newCode(key.secret);
  expect(readCode(key.secret, `Re: x [#${code.toLowerCase()}]`)).toBe(code);
  expect(readCode(Buffer.alloc(32, 2), `[#${code}]`)).toBeUndefined();
});
