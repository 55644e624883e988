import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, conditional, cover, coverLayout, position, vendor } from "../fixtures/conditions.ts";
import { drafted, published, settled } from "../fixtures/stones.ts";
import { dump } from "../harbour.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

let here: World;
let ada: Client;
let ken: Client;
beforeAll(async () => {
  here = await world({ documents: conditional });
  await here.work();
  ada = here.admin;
  ken = await here.user("Ken", { roles: ["vendor"] });
});
afterAll(() => here.close());

const message = "Every Position must have a Hiring Manager.";
const matching = (version: number) => ({ "if-match": `"${version}"` });
const faultsOf = ({ json }: Answer) => json.problems.map(({ code, path }: any) => `${code} ${path}`);

/** Asks, is refused, and finds everything as it was. */
async function refused(work: () => Promise<Answer>, ...faults: readonly string[]): Promise<Answer> {
  const before = await dump(here);
  const answer = await work();
  expect(faultsOf(answer)).toEqual(faults);
  expect(await dump(here)).toEqual(before);
  return answer;
}

async function made(who: Client, entity: string, values: object): Promise<any> {
  const { status, json, text } = await who.post(`/api/records/${entity}`, values);
  expect(status, text).toBe(201);
  return json;
}

const changed = async (who: Client, entity: string, { id, version }: any, values: object) =>
  who.patch(`/api/records/${entity}/${id}`, values, matching(version));

async function imported(who: Client, entity: string, csv: string, columns: Record<string, string>): Promise<any> {
  const form = new FormData();
  form.set("file", new File([csv], "rows.csv"));
  form.set("plan", JSON.stringify({ entity, columns }));
  const begun = await who.send("POST", "/api/imports", { body: form });
  expect(begun.status, begun.text).toBe(202);
  for (;;) {
    const { json } = await who.get(`/api/imports/${begun.json.id}`);
    if (!["queued", "running"].includes(json.status)) return json;
    await new Promise((done) => setTimeout(done, 20));
  }
}

describe("a field that everybody but administrators must fill", () => {
  let old: any[];
  beforeAll(async () => {
    old = [await made(ada, "position", { title: "Baker" }), await made(ada, "position", { title: "Cook" })];
  });

  test("the plan lists the records that break the rule, and publishes all the same", async () => {
    const change = await drafted(here, [position()]);
    const { json } = await ada.post(`/api/changes/${change}/plan`, {});
    const [move] = json.changes;
    expect(move).toMatchObject({ act: "rule.hold", breaks: { count: 2, entity: "position" } });
    const list = await ada.get(`/api/records/position?filter=${encodeURIComponent(move.breaks.filter)}&sort=title`);
    expect(list.json.items.map(({ title }: any) => title)).toEqual(["Baker", "Cook"]);
    expect((await published(here, change)).status).toBe(200);
  });

  test("is asked of a seller, with the sentence at the field, and not of an administrator", async () => {
    const answer = await refused(
      () => ken.post("/api/records/position", { title: "Smith" }),
      "rule.broken /hiring_manager",
    );
    expect([answer.status, answer.json.problems[0].detail]).toEqual([422, message]);
    await made(ken, "position", { title: "Smith", hiring_manager: ken.id });
    await made(ada, "position", { title: "Tailor" });
  });

  test("is asked when an old record is changed", async () => {
    const [baker] = old;
    await refused(() => changed(ken, "position", baker, { title: "Master baker" }), "rule.broken /hiring_manager");
    expect((await changed(ken, "position", baker, { title: "Master", hiring_manager: ken.id })).status).toBe(200);
  });

  test("is asked of each row of an import; the others come in", async () => {
    const csv = `title,manager\nRow one,Ken\nRow two,\nRow three,Ken\n`;
    const done = await imported(ken, "position", csv, { title: "title", manager: "hiring_manager" });
    expect(done).toMatchObject({ status: "done", created: 2, rejected: 1 });
    const { text } = await ken.get(done.errors_url);
    expect(text).toContain("Row two");
    expect(text).toContain(message);
  });

  test("is asked no more while the rule is switched off; both changes stand among the versions", async () => {
    const off = await drafted(here, [position({ off: true })]);
    const { json } = await ada.post(`/api/changes/${off}/plan`, {});
    expect(json.changes.map(({ act }: any) => act)).toEqual(["rule.off"]);
    const { json: first } = await published(here, off);
    await made(ken, "position", { title: "Free" });
    const { json: second } = await published(here, await drafted(here, [position()]));
    await refused(() => ken.post("/api/records/position", { title: "Held" }), "rule.broken /hiring_manager");
    const { json: versions } = await ada.get("/api/changes");
    const listed = JSON.stringify(versions);
    for (const { version } of [first, second]) expect(listed).toContain(`"version":${version}`);
  });

  test("follows the role when it is called otherwise, and keeps it from going", async () => {
    const bound = (role: string): AnyDocument => {
      const [rule] = position().rules!;
      return { ...position(), rules: [{ ...rule!, when: { cel: `"${role}" in user.roles` } }] };
    };
    await published(here, await drafted(here, [bound("vendor") as never]));
    const { json } = await ada.post("/api/changes", { reason: "Rename" });
    const put = await ada.send("PUT", `/api/documents/role/dealer?change=${json.id}`, {
      body: { ...vendor, $id: "dealer" },
    });
    expect(put.status, put.text).toBe(200);
    expect((await settled(here, await ada.post(`/api/changes/${json.id}/publish`, {}))).status).toBe(200);
    const { json: document } = await ada.get("/api/documents/entity/position");
    expect(document.rules[0].when.cel).toBe(`"dealer" in user.roles`);
    const unknown = await drafted(here, [bound("nobody") as never]);
    const { json: planned } = await ada.post(`/api/changes/${unknown}/plan`, {});
    expect(planned.problems.map(({ code }: any) => code)).toEqual(["expression.choice"]);
    const back = (await ada.post("/api/changes", { reason: "Back" })).json.id;
    await ada.send("PUT", `/api/documents/role/vendor?change=${back}`, { body: vendor });
    expect((await settled(here, await ada.post(`/api/changes/${back}/publish`, {}))).status).toBe(200);
  });
});

