import type { AnyDocument, FormDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brokenRules, collectStatements } from "../fixtures/emitted.ts";
import { solve } from "../fixtures/solve.ts";
import { dump } from "../harbour.ts";
import { world, type World } from "../world.ts";

let w: World;
const form: FormDocument = {
  $schema: "urn:trellis:form:1",
  $id: "ask",
  $anchor: "form_ask",
  title: "Ask for a plan",
  description: "Tell us a little.\nWe come back within a day.",
  entity: "person",
  fields: [
    { field: "name", required: true },
    { field: "email", title: "Work mail" },
    { field: "size", description: "How many stores?" },
    { field: "kind" },
    { field: "city", overwrite: true },
  ],
  hidden: [
    { field: "utm_source", query: "utm_source" },
    { field: "origin", value: "form ask" },
  ],
  consents: [
    { purpose: "news", channel: "email", wording: "Send me <news>, twice a month at most." },
    { purpose: "offers", channel: "email", wording: "Send me offers." },
  ],
  match: "email",
  origins: ["https://shop.example"],
};
const text = (name: string, more: object = {}) => ({ $anchor: `fld_${name}`, field: "text", title: name, ...more });
const purpose = (name: string, double_opt_in: boolean): AnyDocument => ({
  $schema: "urn:trellis:purpose:1",
  $id: name,
  $anchor: `pur_${name}`,
  title: name,
  basis: "consent",
  double_opt_in,
});
const documents = [
  purpose("news", true),
  purpose("offers", false),
  {
    $schema: "urn:trellis:entity:1",
    $id: "person",
    $anchor: "ent_person",
    type: "object",
    title: "Person",
    name_field: "name",
    person: { address: "email", language: "tongue" },
    properties: {
      name: text("name", { maxLength: 40 }),
      email: { $anchor: "fld_email", field: "email", title: "E-mail", unique: true },
      other: { $anchor: "fld_other", field: "email", title: "Second e-mail" },
      size: { $anchor: "fld_size", field: "integer", title: "Stores", minimum: 0 },
      kind: {
        $anchor: "fld_kind",
        field: "select",
        title: "Kind",
        choices: [
          { value: "shop", title: "Shop" },
          { value: "bank", title: "Bank" },
        ],
      },
      city: text("city"),
      tongue: text("tongue"),
      secret: text("secret"),
      utm_source: text("utm_source", { maxLength: 20 }),
      origin: text("origin"),
    },
    required: ["name"],
    rules: [
      {
        $anchor: "rule_bank",
        when: { cel: "kind == 'bank'" },
        require: { cel: "city != null" },
        message: "A bank has a city.",
      },
    ],
  },
  form,
] as readonly AnyDocument[];

const collected = collectStatements();
beforeAll(async () => {
  w = await world({ documents });
});
afterAll(() => w.close());

const challenge = async (name = "ask") => (await w.nobody.get(`/f/${name}/-/challenge`)).json as object;
/** Sends as a browser does; without `altcha` the work is done first. */
async function post(given: Readonly<Record<string, string>>, path = "/f/ask", headers: object = {}) {
  const altcha = given.altcha ?? (await solve(await challenge()));
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams({ ...given, altcha }).toString();
  const answer = await w.fetch(
    new Request(`http://localhost${path}`, { method: "POST", body, headers: { ...type, ...headers } }),
  );
  return { status: answer.status, to: answer.headers.get("location"), text: await answer.text(), altcha };
}
const people = () =>
  w.sql(`select name, email, size, kind, city, secret, utm_source, origin from {ws}.person order by name`);
const facts = () => w.sql(`select type, entity, record, data from {ws}._fact order by id`);
const consents = () => w.sql(`select purpose, action, wording, form, form_version from {ws}._consent order by id`);
const states = () => w.sql(`select address, purpose, state from {ws}._consent_state order by purpose`);
const mails = () => w.sql(`select to_addresses[1] as to, subject, text from {ws}._sending order by at, id`);
const ada = { name: "Ada", email: "Ada@Example.com", size: "12", kind: "shop" };

