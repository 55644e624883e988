import type { AnyDocument, EntityDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditional, cover, position, vendor } from "../fixtures/conditions.ts";
import { drafted, published } from "../fixtures/stones.ts";
import { dump } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

/** A visit whose questions depend on where it goes, and on a price that not everybody reads. */
const visit: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "visit",
  $anchor: "ent_visit",
  type: "object",
  title: "Visit",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    to: { $anchor: "fld_to", field: "reference", title: "To", to: "position" },
    price: { $anchor: "fld_price", field: "integer", title: "Price" },
    guess: { $anchor: "fld_guess", field: "integer", title: "Guess" },
    pass: { $anchor: "fld_pass", field: "text", title: "Pass", visible_when: { cel: "to.title == 'Vault'" } },
    dear: { $anchor: "fld_dear", field: "boolean", title: "Dear", visible_when: { cel: "price > guess" } },
    day: { $anchor: "fld_day", field: "date", title: "Day", default: { cel: "today" } },
    later: { $anchor: "fld_later", field: "text", title: "Later", visible_when: { cel: "day > today" } },
    hush: {
      $anchor: "fld_hush",
      field: "text",
      title: "Hush",
      visible_when: { cel: "name != 'Loud'" },
      when_hidden: "clear",
    },
  },
  rules: [
    {
      $anchor: "rule_price",
      when: { cel: "pass != null" },
      require: { cel: "price != null && price > 0" },
      message: "A pass has its price.",
    },
  ],
  required: ["name"],
};

const clerk: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "clerk",
  $anchor: "role_clerk",
  title: "Clerk",
  entities: {
    position: { create: "all", read: "own", update: "own" },
    visit: {
      create: "all",
      read: "all",
      update: "all",
      fields: { price: { read: "none" }, guess: { write: "own" }, hush: { read: "own" } },
    },
  },
};

let here: World;
let ada: Client;
let ken: Client;
let cleo: Client;
beforeAll(async () => {
  const others = conditional.filter((it) => !("$id" in it) || it.$id !== "position");
  here = await world({
    documents: [...others, position(), visit, clerk] as AnyDocument[],
    templates: ["core", "sales"],
  });
  ada = here.admin;
  ken = await here.user("Ken", { roles: ["vendor"] });
  cleo = await here.user("Cleo", { roles: ["clerk"] });
});
afterAll(() => here.close());

/** Asks for a form; nothing at all is stored by it. */
async function form(who: Client, entity: string, values: object, more: object = {}): Promise<any> {
  const before = await dump(here);
  const { status, json, text } = await who.post(`/api/records/${entity}/form`, { values, ...more });
  expect(status, text).toBe(200);
  expect(await dump(here)).toEqual(before);
  return json;
}

async function made(who: Client, entity: string, values: object): Promise<any> {
  const { status, json, text } = await who.post(`/api/records/${entity}`, values);
  expect(status, text).toBe(201);
  return json;
}

const quiet = { shown: true, required: false, cleared: false, kept: false };
const questions = ["payload", "permit_no", "driver_count", "goods", "route"];
const those = (fields: any, is: (field: any) => boolean) =>
  questions.filter((name) => is(fields[name])).map((name) => name);

describe("the form of a new record", () => {
  test("shows fields and sections, and asks for fields, by what is entered", async () => {
    const car = await form(ken, "cover", { vehicle: "private_car" });
    expect(those(car.fields, ({ shown }) => shown)).toEqual([]);
    expect(car.sections).toEqual([{ shown: true }, { shown: false }]);
    expect(car.fields.name).toEqual({ ...quiet, required: true });
    const lorry = await form(ken, "cover", { vehicle: "commercial" });
    expect(those(lorry.fields, ({ shown }) => shown)).toEqual(questions);
    expect(those(lorry.fields, ({ required }) => required)).toEqual(["payload", "permit_no"]);
    expect(lorry.sections).toEqual([{ shown: true }, { shown: true }]);
  });

  test("tells what is cleared when it is saved so", async () => {
    const { fields } = await form(ken, "cover", { vehicle: "private_car", goods: "Eggs", payload: 7 });
    expect(those(fields, ({ cleared }) => cleared)).toEqual(["payload", "goods"]);
  });

  test("offers choices by what is entered and by who asks", async () => {
    const industries = async (who: Client, kind: string | null) =>
      (await form(who, "account", { kind })).fields.industry.choices;
    expect(await industries(ada, "partner")).toEqual(["consulting", "education"]);
    expect(await industries(ada, null)).toBeUndefined();
    const kinds = async (who: Client) => (await form(who, "account", {})).fields.kind.choices;
    expect([await kinds(ken), await kinds(ada)]).toEqual([["customer"], undefined]);
  });

  test("marks what a rule wants filled, for whom it holds", async () => {
    const wanted = async (who: Client, values: object) =>
      (await form(who, "position", values)).fields.hiring_manager.required;
    expect(await wanted(ken, {})).toBe(true);
    expect(await wanted(ken, { hiring_manager: ken.id })).toBe(true);
    expect(await wanted(ada, {})).toBe(false);
    expect((await form(ada, "visit", { pass: "P" })).fields.price.required).toBe(true);
    expect((await form(ada, "visit", {})).fields.price.required).toBe(false);
  });

  test("takes what is half typed for nothing, and defaults for what is not typed at all", async () => {
    const { fields } = await form(ada, "visit", { name: null, price: "12x", guess: 3, day: "2026-" });
    expect([fields.dear.shown, fields.later.shown]).toEqual([false, false]);
    expect((await form(ada, "visit", { day: "2999-01-01" })).fields.later.shown).toBe(true);
  });

  test("begins in the state where its run begins", async () => {
    const { status, json } = await ada.post("/api/records/deal/form", {});
    expect(status).toBe(200);
    expect(json.fields.title.required).toBe(true);
  });
});

