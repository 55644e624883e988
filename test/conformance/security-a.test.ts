import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DashboardDocument, EntityDocument, FormDocument, ReportDocument, RoleDocument } from "schemas";
import { createKey } from "../../runtime/auth/keys.ts";
import { tools } from "../../runtime/mcp/tools.ts";
import { intendDashboards } from "../../runtime/store/dashboard-mails.ts";
import { Browser, dealsPortal, page } from "../fixtures/portal.ts";
import { drafted, published } from "../fixtures/stones.ts";
import { answerOf, furnish, plain, type Asked, type Room } from "../fixtures/two-rooms.ts";
import { listen } from "../fixtures/listening.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

/**
 * Class A of the case book (spec of security, section 2): reading what one may not. Each test begins with the number of
 * its case. Two rooms differ only in what the seller may not know; whatever she asks, both answer alike.
 */
const rooms: Room[] = [];
beforeAll(async () => {
  for (const at of [0, 1] as const) rooms.push(await furnish(at));
});
afterAll(() => Promise.all(rooms.map(({ w }) => w.close())));

/** What both rooms answer the seller; fails where they differ, or where one breaks. */
async function alike(question: Asked): Promise<{ readonly status: number; readonly text: string }> {
  const [one, other] = await Promise.all(rooms.map((room) => answerOf(room, question)));
  expect(other, JSON.stringify(question)).toEqual(one);
  const [status, text] = one as [number, string];
  expect(status, JSON.stringify(question)).toBeLessThan(500);
  expect(text).not.toMatch(/secret \d|98765|999\.99|11\.00/);
  return { status, text };
}
const list = (entity: string, query: Readonly<Record<string, string>>) =>
  alike({ method: "GET", path: `/api/records/${entity}`, query });
const sums = (entity: string, body: object) =>
  alike({ method: "POST", path: `/api/records/${entity}/aggregate`, body });

test("A1 a search finds nothing by what is hidden, however it is narrowed down", async () => {
  for (const secret of ["Alpha secret 0", "Zulu secret 0", "999.99", "11.00", "98765"])
    for (let length = 1; length <= secret.length; length += 2) {
      const q = secret.slice(0, length);
      await alike({ method: "GET", path: "/api/search", query: { q } });
      for (const entity of ["deal", "product", "company"]) await list(entity, { search: q, count: "exact" });
    }
});

test("A2 a filter by a hidden field is refused with every operator, over up to three hops", async () => {
  const ways = [
    ["product", "cost"],
    ["deal", "product.cost"],
    ["task", "deal.product.cost"],
    ["company", "deals.any(d, d.product.cost"],
  ] as const;
  const operators = ["== null", "!= null", ".amount > 100", ".amount <= 500", ".amount in [11, 999.99]"].concat([
    ".currency == 'USD'",
    ".currency.startsWith('U')",
    ".amount + 1 > 12",
    ".cost.amount > 1",
    "['amount'] > 1",
  ]);
  for (const [entity, path] of ways)
    for (const operator of operators) {
      const filter = path.includes("(")
        ? `${path}${operator})`
        : `${path} ${operator}`.replace(" .", ".").replace(" [", "[");
      expect((await list(entity, { filter, count: "exact" })).status, `${entity}: ${filter}`).toBe(400);
    }
});

test("A4 another name for a hidden field is no field either", async () => {
  for (const fields of ["cost:x", "x=cost", "cost as x", "x,cost", "cost", "*", "product.cost", '"cost"', "COST"]) {
    expect((await list("product", { fields })).status, fields).toBe(400);
    await list("deal", { fields });
  }
  const { text } = await list("deal", { expand: "product,product.owner" });
  expect(text).toContain('"product":{');
  expect(text).not.toContain('"cost"');
  for (const measure of ["max(cost)", "max(cost) ", "sum(cost.amount)", "max(coalesce(cost, null))"])
    expect((await sums("product", { measures: { name: measure } })).status, measure).toBe(400);
});