describe("fields that are shown and asked for by a choice", () => {
  test("a record that does not show them does without", async () => {
    await made(ken, "cover", { name: "Car", vehicle: "private_car" });
    await refused(
      () => ken.post("/api/records/cover", { name: "Lorry", vehicle: "commercial", payload: 7 }),
      "value.missing /permit_no",
    );
    await refused(
      () => ken.post("/api/records/cover", [{ name: "Lorry", vehicle: "commercial" }]),
      "value.missing /0/payload",
      "value.missing /0/permit_no",
    );
    await made(ken, "cover", { name: "Lorry", vehicle: "commercial", payload: 7, permit_no: "P1" });
  });

  test("a value given to what is not shown is refused, not dropped", () =>
    refused(
      () => ken.post("/api/records/cover", { name: "Car", vehicle: "private_car", goods: "Eggs" }),
      "value.hidden /goods",
    ));

  test("what is not shown any more is cleared, told by history, and comes back by undo", async () => {
    const full = { payload: 7, permit_no: "P2", driver_count: 2, goods: "Eggs", route: "A1" };
    const lorry = await made(ken, "cover", { name: "Switch", vehicle: "commercial", ...full });
    const answer = await changed(ken, "cover", lorry, { vehicle: "private_car" });
    expect(answer.json).toMatchObject(Object.fromEntries(Object.keys(full).map((name) => [name, null])));
    const undone = await ken.post(`/api/operations/${answer.headers.get("trellis-operation")}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect((await ken.get(`/api/records/cover/${lorry.id}`)).json).toMatchObject({ vehicle: "commercial", ...full });
  });

  test("or kept, where the admin says so", async () => {
    await published(here, await drafted(here, [cover("keep")]));
    const lorry = await made(ken, "cover", { name: "Kept", vehicle: "commercial", payload: 7, permit_no: "P3" });
    const answer = await changed(ken, "cover", lorry, { vehicle: "private_car" });
    expect(answer.json).toMatchObject({ vehicle: "private_car", payload: 7, permit_no: "P3" });
    await published(here, await drafted(here, [cover()]));
  });

  test("expressions follow a renamed field, in the entity and in the layout", async () => {
    const { vehicle, ...others } = cover().properties;
    const renamed = { ...cover(), properties: { name: others.name!, transport: vehicle!, ...others } };
    expect((await published(here, await drafted(here, [renamed]))).status).toBe(200);
    const { json: entity } = await ada.get("/api/documents/entity/cover");
    expect(entity.properties.payload).toMatchObject({
      visible_when: { cel: "transport == 'commercial'" },
      required_when: { cel: "transport == 'commercial'" },
    });
    const { json: layout } = await ada.get("/api/documents/layout/cover");
    expect(layout.sections[1].visible_when.cel).toBe("transport == 'commercial'");
    await refused(
      () => ken.post("/api/records/cover", { name: "Lorry", transport: "commercial", payload: 1 }),
      "value.missing /permit_no",
    );
    expect((await published(here, await drafted(here, [cover()]))).status).toBe(200);
    expect((await ada.get("/api/documents/layout/cover")).json).toEqual(coverLayout);
  });
});

describe("two kinds of a record, each with its own choices", () => {
  let finance: any;
  beforeAll(async () => {
    finance = await made(ada, "account", { name: "Bank", kind: "customer", industry: "finance" });
  });

  test("a choice that the kind does not offer is refused", async () => {
    const answer = await refused(
      () => ada.post("/api/records/account", { name: "P", kind: "partner", industry: "finance", type: "prospect" }),
      "value.not_offered /industry",
      "value.not_offered /type",
    );
    expect(answer.json.problems[0].detail).toBe('"Industry" takes one of these here: Consulting, Education.');
    await made(ada, "account", { name: "P", kind: "partner", industry: "consulting", type: "supplier" });
  });

  test("a record of another kind needs another choice", async () => {
    await refused(() => changed(ada, "account", finance, { kind: "partner" }), "value.not_offered /industry");
    const { status, json } = await changed(ada, "account", finance, { kind: "partner", industry: "education" });
    expect([status, json.industry]).toEqual([200, "education"]);
  });

  test("sellers make customers only, and still work with partners", async () => {
    await refused(() => ken.post("/api/records/account", { name: "Mine", kind: "partner" }), "value.not_offered /kind");
    await made(ken, "account", { name: "Mine", kind: "customer" });
    const partner = await made(ada, "account", { name: "Theirs", kind: "partner" });
    expect((await changed(ken, "account", partner, { name: "Theirs, renamed" })).status).toBe(200);
  });

  test("both stand in one list, which can be filtered and counted by the kind", async () => {
    const { json } = await ken.get(`/api/records/account?filter=${encodeURIComponent("kind == 'partner'")}`);
    expect(json.items.length).toBe(3);
    const { json: counted } = await ken.post("/api/records/account/aggregate", { group: ["kind"] });
    expect(counted.rows.map(({ kind, n }: any) => [kind, n]).sort()).toEqual([
      ["customer", 1],
      ["partner", 3],
    ]);
  });

  test("records that hold what is to be offered no more are listed by the plan", async () => {
    const { json: document } = await ada.get("/api/documents/entity/account");
    const narrowed = structuredClone(document);
    narrowed.properties.industry.offers[1].choices = ["consulting"];
    const { json } = await ada.post(`/api/changes/${await drafted(here, [narrowed])}/plan`, {});
    expect(json.changes[0]).toMatchObject({ act: "field.offers", breaks: { count: 1, sample: [{ name: "Bank" }] } });
  });
});

describe("conditions that cannot hold are told", () => {
  const told = async (document: unknown) => {
    const { json } = await ada.post("/api/changes", { reason: "Wrong" });
    const { $schema, $id } = document as { $schema: string; $id: string };
    const put = await ada.send("PUT", `/api/documents/${$schema.split(":")[2]}/${$id}?change=${json.id}`, {
      body: document,
    });
    expect(put.status, put.text).toBe(200);
    const { json: answer } = await ada.post(`/api/changes/${json.id}/plan`, {});
    return answer.problems.map(({ code, path }: any) => `${code} ${path}`);
  };
  const withField = (given: object) => ({
    ...account,
    properties: { ...account.properties, name: { ...account.properties.name, ...given } },
  });
  test.each<[string, () => unknown, string]>([
    [
      "one that reads an unknown field",
      () => withField({ required_when: { cel: "knd == 'x'" } }),
      "field.unknown /entity/account/properties/name/required_when/cel",
    ],
    [
      "one that says neither yes nor no",
      () => withField({ required_when: { cel: "name" } }),
      "expression.result /entity/account/properties/name/required_when/cel",
    ],
    [
      "a field that is hidden and always asked for",
      () => withField({ visible_when: { cel: "kind == 'partner'" } }),
      "field.always_hidden /entity/account/properties/name/visible_when",
    ],
    [
      "an offer of a field without choices",
      () => withField({ offers: [{ when: { cel: "true" }, choices: ["x"] }] }),
      "offers.no_choices /entity/account/properties/name/offers",
    ],
    [
      "an offer of no choice of the field",
      () => ({
        ...account,
        properties: {
          ...account.properties,
          type: { ...account.properties.type, offers: [{ when: { cel: "true" }, choices: ["suplier"] }] },
        },
      }),
      "expression.choice /entity/account/properties/type/offers/0/choices/0",
    ],
    [
      "a section that a number shows",
      () => ({ ...coverLayout, sections: [{ fields: ["name"], visible_when: { cel: "payload" } }] }),
      "expression.result /layout/cover/sections/0/visible_when/cel",
    ],
  ])("%s", async (_, document, fault) => expect(await told(document())).toEqual([fault]));
});
