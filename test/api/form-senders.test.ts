import { check, keepNames } from "engine";
import type { AnyDocument, EntityDocument, FormDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { solve } from "../fixtures/solve.ts";
import { world, type World } from "../world.ts";

let w: World;

const news: AnyDocument = {
  $schema: "urn:trellis:purpose:1",
  $id: "news",
  $anchor: "pur_news",
  title: "News",
  basis: "consent",
  double_opt_in: true,
};

beforeAll(async () => {
  w = await world({ templates: ["core", "service"], documents: [news] });
  await w.admin.post("/api/test/clock", { now: "2026-06-10T09:00:00Z" });
});
afterAll(() => w.close());

const shipped = () => w.workspace.model.forms.get("report_a_problem")!;
const ada = {
  "person/name": "Ada Byron",
  "person/email": "Ada@Engines.example",
  subject: "The mill stops",
  description: "After ten minutes.",
};

async function post(given: Readonly<Record<string, string>>, form = "report_a_problem") {
  const altcha = await solve((await w.nobody.get(`/f/${form}/-/challenge`)).json);
  const body = new URLSearchParams({ ...given, altcha }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await w.fetch(new Request(`http://localhost/f/${form}`, { method: "POST", body, headers }));
  return { status: answer.status, to: answer.headers.get("location"), text: await answer.text() };
}
const list = async (entity: string, filter: string) =>
  (await w.admin.get(`/api/records/${entity}?filter=${encodeURIComponent(filter)}`)).json.items;
const contacts = (email: string) => list("contact", `email == '${email}'`);
const made = async (entity: string, values: object) => {
  const answer = await w.admin.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
};

/** Publishes documents as a designer does. */
async function publish(...documents: readonly AnyDocument[]) {
  const change = (await w.admin.post("/api/changes", { title: "x" })).json.id;
  for (const document of documents) {
    const kind = document.$schema!.split(":")[2];
    const name = (document as FormDocument).$id;
    const put = await w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${change}`, { body: document });
    expect(put.status, put.text).toBeLessThan(300);
  }
  const done = await w.admin.post(`/api/changes/${change}/publish`, {});
  expect(done.status, done.text).toBe(200);
}

test("the page asks who she is before what it is about, and tells beside each question what is wrong", async () => {
  const page = (await w.nobody.get("/f/report_a_problem")).text;
  const asked = [...page.matchAll(/<label for="q-([^"]+)"/g)].map(([, name]) => name);
  expect(asked).toEqual(["person/name", "person/email", "person/phone", "subject", "description", "order_number"]);
  const wrong = await post({ ...ada, "person/name": "", "person/email": "ada@", subject: "" });
  expect(wrong.status).toBe(422);
  for (const name of ["person/name", "person/email", "subject"]) expect(wrong.text).toContain(`id="q-${name}-fault"`);
  expect(wrong.text).not.toContain('id="q-description-fault"');
  expect((await post({ ...ada, "person/name": "x".repeat(201) })).text).toContain('id="q-person/name-fault"');
  expect(await contacts("ada@engines.example")).toEqual([]);
});

test("somebody new becomes a contact, and what she reports a case of hers whose clock runs; again, another case of hers", async () => {
  const first = await post({ ...ada, "consent-0": "yes" });
  expect([first.status, first.to], first.text).toEqual([303, "/f/report_a_problem?sent=1&lang=en"]);
  await post({ ...ada, "person/name": "Somebody else", "person/email": "ADA@engines.example", subject: "Again" });
  const [contact, ...others] = await contacts("ada@engines.example");
  expect([contact, others]).toMatchObject([
    { name: "Ada Byron", source: "web_site", language: "en", company: null },
    [],
  ]);
  const cases = await list("case", `contact == '${contact.id}'`);
  expect(cases.map(({ subject }: { subject: string }) => subject).sort()).toEqual(["Again", "The mill stops"]);
  const reported = cases.find(({ subject }: { subject: string }) => subject === "The mill stops");
  expect(reported).toMatchObject({ description: "After ten minutes.", origin: "web", stage: "new", company: null });
  const clocks = (await w.admin.get(`/api/records/case/${reported.id}/clocks`)).json.items;
  expect(clocks).toContainEqual(
    expect.objectContaining({ clock: "first_response", state: "running", started_at: "2026-06-10T09:00:00.000Z" }),
  );
  const consents = await w.sql(`select purpose, address, entity, record, form from {ws}._consent`);
  expect(consents).toEqual([
    {
      ...{ purpose: "purpose_request_answers", address: "ada@engines.example" },
      ...{ entity: "ent_contact", record: contact.id, form: "form_report_a_problem" },
    },
  ]);
  const facts = await w.sql(
    `select entity, data->'values' as values from {ws}._fact where record in ($1, $2) and type = 'form.submitted' order by entity, id`,
    [reported.id, contact.id],
  );
  expect(facts[0]).toEqual({
    entity: "case",
    values: { subject: "The mill stops", description: "After ten minutes.", origin: "web" },
  });
  expect(facts[1]).toEqual({ entity: "contact", values: { name: "Ada Byron", email: "ada@engines.example" } });
});

test("who is known brings her company along, is not overwritten, and nobody learns that she is", async () => {
  const company = await made("company", { name: "Tabulating" });
  const known = await made("contact", {
    ...{ name: "Herman", email: "herman@tab.example", other_email: "hh@home.example", company },
  });
  const sent = { ...ada, "person/name": "Mallory", "person/phone": "+1 202 555 0143", subject: "Cards jam" };
  const answers: Awaited<ReturnType<typeof post>>[] = [];
  for (const email of ["HH@home.example", "nobody@tab.example"])
    answers.push(await post({ ...sent, "person/email": email }));
  expect(answers[0]).toEqual(answers[1]);
  expect((await contacts("herman@tab.example"))[0]).toMatchObject({
    ...{ id: known, name: "Herman", other_email: "hh@home.example", phone: "+1 202 555 0143", source: null },
  });
  const [case_, ...more] = await list("case", `contact == '${known}'`);
  expect([case_, more]).toMatchObject([{ subject: "Cards jam", company }, []]);
});

test("many at once with one new address make one contact, and a case each", async () => {
  const sent = await Promise.all(
    Array.from({ length: 4 }, (_, n) => post({ ...ada, "person/email": "twin@x.example", subject: `Case ${n}` })),
  );
  expect(sent.map(({ status }) => status)).toEqual([303, 303, 303, 303]);
  const [twin, ...others] = await contacts("twin@x.example");
  expect([others, (await list("case", `contact == '${twin.id}'`)).length]).toEqual([[], 4]);
});

test("what needs a confirmation is confirmed by her link and stands with her", async () => {
  const consents: FormDocument["consents"] = [{ purpose: "news", channel: "email", wording: "Send me news." }];
  await publish({ ...shipped(), $id: "with_news", $anchor: "form_with_news", consents });
  await post({ ...ada, "person/email": "grace@navy.example", "consent-0": "yes" }, "with_news");
  const [grace] = await contacts("grace@navy.example");
  const state = async () =>
    (await w.sql(`select state from {ws}._consent_state where address = 'grace@navy.example'`)).map((it) => it.state);
  expect(await state()).toEqual(["unconfirmed"]);
  const [mail] = await w.sql(`select entity, record, text from {ws}._sending where to_addresses[1] like 'grace@%'`);
  expect([mail.entity, mail.record]).toEqual(["contact", grace.id]);
  const [link = ""] = /\/f\/-\/confirm\/\S+/.exec(mail.text) ?? [];
  expect((await w.nobody.send("POST", link)).status).toBe(200);
  expect(await state()).toEqual(["granted"]);
});

test("a rule that looks at her record tells nobody what stands there: what it refuses of hers is left out", async () => {
  const entity = w.workspace.model.entities.get("case")!.document;
  const rule = (anchor: string, cel: string) => ({ $anchor: anchor, require: { cel }, message: "Not for this one." });
  await publish({
    ...entity,
    rules: [
      ...(entity.rules ?? []),
      rule("rule_taken", "company == null || company.name != 'Blocked'"),
      rule("rule_led", "contact == null || contact.job_title != 'Blocked'"),
    ],
  } as EntityDocument);
  const company = await made("company", { name: "Blocked" });
  await made("contact", { name: "Taken", email: "taken@x.example", company });
  await made("contact", { name: "Led", email: "led@x.example", job_title: "Blocked" });
  const answers: Awaited<ReturnType<typeof post>>[] = [];
  for (const who of ["taken", "led", "unknown"])
    answers.push(await post({ ...ada, "person/email": `${who}@x.example`, subject: `By ${who}` }));
  expect(answers.map(({ status, to }) => [status, to])).toEqual(answers.map(() => [303, answers[2]!.to]));
  const found = async (who: string) => {
    const [it] = await list("case", `subject == 'By ${who}'`);
    return [it.contact === null, it.company === null];
  };
  expect([await found("taken"), await found("led"), await found("unknown")]).toEqual([
    [false, true],
    [true, true],
    [false, true],
  ]);
});

describe("a form with a person", () => {
  const withForm = (form: FormDocument) =>
    w.workspace.model.documents.map((it) => (it.$schema === form.$schema && it.$id === form.$id ? form : it));

  test("follows the renames of the reference and of her fields", () => {
    const before = w.workspace.model.documents;
    const renamed = (document: EntityDocument, from: string, to: string) => ({
      ...document,
      properties: Object.fromEntries(
        Object.entries(document.properties).map(([name, it]) => [name === from ? to : name, it]),
      ),
    });
    const after = before.map((it) => {
      if (it.$schema !== "urn:trellis:entity:1") return it;
      if (it.$id === "case") return renamed(renamed(it, "contact", "customer"), "company", "firm");
      return it.$id === "contact" ? renamed(renamed(it, "email", "mail"), "company", "employer") : it;
    });
    const { documents } = keepNames(before, after);
    const form = documents.find(
      (it): it is FormDocument => it.$schema === "urn:trellis:form:1" && it.$id === shipped().$id,
    );
    expect(form?.person).toMatchObject({ reference: "customer", match: "mail", copied: { firm: "employer" } });
    expect(form?.person?.fields.map(({ field }) => field)).toEqual(["name", "mail", "phone"]);
  });

  test("is told what in it does not hold together", () => {
    const at = "/form/report_a_problem";
    const cases: readonly (readonly [(it: any) => void, string])[] = [
      [(it) => void (it.person.reference = "gone"), `document.field_unknown ${at}/person/reference`],
      [(it) => void (it.person.reference = "product"), `form.person ${at}/person/reference`],
      [(it) => void (it.person.reference = "subject"), `form.person ${at}/person/reference`],
      [(it) => void (it.person.reference = "owner"), `form.person ${at}/person/reference`],
      [(it) => void (it.person.match = "name"), `form.match ${at}/person/match`],
      [(it) => void (it.person.match = "other_email"), `form.match ${at}/person/match`],
      [(it) => void it.person.fields.shift(), `form.lacks ${at}/person/fields`],
      [(it) => void it.person.fields.push({ field: "gone" }), `document.field_unknown ${at}/person/fields/3/field`],
      [(it) => void it.person.fields.push({ field: "company" }), `form.unfit ${at}/person/fields/3/field`],
      [(it) => void it.person.fields.push({ field: "external_id" }), `form.unique ${at}/person/fields/3/field`],
      [(it) => void it.person.fields.push({ field: "phone" }), `form.twice ${at}/person/fields/3/field`],
      [(it) => void (it.person.values.phone = "1"), `form.twice ${at}/person/values/phone`],
      [(it) => void (it.person.values.created_at = "x"), `form.unfit ${at}/person/values/created_at`],
      [(it) => void (it.person.values.source = "zoo"), `value.invalid ${at}/person/values/source`],
      [(it) => void (it.person.copied.company = "gone"), `document.field_unknown ${at}/person/copied/company`],
      [(it) => void (it.person.copied.number = "name"), `form.unfit ${at}/person/copied/number`],
      [(it) => void (it.person.copied.subject = "name"), `form.twice ${at}/person/copied/subject`],
      [(it) => void (it.match = "subject"), `form.two_matches ${at}/match`],
      [(it) => void (it.consents[0].channel = "phone"), ""],
      [
        (it) => void (it.person.fields.pop(), (it.consents[0].channel = "phone")),
        `form.no_address ${at}/consents/0/channel`,
      ],
    ];
    for (const [change, wanted] of cases) {
      const form = structuredClone(shipped());
      change(form);
      const found = check(withForm(form)).map(({ code, path }) => `${code} ${path}`);
      if (wanted === "") expect(found).toEqual([]);
      else expect(found).toContain(wanted);
    }
  });
});
