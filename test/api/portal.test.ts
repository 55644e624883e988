import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, origin, page } from "../fixtures/portal.ts";
import { world, type Client, type World } from "../world.ts";

/** Task customer-page-own-cases. */

let w: World;
let agent: Client;
const ids: Record<string, string> = {};

const caseAt = (id: string, more = "") => `${page}/case/${id}${more}`;

const made = async (entity: string, values: object) => {
  const answer = await w.admin.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json.id);
};
const caseOf = async (id: string) => (await w.admin.get(`/api/records/case/${id}`)).json;
const move = async (id: string, type: string, values = {}) => {
  const answer = await w.admin.post(`/api/records/case/${id}/events`, { type, values });
  expect(answer.status, answer.text).toBe(200);
};
/** The subjects of the cases that a page lists. */
const listed = (text: string) => [...text.matchAll(/<b>([^<]+)<\/b><span/g)].map(([, title]) => title);

beforeAll(async () => {
  w = await world({ templates: ["core", "service"] });
  agent = await w.user("Aki", { roles: ["agent"] });
  ids.aoba = await made("company", { name: "Aoba" });
  ids.kumo = await made("company", { name: "Kumo" });
  ids.hana = await made("contact", { name: "Hana Mori", email: "Hana@aoba.example", company: ids.aoba });
  ids.kei = await made("contact", { name: "Kei Abe", email: "kei@aoba.example", company: ids.aoba });
  ids.tom = await made("contact", { name: "Tom Kato", email: "tom@kumo.example", company: ids.kumo });
  ids.free = await made("contact", { name: "Fay Free", email: "fay@free.example" });
  const own = { company: ids.aoba, contact: ids.hana, owner: agent.id };
  ids.till = await made("case", { ...own, subject: "The till stops", external_id: "EXT-4711" });
  ids.lamp = await made("case", { ...own, subject: "The lamp blinks" });
  ids.secret = await made("case", { ...own, subject: "My own wages", private: true });
  ids.nobody = await made("case", { subject: "A case of nobody" });
  for (const id of [ids.till, ids.lamp]) {
    const note = await agent.post(`/api/records/case/${id}/notes`, { text: "She is INTERNAL-NOTE difficult." });
    expect(note.status, note.text).toBe(201);
  }
  await agent.patch(`/api/records/case/${ids.till}`, { solution: "INTERNAL-SOLUTION" }, { "if-match": '"1"' });
});
afterAll(() => w.close());