test("the page asks what the form asks, in a language of one's own, and may stand within the pages that it names", async () => {
  const page = await w.nobody.get("/f/ask?utm_source=mail");
  expect(page.status).toBe(200);
  expect(page.text).toContain('<label for="q-email">Work mail <i>required</i></label>');
  expect(page.text).toContain("Send me &lt;news&gt;");
  expect(page.text).toContain('name="~utm_source" value="mail"');
  expect(page.text).not.toContain("secret");
  expect(page.headers.get("set-cookie")).toBe(null);
  expect(page.headers.get("x-frame-options")).toBe(null);
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'self' https://shop.example");
  const japanese = await w.nobody.get("/f/ask?lang=ja");
  expect(japanese.text).toContain('<html lang="ja">');
  expect(japanese.text).toContain("送信");
  const script = await w.nobody.get("/f/ask.js");
  expect([script.status, script.headers.get("cross-origin-resource-policy")]).toEqual([200, "cross-origin"]);
  for (const path of ["form.css", "form-page.js", "altcha.js"])
    expect((await w.nobody.get(`/f/-/${path}`)).status).toBe(200);
  for (const path of ["/f/nothing", "/f/nothing.js", "/f/nobody/ask", "/f/nothing/-/challenge"])
    expect((await w.nobody.get(path)).status).toBe(404);
  expect((await w.nobody.get("/f/main/ask")).status).toBe(200);
});

test("what is sent makes a record, tells of it, and keeps consent as it was worded; twice is once", async () => {
  const sent = await post({
    ...ada,
    "~utm_source": "mail",
    "consent-0": "yes",
    "consent-1": "yes",
    "~page": "https://shop.example/x",
  });
  expect([sent.status, sent.to], sent.text).toEqual([303, "/f/ask?sent=1&lang=en"]);
  const again = await post({
    ...ada,
    "~utm_source": "mail",
    "consent-0": "yes",
    "consent-1": "yes",
    "~page": "https://shop.example/x",
    altcha: sent.altcha,
  });
  expect(again.status).toBe(303);
  const kept = { name: "Ada", email: "ada@example.com", size: 12, kind: "shop", city: null, secret: null };
  expect(await people()).toEqual([{ ...kept, utm_source: "mail", origin: "form ask" }]);
  const [told, ...more] = await facts();
  expect([told.type, told.entity, told.data.form, told.data.consents]).toEqual([
    "form.submitted",
    "person",
    "ask",
    ["news", "offers"],
  ]);
  expect(more.map(({ type, data }: { type: string; data: { purpose: string } }) => [type, data.purpose])).toEqual([
    ["consent.granted", "offers"],
  ]);
  const version = w.workspace.model.version;
  expect(await consents()).toEqual([
    {
      purpose: "pur_news",
      action: "grant",
      wording: form.consents?.[0]?.wording,
      form: "form_ask",
      form_version: version,
    },
    {
      purpose: "pur_offers",
      action: "grant",
      wording: form.consents?.[1]?.wording,
      form: "form_ask",
      form_version: version,
    },
  ]);
  expect((await w.nobody.get("/f/ask?sent=1")).text).toContain("look into your mail");
});

test("what is not confirmed does not count; a look at the link confirms nothing, its button does", async () => {
  expect((await states()).map(({ state }) => state)).toEqual(["unconfirmed", "granted"]);
  const [mail, ...more] = await mails();
  expect([mail.to, more]).toEqual(["ada@example.com", []]);
  const [link = ""] = /\/f\/-\/confirm\/\S+/.exec(mail.text) ?? [];
  // Whoever reads the record reads the mail; the link is its receiver's alone.
  const kept = await w.sql("select text, html from {ws}._mail where direction = 'out'");
  expect(kept.map(({ text, html }) => /confirm\/(?!…)/.test(text + html))).toEqual([false]);
  for (const method of ["GET", "HEAD"]) await w.nobody.send(method, link);
  expect((await w.nobody.get(link)).text).toContain("ada@example.com");
  expect((await states())[0].state).toBe("unconfirmed");
  expect((await w.nobody.send("POST", link)).status).toBe(200);
  expect((await w.nobody.send("POST", link)).status).toBe(200);
  expect((await states()).map(({ state }) => state)).toEqual(["granted", "granted"]);
  expect((await facts()).slice(-2).map(({ type }) => type)).toEqual(["consent.confirmed", "consent.granted"]);
  const forged = link.replace(/....\?/, "AAAA?");
  const other = link.replace(/\.[0-9a-f-]{36}\./, `.${crypto.randomUUID()}.`);
  for (const bad of [forged, other, "/f/-/confirm/x", "/f/-/confirm/main.x.y"])
    for (const method of ["GET", "POST"]) expect((await w.nobody.send(method, bad)).status).toBe(410);
});