test("A5 a question over a list asks of those in it that she sees", async () => {
  for (const inner of ["true", "d.amount > 1000", "d.title.contains('secret')", "d.stage == 'lost'", "d.owner != user"])
    for (const way of ["any", "all", "none"])
      await list("company", { filter: `deals.${way}(d, ${inner})`, count: "exact", sort: "name" });
  for (const measure of ["count()", "count_distinct(company)", "sum(amount)"])
    await sums("deal", { group: ["company"], measures: { m: measure } });
  await list("company", {});
});

test("A9 no path that she can read tells a hidden field", async () => {
  const { paths } = (await rooms[0]!.seller.get("/api/openapi.json")).json;
  const reads = Object.entries<any>(paths).filter(([path, { get }]) => get && !path.includes("/live"));
  expect(reads.length).toBeGreaterThan(15);
  for (const [path] of reads)
    for (const id of ["Kiosk", "own1", "other"]) await alike({ method: "GET", path: path.replace("{id}", `{${id}}`) });
  for (const rest of ["", "/history", "/timeline", "/run", "/access", "/events"])
    for (const [entity, id] of [
      ["product", "Kiosk"],
      ["deal", "own1"],
      ["deal", "other"],
    ] as const)
      await alike({ method: "GET", path: `/api/records/${entity}/{${id}}${rest}` });
  for (const path of ["/api/model", "/api/openapi.json", "/api/views", "/api/operations", "/api/notifications"])
    expect((await alike({ method: "GET", path })).text).not.toMatch(/"cost"/);
});

