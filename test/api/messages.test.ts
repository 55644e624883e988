import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { check } from "engine";
import { writeConsents } from "../../runtime/store/consents.ts";
import { suppress } from "../../runtime/store/suppressions.ts";
import { operate } from "../../runtime/store/operation.ts";
import { ledger } from "../fixtures/mailing.ts";
import { blocks, bulletin, messageDocuments, welcome } from "../fixtures/messages.ts";
import { world, type World } from "../world.ts";

let w: World;
let firm: { id: string };
beforeAll(async () => {
  w = await world({ documents: messageDocuments() });
  firm = (await w.admin.post("/api/records/firm", { name: "Kestrel <b>", stores: 48 })).json;
  await w.work();
});
afterAll(() => w.close());

const reader = async (name: string, more: object = {}) => {
  const values = { name, mail: `${name.toLowerCase()}@example.com`, since: "2026-02-28", kind: "old", ...more };
  const { status, json, text } = await w.admin.post("/api/records/reader", values);
  expect(status, text).toBe(201);
  return json as { id: string };
};
const agreed = (...names: string[]) =>
  operate(
    w.workspace,
    { id: w.admin.id, name: "Ada", roles: ["admin"], via: "key" },
    { kind: "consent", title: "Consent", now: w.clock.now() },
    (tx, scene) =>
      writeConsents(
        tx,
        scene,
        names.map((it) => ({
          channel: "email",
          address: `${it.toLowerCase()}@example.com`,
          purpose: "news",
          action: "grant",
          source: "hand",
        })),
      ),
  );
const becomes = (name: string, status: string) =>
  vi.waitFor(async () => expect((await ledger(w, `${name.toLowerCase()}@example.com`)).status).toBe(status), {
    timeout: 20_000,
  });
const posted = async (name: string) => {
  const { items } = (await w.admin.get("/api/mailbox")).json;
  const [one] = items.filter((it: { to: string }) => it.to === `${name.toLowerCase()}@example.com`);
  return (await w.admin.get(`/api/mailbox/${one.id}`)).json;
};
const facts = (type: string) =>
  w.sql("select type, data, record from {ws}._fact where type = $1 order by at, id", [type]);
