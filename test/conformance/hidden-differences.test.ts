import { accessOf, type Access, type RowRule } from "engine";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aggregate } from "../../runtime/store/aggregate.ts";
import { list, type ReadScene } from "../../runtime/store/read.ts";
import {
  allKnown,
  documents,
  furnish,
  knowledge,
  load,
  readers,
  rowsBy,
  users,
  type Data,
  type Row,
  type Table,
} from "../fixtures/guarded.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

/** How many requests are compared in a run; more on demand. */
const cases = Number(process.env.TRELLIS_CASES ?? 240);
const rounds = Math.max(2, Math.ceil(cases / 400));
const perReader = Math.ceil(cases / rounds / readers.length);
const seed = Number(process.env.TRELLIS_SEED ?? 20261124);

const worlds: World[] = [];
const clients: Client[][] = [];
beforeAll(async () => {
  for (let at = 0; at < 2; at++) {
    const made = await world({ documents });
    await furnish(made);
    worlds.push(made);
    clients.push(await Promise.all(users.map((id, n) => made.as(id, `Person ${n}`))));
  }
});
afterAll(() => Promise.all(worlds.map((it) => it.close())));

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
function stream(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The same data as far as a reader knows, and other data wherever she does not. */
function differently(data: Data, reader: (typeof readers)[number], chance: () => number): Data {
  const known = allKnown(reader, data);
  const others = rowsBy(chance);
  let changed = data;
  const attempt = (next: Data) => {
    if (allKnown(reader, next) === known) changed = next;
  };
  for (const table of ["vault", "offer", "firm"] as const) {
    for (const [at, row] of data[table].entries()) {
      const other = others[table][at]!;
      const replace = (next: Row | undefined): Data => ({
        ...changed,
        [table]: changed[table].flatMap((it) => (it.id !== row.id ? [it] : next ? [next] : [])),
      });
      const pointed = table === "firm" && [...changed.offer, ...changed.vault].some(({ firm }) => firm === row.id);
      if (!pointed && chance() < 0.3) attempt(replace(undefined));
      for (const column of Object.keys(row)) {
        const now = changed[table].find(({ id }) => id === row.id);
        if (!now || column === "id" || column.endsWith("_currency")) continue;
        const currency = `${column}_currency`;
        const money = currency in row ? { [currency]: other[currency] ?? null } : {};
        attempt(replace({ ...now, [column]: other[column] ?? null, ...money } as Row));
      }
    }
  }
  const more = others.offer
    .slice(0, 5)
    .map((row, n) => ({ ...row, id: row.id.replace("01900003", `0190000${7 + (n % 2)}`), firm: null }));
  for (const row of more) attempt({ ...changed, offer: [...changed.offer, row] });
  return changed;
}

interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What is asked of each entity: mostly what its reader may name, now and then what she may not, or what is not there. */
const vocabulary: Readonly<
  Record<string, Record<"path" | "condition" | "measure", readonly [fair: string[], odd: string[]]>>
> = {
  offer: {
    path: [
      [
        "title",
        "margin",
        "gain",
        "note",
        "stage",
        "day",
        "owner",
        "firm",
        "firm.region",
        "firm.credit",
        "amount",
      ].concat(["firm.name", "firm.owner.name", "firm.owner.manager", "deleted_at", "id"]),
      ["firm.rating", "secret", "owner.roles", "firm.vaults.label"],
    ],
    condition: [
      ["margin > 10", "gain < 50", "margin == null", "note.contains('loud')", "note != null", "amount > 100"].concat(
        ["amount.currency == 'JPY'", "stage == 'won'", "day + days(400000000) > today", "1 / margin > 0.1"],
        ["firm.region == 'north'", "firm.credit.amount > 50", "firm.name != null", "owner == user", "firm != null"],
        ["firm.offers.any(o, o.margin > 15)", "firm.owner.manager == user", "day + days(margin * 100000000) == null"],
      ),
      ["firm.rating > 3", "firm.vaults.any(v, v.level > 1)", "secret == 1", "user.roles == null", "margin > 'x'"],
    ],
    measure: [
      ["count()", "sum(amount)", "avg(margin)", "max(gain)", "max(note)", "count_distinct(firm)", "sum(firm.credit)"],
      ["min(secret)", "max(firm.rating)"],
    ],
  },
  firm: {
    path: [
      ["name", "region", "credit", "owner", "owner.name", "owner.manager", "id"],
      ["rating", "offers.title", "vaults.label", "owner.memberships.team.name"],
    ],
    condition: [
      ["credit.amount > 100", "credit == null", "region == null", "owner.manager == user", "name > 'Firm K'"].concat(
        ["offers.any(o, o.margin > 10)", "offers.none(o, o.note.contains('loud'))", "offers.all(o, o.stage == 'won')"],
        ["offers.any(o, o.deleted_at != null)", "offers.none(o, o.gain > 30)"],
      ),
      ["rating > 3", "vaults.any(v, v.level > 0)", "offers.any(o, o.secret > 0)"],
    ],
    measure: [
      ["count()", "sum(credit)", "count_distinct(owner)", "min(name)", "avg(credit)"],
      ["min(rating)", "max(secret)"],
    ],
  },
  vault: { path: [["label", "level"], []], condition: [["level > 1"], []], measure: [["count()"], []] },
  user: {
    path: [
      ["name", "manager", "manager.name", "active"],
      ["roles", "account_id"],
    ],
    condition: [["manager == user", "active"], ["roles == null"]],
    measure: [["count()"], ["max(account_id)"]],
  },
};

const often = <T>(fair: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 25, arbitrary: fair }, { weight: 1, arbitrary: odd });
const among = (name: string, what: "path" | "condition" | "measure") => {
  const [fair, odd] = vocabulary[name]![what];
  return often(fc.constantFrom(...fair), fc.constantFrom(...(odd.length > 0 ? odd : fair)));
};
const entity = often(fc.constantFrom("offer", "offer", "offer", "firm", "firm", "user"), fc.constant("vault"));
const filterOf = (name: string) =>
  fc
    .array(fc.tuple(among(name, "condition"), fc.boolean(), fc.constantFrom("&&", "||")), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.map(([it, not, by], at) => `${at ? ` ${by} ` : ""}${not ? `!(${it})` : it}`).join(""));