describe("A9 no other door tells what is hidden", () => {
  const asks: Readonly<Record<string, readonly object[]>> = {
    describe_model: [{}, { entity: "product" }, { entity: "deal" }],
    search: [{ words: "secret" }, { words: "999.99" }],
    list_records: [
      { entity: "product", filter: "cost.amount > 100" },
      { entity: "product", sort: "cost" },
      { entity: "product", fields: "name,cost" },
      { entity: "deal", expand: "product,product.owner", count: "exact" },
      { entity: "company", filter: "deals.any(d, d.amount > 1000)" },
    ],
    get_record: ["{Kiosk}", "{own1}", "{other}"].flatMap((id) =>
      ["product", "deal"].map((entity) => ({ entity, id, ...(entity === "deal" ? { expand: "product" } : {}) })),
    ),
    record_history: [
      { entity: "product", id: "{Kiosk}" },
      { entity: "deal", id: "{other}" },
    ],
    aggregate_records: [
      { entity: "product", measures: { m: "max(cost)" } },
      { entity: "deal", group: ["company"], measures: { n: "count()", m: "sum(amount)" } },
    ],
    count_values: [
      { entity: "product", fields: ["cost"] },
      { entity: "deal", fields: ["company", "product.name"] },
    ],
    list_events: ["{own1}", "{other}"].map((id) => ({ entity: "deal", id })),
    list_tasks: [{}, { of: "all" }, { entity: "deal", record: "{other}" }],
    who_sees_record: ["{own1}", "{other}"].map((id) => ({ entity: "deal", id })),
  };
  const hidden = /\bcost\b/;
  const told = (method: string, params: object) =>
    alike({ method: "POST", path: "/mcp", body: { jsonrpc: "2.0", id: 1, method, params } });

  test("A9 none of the tools and resources of agents", async () => {
    const reading = Object.values(tools).filter(({ does }) => does === "reads");
    expect(Object.keys(asks).sort()).toEqual(reading.map(({ name }) => name).sort());
    for (const [name, all] of Object.entries(asks))
      for (const given of all) {
        const { text } = await told("tools/call", { name, arguments: given });
        if (!JSON.stringify(given).includes("cost")) expect(text).not.toMatch(hidden);
      }
    const { resources } = JSON.parse((await told("resources/list", {})).text).result;
    for (const { uri } of resources) expect((await told("resources/read", { uri })).text).not.toMatch(hidden);
  });

  const portal = dealsPortal([{ field: "title", list: true }, { field: "amount" }, { field: "product" }], {
    entity: "product",
    when: { cel: "name != null" },
    fields: [{ field: "name", list: true }],
  });
  const form: FormDocument = {
    $schema: "urn:trellis:form:1",
    $id: "enquiry",
    $anchor: "form_enquiry",
    title: "Enquiry",
    entity: "contact",
    fields: [{ field: "name" }, { field: "email" }],
    match: "email",
  };

  test("A9 no page of a portal or of a form", async () => {
    const words = ["Own", "secret", "Zulu secret 0", "Alpha", "999.99", "98765", "11.00"];
    const pages = async ({ w, ids }: Room) => {
      expect((await published(w, await drafted(w, [portal, form]))).status).toBe(200);
      const hana = await w.admin.post("/api/records/contact", { name: "Hana", email: "hana@aoba.example" });
      const own = `/api/records/deal/${ids.own1}`;
      const match = { "if-match": `"${(await w.admin.get(own)).json.version}"` };
      expect((await w.admin.patch(own, { contact: hana.json.id }, match)).status).toBe(200);
      const browser = await Browser.signedIn(w, "hana@aoba.example");
      const queries = words.map((it) => new URLSearchParams({ search: it, filter: `cost != null`, sort: "-cost" }));
      const paths = [
        ...["deal", "product"].flatMap((entity) => ["", ...queries].map((it) => `${page}/${entity}?${it}`)),
        ...["own1", "own2", "other"].map((name) => `${page}/deal/${ids[name]}?fields=cost&expand=product`),
        `${page}/product/${ids.Kiosk}?fields=cost`,
        ...[`${page}/company`, `${page}/contact/${hana.json.id}`, `${page}/deal/${ids.own1}/events/deal.advance`],
        "/f/enquiry?name=Hana&cost=1&email=hana@aoba.example",
      ];
      const answers = [];
      for (const path of paths) {
        const { status, text } = await browser.get(path);
        expect(status, path).toBeLessThan(500);
        // What was searched for stands in its box again.
        expect(text.replaceAll(/ value="[^"]*"/g, "")).not.toMatch(/secret|98765|999\.99|11\.00/);
        answers.push([status, plain({ text } as Answer, { ...ids, hana: hana.json.id }, w)]);
      }
      expect(answers[0]).toEqual([200, expect.stringContaining("Own 1")]);
      return answers.map(([status, text]) => [
        status,
        String(text).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<once>"),
      ]);
    };
    const [one, other] = [await pages(rooms[0]!), await pages(rooms[1]!)];
    expect(other).toEqual(one);
  });
});

test("A10 a file holds what its reader may read, and is hers alone", async () => {
  const [room] = rooms;
  const { seller, w } = room!;
  for (const fields of [["name", "cost"], ["cost"], ["product.cost"]])
    expect((await seller.post("/api/exports", { entity: "product", fields })).status).toBe(400);
  const view = { entity: "product", title: "Costs", type: "table", columns: ["name", "cost"], shared: true };
  expect((await w.admin.post("/api/views", view)).status).toBe(201);
  expect((await seller.get("/api/views?entity=product")).text).not.toContain("Costs");
  expect((await seller.post("/api/views", view)).status).toBeGreaterThanOrEqual(400);
  const { json } = await w.admin.post("/api/exports", { entity: "product", fields: ["name", "cost"] });
  const made = async () => (await w.admin.get(`/api/exports/${json.id}`)).json;
  await expect.poll(async () => (await made()).status, { timeout: 60_000 }).toBe("done");
  expect((await seller.get(`/api/exports/${json.id}`)).status).toBe(404);
  expect((await seller.get((await made()).file_url)).status).toBe(404);
  expect((await seller.get(`/api/operations/${json.operation}`)).status).toBe(404);
});

test("A11 what she does not see is not told to her while it changes", async () => {
  const { w, seller, ids } = rooms[0]!;
  const made = { workspace: "main", user: seller.id, name: "live", roles: null, expiresAt: null, by: w.admin.id };
  const { key } = await createKey(w.pool, made, w.clock.now());
  const ear = await listen(w.fetch, { authorization: `Bearer ${key}` });
  const change = async (entity: string, id: string, values: object) => {
    const { json } = await w.admin.get(`/api/records/${entity}/${id}`);
    const changed = await w.admin.patch(`/api/records/${entity}/${id}`, values, { "if-match": `"${json.version}"` });
    expect(changed.status, changed.text).toBe(200);
  };
  await change("deal", ids.other!, { title: "Still not hers" });
  await change("product", ids.Kiosk!, { cost: { amount: "12.00", currency: "USD" } });
  await change("deal", ids.own1!, { title: "Hers" });
  await ear.hears({ type: "changed", id: ids.own1! });
  expect(ear.heard.filter(({ id }) => id === ids.other)).toEqual([]);
  for (const message of ear.heard)
    expect(["type", "entity", "id", "version", "operation"]).toEqual(expect.arrayContaining(Object.keys(message)));
  await change("product", ids.Kiosk!, { cost: { amount: "11.00", currency: "USD" } });
  await ear.close();
  const changed = await rooms[1]!.w.admin.get(`/api/records/deal/${rooms[1]!.ids.own1}`);
  const match = { "if-match": `"${changed.json.version}"` };
  await rooms[1]!.w.admin.patch(`/api/records/deal/${rooms[1]!.ids.own1}`, { title: "Hers" }, match);
});

test("A12 the values that a filter offers are those of records that she sees, whoever asked before", async () => {
  for (const group of ["owner", "lost_reason", "company", "stage", "product", "created_by"]) {
    await Promise.all(
      rooms.map((room) =>
        answerOf(
          room,
          { method: "POST", path: "/api/records/deal/aggregate", body: { group: [group], measures: { n: "count()" } } },
          room.w.admin,
        ),
      ),
    );
    await sums("deal", { group: [group], measures: { n: "count()" } });
  }
  for (const search of ["O", "Otto", "Ada"]) await list("user", { search });
});

test("A13 what is told regularly is told by the rights of its owner, and an admin alone names her", async () => {
  const { seller, w } = rooms[0]!;
  for (const [method, path] of [
    ["PUT", "/api/connections/any"],
    ["GET", "/api/connections"],
    ["PUT", "/api/intakes/any"],
  ] as const) {
    const body = method === "PUT" ? { body: { owner: w.admin.id } } : {};
    expect((await seller.send(method, path, body)).status).toBe(403);
  }
});

test("A9 A13 a dashboard that goes by mail tells each of its readers what she may read", async () => {
  const report = ($id: string, source: string, of: string, path: string): ReportDocument => ({
    $schema: "urn:trellis:report:1",
    $id,
    $anchor: `rep_${$id}`,
    title: `Sum of ${$id}`,
    source,
    dimensions: [{ id: "by", title: "By", path }],
    measures: [{ id: "sum", title: "Sum", agg: "sum", of: { cel: of } }],
    layout: { kind: "table", rows: ["by"] },
  });
  const reports = [
    report("amounts", "deal", "amount", "company"),
    report("costs", "product", "cost", "name"),
    report("costs_of_deals", "deal", "product.cost", "company"),
    report("open_deals", "company", "open_deals", "name"),
    report("won_by_open_deals", "company", "won_value", "open_deals"),
  ];
  const dashboard: DashboardDocument = {
    $schema: "urn:trellis:dashboard:1",
    $id: "mailed",
    $anchor: "dsh_mailed",
    title: "Mailed",
    cards: reports.map(({ $id }) => ({ id: $id, report: $id })),
    mails: { roles: ["seller", "board"], at: "07:30" },
  };
  const letters = async ({ w, seller, ids }: Room) => {
    const board = await w.user("Board", { roles: ["board"] });
    for (const { id } of [seller, board])
      await w.sql(`update {ws}."user" set email = $1 where id = $2`, [`${id}@example.com`, id]);
    const done = await published(w, await drafted(w, [...reports, dashboard]));
    expect(done.status, done.text).toBe(200);
    const began = w.clock.now();
    w.clock.set(new Date("2027-03-03T07:31:00Z"));
    await intendDashboards(w.workspace, "https://crm.example", w.clock.now());
    w.clock.set(began);
    const told = async ({ id }: Client) => {
      const [letter, ...more] = await w.sql(
        `select subject, text, html from {ws}._sending where effect_key like 'dashboard:%' and to_addresses[1] = $1`,
        [`${id}@example.com`],
      );
      expect(more).toEqual([]);
      return plain({ text: JSON.stringify(letter) } as Answer, ids, w);
    };
    return { seller: await told(seller), board: await told(board) };
  };
  const [one, other] = [await letters(rooms[0]!), await letters(rooms[1]!)];
  expect(one.seller).toEqual(other.seller);
  expect(one.seller).toContain("Sum of amounts");
  expect(one.seller).not.toMatch(/Sum of (costs|open|won)/);
  expect(one.board).not.toEqual(other.board);
  for (const { title } of reports) expect(one.board).toContain(title);
});

describe("A14 many records are changed by the rights of each", () => {
  test("A14 by filter, by ids, each by its own values, by a file: another's deal stays", async () => {
    const { seller, w, ids } = rooms[0]!;
    const stands = async () => (await w.sql(`select * from {ws}.deal where id = $1`, [ids.other]))[0];
    const before = await stands();
    for (const request of [
      { filter: "title.contains('not hers')", set: { title: "Taken" } },
      { ids: [ids.other], set: { title: "Taken" } },
      { ids: [ids.other], trash: true },
      { filter: "owner != user", trash: true, expect: 0 },
    ]) {
      const answer = await seller.post("/api/records/deal/bulk", request);
      expect(answer.status === 200 ? answer.json.matched : 0, answer.text).toBe(0);
    }
    const patches = [{ id: ids.other, version: before.version, title: "Taken" }];
    expect((await seller.patch("/api/records/deal", patches)).status).toBe(404);
    expect((await seller.delete(`/api/records/deal/${ids.other}`, { "if-match": '"2"' })).status).toBe(404);
    expect(await stands()).toEqual(before);
  });
});

test("A16 nothing runs on a record that she does not see", async () => {
  const { seller, ids, w } = rooms[0]!;
  const at = `/api/records/deal/${ids.other}`;
  const before = await w.sql("select * from {ws}._run order by id");
  expect((await seller.post(`${at}/events`, { type: "deal.advance" })).status).toBe(404);
  for (const rest of ["/events", "/run", "/access", "/history", "/timeline"])
    expect((await seller.get(at + rest)).status).toBe(404);
  expect((await seller.post(`${at}/restore`)).status).toBe(404);
  const made = await w.admin.patch(
    at,
    { title: "By an admin" },
    { "if-match": `"${(await w.admin.get(at)).json.version}"` },
  );
  const operation = made.headers.get("trellis-operation");
  for (const act of ["undo", "cancel"])
    expect((await seller.post(`/api/operations/${operation}/${act}`)).status).toBe(404);
  expect(await w.sql("select * from {ws}._run order by id")).toEqual(before);
});

test("A17 no measure, group or order is made of a hidden field", async () => {
  for (const of of ["cost", "cost.amount", "product.cost", "product.cost.amount"]) {
    const entity = of.startsWith("product") ? "deal" : "product";
    for (const kind of ["count_distinct", "sum", "avg", "min", "max"])
      expect((await sums(entity, { measures: { m: `${kind}(${of})` } })).status, `${kind}(${of})`).toBe(400);
    expect((await sums(entity, { group: [of], measures: { n: "count()" } })).status).toBe(400);
    for (const sort of [of, `-${of}`]) expect((await list(entity, { sort })).status).toBe(400);
  }
  for (const sort of ["m", "-m"])
    await sums("deal", { group: ["company"], measures: { m: "sum(amount)" }, sort, limit: 1 });
});

describe("A17 a guess at what stands in a field that its writer may not read", () => {
  const letter: EntityDocument = {
    $schema: "urn:trellis:entity:1",
    $id: "letter",
    $anchor: "ent_letter",
    type: "object",
    title: "Letter",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_letter_name", field: "text", title: "Name" },
      seal: { $anchor: "fld_letter_seal", field: "text", title: "Seal" },
    },
    required: ["name"],
  };
  const clerk: RoleDocument = {
    $schema: "urn:trellis:role:1",
    $id: "clerk",
    $anchor: "role_clerk",
    title: "Clerk",
    entities: {
      letter: { read: "all", update: "all", fields: { seal: { read: { cel: "owner == user" }, write: "all" } } },
    },
  };
  let w: World;
  let writer: Client;
  beforeAll(async () => {
    w = await world({ documents: [letter, clerk] });
    await w.work();
    writer = await w.user("Bartleby", { roles: ["clerk"] });
  });
  afterAll(() => w.close());

  /** What the clerk is told of the same guess at two letters, of which one has that seal and the other has not. */
  async function guessed(ask: (id: string, name: string) => Promise<Answer>): Promise<void> {
    const answers: unknown[] = [];
    for (const seal of ["gold", "lead"]) {
      const { json } = await w.admin.post("/api/records/letter", { name: `Letter ${answers.length}`, seal });
      const { status, headers, text } = await ask(json.id, json.name);
      const { json: now } = await writer.get(`/api/records/letter/${json.id}`);
      const history = await writer.get(`/api/records/letter/${json.id}/history`);
      const told = plain({ text: `${text} ${history.text}` } as Answer, {}, w).replace(/[\d-]{10}T[\d:.]+Z/g, "<at>");
      answers.push([status, headers.get("etag"), now.version, now.updated_by, told.replaceAll(json.name, "<name>")]);
      expect(status, text).toBeLessThan(300);
      expect(now).not.toHaveProperty("seal", "gold");
    }
    expect(answers[0]).toEqual(answers[1]);
  }
  const first = { "if-match": '"1"' };

  test("is answered alike, right or wrong: alone, among many and in bulk", async () => {
    await guessed((id) => writer.patch(`/api/records/letter/${id}`, { seal: "gold" }, first));
    await guessed((id) => writer.patch("/api/records/letter", [{ id, version: 1, seal: "gold" }]));
    for (const preview of [true, false])
      await guessed((id) => writer.post("/api/records/letter/bulk", { ids: [id], set: { seal: "gold" }, preview }));
  });

  test("is counted alike in an import", async () => {
    await guessed(async (_, name) => {
      const body = new FormData();
      body.set("file", new File([`name,seal\n${name},gold\n`], "letters.csv"));
      const columns = { name: "name", seal: "seal" };
      body.set("plan", JSON.stringify({ entity: "letter", match: ["name"], columns }));
      const { json } = await writer.send("POST", "/api/imports", { body });
      return vi.waitFor(async () => {
        const answer = await writer.get(`/api/imports/${json.id}`);
        expect(answer.json.status).toBe("done");
        return answer;
      });
    });
  });
});