describe("a person outside signs in by a link in a mail", () => {
  test("once, within a quarter of an hour, by a button; the database holds no token", async () => {
    const browser = new Browser(w);
    const asked = await browser.post(`${page}/-/link`, { email: "HANA@aoba.example" });
    expect([asked.status, asked.to]).toEqual([303, `${page}?sent=1`]);
    const [link = ""] = await Browser.linksTo(w, "hana@aoba.example");
    const token = /enter\/([\w-]+)/.exec(link)?.[1] ?? "-";
    const kept = await w.sql(
      "select encode(token_hash, 'escape') as hash, (select string_agg(text || coalesce(html, ''), '') from {ws}._mail) as mails from {ws}._portal_link",
    );
    expect(JSON.stringify(kept)).not.toContain(token);
    for (const method of ["GET", "HEAD"]) await browser.send(method, link);
    expect(browser.cookie).toBe("");
    const entered = await browser.post(link);
    expect([entered.status, entered.to]).toEqual([303, page]);
    expect(entered.set).toMatch(/^trellis_portal=[\w-]{43};.*Path=\/portal\/support;.*HttpOnly;.*SameSite=Lax/);
    expect((await browser.get(page)).to).toBe(`${page}/case`);
    expect((await new Browser(w).post(link)).status).toBe(410);
  });

  test("what was forged, was asked for elsewhere, is old or comes from another site signs nobody in", async () => {
    const browser = new Browser(w);
    await browser.post(`${page}/-/link`, { email: "kei@aoba.example" });
    const [link = ""] = await Browser.linksTo(w, "kei@aoba.example");
    const forged = link.replace(/enter\/..../, "enter/AAAA");
    for (const bad of [forged, `${page}/-/enter/x`, `${page}/-/enter/${"a".repeat(3000)}`])
      expect((await browser.post(bad)).status, bad.slice(0, 60)).toBe(410);
    for (const foreign of ["https://evil.example", "null"])
      expect((await browser.send("POST", link, {}, { origin: foreign })).status).toBe(403);
    w.clock.set(new Date(w.clock.now().getTime() + 15 * 60_000));
    expect((await browser.post(link)).status).toBe(410);
    expect(browser.cookie).toBe("");
    for (const session of ["trellis_portal=", "trellis_portal=abc", `trellis_portal=${"b".repeat(43)}`])
      expect((await browser.send("GET", `${page}/case`, undefined, { cookie: session })).to).toBe(page);
  });

  test("nobody learns which addresses are known, however often they are asked for", async () => {
    const browser = new Browser(w);
    const answers = [];
    for (const email of ["tom@kumo.example", "nobody@kumo.example", "' or 1=1@x.example", "%@kumo.example"])
      answers.push(await browser.post(`${page}/-/link`, { email }));
    const [first] = answers;
    expect([first!.status, first!.to]).toEqual([303, `${page}?sent=1`]);
    expect(new Set(answers.slice(0, 2).map((it) => JSON.stringify(it))).size).toBe(1);
    const links = await w.sql("select address, person is null as nobody from {ws}._portal_link order by address");
    expect(links.filter(({ address }) => address.includes("kumo"))).toEqual([
      { address: "%@kumo.example", nobody: true },
      { address: "nobody@kumo.example", nobody: true },
      { address: "tom@kumo.example", nobody: false },
    ]);
    const again = [];
    for (let asked = 0; asked < 6; asked++)
      again.push(await browser.post(`${page}/-/link`, { email: "tom@kumo.example" }));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([303]));
    expect((await Browser.linksTo(w, "tom@kumo.example")).length).toBe(4);
    for (let asked = 0; asked < 10; asked++)
      again.push(await browser.post(`${page}/-/link`, { email: `x${asked}@x.example` }));
    expect(again.at(-1)!.status).toBe(429);
    w.clock.set(new Date(w.clock.now().getTime() + 30 * 60_000));
  });
});

