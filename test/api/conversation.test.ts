import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrive, letter, publishTickets, support, type Letter } from "../fixtures/tickets.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let aki: Client;
let stranger: Client;

/** How soon a request is to be solved: the clock ends where the request is joined into another. */
const promise = {
  $schema: "urn:trellis:sla-policy:1",
  $id: "ticket_promise",
  $anchor: "sla_ticket_promise",
  title: "Promise",
  entity: "ticket",
  clocks: [
    {
      $anchor: "clk_solve",
      name: "solve",
      title: "Solve",
      start: { created: true },
      stop: { when: { cel: "state == 'resolved' || state == 'joined'" } },
    },
  ],
  targets: [{ $anchor: "tgt_all", title: "All", promises: { solve: "PT4H" } }],
};

/** Sees all contacts, and of tickets her own. */
const desk = {
  $schema: "urn:trellis:role:1",
  $id: "desk",
  $anchor: "role_desk",
  title: "Desk",
  entities: { contact: { read: "all" }, ticket: { read: "own" } },
};

/** Joins tickets, whose details she does not see. */
const blind = {
  $schema: "urn:trellis:role:1",
  $id: "blind",
  $anchor: "role_blind",
  title: "Blind",
  entities: { ticket: { read: "all", update: "all", delete: "all", fields: { details: { read: "none" } } } },
};

beforeAll(async () => {
  w = await world({ templates: ["core"] });
  await publishTickets(w.admin);
  const change = (await w.admin.post("/api/changes", { reason: "Promises" })).json.id;
  await w.admin.send("PUT", `/api/documents/sla-policy/ticket_promise?change=${change}`, { body: promise });
  for (const role of [desk, blind])
    await w.admin.send("PUT", `/api/documents/role/${role.$id}?change=${change}`, { body: role });
  const published = await w.admin.post(`/api/changes/${change}/publish`);
  expect(published.status, published.text).toBe(200);
  const company = (await w.admin.post("/api/records/company", { name: "Aoba" })).json.id;
  await w.admin.post("/api/records/contact", { name: "Hana Mori", email: "hana@aoba.example", company });
  aki = await w.user("Aki", { roles: ["admin"] });
  stranger = await w.user("Stranger");
});
afterAll(() => w.close());

async function came(given: Letter = {}) {
  const answer = await arrive(w.admin, letter(given));
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json as { mail: string; record: string; rule: number | null; possible: string | null };
}
const at = (record: string, more = "") => `/api/records/ticket/${record}${more}`;
const said = async (record: string, who = aki) => (await who.get(at(record, "/conversation"))).json;
const answer = (record: string, body: object) => aki.post(at(record, "/answers"), body);
const mailOf = async (sending: string) =>
  (
    await w.sql(
      `select message_id, to_addresses, cc_addresses, subject, text, reply_to, in_reply_to, refs, from_address from {ws}._sending where id = $1`,
      [sending],
    )
  )[0];

/** What is told of what happened: it grows whatever is taken back. */
const logs = new Set(
  ["operation", "history", "event", "moved", "notification", "undone", "clock_before", "idempotency", "key_use"].map(
    (it) => `_${it}`,
  ),
);

/** Tables of which not every row says something: codes of subjects stay, and passages are sums of rows. */
const read: Readonly<Record<string, string>> = {
  _conversation: "(select record, joined, joined_at from {ws}._conversation where joined is not null)",
  _passage: `(select workflow, counted, sum(entered) as entered, sum(exited) as exited, sum(moments) as moments
    from {ws}._passage group by workflow, counted having sum(entered) <> 0 or sum(exited) <> 0 or sum(moments) <> 0)`,
};