test("who is known already is not overwritten, and nobody learns that she is", async () => {
  const before = await people();
  const stranger = { name: "Mallory", email: "ada@example.COM", size: "99", kind: "", city: "Kobe" };
  const known = await post({ ...stranger, "~utm_source": "other" });
  const unknown = await post({ ...stranger, email: "new@example.com" });
  expect([known.status, known.to]).toEqual([unknown.status, unknown.to]);
  const [first, second, ...others] = await people();
  expect([first, others]).toEqual([{ ...before[0], city: "Kobe" }, []]);
  expect(second).toMatchObject({ name: "Mallory", email: "new@example.com" });
  // She is known by another address of hers as well, and keeps the one that her mails go to.
  const [{ id, version }] = await w.sql("select id, version from {ws}.person where name = 'Ada'");
  const more = await w.admin.patch(
    `/api/records/person/${id}`,
    { other: "ada@home.example" },
    { "if-match": `"${version}"` },
  );
  expect(more.status, more.text).toBe(200);
  expect((await post({ ...stranger, email: "ADA@home.example", city: "Nara" })).status).toBe(unknown.status);
  expect(await people()).toEqual([{ ...before[0], city: "Nara" }, second]);
  // Faults are those of a new record, though the one that stands would be refused for them or not.
  const [wrong, alike] = [
    await post({ ...stranger, kind: "bank", city: "" }),
    await post({ ...stranger, email: "x@y.example", kind: "bank", city: "" }),
  ];
  expect([wrong.status, alike.status]).toEqual([422, 422]);
  expect(wrong.text.replaceAll("ada@example.COM", "")).toBe(alike.text.replaceAll("x@y.example", ""));
});

test("what is wrong is told beside the question, what was typed stays, and nothing is stored", async () => {
  const stood = await dump(w, ["_rate"]);
  const wrong = await post({ name: "", email: "ada@", size: "many", kind: "zoo", city: '"><script>' });
  expect(wrong.status).toBe(422);
  for (const name of ["name", "email", "size", "kind"]) expect(wrong.text).toContain(`id="q-${name}-fault"`);
  expect(wrong.text).toContain("&quot;&gt;&lt;script&gt;");
  expect(wrong.text).not.toContain('"><script>');
  const ruled = await post({ ...ada, email: "bank@example.com", kind: "bank" });
  expect([ruled.status, ruled.text.includes("A bank has a city.")]).toEqual([422, true]);
  expect((await post({ ...ada, name: "x".repeat(41) })).status).toBe(422);
  expect(await dump(w, ["_rate"])).toEqual(stood);
});