describe("the cases of one's own company, and nothing else", () => {
  let hana: Browser;
  let kei: Browser;
  let tom: Browser;
  let fay: Browser;

  beforeAll(async () => {
    [hana, kei, tom, fay] = [
      await Browser.signedIn(w, "hana@aoba.example"),
      await Browser.signedIn(w, "kei@aoba.example"),
      await Browser.signedIn(w, "tom@kumo.example"),
      await Browser.signedIn(w, "fay@free.example"),
    ];
  });

  test("by list, by search and by an address typed by hand", async () => {
    const lists = await Promise.all(
      [hana, kei, tom, fay].map(async (it) => listed((await it.get(`${page}/case`)).text).sort()),
    );
    expect(lists).toEqual([
      ["My own wages", "The lamp blinks", "The till stops"],
      ["The lamp blinks", "The till stops"],
      [],
      [],
    ]);
    const found = async (who: Browser, words: string) =>
      listed((await who.get(`${page}/case?search=${encodeURIComponent(words)}`)).text);
    expect(await found(kei, "till")).toEqual(["The till stops"]);
    expect(await found(kei, "wages")).toEqual([]);
    // What is not shown is not found either.
    expect([await found(kei, "EXT-4711"), await found(kei, "INTERNAL-SOLUTION")]).toEqual([[], []]);
    const seen = async (who: Browser, id: string) => (await who.get(caseAt(id))).status;
    expect(await Promise.all([hana, kei, tom, fay].map((it) => seen(it, ids.till!)))).toEqual([200, 200, 404, 404]);
    expect(await Promise.all([hana, kei, tom, fay].map((it) => seen(it, ids.secret!)))).toEqual([200, 404, 404, 404]);
    expect(await Promise.all([hana, kei, tom, fay].map((it) => seen(it, ids.nobody!)))).toEqual([404, 404, 404, 404]);
    for (const bad of ["x", "%27", crypto.randomUUID()]) expect((await kei.get(caseAt(bad))).status).toBe(404);
    for (const other of ["contact", "user", "company", "-"])
      expect((await kei.get(`${page}/${other}`)).status).toBe(404);
    expect((await kei.get(`${page}/case?cursor=abc`)).to).toBe(`${page}/case`);
  });

  test("with the session of a portal alone: the API knows it not, and the portal no key of the house", async () => {
    for (const path of [`/api/records/case/${ids.till}`, "/api/records/case", "/api/model", "/api/search?q=till"])
      expect((await kei.get(path)).status, path).toBe(401);
    const answer = await w.admin.get(`${page}/case`);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, page]);
  });

  test("no note, no promise, no solution, no mail to others stands on the page", async () => {
    const sent = await agent.post(`/api/records/case/${ids.till}/answers`, {
      to: ["hana@aoba.example"],
      text: "We look at it.",
    });
    expect(sent.status, sent.text).toBe(201);
    const aside = await agent.post(`/api/records/case/${ids.till}/answers`, {
      to: ["parts@vendor.example"],
      text: "VENDOR-ONLY price?",
    });
    expect(aside.status, aside.text).toBe(201);
    for (const who of [hana, kei]) {
      const { text } = await who.get(caseAt(ids.till!));
      expect(text).toContain("We look at it.");
      for (const hidden of ["INTERNAL", "VENDOR", "EXT-4711", "Aki", agent.id, "first_response", "escalation"])
        expect(text, hidden).not.toContain(hidden);
    }
  });

  test("an answer is in the conversation at once, by her name and with her in history, and moves the case", async () => {
    await move(ids.till!, "case.start");
    await move(ids.till!, "case.ask");
    expect((await kei.get(caseAt(ids.till!))).text).toContain("Waiting for you");
    const answered = await kei.post(caseAt(ids.till!, "/answers"), { text: "It stops <b>again</b>.", "~once": "one" });
    expect([answered.status, answered.to]).toEqual([303, caseAt(ids.till!)]);
    await kei.post(caseAt(ids.till!, "/answers"), { text: "It stops <b>again</b>.", "~once": "one" });
    const { items } = (await agent.get(`/api/records/case/${ids.till}/conversation`)).json;
    const last = items.filter(({ type }: { type: string }) => type === "mail").at(-1);
    expect(last).toMatchObject({
      direction: "in",
      text: "It stops <b>again</b>.",
      from: { address: "kei@aoba.example", name: "Kei Abe" },
    });
    expect(items.filter(({ text }: { text: string }) => text.includes("again")).length).toBe(1);
    const text = (await hana.get(caseAt(ids.till!))).text;
    expect(text).toContain("It stops &lt;b&gt;again&lt;/b&gt;.");
    expect(text).toContain("<b>Kei Abe</b>");
    expect((await caseOf(ids.till!)).stage).toBe("in_progress");
    const history = (await w.admin.get(`/api/records/case/${ids.till}/history`)).json.items;
    expect(history[0].by).toEqual({ id: ids.kei, name: "Kei Abe" });
    const told = await w.sql("select title, body from {ws}._notification where record = $1 and for_user = $2", [
      ids.till,
      agent.id,
    ]);
    expect(told).toContainEqual({ title: "The till stops", body: "Kei Abe" });
    const rules = (await agent.get(`/api/records/case/${ids.till}/conversation`)).json.answer;
    expect(rules.to).toEqual(["kei@aoba.example"]);
    for (const [who, status] of [
      [tom, 404],
      [fay, 404],
    ] as const)
      expect((await who.post(caseAt(ids.till!, "/answers"), { text: "I as well" })).status).toBe(status);
    expect((await kei.post(caseAt(ids.secret!, "/answers"), { text: "I as well" })).status).toBe(404);
    expect((await kei.post(caseAt(ids.till!, "/answers"), { text: "  " })).status).toBe(422);
  });

  test("closing asks for the reason, and does only what the portal offers", async () => {
    const to = caseAt(ids.till!, "/events/case.cancel");
    expect((await kei.get(to)).text).toContain("Why do you close it?");
    expect((await kei.post(to, { close_reason: "" })).status).toBe(422);
    for (const [type, status] of [
      ["case.escalate", 404],
      ["case.merge", 404],
      ["case.spam", 404],
      ["case.close", 409],
    ] as const)
      expect((await kei.post(caseAt(ids.till!, `/events/${type}`), {})).status, type).toBe(status);
    expect((await kei.post(to, { close_reason: "Gone", solution: "mine", owner: ids.kei! })).status).toBe(422);
    expect((await tom.post(to, { close_reason: "Gone" })).status).toBe(404);
    expect((await caseOf(ids.till!)).stage).toBe("in_progress");
    expect((await kei.post(to, { close_reason: "It runs again" })).to).toBe(caseAt(ids.till!));
    expect(await caseOf(ids.till!)).toMatchObject({
      stage: "cancelled",
      close_reason: "It runs again",
      solution: "INTERNAL-SOLUTION",
    });
    await move(ids.lamp!, "case.start");
    await move(ids.lamp!, "case.resolve");
    expect((await hana.get(caseAt(ids.lamp!))).text).toContain("It is not solved");
    await hana.post(caseAt(ids.lamp!, "/events/case.reopen"));
    expect((await caseOf(ids.lamp!)).stage).toBe("in_progress");
  });

  test("a new case is hers, whatever else she sends along", async () => {
    const given = { subject: "A new one", description: "It smells." };
    for (const more of [
      { contact: ids.tom! },
      { company: ids.kumo! },
      { priority: "urgent" },
      { owner: ids.kei! },
      { stage: "closed" },
      { id: ids.till! },
    ])
      expect((await kei.post(`${page}/case`, { ...given, ...more })).status, JSON.stringify(more)).toBe(422);
    const missing = await kei.post(`${page}/case`, { subject: "", description: "" });
    expect(missing.status).toBe(422);
    expect(missing.text).toContain('href="#q-subject"');
    const { to } = await kei.post(`${page}/case`, { ...given, "~once": "new" });
    await kei.post(`${page}/case`, { ...given, "~once": "new" });
    const id = to.split("/").at(-1) ?? "";
    expect(await caseOf(id)).toMatchObject({
      ...{ subject: "A new one", description: "It smells.", contact: ids.kei, company: ids.aoba, origin: "portal" },
      ...{ owner: null, created_by: null, priority: "normal" },
    });
    expect((await w.sql("select count(*)::int as n from {ws}.case where subject = 'A new one'"))[0].n).toBe(1);
    expect(listed((await hana.get(`${page}/case`)).text)).toContain("A new one");
    const history = (await w.admin.get(`/api/records/case/${id}/history`)).json.items;
    expect(history.at(-1)).toMatchObject({ act: "create", by: { id: ids.kei, name: "Kei Abe" } });
  });

  test("files stand beside the message that they came with, go along with what she writes, and are those of no other", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
    const kept = async () => (await w.sql("select count(*)::int as n from {ws}._file"))[0].n as number;
    const internal = new FormData();
    internal.set("file", new File(["cost"], "INTERNAL-FILE.txt"));
    const own = await agent.send("POST", `/api/records/case/${ids.lamp}/files`, { body: internal });
    expect(own.status, own.text).toBe(201);
    const written = { text: "See the picture.", "~once": "with files" };
    const to = caseAt(ids.lamp!, "/answers");
    for (let sent = 0; sent < 2; sent++)
      expect(
        (await hana.attach(to, written, [new File([png], "lamp \u202e.png"), new File(["a log"], "log.txt")])).status,
      ).toBe(303);
    expect(await kept()).toBe(3);
    const shown = (await hana.get(caseAt(ids.lamp!))).text;
    expect(shown).not.toContain("INTERNAL");
    const links = [...shown.matchAll(/href="([^"]+\/files\/[^"]+)" download>([^<]+)</g)]
      .map(([, href, name]) => [href!, name] as const)
      .sort(([, one], [, other]) => (one! < other! ? -1 : 1));
    expect(links.map(([, name]) => name)).toEqual(["lamp .png", "log.txt"]);
    const [picture = "", log = ""] = links.map(([href]) => href);
    const got = await w.fetch(new Request(`${origin}${picture}`, { headers: { cookie: hana.cookie } }));
    expect([got.status, Buffer.from(await got.arrayBuffer()).equals(png)]).toEqual([200, true]);
    expect(Object.fromEntries(got.headers)).toMatchObject({
      "content-type": "image/png",
      "content-disposition": expect.stringMatching(/^attachment;/),
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "private, no-store",
      "x-content-type-options": "nosniff",
    });
    expect((await kei.get(log)).status).toBe(200);
    for (const who of [tom, fay]) expect((await who.get(log)).status).toBe(404);
    expect((await new Browser(w).get(log)).to).toBe(page);
    for (const id of [own.json.id, "nonsense", "%00"])
      expect((await hana.get(caseAt(ids.lamp!, `/files/${id}`))).status, id).toBe(404);
    expect((await hana.get(log.replace(ids.lamp!, ids.secret!))).status).toBe(404);
    expect((await agent.get(`/api/records/case/${ids.lamp}/files`)).json.items).toHaveLength(3);

    const before = await kept();
    const many = Array.from({ length: 6 }, (_, at) => new File(["a"], `${at}.txt`));
    for (const files of [
      [new File(["<script>alert(1)</script>"], "page.png")],
      [new File([new Uint8Array([0x4d, 0x5a, 0x90, 0])], "tool.txt")],
      // Harmless bytes, and a name that has a machine run them.
      [new File(["start calc"], "run.bat")],
      [new File(["GIF89a<script>alert(1)</script>"], "page.html")],
      [new File([new Uint8Array(10_000_001).fill(97)], "long.txt")],
      many,
    ]) {
      const refused = await hana.attach(to, { text: "Kept as it was written.", "~once": crypto.randomUUID() }, files);
      expect(refused.status, files[0]!.name).toBe(422);
      expect(refused.text).toContain("Kept as it was written.");
    }
    expect((await hana.attach(to, { text: " ", "~once": "empty" }, [new File(["a"], "a.txt")])).status).toBe(422);
    expect((await tom.attach(to, { text: "Mine", "~once": "tom" }, [new File(["a"], "a.txt")])).status).toBe(404);
    expect((await hana.attach(caseAt(ids.lamp!, "/events/case.close"), {}, [new File(["a"], "a.txt")])).status).toBe(
      404,
    );
    const parts = '--b\r\ncontent-disposition: form-data; name="text"\r\n\r\na\r\n'.repeat(2000);
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    expect((await hana.send("POST", to, undefined, headers, `${parts}--b--`)).status).toBe(404);
    expect(await kept()).toBe(before);

    const fresh = { subject: "With a file", description: "Look at it.", "~once": "fresh" };
    const made = await kei.attach(`${page}/case`, fresh, [new File(["a log"], "first.txt")]);
    expect(made.status, made.text).toBe(303);
    expect((await kei.get(made.to)).text).toContain("first.txt");
    const often = [];
    for (let sent = 0; sent < 12; sent++)
      often.push((await kei.attach(to, { text: "Again", "~once": `${sent}` }, [new File(["a"], "a.txt")])).status);
    expect([often[0], often.at(-1)]).toEqual([303, 429]);
  });

  test("nonsense, too much and the same twice at once are told or done once, and break nothing", async () => {
    const nul = "\0";
    const before = await w.sql("select count(*)::int as n from {ws}._mail");
    const same = { text: "At once.", "~once": `two${nul}at once` };
    const both = await Promise.all([1, 2].map(() => kei.post(caseAt(ids.lamp!, "/answers"), same)));
    expect(both.map(({ status }) => status)).toEqual([303, 303]);
    expect((await w.sql("select count(*)::int as n from {ws}._mail"))[0].n).toBe(before[0].n + 1);
    const thousands = Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`q${at}`, "1"]));
    for (const [path, fields, status] of [
      [`${page}/case`, thousands, 422],
      [`${page}/case`, { subject: `a${nul}b`, description: "x" }, 422],
      [`${page}/case`, { subject: "a".repeat(100_000), description: "x" }, 422],
      [`${page}/case`, { subject: "a".repeat(300_000), description: "x" }, 422],
      [caseAt(ids.lamp!, "/answers"), { text: `a${nul}b` }, 422],
      [caseAt("%00", "/answers"), { text: "a" }, 404],
      [caseAt("nonsense", "/events/case.cancel"), { close_reason: "x" }, 404],
      [caseAt(ids.lamp!, "/events/__proto__"), {}, 404],
      [`${page}/-/link`, { email: `kei${nul}@aoba.example` }, 422],
    ] as const)
      expect((await kei.post(path, { ...fields })).status, `${path} ${JSON.stringify(fields).slice(0, 60)}`).toBe(
        status,
      );
    for (const [path, status] of [
      [`${page}/case?search=%00`, 422],
      [`${page}/case?search=${"a".repeat(5000)}`, 404],
      [`${page}/case?cursor=%00`, 303],
      [`${page}/case?lang=__proto__&lang=ja`, 200],
      [`${page}/__proto__`, 404],
      [caseAt("%00"), 404],
      [caseAt("nonsense", "/events/case.cancel"), 404],
      [caseAt("%ff"), 404],
      ["/portal/__proto__", 404],
      ["/portal/nowhere.support", 404],
    ] as const)
      expect.soft((await kei.get(path)).status, path).toBe(status);
  });

  test("in the language of whoever asks", async () => {
    hana.language = "ja";
    expect((await hana.get(caseAt(ids.lamp!))).text).toContain("返信を書く");
    const guest = new Browser(w);
    for (const [language, words] of [
      ["zh-TW", "寄送連結"],
      ["id-ID,en;q=0.5", "Kirim tautan"],
      ["fr", "Send me a link"],
    ] as const) {
      guest.language = language;
      expect((await guest.get(page)).text).toContain(words);
    }
    expect((await guest.get(`${page}?lang=ja`)).text).toContain("リンクを送信");
  });

  test("in the language that she chooses, in which she is written to as well", async () => {
    const spoken = async () => (await w.admin.get(`/api/records/contact/${ids.hana}`)).json.language;
    hana.language = "fr";
    expect((await hana.get(caseAt(ids.lamp!))).text).toContain('formaction="/portal/support/-/language?lang=zh-Hant"');
    const choose = (lang: string, to: string, who = hana) => who.post(`${page}/-/language?lang=${lang}`, { to });
    const chosen = await choose("zh-Hant", caseAt(ids.lamp!));
    expect([chosen.status, chosen.to]).toEqual([303, `${caseAt(ids.lamp!)}?lang=zh-Hant`]);
    expect(await spoken()).toBe("zh-Hant");
    for (const to of ["https://evil.example", "/portal/other", `${page}/a\nb`, ""])
      expect((await choose("ja", to)).to, to).toBe(`${page}?lang=ja`);
    expect(await spoken()).toBe("ja");
    await choose("xx", page);
    await choose("id", page, new Browser(w));
    expect(await spoken()).toBe("ja");
    const foreign = { origin: "https://evil.example" };
    expect((await hana.send("POST", `${page}/-/language?lang=id`, { to: page }, foreign)).status).toBe(403);
    expect(await spoken()).toBe("ja");
    hana.language = "en";
  });

  test("another company, another address or the trash ends it at the next request", async () => {
    const change = async (id: string, values: object) => {
      const { version } = (await w.admin.get(`/api/records/contact/${id}`)).json;
      const answer = await w.admin.patch(`/api/records/contact/${id}`, values, { "if-match": `"${version}"` });
      expect(answer.status, answer.text).toBe(200);
    };
    await change(ids.kei!, { company: ids.kumo });
    expect(listed((await kei.get(`${page}/case`)).text).sort()).toEqual(["A new one", "With a file"]);
    expect((await kei.get(caseAt(ids.lamp!))).status).toBe(404);
    await change(ids.kei!, { email: "kei@kumo.example" });
    expect((await kei.get(`${page}/case`)).to).toBe(page);
    expect((await hana.get(`${page}/case`)).status).toBe(200);
    await hana.post(`${page}/-/leave`);
    const [{ n }] = await w.sql("select count(*)::int as n from {ws}._portal_session where person = $1", [ids.hana]);
    expect(n).toBe(1);
    expect((await hana.get(`${page}/case`)).to).toBe(page);
  });
});