const look = (url: string, agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", method = "GET") =>
  w.nobody.send(method, url.replace("http://localhost", ""), { headers: { "user-agent": agent } });

test("what a message names is checked: fields, filters, conditions, blocks, each with its place", () => {
  const faultsOf = (more: object) =>
    check([...messageDocuments(more)]).map(({ code, path }) => `${code} ${path.replace("/message/welcome", "")}`);
  expect(faultsOf({})).toEqual([]);
  expect(faultsOf({ subject: "Hi {{ nane }}" })).toEqual(["field.unknown /subject"]);
  expect(faultsOf({ subject: "Hi {{ firm }}" })).toEqual(["message.variable /subject"]);
  expect(faultsOf({ subject: "Hi {{ name | shout }} {% if x %}" })).toEqual([
    "message.malformed /subject",
    "message.malformed /subject",
  ]);
  expect(faultsOf({ to: "name" })).toEqual(["message.to /to"]);
  expect(faultsOf({ purpose: "nothing" })).toEqual(["purpose.unknown /purpose"]);
  expect(faultsOf({ purpose: undefined, subject: "{{ stop_url }}" })).toEqual(["message.link /subject"]);
  const wrong = [
    { id: "a", type: "button", text: "Go", url: "javascript:alert(1)" },
    { id: "a", type: "image", url: "https://x.example/a.png" },
    { id: "b", type: "when", if: { cel: "firm.shops > 1" }, then: [] },
  ];
  expect(faultsOf({ blocks: wrong })).toEqual([
    "message.twice /blocks/1/id",
    "message.lacks /blocks/1/alt",
    "field.unknown /blocks/2/if/cel",
    "message.url /blocks/0/url",
  ]);
});

test("what a message says in other languages is checked with the rest, and each language is one of its own", () => {
  const others = messageDocuments().filter((it) => !("$anchor" in it) || it.$anchor !== "msg_bulletin");
  const own = (more: object) =>
    check([...others, bulletin(more)]).map(({ code, path }) => `${code} ${path.replace("/message/bulletin", "")}`);
  const [body] = bulletin().blocks;
  const saying = (ja: object) => ({ blocks: [{ ...body, languages: ja }] });
  expect(own({})).toEqual([]);
  expect(own({ speaks: "firm" })).toEqual(["message.speaks /speaks"]);
  expect(own({ speaks: "tonge" })).toEqual(["field.unknown /speaks"]);
  expect(own({ languages: { en: {}, ja: {}, id: {} } })).toEqual(["message.language /languages/en"]);
  expect(own(saying({ "zh-Hant": { text: "…" } }))).toEqual(["message.language /blocks/0/languages/zh-Hant"]);
  expect(own(saying({ ja: { text: "{{ nane }}" } }))).toEqual(["field.unknown /blocks/0/languages/ja/text"]);
  expect(own({ languages: { ja: { subject: "{{ nane }}" }, id: {} } })).toEqual([
    "field.unknown /languages/ja/subject",
  ]);
});

test("a message is shown as a record would get it: values as people write them, escaped, conditions, a text part", async () => {
  const mei = await reader("Mei<i>", {
    mail: "mei@example.com",
    firm: firm.id,
    worth: { amount: "1200", currency: "EUR" },
  });
  const { status, json, text } = await w.admin.post("/api/messages/preview", { document: welcome(), record: mei.id });
  expect(status, text).toBe(200);
  expect(json.subject).toBe("Welcome, Mei<i>");
  expect(json.html).toContain("Hello Mei&lt;i&gt; &amp; all");
  expect(json.html).toContain("A plan for 48 stores");
  expect(json.html).not.toContain("One visit is enough.");
  expect(json.html).not.toContain("{{");
  expect(json.text).toContain("Since February 28, 2026 you are a Old reader, worth €1,200.00.");
  expect(json.text).toContain("Stop these mails");
  expect(json.text).not.toContain("{%");
  expect(json.missing).toEqual([]);
  const poor = await reader("Poor");
  const second = await w.admin.post("/api/messages/preview", { document: welcome(), record: poor.id });
  expect(second.json.missing).toEqual(["worth"]);
  expect(second.json.text).toContain("One visit is enough.");
  const looked = (await w.admin.post("/api/messages/look", { document: welcome() })).json;
  expect(looked).toMatchObject({ audience: 2, sent: 0 });
  expect(looked.lints).toEqual(
    expect.arrayContaining([
      { code: "missing", detail: "worth", count: 1 },
      { code: "stop", detail: "" },
    ]),
  );
  const long = Array.from({ length: 30 }, (_, at) => ({
    id: `long${at}`,
    type: "text" as const,
    text: "word ".repeat(780),
  }));
  const [first] = long as [(typeof long)[number], ...typeof long];
  const heavy = welcome({ blocks: [{ ...first, id: "here", text: "[Here](http://kestrel.co.jp)" }, ...long] });
  const weighed = (await w.admin.post("/api/messages/look", { document: heavy })).json;
  expect(weighed.bytes).toBeGreaterThan(102_400);
  expect(weighed.lints.map(({ code }: any) => code)).toEqual(expect.arrayContaining(["size", "link_plain"]));
  expect((await w.admin.post("/api/messages/preview", { document: welcome({ subject: "{{ x }}" }) })).status).toBe(422);
});

test("a journey sends, hears what came of it, and keeps what it wants of it", async () => {
  await agreed("Ken");
  const money = { worth: { amount: "5", currency: "EUR" } };
  const ken = await reader("Ken", { kind: "new", ...money });
  const nan = await reader("Nan", { kind: "new", ...money });
  const run = (id: string) => w.sql("select state, context from {ws}._run where record = $1", [id]);
  await becomes("Ken", "accepted");
  await becomes("Nan", "suppressed");
  await vi.waitFor(async () => expect((await run(ken.id))[0]?.state).toBe("sent"), { timeout: 20_000 });
  await vi.waitFor(async () => expect((await run(nan.id))[0]?.state).toBe("left"), { timeout: 20_000 });
  const { message_id } = await ledger(w, "ken@example.com");
  expect((await run(ken.id))[0]!.context.mail).toBe(message_id);
  expect((await run(nan.id))[0]!.context.why).toBe("consent.none");
  expect((await facts("mail.sent")).map(({ record }) => record)).toEqual([ken.id]);
  const [kept] = await w.sql("select subject, text, html, entity, record from {ws}._mail where message_id = $1", [
    message_id,
  ]);
  expect(kept).toMatchObject({ subject: "Welcome, Ken", entity: "reader", record: ken.id });
  expect(kept.html).toContain("Hello Ken");
  // Who reads it on the record is not its receiver: no link speaks for her.
  expect(`${kept.text} ${kept.html}`).toContain("/api/mail/stop/…");
  expect(`${kept.text} ${kept.html}`).not.toMatch(/\/api\/mail\/[a-z]+\/[^…]/);
});

test("links lead over us to where the database says, and people are told from programs", async () => {
  const mail = await posted("Ken");
  const through: string[] = mail.links.filter((it: string) => it.includes("/api/mail/to/"));
  expect(through.length).toBe(1);
  const [url = ""] = through;
  const robot = await look(url, "Mozilla/5.0 (compatible; Googlebot/2.1)");
  expect(robot.status).toBe(302);
  await look(url, undefined, "HEAD");
  await look(url);
  expect(await facts("mail.clicked")).toEqual([]);
  w.clock.advance(60_000);
  const answer = await look(url);
  expect(answer.headers.get("location")).toBe("https://kestrel.example/a?x=1&y=Ken");
  await look(url);
  expect(await facts("mail.clicked")).toMatchObject([{ data: { link: 0, url: expect.stringContaining("kestrel") } }]);
  const hits = await w.sql("select human, why from {ws}._mail_hit where kind = 'click' order by id");
  expect(hits.map(({ why }) => why)).toEqual(["agent", "method", "soon", null, null]);
  const picture = /src="([^"]*\/api\/mail\/open\/[^"]*)"/.exec(mail.html)![1]!;
  expect((await look(picture)).headers.get("content-type")).toBe("image/gif");
  expect(await facts("mail.opened")).toHaveLength(1);
  expect((await look(url.replace(/.$/, (it) => (it === "A" ? "Q" : "A")))).status).toBe(404);
});

test("a broadcast goes to each once, waits where something is missing, and can be stopped", async () => {
  const names = ["Uma", "Vic", "Wes"];
  for (const name of names) await reader(name, { worth: { amount: "7", currency: "EUR" } });
  await agreed(...names, "Poor");
  const id = "01900000-0000-7000-8000-000000000001";
  const asked = { id, filter: "name in ['Uma', 'Vic', 'Wes', 'Poor']" };
  const first = await w.admin.post("/api/messages/welcome/broadcasts", asked);
  expect(first.json, first.text).toEqual({ id, total: 4 });
  expect((await w.admin.post("/api/messages/welcome/broadcasts", asked)).json).toEqual({ id, total: 4 });
  for (const name of names) await becomes(name, "accepted");
  await becomes("Poor", "held");
  const { items } = (await w.admin.get("/api/messages/welcome/broadcasts")).json;
  expect(items).toMatchObject([{ id, total: 4, counts: { accepted: 3, held: 1 } }]);
  const held = (await w.admin.get("/api/sendings?status=held")).json.items;
  expect(held).toMatchObject([{ address: "poor@example.com", reason: "missing.worth" }]);
  w.clock.advance(1000);
  const later = { filter: "name in ['Uma', 'Vic']", at: "2026-06-01T09:00:00Z" };
  const second = (await w.admin.post("/api/messages/welcome/broadcasts", later)).json;
  expect((await w.admin.post(`/api/messages/broadcasts/${second.id}/cancel`, {})).json).toEqual({ count: 2 });
  w.clock.set(new Date("2026-06-01T09:00:01Z"));
  await becomes("Uma", "cancelled");
  expect((await posted("Uma")).text).toContain("Hello Uma & all");
});

test("whoever tries a message out gets it herself", async () => {
  const { status, json } = await w.admin.post("/api/messages/test", {
    document: welcome({ blocks: [blocks[0]!] as never }),
  });
  expect(status).toBe(201);
  await vi.waitFor(async () => expect((await ledger(w, json.to)).status).toBe("accepted"), { timeout: 20_000 });
});

test("what a receiver would do is done from the mailbox by the ways of the real", async () => {
  const { items } = (await w.admin.get("/api/mailbox")).json;
  const one = items.find((it: { to: string }) => it.to === "vic@example.com");
  const { links } = (await w.admin.get(`/api/mailbox/${one.id}`)).json;
  const does = (body: object) => w.admin.post(`/api/mailbox/${one.id}/simulate`, body);
  const url = links.find((it: string) => it.includes("/api/mail/to/"));
  for (const body of [
    { as: "open" },
    { as: "click", url },
    { as: "unsubscribe" },
    { as: "complaint" },
    { as: "bounce" },
  ])
    expect((await does(body)).status, JSON.stringify(body)).toBe(204);
  expect((await does({ as: "click", url: "https://elsewhere.example" })).status).toBe(422);
  const told = await w.sql(
    "select distinct f.type from {ws}._fact f join {ws}.reader r on r.id = f.record where r.name = 'Vic'",
  );
  expect(told.map(({ type }) => type).sort()).toEqual(
    ["consent.withdrawn", "mail.bounced", "mail.clicked", "mail.complained", "mail.opened", "mail.sent"].sort(),
  );
  expect(await w.sql("select reason from {ws}._suppression")).toHaveLength(1);
});

test("a message to a segment is counted before it goes, by what stops whom, and taken from its members", async () => {
  const among = "name in ['Xia', 'Yan', 'Zoe', 'Bea', 'Cal']";
  const names = ["Xia", "Yan", "Zoe"];
  for (const name of [...names, "Bea"]) await reader(name, { worth: { amount: "900", currency: "EUR" } });
  await reader("Cal", { worth: { amount: "900", currency: "EUR" }, mail: null });
  await agreed(...names);
  await suppress(w.pool, w.workspace, {
    channel: "email",
    addresses: ["yan@example.com"],
    reason: "bounce",
    now: w.clock.now(),
  });
  await w.sql(
    "insert into {ws}._mail_choice (address, paused_until, at) values ('zoe@example.com', $1::timestamptz + interval '1 day', $1)",
    [w.clock.now()],
  );
  const meant = { document: welcome(), segment: "rich", filter: among };
  const looked = (await w.admin.post("/api/messages/look", meant)).json;
  expect(looked).toMatchObject({
    audience: 5,
    sent: 1,
    refused: { address: 1, suppressed: 1, consent: 1, paused: 1 },
  });
  expect((await w.admin.post("/api/messages/look", { ...meant, segment: "poor" })).text).toContain("segment.unknown");
  expect((await w.admin.post("/api/messages/look", { ...meant, segment: 1 })).status).toBe(422);
  expect((await w.admin.post("/api/messages/welcome/broadcasts", { segment: "poor" })).status).toBe(400);
  const begun = await w.admin.post("/api/messages/welcome/broadcasts", { segment: "rich", filter: among });
  expect(begun.json, begun.text).toMatchObject({ total: 4 });
  await becomes("Xia", "accepted");
  await becomes("Yan", "suppressed");
  const [one] = (await w.admin.get("/api/messages/welcome/broadcasts")).json.items;
  expect(one).toMatchObject({ filter: `in_segment("rich") && (${among})`, total: 4 });
  const mail = await posted("Xia");
  const header = (name: string) => mail.headers.find((it: any) => it.name.toLowerCase() === name)?.value;
  expect(header("list-id")).toMatch(/^<news\.[\w.-]+>$/);
  expect(header("feedback-id")).toBe(`${begun.json.id}:msg_welcome:news:trellis`);
});

test("each receiver gets a message in her language, and what a language lacks is told before", async () => {
  const worth = { worth: { amount: "5", currency: "EUR" } };
  const yuki = await reader("Yuki", { tongue: "ja_JP", ...worth });
  const chosen = await reader("Chie", { tongue: "en", ...worth });
  const lin = await reader("Lin", { tongue: "zh-TW" });
  await reader("Jun", { tongue: "ja" });
  await w.sql(
    "insert into {ws}._mail_choice (address, language, at) values ('chie@example.com', 'ja', $1::timestamptz)",
    [w.clock.now()],
  );
  const preview = async (record: string, language?: string, document = bulletin()) => {
    const asked = { document, record, ...(language === undefined ? {} : { language }) };
    const { status, json, text } = await w.admin.post("/api/messages/preview", asked);
    expect(status, text).toBe(200);
    return json;
  };
  expect(await preview(yuki.id)).toMatchObject({ language: "ja", subject: "Yuki様へ", missing: [] });
  expect((await preview(yuki.id)).text).toContain("2026年2月28日からのお付き合い、€5.00");
  const { speaks: _speaks, ...silent } = bulletin();
  expect(await preview(yuki.id, undefined, silent)).toMatchObject({ language: "ja", subject: "Yuki様へ" });
  expect(await preview(chosen.id)).toMatchObject({ language: "ja" });
  expect(await preview(lin.id)).toMatchObject({ language: "en", subject: "For Lin", missing: [] });
  expect(await preview(lin.id, "ja")).toMatchObject({ language: "ja", subject: "Lin様へ", missing: ["worth"] });
  expect(await preview(lin.id, "id")).toMatchObject({ language: "id", subject: "For Lin" });
  expect((await preview(lin.id, "id")).text).toContain("Ours since 28 Februari 2026.");
  expect((await w.admin.post("/api/messages/preview", { document: bulletin(), language: "!" })).status).toBe(422);
  const { lints } = (await w.admin.post("/api/messages/look", { document: bulletin() })).json;
  expect(lints).toEqual(
    expect.arrayContaining([
      { code: "differs", detail: "ja: worth" },
      { code: "lacks", detail: "id", count: 2, path: "/subject" },
    ]),
  );
  const filter = "name in ['Yuki', 'Chie', 'Lin', 'Jun']";
  const begun = await w.admin.post("/api/messages/bulletin/broadcasts", { filter });
  expect(begun.json, begun.text).toMatchObject({ total: 4 });
  for (const name of ["Yuki", "Chie", "Lin"]) await becomes(name, "accepted");
  await becomes("Jun", "held");
  const sent = await w.sql(
    'select language, subject, reason from {ws}._sending where broadcast = $1 order by address collate "C"',
    [begun.json.id],
  );
  expect(sent.map(({ language, subject, reason }) => [language, subject, reason])).toEqual([
    ["ja", "Chie様へ", null],
    [null, null, "missing.worth"],
    ["en", "For Lin", null],
    ["ja", "Yuki様へ", null],
  ]);
  expect((await posted("Yuki")).text).toContain("からのお付き合い");
});