describe("the form of a record that stands", () => {
  test("works on what stands and what is entered together", async () => {
    const lorry = await made(ken, "cover", {
      name: "L",
      vehicle: "commercial",
      payload: 7,
      permit_no: "P",
      goods: "Eggs",
    });
    const { id } = lorry;
    expect(those((await form(ken, "cover", {}, { id })).fields, ({ shown }) => shown)).toEqual(questions);
    const { fields } = await form(ken, "cover", { vehicle: "private_car" }, { id });
    expect(those(fields, ({ cleared }) => cleared)).toEqual(["payload", "permit_no", "goods"]);
    expect(those(fields, (field) => field.kept)).toEqual([]);
    await published(here, await drafted(here, [cover("keep")]));
    const kept = await form(ken, "cover", { vehicle: "private_car" }, { id });
    expect(those(kept.fields, ({ cleared, shown }) => cleared || shown)).toEqual([]);
    expect(those(kept.fields, (field) => field.kept)).toEqual(["payload", "permit_no", "goods"]);
    const fresh = await form(ken, "cover", { vehicle: "private_car", goods: "Eggs" });
    expect(those(fresh.fields, (field) => field.kept)).toEqual(["goods"]);
    await published(here, await drafted(here, [cover()]));
  });

  test("looks at the record after the event that is sent with it", async () => {
    const { id } = await made(ada, "deal", { title: "Pilot" });
    await ada.post(`/api/records/deal/${id}/events`, { type: "deal.advance" });
    const wanted = async (more: object) =>
      Object.entries<any>((await form(ada, "deal", {}, { id, ...more })).fields)
        .filter(([, { required }]) => required)
        .map(([name]) => name);
    expect(await wanted({})).not.toContain("lost_reason");
    expect(await wanted({ event: "deal.lose" })).toContain("lost_reason");
  });
});

describe("a form tells no more than its reader may know", () => {
  test("no field that she never reads, and none that is masked on the record", async () => {
    const { id } = await made(ada, "visit", { name: "Loud" });
    const { fields } = await form(cleo, "visit", {}, { id });
    expect(Object.keys(fields)).not.toContain("price");
    expect(Object.keys(fields)).not.toContain("hush");
    expect(Object.keys((await form(cleo, "visit", {})).fields)).toContain("hush");
    expect(Object.keys((await form(ada, "visit", {}, { id })).fields)).toEqual(
      expect.arrayContaining(["price", "hush"]),
    );
  });

  test("nothing of what stands in a record that she does not see", async () => {
    const vault = await made(ada, "position", { title: "Vault" });
    const shown = async (who: Client) => (await form(who, "visit", { to: vault.id })).fields.pass.shown;
    expect([await shown(ada), await shown(cleo)]).toEqual([true, false]);
    const own = await made(ada, "visit", { name: "V", to: vault.id });
    expect((await form(cleo, "visit", { name: "W" }, { id: own.id })).fields.pass.shown).toBe(true);
  });

  test("nothing by values that she may not write", async () => {
    const { id } = await made(ada, "visit", { name: "V", price: 50, guess: 60 });
    expect((await form(cleo, "visit", { guess: 10 }, { id })).fields.dear.shown).toBe(false);
    expect((await form(ada, "visit", { guess: 10 }, { id })).fields.dear.shown).toBe(true);
  });

  test("and nothing at all of records and entities that are not hers", async () => {
    const vault = await made(ada, "position", { title: "Other" });
    const asked = async (who: Client, entity: string, body: object) => {
      const { status, json } = await who.post(`/api/records/${entity}/form`, body);
      return [status, ...json.problems.map(({ code, path }: any) => `${code} ${path}`)];
    };
    expect(await asked(cleo, "position", { id: vault.id })).toEqual([404, "record.missing "]);
    expect(await asked(cleo, "cover", {})).toEqual([404, "entity.unknown "]);
    expect(await asked(ada, "position", { id: "x" })).toEqual([404, "record.missing "]);
    expect(await asked(cleo, "visit", { values: { price: 1 } })).toEqual([400, "field.unknown /values/price"]);
    expect(await asked(ada, "visit", { values: 1, event: "x", more: 1 })).toEqual([
      400,
      "query.unknown /more",
      "form.malformed /values",
      "form.malformed /event",
    ]);
    expect(await asked(ada, "deal", { id: vault.id, event: "deal.win" })).toEqual([404, "record.missing "]);
  });
});

test("the model says which forms depend on something, and the description of the interface lists them", async () => {
  const { entities } = (await ken.get("/api/model")).json;
  const told = Object.fromEntries(entities.map(({ name, conditional: is }: any) => [name, is]));
  expect(told).toMatchObject({ cover: true, account: true, position: true });
  expect((await ada.get("/api/model")).json.entities.find(({ name }: any) => name === "task").conditional).toBe(false);
  const { paths } = (await ken.get("/api/openapi.json")).json;
  expect(paths["/api/records/cover/form"].post.operationId).toBe("form_of_cover");
  expect(vendor.entities).not.toHaveProperty("visit");
  expect(paths).not.toHaveProperty("/api/records/visit/form");
});
