import { expect, test } from "vitest";
import type { ViewDocument } from "schemas";
import { changesOf, keptOf, lookedAt, ownOf } from "./looked.ts";

const view: ViewDocument = {
  $schema: "urn:trellis:view:1",
  $id: "large",
  $anchor: "view_large",
  title: "Large",
  entity: "deal",
  type: "table",
  columns: ["title", "amount"],
  filter: { cel: "amount > 10 || stage == 'won'" },
  sort: "-amount",
  group: "stage",
};
const at = (query: string, of = view) => lookedAt(of, new URLSearchParams(query));
const changes = (query: string, of = view) => changesOf(of, at(query, of));

test("a view that is looked at as it is has no changes; a search is none", () => {
  expect(changes("")).toEqual({});
  expect(changes("search=ferry&view=large")).toEqual({});
  expect(at("").view).toEqual(view);
});

test("what the URL says otherwise is what would be saved", () => {
  expect(changes("sort=title&columns=title,company.name")).toEqual({
    sort: "title",
    columns: ["title", "company.name"],
  });
  expect(changes("filter=owner == user")).toEqual({
    filter: { cel: "(amount > 10 || stage == 'won') && owner == user" },
  });
  expect(changes("filter=owner == user&base=none")).toEqual({ filter: { cel: "owner == user" } });
  expect(changes("base=none")).toEqual({ filter: null });
  expect(changes("group=&sort=")).toEqual({ group: null, sort: null });
  expect(keptOf(at("base=none&group="))).not.toHaveProperty("group");
});

test("another look keeps what it can show", () => {
  expect(changes("as=calendar:close_date")).toEqual({ type: "calendar", date: "close_date" });
  const calendar = { ...view, type: "calendar", date: "close_date" };
  expect(changes("as=calendar:engage_date", calendar)).toEqual({ date: "engage_date" });
  const board = { ...view, type: "board" };
  expect(at("as=table", board).view.group).toBeUndefined();
  expect(at("as=table&group=owner", board).view.group).toBe("owner");
});

test("the URL leaves out what the view says itself", () => {
  expect(ownOf(view, view)).toEqual({ sort: "-amount", group: "stage", columns: "title,amount", as: "table" });
  expect(ownOf({ ...view, type: "board" }, view).group).toBe("");
});