/** All that stands in the tables of records and of the engine beside its logs, row by row. */
async function standing(): Promise<readonly string[]> {
  const tables = await w.sql(
    "select relname as name from pg_class where relnamespace = '{ws}'::regnamespace and relkind = 'r' order by relname",
  );
  const looks = tables
    .filter(({ name }) => !logs.has(name))
    .map(({ name }) => `select '${name} ' || to_jsonb(t)::text as row from ${read[name] ?? `{ws}."${name}"`} t`);
  return (await w.sql(`${looks.join(" union all ")} order by 1`)).map(({ row }) => String(row));
}

/** Task mail-to-case-and-thread. */
describe("a mail becomes a request, and the answer finds it again", () => {
  test("with its picture, shown safely, answered from the record, and joined by the header whatever address and subject say", async () => {
    const parts = [
      "--b",
      "Content-Type: multipart/related; boundary=c",
      "",
      "--c",
      "Content-Type: text/html; charset=utf-8",
      "",
      '<p>It stops.<script>alert(1)</script></p><img src="cid:laser@1" alt="Laser">',
      "--c",
      "Content-Type: image/png",
      "Content-ID: <laser@1>",
      'Content-Disposition: inline; filename="laser.png"',
      "Content-Transfer-Encoding: base64",
      "",
      "iVBORw0KGgo=",
      "--c--",
      "--b--",
    ].join("\r\n");
    const { record } = await came({
      id: "<q1@aoba.example>",
      text: parts,
      headers: { "Content-Type": "multipart/mixed; boundary=b" },
    });
    const files = (await aki.get(at(record, "/files"))).json.items;
    expect(files).toMatchObject([{ name: "laser.png", type: "image/png" }]);
    const { items, answer: rules } = await said(record);
    expect(items[0]).toMatchObject({
      type: "mail",
      direction: "in",
      from: { address: "hana@aoba.example", name: "Hana Mori" },
      text: "It stops.",
      html: `<p>It stops.</p><img alt="Laser" src="/api/files/${files[0].id}" />`,
      files: [{ name: "laser.png" }],
    });
    expect(items[1]).toMatchObject({ direction: "out", auto: true, status: "queued" });
    expect(rules).toMatchObject({ to: ["hana@aoba.example"], subject: "Re: Laser LX1 stops" });

    await aki.post(at(record, "/events"), { type: "ticket.ask" });
    await w.admin.patch(at(record), { owner: aki.id }, { "if-match": `"${(await aki.get(at(record))).json.version}"` });
    const sent = await answer(record, { text: "Did you try to restart it?" });
    expect(sent.status, sent.text).toBe(201);
    const mail = await mailOf(sent.json.sending);
    expect(mail).toMatchObject({
      to_addresses: ["hana@aoba.example"],
      from_address: "support@ours.example",
      in_reply_to: "<q1@aoba.example>",
      refs: ["<q1@aoba.example>"],
      reply_to: expect.stringMatching(/^support\+/),
    });
    const home = {
      from: "Hana <hana@home.example>",
      subject: "It is me",
      inReplyTo: mail.message_id,
      to: mail.reply_to,
    };
    expect(
      await came({ ...home, text: "No.\n\nOn Mon, Aki <support@ours.example> wrote:\n> Did you try" }),
    ).toMatchObject({ record, rule: 1 });
    expect((await aki.get(at(record))).json.state).toBe("progress");
    expect((await aki.get("/api/notifications")).json.items[0]).toMatchObject({ title: "It is me", record });
    const last = (await said(record)).items.at(-1);
    expect(last).toMatchObject({ text: "No.", quoted: expect.stringContaining("> Did you try"), joined: { rule: 1 } });
  });

  test("T11 five answers are one thread to her: each with an id of its own and on the mail that she wrote last", async () => {
    const { record } = await came({ id: "<t11-1@aoba.example>" });
    const ids: string[] = [];
    for (let n = 1; n <= 5; n++) ids.push((await answer(record, { text: `Answer ${n}` })).json.sending);
    const mails = await Promise.all(ids.map(mailOf));
    expect(new Set(mails.map((it) => it.message_id)).size).toBe(5);
    expect(new Set(mails.map((it) => it.in_reply_to))).toEqual(new Set(["<t11-1@aoba.example>"]));
    expect(new Set(mails.map((it) => it.subject)).size).toBe(1);
    await came({
      id: "<t11-2@aoba.example>",
      inReplyTo: mails[4].message_id,
      references: `<t11-1@aoba.example> ${mails[4].message_id}`,
    });
    const next = await mailOf((await answer(record, { text: "More" })).json.sending);
    expect(next).toMatchObject({ in_reply_to: "<t11-2@aoba.example>" });
    expect(next.refs[0]).toBe("<t11-1@aoba.example>");
    expect(next.subject).toBe(mails[0].subject);
  });

  test("who does not see a record is told that alone, whether somebody could be answered or not", async () => {
    for (const record of ["1e309", "01900000-0000-7000-8000-000000000000"])
      for (const body of [{ text: "Hello" }, { text: "Hello", to: [] }])
        expect((await answer(record, body)).json.code).toBe("record.missing");
  });

  test("a snippet is filled with the record, and as a macro does what it says", async () => {
    const { record } = await came();
    const { number } = (await aki.get(at(record))).json;
    const filled = await aki.get(at(record, "/snippets/solved"));
    expect(filled.json.text).toBe(`Dear Hana Mori,\n\n${number} is solved.\n\nAki`);
    expect((await said(record)).snippets).toEqual([{ name: "solved", title: "Solved", macro: true }]);
    const sent = await answer(record, { text: filled.json.text, snippet: "solved" });
    expect(sent.status, sent.text).toBe(201);
    expect((await aki.get(at(record))).json).toMatchObject({ origin: "phone", state: "resolved" });
    expect((await answer(record, { text: "x", snippet: "none" })).json.code).toBe("conversation.snippet");
  });

  test("notes stay inside, and tell whom they mention, who must see the record", async () => {
    const { record } = await came();
    const made = await aki.post(at(record, "/notes"), { text: "Same as before. @Ada", mentions: [w.admin.id] });
    expect(made.status, made.text).toBe(201);
    expect((await said(record)).items.at(-1)).toMatchObject({
      type: "aside",
      by: { name: "Aki" },
      mentions: [{ name: "Ada" }],
    });
    const [bell] = (await w.admin.get("/api/notifications")).json.items;
    expect(bell).toMatchObject({ record, body: "Same as before. @Ada", told: { code: "mention", by: "Aki" } });
    const blind = await aki.post(at(record, "/notes"), { text: "@Stranger", mentions: [stranger.id] });
    expect(blind.json.problems[0]).toMatchObject({ code: "conversation.mention", path: "/mentions/0" });
    expect((await aki.post(at(record, "/notes"), { text: " " })).status).toBe(422);
    expect((await stranger.get(at(record, "/conversation"))).status).toBe(404);
  });

  test("an answer goes only to addresses, and to somebody", async () => {
    const made = (await aki.post("/api/records/ticket", { subject: "By phone" })).json.id;
    expect((await answer(made, { text: "Hello" })).json.code).toBe("conversation.nobody");
    expect((await answer(made, { text: "Hello", to: ["a@b\r\nBcc: c@d"] })).json.code).toBe("conversation.value");
    expect((await answer(made, { text: "Hello", to: ["hana@aoba.example"] })).status).toBe(201);
  });
});

