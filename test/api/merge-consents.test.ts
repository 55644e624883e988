import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dump, memory } from "../harbour.ts";
import { world, type World } from "../world.ts";

const purpose = (name: string): AnyDocument => ({
  $schema: "urn:trellis:purpose:1",
  $id: name,
  $anchor: `pur_${name}`,
  title: name,
  basis: "consent",
});
const documents = [
  purpose("news"),
  purpose("offers"),
  {
    $schema: "urn:trellis:entity:1",
    $id: "person",
    $anchor: "ent_person",
    type: "object",
    title: "Person",
    name_field: "name",
    person: { address: "email" },
    properties: {
      name: { $anchor: "fld_name", field: "text", title: "Name" },
      email: { $anchor: "fld_email", field: "email", title: "E-mail" },
      other: { $anchor: "fld_other", field: "email", title: "Other" },
      phone: { $anchor: "fld_phone", field: "phone", title: "Phone" },
    },
  },
  {
    $schema: "urn:trellis:segment:1",
    $id: "readers",
    $anchor: "seg_readers",
    title: "Readers",
    entity: "person",
    consent: [{ channel: "email", purpose: "news" }],
  },
] as unknown as readonly AnyDocument[];

let w: World;
beforeAll(async () => {
  w = await world({ documents });
});
afterAll(() => w.close());

/** What is told of what happened, also to segments: it grows whatever is taken back. */
const logs = [...memory, "_moved", "_notification", "_conversation", "_segment_change", "_segment_member", "_fact"];

/** All that stands beside it. */
async function standing() {
  const facts = await w.sql("select * from {ws}._fact where type not like 'segment%' order by id");
  return { ...(await dump(w, logs)), facts };
}

async function person(values: object): Promise<string> {
  const made = await w.admin.post("/api/records/person", { name: "Ada", ...values });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}
async function say(address: string, action: string, of = "news", channel = "email") {
  w.clock.set(new Date(w.clock.now().getTime() + 1000));
  const word = { address, channel, purpose: of, action, proof: "Said so." };
  const said = await w.admin.post("/api/consents", word);
  expect(said.status, said.text).toBe(201);
}
async function states(record: string): Promise<readonly string[]> {
  const { items } = (await w.admin.get(`/api/consents?entity=person&record=${record}`)).json;
  return items.map((it: any) => `${it.address} ${it.purpose.name} ${it.state}`);
}
const joinInto = async (record: string, into: string, more: object = {}) => {
  w.clock.set(new Date(w.clock.now().getTime() + 1000));
  const merged = await w.admin.post(`/api/records/person/${record}/merge`, { into, ...more });
  expect(merged.status, merged.text).toBe(200);
  return merged.headers.get("trellis-operation");
};

test("what the one that goes has withdrawn is withdrawn for the one that stays, and undo leaves not a trace", async () => {
  const one = await person({ email: "one@x.example", phone: "+49 30 1" });
  const two = await person({ email: "two@x.example" });
  await say("one@x.example", "grant");
  await say("one@x.example", "grant", "offers");
  await say("+49301", "grant", "news", "phone");
  await say("two@x.example", "grant");
  await say("two@x.example", "withdraw");
  await say("two@x.example", "grant", "offers");
  const members = async () => (await w.sql("select record from {ws}._segment_member")).map(({ record }) => record);
  expect(await members()).toEqual([one]);

  const before = await standing();
  const operation = await joinInto(two, one);
  expect(await states(one)).toEqual([
    "one@x.example news withdrawn",
    "one@x.example offers granted",
    "two@x.example news withdrawn",
    "two@x.example offers granted",
    "+49301 news granted",
    "+49301 offers none",
  ]);
  expect(await members()).toEqual([]);
  const [{ history }] = (await w.admin.get(`/api/consents?entity=person&record=${one}`)).json.items;
  expect(history[0]).toMatchObject({ action: "withdraw", source: "merge", by: { name: "Ada" } });
  const told = "select type from {ws}._fact where record = $1 and source = 'consent'";
  expect(await w.sql(told, [one])).toEqual([{ type: "consent.withdrawn" }]);

  w.clock.set(new Date(w.clock.now().getTime() + 1000));
  const undone = await w.admin.post(`/api/operations/${operation}/undo`);
  expect([undone.status, undone.json.conflicts], undone.text).toEqual([200, []]);
  expect(await standing()).toEqual(before);
  expect(await members()).toEqual([one]);
});

test("what the one that stays has withdrawn holds for the address that it takes, which was never asked, and undo forgets it", async () => {
  const one = await person({ email: "stays@x.example" });
  const two = await person({ email: "goes@x.example" });
  const three = await person({ email: "third@x.example" });
  await say("stays@x.example", "withdraw");
  await say("goes@x.example", "grant");
  const before = await standing();
  const operation = await joinInto(two, one, { take: ["email"], also: [{ id: three }] });
  expect((await states(one)).filter((it) => it.includes("news"))).toEqual([
    "goes@x.example news withdrawn",
    "stays@x.example news withdrawn",
  ]);
  expect((await w.admin.post(`/api/operations/${operation}/undo`)).json.conflicts).toEqual([]);
  expect(await standing()).toEqual(before);

  await joinInto(three, one);
  expect((await states(one)).filter((it) => it.includes("news"))).toEqual([
    "stays@x.example news withdrawn",
    "third@x.example news withdrawn",
  ]);
});

test("who says another thing for each of her addresses goes on doing so, whatever is joined into her", async () => {
  const one = await person({ email: "home@x.example", other: "work@x.example" });
  await say("home@x.example", "grant");
  await say("work@x.example", "withdraw");
  await joinInto(await person({ name: "A. Lovelace" }), one);
  expect((await states(one)).filter((it) => it.includes("news"))).toEqual([
    "home@x.example news granted",
    "work@x.example news withdrawn",
  ]);
});
