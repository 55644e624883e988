import iconv from "iconv-lite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataTaskDocuments } from "../fixtures/data-tasks.ts";
import { world, type World } from "../world.ts";

/** The tasks of people that speak of data in bulk, each by its id in `shared/tasks/tasks.jsonl`, through the API alone. */

let w: World;
beforeAll(async () => {
  w = await world({ documents: dataTaskDocuments });
  await w.work();
});
afterAll(() => w.close());

const made = async (of: string, values: object): Promise<string> => {
  const answer = await w.admin.post(`/api/records/${of}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
};
const read = async (of: string, id: string) => (await w.admin.get(`/api/records/${of}/${id}`)).json;
const patch = async (of: string, id: string, values: object) => {
  const headers = { "if-match": `"${(await read(of, id)).version}"` };
  expect((await w.admin.patch(`/api/records/${of}/${id}`, values, headers)).status).toBe(200);
};
const found = async (of: string, filter: string) =>
  (await w.admin.get(`/api/records/${of}?${new URLSearchParams({ filter, limit: "500" })}`)).json.items as any[];
const count = async (of: string, filter = "") => {
  const { json } = await w.admin.post(`/api/records/${of}/aggregate`, { filter, measures: { n: "count()" } });
  return json.rows[0].n as number;
};
const form = (file: Uint8Array | string, given: Readonly<Record<string, string>>) => {
  const body = new FormData();
  body.append("file", new Blob([file as BlobPart]), "sheet.csv");
  for (const [name, value] of Object.entries(given)) body.append(name, value);
  return { body };
};
async function ended(id: string): Promise<any> {
  for (;;) {
    const { json } = await w.admin.get(`/api/imports/${id}`);
    if (!["queued", "running"].includes(json.status)) return json;
    await new Promise((done) => setTimeout(done, 20));
  }
}
async function imported(file: Uint8Array | string, plan: object): Promise<any> {
  const begun = await w.admin.send("POST", "/api/imports", form(file, { plan: JSON.stringify(plan) }));
  expect(begun.status, begun.text).toBe(202);
  return ended(begun.json.id);
}
const undo = async (operation: string, how = "") =>
  (await w.admin.post(`/api/operations/${operation}/undo${how}`)).json;

test("delete-filtered-and-restore", async () => {
  const ofFair = (at: number) => ({ name: `Fair ${at}`, ...(at < 30 ? { source: "Test fair" } : {}) });
  const given = Array.from({ length: 100 }, (_, at) => ofFair(at));
  const ids: string[] = (await w.admin.post("/api/records/client", given)).json.items.map(({ id }: any) => id);
  const deals = [
    await made("deal", { name: "One", client: ids[0] }),
    await made("deal", { name: "Two", client: ids[1] }),
  ];
  expect((await w.admin.send("POST", `/api/records/client/${ids[0]}/files`, form("Scan", {}))).status).toBe(201);
  const filter = "source == 'Test fair'";
  const bulk = async (more: object) => w.admin.post("/api/records/client/bulk", { filter, trash: true, ...more });
  expect((await bulk({ preview: true })).json).toMatchObject({ matched: 30, changed: 30, along: 2, refused: 0 });
  expect((await bulk({ preview: true, trash: "alone" })).json).toMatchObject({ changed: 28, along: 0, refused: 2 });
  expect((await bulk({})).json.problems).toMatchObject([{ path: "/expect" }]);
  await patch("client", ids[40]!, { source: "Test fair" });
  expect((await bulk({ expect: 30 })).json.code).toBe("bulk.moved");
  await patch("client", ids[40]!, { source: null });
  const kept = (await bulk({ expect: 30, trash: "alone" })).json;
  expect([kept.changed, await count("client", "name.startsWith('Fair')")]).toEqual([28, 72]);
  await undo(kept.operation);
  expect((await bulk({ expect: 30 })).json).toMatchObject({ changed: 30, along: 2 });
  expect([await count("client", "name.startsWith('Fair')"), (await read("deal", deals[0]!)).client]).toEqual([
    70,
    null,
  ]);
  for (const id of ids.slice(0, 5)) expect((await w.admin.post(`/api/records/client/${id}/restore`)).status).toBe(200);
  expect(await count("client", "name.startsWith('Fair')")).toBe(75);
  expect(await Promise.all(deals.map(async (id) => (await read("deal", id)).client))).toEqual(ids.slice(0, 2));
  const about = async (what: string) => (await w.admin.get(`/api/records/client/${ids[0]}/${what}`)).json.items;
  expect((await about("files")).map(({ name }: any) => name)).toEqual(["sheet.csv"]);
  expect((await about("segments")).map(({ name }: any) => name)).toEqual(["fair"]);
  expect((await about("history")).map(({ act }: any) => act)).toEqual(["restore", "trash", "attach", "create"]);
});

test("import-related-in-one-file", async () => {
  const rows = Array.from({ length: 120 }, (_, at) => {
    const [firm, client] = [(at % 90) % 40, at % 90];
    // Five have a parent that stands further down.
    const parent = firm < 5 ? `Works ${firm + 20}` : "";
    return [`Works ${firm}`, parent, `c${client}@works.example`, `Client ${client}`, `Order ${at}`, 512_500, "Propose"];
  });
  const head = "company,parent company,contact mail,contact name,deal,amount,stage";
  const sheet = [head, ...rows.map((row) => row.join())].join("\n");
  const firms = { entity: "firm", match: ["name"], columns: { company: "name", "parent company": "parent" } };
  const clients = {
    entity: "client",
    match: ["email"],
    columns: { "contact mail": "email", "contact name": "name", company: "firm" },
  };
  const deals = {
    entity: "deal",
    match: ["name", "firm"],
    columns: {
      deal: "name",
      company: "firm",
      "contact mail": { to: "client", match: "email" },
      amount: "amount",
      stage: "stage",
    },
  };
  expect(await imported(sheet, { ...firms, whole: true })).toMatchObject({ status: "done", created: 40, rejected: 0 });
  expect(await imported(sheet, clients)).toMatchObject({ created: 90, rejected: 0 });
  const wrong = sheet.replace("Order 7,512500,Propose", "Order 7,512500,Dreaming");
  const none = await imported(wrong, { ...deals, whole: true });
  expect([none.status, none.created, none.rejected, none.problems[0].code]).toEqual(["failed", 0, 1, "state.unknown"]);
  expect(await count("deal", "name.startsWith('Order')")).toBe(0);
  const refused = await imported(wrong, deals);
  expect(refused).toMatchObject({ created: 119, rejected: 1 });
  const left = (await w.admin.get(refused.errors_url)).text.replace("\ufeff", "").trim().split("\r\n");
  expect(left[0]).toBe(`${head},problem`);
  expect(left[1]).toContain("Order 7,512500,Dreaming");
  expect(await imported(sheet, deals)).toMatchObject({ created: 1, updated: 0, unchanged: 119 });
  for (const [plan, unchanged] of [
    [firms, 120],
    [clients, 120],
    [deals, 120],
  ] as const)
    expect(await imported(sheet, plan)).toMatchObject({ created: 0, updated: 0, unchanged, rejected: 0 });
  expect(await count("firm", "name.startsWith('Works') && parent != null")).toBe(5);
  const [{ sum }] = await w.sql("select sum(amount)::int as sum from {ws}.deal where name like 'Order %'");
  expect(sum).toBe(61_500_000);
});

test("undo-import-with-updates", async () => {
  const line = (at: number, name: string) => `u${at}@undo.example,${name} ${at},x`;
  const before = Array.from({ length: 35 }, (_, at) => ({ name: `Old ${at}`, email: `u${at}@undo.example` }));
  const old: string[] = (await w.admin.post("/api/records/client", before)).json.items.map(({ id }: any) => id);
  const stood = await found("client", "name.startsWith('Old')");
  const rows = Array.from({ length: 95 }, (_, at) => line(at, "New"));
  const sheet = ["mail,name,source", ...rows, ...Array<string>(5).fill("no mail,Wrong,x")].join("\n");
  const plan = { entity: "client", match: ["email"], columns: { mail: "email", name: "name", source: "source" } };
  const { operation, ...told } = await imported(sheet, plan);
  expect(told).toMatchObject({ created: 60, updated: 35, rejected: 5 });
  const [needed] = await found("client", "email == 'u90@undo.example'");
  const deal = await made("deal", { name: "Late", client: needed.id });
  for (const id of old.slice(0, 2)) await patch("client", id, { phone: "+81 3 1234 5678" });

  const planned = await undo(operation, "?preview=true");
  expect([planned.removed, planned.restored]).toEqual([59, 33]);
  expect(new Set(planned.conflicts.map(({ id, why, fields = [] }: any) => [id, why, ...fields].join()))).toEqual(
    new Set([`${needed.id},needed`, ...old.slice(0, 2).map((id) => `${id},changed,name,source`)]),
  );
  expect(await count("client", "email.endsWith('@undo.example')")).toBe(95);
  const undone = await undo(operation);
  expect([undone.removed, undone.restored, undone.conflicts]).toEqual([59, 33, planned.conflicts]);
  expect(await count("client", "email.endsWith('@undo.example')")).toBe(36);
  expect(await found("client", "name.startsWith('Old')")).toEqual(
    stood.filter(({ id }) => !old.slice(0, 2).includes(id)),
  );
  const [{ n }] = await w.sql(
    "select count(*)::int as n from {ws}.client where deleted_at is not null and name like 'New %'",
  );
  expect([n, (await read("deal", deal)).client]).toEqual([59, needed.id]);
  const again = await undo(undone.operation);
  expect([again.restored, again.conflicts]).toEqual([92, []]);
  expect(await count("client", "email.endsWith('@undo.example') && name.startsWith('New')")).toBe(95);
  const forced = await undo(operation, "?force=true");
  expect([forced.removed, forced.restored, forced.conflicts.length]).toEqual([59, 35, 1]);
  expect(await read("client", old[0]!)).toMatchObject({ name: "Old 0", source: null, phone: "+81 3 1234 5678" });
});

test("import-100-contacts", async () => {
  await made("firm", { name: "Known" });
  const row = (at: number) => {
    const mail = at < 3 ? "wrong" : `k${at}@kontakt.example`;
    const firm = at < 3 ? "Only of wrong ones" : at < 13 ? `New ${at % 2}` : "Known";
    return `山田${at === 50 ? "　" : " "}太郎${at},ヤマダ タロウ,${firm},${mail},03-1234-5678`;
  };
  const head = "氏名,フリガナ,会社,メール,電話";
  const text = [head, ...Array.from({ length: 100 }, (_, at) => row(at))].join("\r\n");
  const file = iconv.encode(text, "cp932");
  const inspected = async () =>
    (await w.admin.send("POST", "/api/imports/inspect", form(file, { entity: "client" }))).json;
  const first = await inspected();
  expect([first.encoding.toLowerCase(), first.plan]).toEqual([expect.stringMatching(/shift_jis|cp932/), null]);
  expect(first.columns.map(({ suggestion }: any) => suggestion)).toEqual([null, "reading", "firm", "email", "phone"]);
  const plan = {
    entity: "client",
    match: ["email"],
    columns: {
      氏名: { to: ["family", "given"], split: true },
      メール: "email",
      フリガナ: { to: ["reading", "name"] },
      会社: { to: "firm", missing: "create" },
      電話: "phone",
    },
  };
  const begun = await w.admin.send(
    "POST",
    "/api/imports",
    form(file, { plan: JSON.stringify({ ...plan, rehearse: true }) }),
  );
  const looked = await ended(begun.json.id);
  expect(looked).toMatchObject({ created: 97, rejected: 3, also: { firm: 2 } });
  expect(looked.problems).toMatchObject([{ column: "メール", value: "wrong", rows: 3, first: 1 }]);
  expect([
    await count("client", "email.endsWith('@kontakt.example')"),
    await count("firm", "name.startsWith('New')"),
  ]).toEqual([0, 0]);
  const runs = await Promise.all([1, 2].map(() => w.admin.post(`/api/imports/${begun.json.id}/run`)));
  expect(runs.map(({ status }) => status).sort()).toEqual([202, 409]);
  const done = await ended(begun.json.id);
  expect(done).toMatchObject({ created: 97, rejected: 3 });
  expect((await w.admin.post(`/api/imports/${begun.json.id}/run`)).json.code).toBe("import.not_ready");
  expect(await count("firm", "name.startsWith('New') || name.startsWith('Only')")).toBe(2);
  expect(await count("client", "family == '山田' && given.startsWith('太郎') && email != null")).toBe(97);
  const left = (await w.admin.get(done.errors_url)).text;
  expect(
    left
      .split("\r\n")
      .slice(1, 4)
      .map((it) => it.split(",").at(-1)),
  ).toEqual([
    expect.stringMatching(/^"?1\. メール: /),
    expect.stringMatching(/^"?2\. メール: /),
    expect.stringMatching(/^"?3\. メール: /),
  ]);
  let mended = 0;
  const corrected = left.replaceAll(/,wrong,/g, () => `,w${mended++}@kontakt.example,`);
  expect(await imported(corrected, plan)).toMatchObject({ created: 3, rejected: 0 });
  expect(await count("client", "email.endsWith('@kontakt.example')")).toBe(100);
  const { columns, ...more } = (await inspected()).plan;
  expect([columns, more.match]).toEqual([plan.columns, ["email"]]);
});