const maybe = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined, freq: 2 });
const seldom = <T>(it: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: it });
const present = <T extends object>(it: T) =>
  Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined));
const words = fc.constantFrom("Firm", "Offer", "lamp", "loud", "word", "Aoba", "Vault", "光", "%", "1", "Person");
const joined = (it: fc.Arbitrary<string>) =>
  fc.uniqueArray(it, { minLength: 1, maxLength: 3 }).map((them) => them.join(","));

const listAsked = entity.chain((name) =>
  fc
    .record({
      filter: maybe(filterOf(name)),
      sort: maybe(joined(fc.tuple(fc.constantFrom("", "-"), among(name, "path")).map((it) => it.join("")))),
      search: seldom(words),
      fields: maybe(joined(among(name, "path").map((it) => it.split(".")[0]!))),
      expand:
        name === "offer"
          ? maybe(often(fc.constantFrom("firm", "owner", "firm.owner.manager"), fc.constant("secret")))
          : maybe(fc.constant(name === "firm" ? "owner" : "manager")),
      count: maybe(fc.constantFrom("exact", "capped", "estimate")),
      limit: maybe(often(fc.constantFrom("1", "2", "5", "500"), fc.constant("0"))),
      trash: often(fc.constantFrom(undefined, "false"), fc.constant("true")),
    })
    .map((query): Asked => {
      return { method: "GET", path: `/api/records/${name}`, query: present(query) as Record<string, string> };
    }),
);
const parts = fc.constantFrom(
  { field: "created_at", by: "day", zone: "Asia/Tokyo" },
  { field: "updated_at", by: "quarter" },
);
const aggregateAsked = entity.chain((name) =>
  fc
    .record({
      group: fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: among(name, "path") }, { weight: 1, arbitrary: parts }), {
        maxLength: 2,
      }),
      measures: fc
        .array(among(name, "measure"), { minLength: 1, maxLength: 2 })
        .map((them) => Object.fromEntries(them.map((it, at) => [`m${at}`, it]))),
      filter: maybe(filterOf(name)),
      sort: maybe(fc.constantFrom("-m0", "m0")),
      search: seldom(words),
    })
    .map((body): Asked => ({ method: "POST", path: `/api/records/${name}/aggregate`, body: present(body) })),
);
const oneAsked = fc
  .tuple(
    fc.constantFrom("offer", "firm", "vault", "user"),
    fc.nat({ max: 31 }),
    fc.constantFrom(
      "",
      "/access",
      "/access",
      "/access",
      "/history",
      "/timeline",
      "?expand=firm",
      "?fields=title,margin",
    ),
  )
  .map(([name, n, rest]): Asked => {
    const kind = { offer: 3, firm: 2, vault: 4, user: 1 }[name];
    return {
      method: "GET",
      path: `/api/records/${name}/0190000${kind}-0000-7000-8000-${n.toString(16).padStart(12, "0")}${rest}`,
    };
  });
const searchAsked = words.map((q): Asked => ({ method: "GET", path: "/api/search", query: { q } }));
const asked = fc.oneof(
  { weight: 6, arbitrary: listAsked },
  { weight: 4, arbitrary: aggregateAsked },
  { weight: 2, arbitrary: oneAsked },
  { weight: 1, arbitrary: searchAsked },
);