test("robots get nothing stored: without work, with work done twice, for another form, too old, forged, in the pot", async () => {
  const good = await post({ ...ada, email: "once@example.com" });
  expect(good.status).toBe(303);
  const stood = await dump(w, ["_rate"]);
  const late = await solve(await challenge());
  const tampered = JSON.parse(Buffer.from(await solve(await challenge()), "base64").toString());
  tampered.challenge.parameters.data.at += 1;
  const easy = JSON.parse(Buffer.from(late, "base64").toString());
  easy.challenge.parameters.keyPrefix = "00";
  const encode = (it: object) => Buffer.from(JSON.stringify(it)).toString("base64");
  for (const altcha of ["x", "e30=", good.altcha, encode(tampered), encode(easy), "A".repeat(5000)]) {
    const answer = await post({ ...ada, email: "robot@example.com", altcha });
    expect([answer.status, answer.text.includes("no robot")], altcha.slice(0, 20)).toEqual([422, true]);
  }
  const pot = await post({ ...ada, email: "robot@example.com", fax_number: "1" });
  expect([pot.status, pot.to]).toEqual([303, "/f/ask?sent=1&lang=en"]);
  w.clock.set(new Date(w.clock.now().getTime() + 31 * 60_000));
  expect((await post({ ...ada, email: "robot@example.com", altcha: late })).status).toBe(422);
  const json = { "content-type": "application/json" };
  expect((await post(ada, "/f/ask", json)).status).toBe(415);
  expect((await post({ ...ada, name: "y".repeat(70_000) })).status).toBe(413);
  expect(await dump(w, ["_rate"])).toEqual(stood);
});

test("nobody sends without end: a network has so many in a while, for each form", async () => {
  w.clock.set(new Date(w.clock.now().getTime() + 3_600_000));
  const sent: number[] = [];
  for (let n = 0; n < 22; n++) sent.push((await post({ ...ada, altcha: "x" })).status);
  expect([sent.slice(0, 20).every((it) => it === 422), sent.slice(20)]).toEqual([true, [429, 429]]);
  w.clock.set(new Date(w.clock.now().getTime() + 3_600_000));
  expect((await post({ ...ada, altcha: "x" })).status).toBe(422);
});

test("many at once with one new address make one record", async () => {
  const several = await Promise.all(
    Array.from({ length: 6 }, async () => post({ name: "Twin", email: "twin@example.com", "consent-0": "yes" })),
  );
  expect(several.map(({ status }) => status)).toEqual(several.map(() => 303));
  expect(await w.sql(`select count(*)::int as n from {ws}.person where email = 'twin@example.com'`)).toEqual([
    { n: 1 },
  ]);
  expect((await mails()).filter(({ to }) => to === "twin@example.com").length).toBe(1);
});

test("in which language she has sent it is kept with whoever is new, or of whom that is not known", async () => {
  const tongues = async () =>
    (await w.sql(`select tongue from {ws}.person where email like '%@spoken.example' order by email`)).map(
      ({ tongue }) => tongue,
    );
  await w.admin.post("/api/records/person", { name: "Bo", email: "bo@spoken.example" });
  for (const email of ["aya@spoken.example", "bo@spoken.example"]) await post({ ...ada, email }, "/f/ask?lang=ja");
  expect(await tongues()).toEqual(["ja", "ja"]);
  await post({ ...ada, email: "aya@spoken.example" }, "/f/ask?lang=id");
  await post({ ...ada, email: "cem@spoken.example" });
  expect(await tongues()).toEqual(["ja", "ja", "en"]);
});

