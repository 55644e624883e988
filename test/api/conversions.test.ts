import type { AnyDocument, ConversionDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish } from "../../runtime/store/publish.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { becomesCustomer, withEnquiries } from "../fixtures/enquiries.ts";
import { attachTo } from "../fixtures/uploads.ts";
import { dump, memory } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let seller: Client;
beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  await put(withEnquiries(w.workspace.model.documents));
  seller = await w.user("Ines", { roles: ["seller"] });
});
afterAll(() => w.close());

const put = (documents: readonly AnyDocument[]) =>
  publish(w.workspace, { documents, reason: "Test", author: w.admin.id, now: w.clock.now() });
const ono = {
  name: "Rei Ono",
  company: "Ono Kogyo",
  website: "https://www.ono.example/about",
  email: "rei@ono.example",
  region: "kansai",
  preferred_product: "Laser LX2",
  lead_score: 72,
  from_exhibition: true,
};
const enquire = async (values: object = ono) => (await w.admin.post("/api/records/enquiry", values)).json.id as string;
const convert = (ids: readonly string[], more: object = {}, client = w.admin) =>
  client.post("/api/records/enquiry/convert", { conversion: "becomes_customer", ids, ...more });
const read = async (entity: string, id: string) => (await w.admin.get(`/api/records/${entity}/${id}`)).json;
const madeOf = (answer: { json: any }, at = 0): Record<string, { id: string; found: boolean }> =>
  Object.fromEntries(answer.json.items[at].made.map((it: { name: string }) => [it.name, it]));

test("lead-conversion-mapping: one company, contact and deal, own fields carried, once, and undone as one", async () => {
  const id = await enquire();
  const call = (await w.admin.post("/api/records/call", { subject: "First call", about: { entity: "enquiry", id } }))
    .json;
  await attachTo(w.admin, `enquiry/${id}`, "plan.txt", "a plan");
  const before = await dump(w, memory);

  expect((await w.admin.get(`/api/records/enquiry/${id}/conversions`)).json.items).toMatchObject([
    { allowed: true, problems: [] },
  ]);
  const foreseen = (await convert([id], { preview: true })).json.items[0];
  expect(foreseen.makes).toMatchObject([
    { name: "company", does: "make", found: [], values: { name: "Ono Kogyo", region: "kansai" }, problems: [] },
    { name: "contact", does: "make", values: { name: "Rei Ono", lead_score: 72, email: "rei@ono.example" } },
    { name: "deal", does: "make", values: { title: "Ono Kogyo · Rei Ono", description: "72", from_exhibition: true } },
  ]);
  expect(await dump(w, memory)).toEqual(before);

  const answer = await convert([id]);
  expect(answer.status, answer.text).toBe(200);
  const { company, contact, deal } = madeOf(answer);
  expect(await read("company", company!.id)).toMatchObject({ name: "Ono Kogyo", region: "kansai" });
  expect(await read("contact", contact!.id)).toMatchObject({ lead_score: 72, company: company!.id });
  expect(await read("deal", deal!.id)).toMatchObject({
    preferred_product: "Laser LX2",
    lead_score: 72,
    from_exhibition: true,
    company: company!.id,
    contact: contact!.id,
  });
  expect(await read("enquiry", id)).toMatchObject({
    state: "converted",
    converted_company: company!.id,
    converted_contact: contact!.id,
    converted_deal: deal!.id,
  });
  expect((await read("call", call.id)).about).toMatchObject({ entity: "deal", id: deal!.id });
  const files = (await w.admin.get(`/api/records/deal/${deal!.id}/files`)).json.items;
  expect(files).toMatchObject([{ name: "plan.txt" }]);
  expect((await w.admin.get(`/api/files/${files[0].id}`)).text).toBe("a plan");

  expect((await convert([id])).json).toMatchObject({ status: 409, code: "conversion.done" });
  expect(await w.sql("select count(*)::int as n from {ws}.company where name = 'Ono Kogyo'")).toEqual([{ n: 1 }]);

  const undone = await w.admin.post(`/api/operations/${answer.json.operation}/undo`);
  expect(undone.json).toMatchObject({ removed: 3, conflicts: [] });
  expect((await read("enquiry", id)).state).toBe("open");
  expect((await read("call", call.id)).about).toMatchObject({ entity: "enquiry", id });
  expect(
    await w.sql("select count(*)::int as n from {ws}._file where removed_at is null and record = $1", [deal!.id]),
  ).toEqual([{ n: 0 }]);
});

test("who stands already is found by domain, name and e-mail, filled where empty, or left aside by choice", async () => {
  const company = (await w.admin.post("/api/records/company", { name: "Hill & Co", website: "http://hill.example" }))
    .json.id;
  const contact = (await w.admin.post("/api/records/contact", { name: "A. Hill", email: "ann@hill.example" })).json.id;
  const hill = {
    name: "Ann Hill",
    company: "Hill and Company",
    website: "https://www.hill.example/x",
    email: "Ann@Hill.example",
    region: "kanto",
  };
  const first = await enquire(hill);
  const foreseen = (await convert([first], { preview: true })).json.items[0].makes;
  expect(foreseen.map(({ does, found }: any) => [does, found])).toEqual([
    ["find", [{ id: company, name: "Hill & Co" }]],
    ["find", [{ id: contact, name: "A. Hill" }]],
    ["make", []],
  ]);
  const made = madeOf(await convert([first]));
  expect([made.company, made.contact]).toMatchObject([
    { id: company, found: true },
    { id: contact, found: true },
  ]);
  expect(await read("company", company)).toMatchObject({ name: "Hill & Co", region: "kanto" });
  expect(await read("contact", contact)).toMatchObject({ company: null });

  const second = await enquire({ ...hill, website: null, company: " hill & CO " });
  const other = (await convert([second], { choose: { company: contact } })).json;
  expect(other).toMatchObject({ code: "conversion.chosen" });
  const apart = madeOf(await convert([second], { choose: { company: null } }));
  expect(apart.company).toMatchObject({ found: false });
});