/** Task merge-two-cases. */
describe("two requests about the same thing become one", () => {
  test("mails, note, file and task stand in the other in the order of their times, later mails follow, and all of it is taken back", async () => {
    const one = (await came({ id: "<m1@aoba.example>" })).record;
    await came({ id: "<m2@aoba.example>", inReplyTo: "<m1@aoba.example>" });
    w.clock.set(new Date(w.clock.now().getTime() + 20 * 60_000));
    const two = (await came({ id: "<m3@aoba.example>", subject: "Again" })).record;
    await aki.post(at(two, "/notes"), { text: "Looks the same." });
    const file = new FormData();
    file.set("file", new File(["log"], "laser.log"));
    expect((await aki.send("POST", at(two, "/files"), { body: file })).status).toBe(201);

    const before = await said(two);
    const merged = await aki.post(at(two, "/merge"), { into: one });
    expect(merged.status, merged.text).toBe(200);
    const { items } = await said(one);
    const mails = items.filter((it: any) => it.type === "mail" && it.direction === "in");
    expect(mails.map((it: any) => [it.subject, it.origin])).toEqual([
      ["Laser LX1 stops", null],
      ["Laser LX1 stops", null],
      ["Again", two],
    ]);
    expect(items.find((it: any) => it.type === "aside")).toMatchObject({ text: "Looks the same.", origin: two });
    expect(items.map((it: any) => it.at)).toEqual(items.map((it: any) => it.at).sort());
    expect((await aki.get(at(one, "/files"))).json.items).toMatchObject([{ name: "laser.log" }]);
    expect((await aki.get(at(two))).json.deleted_at).not.toBeNull();
    expect((await said(two)).joined).toBe(one);
    expect(await came({ inReplyTo: "<m3@aoba.example>" })).toMatchObject({ record: one, rule: 2 });

    const operation = merged.headers.get("trellis-operation");
    const undone = await aki.post(`/api/operations/${operation}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect((await aki.get(at(two))).json.deleted_at).toBeNull();
    const after = await said(two);
    expect(after.items.map((it: any) => it.id)).toEqual(before.items.map((it: any) => it.id));
    expect(after.joined).toBeNull();
    expect((await aki.get(at(two, "/files"))).json.items).toMatchObject([{ name: "laser.log" }]);
    expect(await came({ inReplyTo: "<m3@aoba.example>" })).toMatchObject({ record: two, rule: 2 });
  });

  test("it says where it went and by its workflow, its clock ends, who watched it watches the other, and undo leaves not a trace", async () => {
    const one = (await came({ subject: "First" })).record;
    const two = (await came({ subject: "Second" })).record;
    const three = (await came({ subject: "Third" })).record;
    const own = { entity: "ticket", at: w.clock.now().toISOString(), source: "test" };
    for (const [at, record] of [one, two].entries())
      await w.admin.post("/api/facts", { ...own, type: "door.opened", record, id: `door ${String(at)}`, data: {} });
    await w.sql("insert into {ws}._device (device, entity, record, since) values ($1, 'ent_ticket', $2, $3)", [
      crypto.randomUUID(),
      two,
      w.clock.now(),
    ]);
    const ben = await w.user("Ben", { roles: ["admin"] });
    for (const [who, record] of [
      [aki, one],
      [aki, two],
      [ben, two],
      [ben, three],
    ] as const)
      expect((await who.send("PUT", at(record, "/watchers/me"))).status).toBe(204);
    expect((await stranger.send("PUT", at(two, "/watchers/me"))).status).toBe(404);
    expect((await ben.get(at(two, "/watchers"))).json).toMatchObject({
      watching: true,
      items: [{ name: "Aki" }, { name: "Ben" }],
    });
    const earlier = await aki.post(at(three, "/merge"), { into: two });
    expect(earlier.status, earlier.text).toBe(200);

    const before = await standing();
    const merged = await aki.post(at(two, "/merge"), { into: one });
    expect(merged.status, merged.text).toBe(200);
    expect((await aki.get(at(two))).json).toMatchObject({ state: "joined", joined_into: one });
    expect((await aki.get(at(three))).json.joined_into).toBe(one);
    const clock = async (record: string) =>
      (
        await w.sql("select kept -> 'record' -> 'ended' as ended, next_at from {ws}._clock where record = $1", [record])
      )[0];
    expect(await clock(two)).toMatchObject({ ended: { how: "stopped" }, next_at: null });
    expect((await clock(one)).ended).toBeNull();
    expect((await ben.get(at(one, "/watchers"))).json).toMatchObject({
      watching: true,
      items: [{ name: "Aki" }, { name: "Ben" }],
    });
    const facts = "select count(*)::int as n from {ws}._fact where record = $1 and type = 'door.opened'";
    expect((await w.sql(facts, [one]))[0].n).toBe(2);

    const note = await aki.post(at(one, "/notes"), { text: "Both are one." });
    expect(note.status).toBe(201);
    const [bell] = (await ben.get("/api/notifications")).json.items;
    expect(bell).toMatchObject({ record: one, title: "First", body: "Both are one." });
    await w.sql("delete from {ws}._note where id = $1", [note.json.id]);

    const undone = await aki.post(`/api/operations/${merged.headers.get("trellis-operation")}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(undone.json.conflicts).toEqual([]);
    expect(await standing()).toEqual(before);
  });

  test("nothing is joined into itself, nor by who may not", async () => {
    const { record } = await came();
    expect((await aki.post(at(record, "/merge"), { into: record })).json.code).toBe("merge.itself");
    expect((await stranger.post(at(record, "/merge"), { into: record })).status).toBe(404);
  });

  test("where its workflow refuses the event nothing is joined, and who does not see why is not told", async () => {
    const one = (await w.admin.post("/api/records/ticket", { subject: "One" })).json.id;
    const two = (await w.admin.post("/api/records/ticket", { subject: "Two", details: "SEALED" })).json.id;
    await aki.post(at(two, "/notes"), { text: "Stays here." });
    const mia = await w.user("Mia", { roles: ["blind"] });
    const before = await standing();
    const hers = await mia.post(at(two, "/merge"), { into: one });
    expect([hers.status, hers.json.code]).toEqual([409, "event.refused"]);
    expect(hers.text).not.toContain("SEALED");
    expect((await aki.post(at(two, "/merge"), { into: one })).text).toContain("SEALED");
    expect(await standing()).toEqual(before);
  });
});

/** Task merge-contacts-choose-fields. */
describe("three records of one person become one", () => {
  const contact = async (values: object) => {
    const made = await w.admin.post("/api/records/contact", values);
    expect(made.status, made.text).toBe(201);
    return made.json.id as string;
  };
  const of = async (id: string, who = aki) => (await who.get(`/api/records/contact/${id}`)).json;

  test("in one call: values are chosen field by field, what points at them moves, and all of it is taken back", async () => {
    const one = await contact({ name: "Hana Mori", email: "a@aoba.example" });
    const two = await contact({
      name: "Hana Mori",
      email: "b@aoba.example",
      phone: "+81 3 1234 5678",
      job_title: "Head",
    });
    const three = await contact({ name: "H. Mori", source: "web_site", reports_to: two });
    const ticket = (await w.admin.post("/api/records/ticket", { subject: "Shared", contact: two })).json.id;
    const foreseen = (await aki.get(`/api/records/contact/${two}/merge`)).json;
    expect(foreseen).toMatchObject({
      mails: 0,
      records: expect.arrayContaining([
        { entity: "ticket", field: "contact", count: 1 },
        { entity: "contact", field: "reports_to", count: 1 },
      ]),
    });

    const less = await (await w.user("Yui", { roles: ["desk"] })).get(`/api/records/contact/${two}/merge`);
    expect(less.json.records).toEqual([{ entity: "contact", field: "reports_to", count: 1 }]);

    const refused = await aki.post(`/api/records/contact/${two}/merge`, { into: one, also: [{ id: one }] });
    expect(refused.json.code).toBe("merge.itself");
    const unknown = await aki.post(`/api/records/contact/${two}/merge`, { into: one, take: ["shoe"] });
    expect(unknown.json.problems ?? unknown.json.errors).toMatchObject([{ code: "field.unknown", path: "/take/0" }]);
    expect((await stranger.post(`/api/records/contact/${two}/merge`, { into: one })).status).toBe(404);

    const merged = await aki.post(`/api/records/contact/${two}/merge`, {
      into: one,
      take: ["phone", "job_title"],
      also: [{ id: three, take: ["source"] }],
    });
    expect(merged.status, merged.text).toBe(200);
    expect(await of(one)).toMatchObject({
      email: "a@aoba.example",
      other_email: "b@aoba.example",
      phone: "+81 3 1234 5678",
      job_title: "Head",
      source: "web_site",
      reports_to: null,
    });
    expect((await aki.get(at(ticket))).json.contact).toBe(one);
    expect((await of(two)).deleted_at).not.toBeNull();
    expect((await aki.get(`/api/records/contact/${three}/conversation`)).json.joined).toBe(one);
    const hers = await came({ from: "b@AOBA.example", subject: "From my other address" });
    expect((await aki.get(at(hers.record))).json.contact).toBe(one);
    const [step] = (await aki.get(`/api/records/contact/${one}/history`)).json.items;
    expect(step).toMatchObject({ act: "update", after: { job_title: "Head", source: "web_site" } });

    const undone = await aki.post(`/api/operations/${merged.headers.get("trellis-operation")}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(undone.json.conflicts).toEqual([]);
    expect(await of(one)).toMatchObject({ phone: null, job_title: null, source: null, other_email: null });
    expect(await of(three)).toMatchObject({ deleted_at: null, reports_to: two });
    expect((await aki.get(at(ticket))).json.contact).toBe(two);
    expect((await aki.get(`/api/records/contact/${three}/conversation`)).json.joined).toBeNull();
  });
});

describe("what is not published yet is tried out", () => {
  const preview = (mailbox: object, raw: string, who = aki) => who.post("/api/mailboxes/preview", { mailbox, raw });

  test("a mail tells what would come of it: a record with its sender and an answer, or the one that it joins; nothing of it stays", async () => {
    const mailbox = {
      ...support,
      $id: "try",
      $anchor: "mbx_try",
      address: "try@ours.example",
      new_sender: { name: "name" },
    };
    const count = async () => (await w.sql("select count(*)::int as n from {ws}._mail"))[0]?.n as number;
    const before = await count();
    const raw = letter({ from: "New One <new@one.example>", subject: "Never seen" });
    const told = await preview(mailbox, raw);
    expect(told.status, told.text).toBe(200);
    expect(told.json).toMatchObject({
      class: "genuine",
      made: true,
      record: { id: null, title: "Never seen" },
      answer: { to: "new@one.example", subject: expect.stringContaining("Re: Never seen") },
    });
    expect(told.json.writes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ entity: "contact", act: "create", own: false }),
        expect.objectContaining({ entity: "ticket", own: true, values: expect.objectContaining({ origin: "mail" }) }),
      ]),
    );
    expect(await count()).toBe(before);
    expect((await aki.get("/api/records/contact?search=New One")).json.items).toEqual([]);

    const { record } = await came({ id: "<tried@aoba.example>", subject: "Tried" });
    const joins = await preview(mailbox, letter({ inReplyTo: "<tried@aoba.example>" }));
    expect(joins.json).toMatchObject({ made: false, rule: 2, record: { id: record, title: "Tried" } });

    expect((await preview(mailbox, "nothing")).json.code).toBe("mail.unreadable");
    const wrong = await preview({ ...mailbox, auto_reply: { subject: "{{ shoe }}", text: "x" } }, raw);
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain("/mailbox/try/auto_reply/subject");
    expect((await preview(mailbox, raw, stranger)).status).toBe(403);
  });

  test("a text is filled for a record, and a snippet for a role is offered to those who have it", async () => {
    const { record } = await came({ subject: "Filled" });
    const filled = await aki.post(at(record, "/snippets"), { text: "About {{ subject }} for {{ sender.name }}" });
    expect(filled.json).toEqual({ text: "About Filled for Hana Mori" });
    expect((await aki.post(at(record, "/snippets"), { text: 7 })).status).toBe(422);
  });
});