test("visits wait for somebody to confirm who she is, and what is only typed joins nothing; another person at the same browser is another one", async () => {
  const [device, session] = [crypto.randomUUID(), crypto.randomUUID()];
  const visit = (url: string, more: object = {}) => ({
    id: crypto.randomUUID(),
    session,
    url,
    title: "Tills",
    ago: 1000,
    ...more,
  });
  const tell = async (body: unknown, headers: object = {}) =>
    (
      await w.fetch(
        new Request("http://localhost/t", {
          method: "POST",
          body: typeof body === "string" ? body : JSON.stringify(body),
          headers: {
            "content-type": "text/plain",
            origin: "https://shop.example",
            "user-agent": "Mozilla/5.0 Firefox/140.0",
            ...headers,
          },
        }),
      )
    ).status;
  const seen = () =>
    w.sql(
      `select f.data->>'page' as page, f.data->>'utm_source' as utm, p.name from {ws}._fact f left join {ws}.person p on p.id = f.record where f.type = 'page.visited' order by f.id`,
    );
  const first = visit("https://shop.example/x2?utm_source=FB&token=secret#top");
  expect([await tell({ device, visits: [first] }), await tell({ device, visits: [first] })]).toEqual([204, 204]);
  expect(await seen()).toEqual([{ page: "https://shop.example/x2", utm: "facebook", name: null }]);
  const stood = await dump(w, ["_rate"]);
  const bad: [unknown, object, number][] = [
    [{ device, visits: [visit("https://shop.example/")] }, { origin: "https://other.example" }, 422],
    [
      { device, visits: [visit("https://shop.example/")] },
      { "user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)" },
      204,
    ],
    [{ device: "me", visits: [] }, {}, 422],
    [{ device, visits: [visit("javascript:alert(1)")] }, {}, 422],
    [{ device, visits: Array.from({ length: 51 }, () => visit("https://shop.example/")) }, {}, 422],
    [{ device, visits: [visit("https://shop.example/", { ago: -5 })] }, {}, 422],
    ["[", {}, 422],
    ["x".repeat(70_000), {}, 413],
  ];
  for (const [body, headers, status] of bad)
    expect(await tell(body, headers), JSON.stringify(body).slice(0, 80)).toBe(status);
  expect(await dump(w, ["_rate"])).toEqual(stood);
  w.clock.set(new Date(w.clock.now().getTime() + 3_600_000));
  const says = async (name: string) => {
    const email = `${name.toLowerCase()}@example.com`;
    await post({ name, email, "consent-0": "yes", "~device": device });
    const asked = (await mails()).findLast(({ to }) => to === email);
    return /\/f\/-\/confirm\/\S+/.exec(asked?.text)?.[0] ?? "";
  };
  const confirm = async (link: string) => expect((await w.nobody.post(link)).status).toBe(200);
  const uma = await says("Uma");
  await tell({ device, visits: [visit("https://shop.example/price")] });
  expect(
    (await seen()).map(({ name }) => name),
    "anybody may type an address",
  ).toEqual([null, null]);
  await confirm(uma);
  const vic = await says("Vic");
  await tell({ device, visits: [visit("https://shop.example/plans")] });
  await confirm(vic);
  await tell({ device, visits: [visit("https://shop.example/help")] });
  expect((await seen()).map(({ page, name }) => [page.slice(20), name])).toEqual([
    ["/x2", "Uma"],
    ["/price", "Uma"],
    ["/plans", "Uma"],
    ["/help", "Vic"],
  ]);
  expect((await w.nobody.get("/t.js")).headers.get("cross-origin-resource-policy")).toBe("cross-origin");
});

test("a form that does not hold together is told so", async () => {
  const bad = {
    ...form,
    $id: "bad",
    $anchor: "form_bad",
    match: "name",
    fields: [{ field: "email" }, { field: "email" }, { field: "gone" }],
    hidden: [
      { field: "kind", value: "zoo" },
      { field: "created_at", value: "2026-01-01T00:00:00Z" },
      { field: "city" },
    ],
    consents: [{ purpose: "gone", channel: "phone", wording: "x" }],
  };
  const change = (await w.admin.post("/api/changes", { title: "x" })).json.id;
  const put = await w.admin.send("PUT", `/api/documents/form/bad?change=${change}`, { body: bad });
  const told = JSON.stringify((await w.admin.post(`/api/changes/${change}/check`, {})).json) + put.text;
  for (const code of [
    "form.twice",
    "form.match",
    "form.unfit",
    "form.hidden",
    "form.lacks",
    "form.unique",
    "form.no_address",
    "purpose.unknown",
    "field_unknown",
  ])
    expect(told, code).toContain(code);
});

test("its statements keep to the style of the house", () => {
  collected.stop();
  const own = [...new Set(collected.emitted.map(({ sql }) => sql))].filter((sql) =>
    /_spent|_rate|_consent|advisory_xact_lock\(\$1|ilike/.test(sql),
  );
  expect(own.flatMap((sql) => brokenRules(sql).map((rule) => `${rule}: ${sql.slice(0, 200)}`))).toEqual([]);
});