test("many are converted as one: two of the same company give one", async () => {
  const ids = [
    await enquire({ name: "One", company: "Twin", email: "one@twin.example" }),
    await enquire({ name: "Two", company: "Twin", email: "two@twin.example" }),
  ];
  const answer = await convert(ids);
  const [one, two] = [madeOf(answer, 0), madeOf(answer, 1)];
  expect(one.company!.id).toBe(two.company!.id);
  expect(one.contact!.id).not.toBe(two.contact!.id);
  expect((await w.admin.post(`/api/operations/${answer.json.operation}/undo`)).json).toMatchObject({
    removed: 5,
    conflicts: [],
  });

  const statements = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push(await enquire({ name: `No. ${n}`, company: `Many ${count}` }));
    const { emitted, stop } = collectStatements();
    expect((await convert(ids)).status).toBe(200);
    stop();
    const moved = await w.sql("select state, count(*)::int as n from {ws}.enquiry where id = any($1) group by 1", [
      ids,
    ]);
    expect(moved).toEqual([{ state: "converted", n: count }]);
    return emitted.filter(({ sql }) => sql.includes("_journal")).length;
  };
  expect(await statements(9)).toBe(await statements(3));
});

test("rights hold: who may not change the record converts nothing, and who may not read it learns nothing", async () => {
  const id = await enquire({ name: "Hidden", company: "Hidden" });
  expect((await convert([id], {}, seller)).status).toBe(404);
  const open = await enquire({ name: "No company" });
  expect((await convert([open])).json).toMatchObject({ code: "conversion.refused", status: 409 });
  const offers = (await w.admin.get(`/api/records/enquiry/${open}/conversions`)).json.items;
  expect(offers).toMatchObject([
    { name: expect.any(String), allowed: false, problems: [{ code: "conversion.refused" }] },
  ]);
  expect((await convert([open], { preview: true })).json.items[0].problems).toMatchObject([
    { code: "conversion.refused" },
  ]);
  expect((await convert(["x"])).json).toMatchObject({ code: "conversion.malformed", status: 422 });
  expect((await w.admin.post("/api/records/enquiry/convert", { conversion: "none", ids: [open] })).json.code).toBe(
    "conversion.unknown",
  );
});

test("a mapping holds to types: a number is written out as text, a text is no number, and names follow a rename", async () => {
  const { documents } = w.workspace.model;
  const wrong: ConversionDocument = {
    ...becomesCustomer,
    makes: becomesCustomer.makes.map((made) =>
      made.name === "contact" ? { ...made, values: { lead_score: { cel: "name" }, company: { made: "deal" } } } : made,
    ) as unknown as ConversionDocument["makes"],
    files: "nothing",
  };
  const swapped = documents.map((it) => ("$id" in it && it.$id === wrong.$id ? wrong : it));
  await expect(put(swapped)).rejects.toMatchObject({
    faults: [
      { code: "expression.result", path: "/conversion/becomes_customer/makes/1/values/lead_score/cel" },
      { code: "conversion.made_unknown", path: "/conversion/becomes_customer/makes/1/values/company/made" },
      { code: "conversion.made_unknown", path: "/conversion/becomes_customer/files" },
    ],
  });
  const model = await w.admin.get("/api/model");
  expect(model.json.conversions).toEqual([
    {
      name: "becomes_customer",
      title: "Convert",
      entity: "enquiry",
      into: ["converted_company", "converted_contact", "converted_deal"],
    },
  ]);
  const uses = await w.admin.get("/api/documents/entity/enquiry/uses");
  expect(JSON.stringify(uses.json)).toContain("becomes_customer");
});

test("what a record would become is told without what hides from the asker on what is made", async () => {
  const rights = { create: "all", read: "all", update: "all", fields: { lead_score: { read: "none" } } } as const;
  const { fields: _, ...open } = rights;
  const role = {
    $schema: "urn:trellis:role:1" as const,
    ...{ $id: "desk", $anchor: "role_desk", title: "Desk" },
    entities: { enquiry: rights, company: open, contact: rights, deal: open },
  };
  await put([...w.workspace.model.documents, role]);
  const desk = await w.user("Desk", { roles: ["desk"] });
  const answer = await convert([await enquire()], { preview: true }, desk);
  expect(answer.status, answer.text).toBe(200);
  const [company, contact, deal] = answer.json.items[0].makes.map(({ values }: any) => values);
  expect([company.name, contact.name, contact.lead_score, deal.description]).toEqual([
    "Ono Kogyo",
    "Rei Ono",
    undefined,
    "72",
  ]);
});
