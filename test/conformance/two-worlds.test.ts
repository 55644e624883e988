import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerOf, furnish, plain, type Asked, type Room } from "../fixtures/two-rooms.ts";

/** How many requests are compared in a run; more on demand. */
const cases = Number(process.env.TRELLIS_CASES ?? 250);

const rooms: Room[] = [];
beforeAll(async () => {
  for (const at of [0, 1] as const) rooms.push(await furnish(at));
});
afterAll(() => Promise.all(rooms.map(({ w }) => w.close())));

const word = fc.constantFrom(
  "secret",
  "Alpha",
  "Zulu",
  "Own",
  "1",
  "9",
  "trashed",
  "光",
  "%",
  "_",
  "secret Alpha",
  "1 zulu",
);
const filter = fc.oneof(
  fc.constantFrom(
    "cost.amount > 500",
    "cost == null",
    "amount > 1000",
    "title.startsWith('Z')",
    "product.cost != null",
    "product.cost.amount > 100",
    "company.deals.any(d, d.amount > 1000)",
    "deals.any(d, d.title.contains('secret'))",
    "deals.none(d, d.amount > 50)",
    "deals.all(d, d.stage == 'lost')",
    "stage == 'lost' || owner != user",
    "owner.name == 'Otto'",
    "parent == null",
    "roles == null",
    "weighted > 10",
    "open_deals > 1",
    "company.won_value > 100",
  ),
  word.map((it) => `title.contains('${it}')`),
);
const sort = fc.constantFrom(
  "title",
  "-amount",
  "cost",
  "-product.cost",
  "company",
  "weighted,-title",
  "owner",
  "created_by",
  "name",
  "-open_deals",
  "company.open_deals",
);
const entity = fc.constantFrom("deal", "company", "product", "task", "user", "user_team");
const maybe = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined });
const listed = fc
  .record({
    filter: maybe(filter),
    sort: maybe(sort),
    search: maybe(word),
    fields: maybe(fc.constantFrom("title,cost", "name,cost", "title,amount", "name,open_deals,won_value")),
    expand: maybe(fc.constantFrom("company", "product", "owner", "company.owner")),
    count: maybe(fc.constantFrom("exact", "capped")),
    limit: maybe(fc.constantFrom("1", "3", "50")),
  })
  .map(
    (query) =>
      Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Record<string, string>,
  );
const group = fc.constantFrom(
  "stage",
  "company",
  "product",
  "owner",
  "product.cost",
  "cost",
  "company.industry",
  "owner.memberships.team.name",
  "lost_reason",
  "open_deals",
);
const measure = fc.constantFrom(
  "count()",
  "sum(amount)",
  "avg(product.cost)",
  "max(cost)",
  "sum(weighted)",
  "count_distinct(owner)",
  "min(title)",
  "sum(open_deals)",
  "max(company.won_value)",
);
const asked: fc.Arbitrary<Asked> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(entity, listed)
      .map(([name, query]): Asked => ({ method: "GET", path: `/api/records/${name}`, query })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(entity, fc.array(group, { maxLength: 2 }), measure, maybe(filter))
      .map(([name, groups, m, f]): Asked => ({
        method: "POST",
        path: `/api/records/${name}/aggregate`,
        body: { group: groups, measures: { m }, ...(f ? { filter: f } : {}) },
      })),
  },
  { weight: 1, arbitrary: word.map((q): Asked => ({ method: "GET", path: "/api/search", query: { q } })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("own1", "other", "Kiosk", "Brightwater"),
        fc.constantFrom("deal", "product", "company"),
        fc.constantFrom("", "/history", "/timeline", "/events", "/access"),
      )
      .map(([id, name, rest]): Asked => ({ method: "GET", path: `/api/records/${name}/{${id}}${rest}` })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Asked>(
      { method: "GET", path: "/api/model" },
      { method: "GET", path: "/api/users" },
      { method: "GET", path: "/api/documents" },
    ),
  },
);

describe("two worlds that differ only in what a seller may not know", () => {
  test(`answer her alike, in ${cases} requests`, async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (question) => {
        const [one, other] = await Promise.all(rooms.map((room) => answerOf(room, question)));
        expect(other, JSON.stringify(question)).toEqual(one);
        expect(one![0], JSON.stringify(question)).toBeLessThan(500);
      }),
      { numRuns: cases },
    );
  });

  test("do differ for who may know: the comparison can fail", async () => {
    const questions: Asked[] = [
      { method: "GET", path: "/api/records/deal", query: { count: "exact" } },
      { method: "GET", path: "/api/records/product" },
      { method: "POST", path: "/api/records/deal/aggregate", body: { measures: { m: "sum(amount)" } } },
      { method: "GET", path: "/api/search", query: { q: "secret" } },
    ];
    for (const question of questions) {
      const [one, other] = await Promise.all(rooms.map((room) => answerOf(room, question, room.w.admin)));
      expect(other).not.toEqual(one);
    }
  });

  test("export the same rows to her", async () => {
    const exported = await Promise.all(
      rooms.map(async ({ seller, ids, w }) => {
        const { json } = await seller.post("/api/exports", {
          entity: "deal",
          sort: "title",
          fields: ["title", "amount", "company"],
        });
        for (;;) {
          const { json: made } = await seller.get(`/api/exports/${json.id}`);
          if (made.status === "done") return plain(await seller.get(made.file_url), ids, w);
          await new Promise((done) => setTimeout(done, 50));
        }
      }),
    );
    expect(exported[0]).toBe(exported[1]);
    expect(exported[0]!.split("\r\n").filter(Boolean)).toHaveLength(7);
    expect(exported[0]).not.toContain("secret");
  });

  test("say of a hidden field what they say of one that does not exist", async () => {
    const { seller } = rooms[0]!;
    for (const [path, query] of [
      ["/api/records/product", { filter: "X > 3" }],
      ["/api/records/product", { sort: "X" }],
      ["/api/records/product", { fields: "X" }],
      ["/api/records/deal", { filter: "product.X == null" }],
    ] as const) {
      const answers = await Promise.all(
        ["cost", "cust"].map((name) =>
          seller.get(`${path}?${new URLSearchParams(query).toString().replace("X", name)}`),
        ),
      );
      expect(answers[0]!.text.replaceAll("cost", "X")).toBe(answers[1]!.text.replaceAll("cust", "X"));
      expect(answers[0]!.json.code).toBe("field.unknown");
    }
  });
});
