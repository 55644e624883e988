import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyDocument, LayoutDocument, RoleDocument } from "schemas";
import { keepMail } from "../../runtime/store/mails.ts";
import { operate } from "../../runtime/store/operation.ts";
import { publish } from "../../runtime/store/publish.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let seller: Client;
let other: Client;
let company: string;
let deal: string;
beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  seller = await w.user("Ken", { roles: ["seller"] });
  other = await w.user("Leo", { roles: ["seller"] });
  company = await make(w.admin, "company", { name: "Ono Kogyo" });
  w.clock.advance(60_000);
  deal = await make(seller, "deal", { title: "Lasers", company });
  w.clock.advance(60_000);
  await make(seller, "call", { subject: "Talked", about: { entity: "deal", id: deal } });
  w.clock.advance(60_000);
  await seller.post(`/api/records/deal/${deal}/events`, { type: "deal.advance" });
  w.clock.advance(60_000);
  await w.admin.post("/api/facts", {
    type: "page.visited",
    entity: "deal",
    record: deal,
    at: w.clock.now().toISOString(),
    id: "visit-1",
    data: { page: "/x" },
  });
  w.clock.advance(60_000);
  const told = { kind: "test", title: "Mail", now: w.clock.now(), unbounded: true };
  await operate(w.workspace, { id: w.admin.id, name: "Ada", roles: ["admin"], via: "engine" }, told, (tx, scene) =>
    keepMail(tx, scene, {
      direction: "in",
      messageId: "<1@x>",
      from: { address: "rei@ono.example", name: "Rei Ono" },
      to: ["a@b.example"],
      subject: "Your offer",
      text: "Thanks for it.",
      html: null,
      entity: "deal",
      record: deal,
    }),
  );
});
afterAll(() => w.close());

async function make(client: Client, entity: string, values: object): Promise<string> {
  const answer = await client.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
const around = async (client: Client, more = "") =>
  (await client.get(`/api/records/company/${company}/timeline${more}`)).json;
const layout = (more: object) =>
  w.workspace.model.documents.map((it): AnyDocument =>
    "$id" in it && it.$anchor === "layout_company" ? ({ ...it, ...more } as LayoutDocument) : it,
  );
const put = (documents: readonly AnyDocument[]) =>
  publish(w.workspace, { documents, reason: "Test", author: w.admin.id, now: w.clock.now() });
const told = (items: readonly any[]) =>
  items.map(({ type, act, fact, subject, from, to, of, about, record }) =>
    [type, act ?? fact ?? subject ?? record?.subject, from, to, of?.name ?? about?.name].filter(
      (it) => it !== undefined && it !== null,
    ),
  );

test("a company's timeline tells what happened to its deals: steps, calls, facts and mails, page by page", async () => {
  const { items } = await around(seller);
  expect(told(items)).toEqual([
    ["mail", "Your offer", "Rei Ono", "Lasers"],
    ["fact", "page.visited", "Lasers"],
    ["step", "move", "prospecting", "engaging", "Lasers"],
    ["activity", "Talked", "Lasers"],
    ["step", "create", "prospecting", "Lasers"],
    ["history", "create"],
  ]);
  expect(items[1].data).toEqual({});
  const pages: any[] = [];
  for (let next: string | null = ""; next !== null;) {
    const page: any = await around(seller, `?limit=2${next ? `&cursor=${encodeURIComponent(next)}` : ""}`);
    pages.push(...page.items);
    next = page.next;
  }
  expect(pages).toEqual(items);
});

test("who sees no deal sees nothing of it, or one masked line where the layout says so", async () => {
  expect(told((await around(other)).items)).toEqual([["history", "create"]]);
  await put(layout({ timeline: [{ list: "deals", masked: true }] }));
  const { items } = await around(other);
  expect(items.map(({ type }: any) => type)).toEqual(["hidden", "history"]);
  expect(Object.keys(items[0]).sort()).toEqual(["at", "id", "type"]);
  expect((await around(seller)).items).toHaveLength(6);
});

test("which they are is one statement, however many kinds run into it", async () => {
  const collected = collectStatements();
  await around(seller);
  collected.stop();
  expect(collected.emitted.filter(({ sql }) => sql.includes("every_side"))).toHaveLength(1);
  expect(
    collected.emitted.filter(({ sql }) => /from [^ ]+"?(deal|call|order|quote)"? as t where/.test(sql)).length,
  ).toBeLessThan(4);
});

test("banners stand above a record while their condition holds, over lists of what it points at", async () => {
  const banner = (cel: string, text: string) => ({ when: { cel }, tone: "warning", text });
  const layouts = w.workspace.model.documents.map((it): AnyDocument =>
    "$id" in it && it.$anchor === "layout_deal"
      ? ({
          ...it,
          banners: [
            banner("company.deals.any(d, d.stage == 'lost')", "A deal with them was lost."),
            banner("company.name == 'Ono Kogyo'", "A customer of ours."),
          ],
        } as LayoutDocument)
      : it,
  );
  await put(layouts);
  const said = async (client = seller) => (await client.get(`/api/records/deal/${deal}/banners`)).json;
  expect((await said()).items).toEqual([{ tone: "warning", text: "A customer of ours." }]);
  const lost = await make(w.admin, "deal", { title: "Old", company });
  await w.admin.post(`/api/records/deal/${lost}/events`, { type: "deal.lose", values: { lost_reason: "price" } });
  expect((await said()).items).toHaveLength(2);
  expect((await said(other)).code).toBe("record.missing");
  expect((await w.admin.get("/api/model")).text).not.toContain("A deal with them was lost.");
  const wrong = layouts.map((it) =>
    "$id" in it && it.$anchor === "layout_deal"
      ? ({
          ...it,
          banners: [
            banner("company.nothing", "x"),
            { ...banner("!company.deals.any(d, d.id != id)", "y"), offer: "merge" },
          ],
          timeline: [{ list: "none" }],
        } as LayoutDocument)
      : it,
  );
  await expect(put(wrong)).rejects.toMatchObject({
    faults: [
      { code: "document.list_unknown", path: "/layout/deal/timeline/0/list" },
      { code: "field.unknown", path: "/layout/deal/banners/0/when/cel" },
      { code: "document.finds_none", path: "/layout/deal/banners/1/when" },
    ],
  });
});

test("a template extends another one's layout and role, and says where there is none", async () => {
  const role = w.workspace.model.roles.get("seller") as RoleDocument;
  expect(role.entities.quote).toMatchObject({ read: "own" });
  const company = w.workspace.model.layouts.get("company");
  expect(company?.facts).toEqual(["industry", "country", "owner", "open_deals", "open_value", "won_value"]);
});