/** Of an answer all but what is made anew for each request; of a cursor, that there is one. */
function plain({ status, headers, text }: Answer) {
  const kept = [...headers].filter(([name]) => !["x-request-id", "server-timing", "date"].includes(name));
  return { status, headers: kept, text: text.replace(/"next":"[^"]+"/, '"next":"…"') };
}

/** The answers to a request, and to what its cursors ask next, to three pages. */
async function answersTo(client: Client, { method, path, query, body }: Asked) {
  const answers = [];
  let cursor: string | null | undefined;
  do {
    const given = new URLSearchParams({ ...query, ...(cursor ? { cursor } : {}) });
    const answer = await client.send(method, query ? `${path}?${given}` : path, body ? { body } : {});
    answers.push(plain(answer));
    cursor = answer.json?.next;
  } while (cursor && answers.length < 3);
  return answers;
}

describe.each(readers)("reader $at, who is $roles", (reader) => {
  const timeoutMs = 60_000 + cases * 50;
  test(
    `hears the same in two worlds that differ in what she may not know, ${rounds * perReader} times`,
    async () => {
      for (let round = 0; round < rounds; round++) {
        const chance = stream(seed + round * 100 + reader.at);
        const data = rowsBy(chance);
        const other = differently(data, reader, chance);
        expect(JSON.stringify(other)).not.toBe(JSON.stringify(data));
        await Promise.all([load(worlds[0]!, data), load(worlds[1]!, other)]);
        await fc.assert(
          fc.asyncProperty(asked, async (question) => {
            const [one, two] = await Promise.all(clients.map((them) => answersTo(them[reader.at]!, question)));
            expect(two).toEqual(one);
            for (const { status } of one!) expect(status, JSON.stringify(one)).toBeLessThan(500);
          }),
          { numRuns: perReader, seed: seed + round },
        );
      }
    },
    timeoutMs,
  );

  test("lists the very rows and fields that plain loops find readable", async () => {
    const data = rowsBy(stream(seed - reader.at));
    await load(worlds[0]!, data);
    const client = clients[0]![reader.at]!;
    for (const table of ["firm", "offer", "vault"] as const) {
      const answer = await client.get(`/api/records/${table}?limit=500`);
      const known = [...knowledge(reader, table, data)].filter(([, row]) => row.deleted_at === null);
      if (answer.status === 404) expect(known).toEqual([]);
      else
        expect(new Map(answer.json.items.map(seenOf(table)))).toEqual(
          new Map(known.map(([id, row]) => [id, wantedOf(table, row)])),
        );
    }
  });
});

const compared: Readonly<Record<Table, readonly string[]>> = {
  firm: ["name", "region", "rating", "owner"],
  offer: ["title", "firm", "margin", "note", "stage", "day", "owner"],
  vault: [],
};
const seenOf = (table: Table) => (item: any) =>
  [
    item.id,
    Object.fromEntries(
      compared[table].filter((it) => it in item && !item._masked?.includes(it)).map((it) => [it, item[it]]),
    ),
  ] as const;
const wantedOf = (table: Table, row: Partial<Row>) =>
  Object.fromEntries(compared[table].filter((it) => it in row).map((it) => [it, row[it]]));

describe("without a defence", () => {
  const everything: RowRule = { kind: "all" };
  const stripped: Readonly<Record<string, (access: Access) => Access>> = {
    "the row rule": (access) => changed(access, { rule: () => everything }),
    "the field mask": (access) => changed(access, { readable: () => everything }),
  };
  function changed(access: Access, by: object): Access {
    return { ...access, entity: (name) => access.entity(name) && { ...access.entity(name)!, ...by } };
  }

  async function heard(
    { workspace, clock }: World,
    reader: (typeof readers)[number],
    strip: (access: Access) => Access,
    { path, query, body }: Asked,
  ) {
    const { model } = workspace;
    const principal = { id: users[reader.at]!, name: "", roles: reader.roles, via: "key" } as const;
    const scene: ReadScene = {
      workspace,
      model,
      principal,
      now: clock.now(),
      access: strip(accessOf(model, reader.roles)),
    };
    const name = path.split("/")[3]!;
    const told = body
      ? aggregate(scene, name, body as Record<string, unknown>).then((it) => JSON.stringify(it))
      : list(scene, name, query ?? {});
    return told.then(
      (text) => text.replace(/"next":"[^"]+"/, ""),
      (error: unknown) => String(error),
    );
  }

  async function differences(strip: (access: Access) => Access): Promise<number> {
    let found = 0;
    for (const reader of readers) {
      const chance = stream(seed + reader.at);
      const data = rowsBy(chance);
      await Promise.all([load(worlds[0]!, data), load(worlds[1]!, differently(data, reader, chance))]);
      for (const question of fc.sample(fc.oneof(listAsked, aggregateAsked), { numRuns: 30, seed })) {
        const [one, two] = await Promise.all(worlds.map((it) => heard(it, reader, strip, question)));
        if (one !== two) found += 1;
      }
    }
    return found;
  }

  test.each(Object.keys(stripped))("%s, the same comparison finds differences", async (name) => {
    expect(await differences(stripped[name]!)).toBeGreaterThan(3);
  });

  test("but with all of them it finds none", async () => expect(await differences((access) => access)).toBe(0));
});