test("A19 a fault tells nothing of the machine it happened on", async () => {
  process.env.TRELLIS_CANARY = "canary-of-the-environment";
  const { seller, w, ids } = rooms[0]!;
  const answers = await Promise.all([
    seller.get("/api/records/deal?filter=title%20%2B"),
    seller.get("/api/records/deal?cursor=AAAA"),
    seller.get("/api/records/deal/none"),
    seller.post("/api/records/deal", { title: 7, stage: "won", nothing: 1 }),
    seller.post("/api/records/deal", "{", { "content-type": "application/json" }),
    seller.post(`/api/records/deal/${ids.own1}/events`, { type: "deal.win" }),
    seller.post("/api/imports", new FormData()),
    w.admin.post("/api/changes/plan", { documents: [{ kind: "entity", name: "x", document: {} }] }),
    w.admin.post("/api/connections/none/test"),
    w.nobody.post("/api/hooks/none", {}),
    w.nobody.get("/api/records/deal"),
    w.nobody.get("/nowhere"),
  ]);
  for (const { status, text, headers } of answers) {
    expect(status).toBeGreaterThanOrEqual(400);
    const told = text + JSON.stringify([...headers]);
    expect(told).not.toMatch(/canary|node_modules|\/work\/|ws_main|select |postgres|\bat \w+ \(|PATH=/i);
  }
  delete process.env.TRELLIS_CANARY;
  expect(plain(answers[2]!, ids, w)).toContain("record.missing");
});
