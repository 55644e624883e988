import { afterAll, beforeAll, expect, test } from "vitest";
import { operate } from "../../runtime/store/operation.ts";
import { keepMail } from "../../runtime/store/mails.ts";
import { intendMail, intendMails, type IntendedMail } from "../../runtime/store/sendings.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world();
});
afterAll(() => w.close());

const doing = <Result>(work: Parameters<typeof operate<Result>>[3]) =>
  operate(
    w.workspace,
    { id: w.admin.id, name: "Ada", roles: ["admin"], via: "key" },
    { kind: "mail", title: "Mail", now: w.clock.now() },
    work,
  ).then(({ result }) => result);

const mail = (effectKey: string, more: Partial<IntendedMail> = {}): IntendedMail => ({
  effectKey,
  to: "Mei@Example.com",
  subject: "Hello",
  text: "Hello",
  html: null,
  purpose: null,
  ...more,
});

test("a mail is meant once for each effect, has the id of its effect, and is kept with what stands in it", async () => {
  const first = await doing((tx, scene) => intendMail(tx, scene, mail("one")));
  const again = await doing((tx, scene) => intendMails(tx, scene, [mail("one", { subject: "Other" }), mail("two")]));
  expect(first).toMatchObject({ made: true, messageId: expect.stringMatching(/^<[0-9a-f]{40}@trellis\.localhost>$/) });
  expect(again).toEqual([{ ...first, made: false }, expect.objectContaining({ made: true })]);
  const rows = await w.sql(
    `select m.subject, m.to_addresses, m.direction, m.sending, s.status from {ws}._mail m join {ws}._sending s on s.id = m.sending order by m.id`,
  );
  expect(rows).toEqual([
    { subject: "Hello", to_addresses: ["mei@example.com"], direction: "out", sending: first.id, status: "queued" },
    expect.objectContaining({ sending: again[1]!.id }),
  ]);
});

test("an address that would say more than an address is refused, and nothing is meant", async () => {
  for (const to of ["a", "a@b c", "a@example.com\r\nBcc: b@example.com", "a\0@example.com", "a@@example.com", ""])
    await expect(doing((tx, scene) => intendMail(tx, scene, mail(`bad ${to}`, { to })))).rejects.toMatchObject({
      faults: [{ code: "mail.address" }],
    });
  expect(await w.sql("select id from {ws}._sending where effect_key like 'bad%'")).toEqual([]);
});

test("whatever stands in a mail that comes is kept, but for signs that no database holds", async () => {
  const id = await doing((tx, scene) =>
    keepMail(tx, scene, {
      direction: "in",
      messageId: "<x@y>",
      refs: ["<a@b>", "<c@d>"],
      from: { address: "Mei@Example.com", name: "芽衣" },
      to: ["help@example.com"],
      subject: "a\0b\ud800",
      text: 'with "quotes", {braces} and \\',
      html: null,
      headers: { received: ["one", "two"] },
      auto: true,
    }),
  );
  expect(await w.sql("select * from {ws}._mail where id = $1", [id])).toEqual([
    expect.objectContaining({
      from_address: "mei@example.com",
      refs: ["<a@b>", "<c@d>"],
      subject: "ab�",
      text: 'with "quotes", {braces} and \\',
      headers: { received: ["one", "two"] },
      auto: true,
    }),
  ]);
});
