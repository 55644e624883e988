import { afterAll, beforeAll, expect, test } from "vitest";
import { world, type World } from "../world.ts";

const way = ["deal.advance", "deal.propose", "deal.negotiate"];
const stages = ["prospecting", "engaging", "proposing", "negotiating", "on_hold"];
const sources = ["web_site", "referral", "advertisement"];
let here: World;

beforeAll(async () => {
  here = await world({ templates: ["core", "sales"] });
  for (const at of [2, 0, 3, 1, 0]) {
    const { id } = (await here.admin.post("/api/records/deal", { title: `After ${at}` })).json;
    const event = (type: string) => here.admin.post(`/api/records/deal/${id}/events`, { type });
    for (const type of way.slice(0, at)) expect((await event(type)).status).toBe(200);
  }
  const { id } = (await here.admin.post("/api/records/deal", { title: "Waits" })).json;
  await here.admin.post(`/api/records/deal/${id}/events`, { type: "deal.hold" });
  for (const source of ["advertisement", null, "web_site", "referral"])
    await here.admin.post("/api/records/contact", { name: `From ${source}`, source });
});
afterAll(() => here.close());

/** A field of all records of a list, read one by one. */
async function paged(entity: string, sort: string, field: string): Promise<unknown[]> {
  const values: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ sort, limit: "1", ...(cursor ? { cursor } : {}) });
    const { items, next } = (await here.admin.get(`/api/records/${entity}?${query}`)).json;
    values.push(...items.map((it: Record<string, unknown>) => it[field] ?? null));
    cursor = next;
  } while (cursor !== null);
  return values;
}

test("records are sorted by their stage as the board has it, from page to page", async () => {
  const all = ["prospecting", ...stages];
  expect(await paged("deal", "stage", "stage")).toEqual(all);
  expect(await paged("deal", "-stage,title", "stage")).toEqual(all.toReversed());
});

test("records are sorted by a choice as its set has it, those without one last", async () => {
  const { choices } = (await here.admin.get("/api/documents/value-set/source")).json;
  const set = choices.map((it: { value: string }) => it.value).filter((it: string) => sources.includes(it));
  expect(set).not.toEqual(set.toSorted());
  expect(await paged("contact", "source", "source")).toEqual([...set, null]);
  expect(await paged("contact", "-source", "source")).toEqual([...set.toReversed(), null]);
});

test("groups stand in the same order", async () => {
  const grouped = async (entity: string, group: string, more: object = {}) =>
    (
      await here.admin.post(`/api/records/${entity}/aggregate`, { group: [group], measures: { n: "count()" }, ...more })
    ).json.rows.map((it: Record<string, unknown>) => it[group]);
  expect(await grouped("deal", "stage")).toEqual(stages);
  expect(await grouped("deal", "stage", { sort: "-stage" })).toEqual(stages.toReversed());
  expect((await grouped("contact", "source")).at(-1)).toBeNull();
});

test("a pause is told apart from the way", async () => {
  const [flow] = (await here.admin.get("/api/model")).json.workflows;
  expect(flow.aside).toEqual(["on_hold"]);
});
