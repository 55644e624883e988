import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { waitingPlays } from "../../runtime/store/play-job.ts";
import { dailiesTold, waitingCheck } from "../../runtime/store/rollup-check.ts";
import { rollupDrift } from "../../runtime/store/rollups.ts";
import type { Workspace } from "../../runtime/workspace.ts";
import { application, review, totals } from "../fixtures/reviews.ts";
import { brokenRules, collectStatements } from "../fixtures/emitted.ts";
import { listen, type Listening } from "../fixtures/listening.ts";
import { drafted, published, settled } from "../fixtures/stones.ts";
import { world, type World } from "../world.ts";

let here: World;
const collected = collectStatements();
beforeAll(async () => {
  here = await world({ documents: [application(totals), review] });
});
afterAll(() => {
  collected.stop();
  return here.close();
});

const create = async (entity: string, body: unknown) => {
  const answer = await here.admin.post(`/api/records/${entity}`, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.json;
};
const get = async (entity: string, id: string) => (await here.admin.get(`/api/records/${entity}/${id}`)).json;
const change = async (method: string, entity: string, id: string, body?: unknown) => {
  const { version } = await get(entity, id);
  const sending = { body, headers: { "if-match": String(version) } };
  const answer = await here.admin.send(method, `/api/records/${entity}/${id}`, sending);
  expect([200, 204], answer.text).toContain(answer.status);
  return answer;
};
const shown = async (id: string) => {
  const { reviews_n, score_sum, score_avg, twice } = await get("application", id);
  return [reviews_n, score_sum, score_avg, twice].map((it) => (it === null || it === undefined ? null : Number(it)));
};
const drift = () => rollupDrift(here.pool, here.workspace);

const a = { core: 4, experience: 3, leadership: 5, recommended: true };
const b = { core: 2, experience: 2, leadership: 3, recommended: false };

describe("scores of reviews, totalled on their application", () => {
  let one: any;
  let two: any;
  let second: any;

  test("A = 4.25, B = 1.75: count 2, sum 6.00, average 3.00", async () => {
    [one, two] = [await create("application", { name: "One" }), await create("application", { name: "Two" })];
    expect(await shown(one.id)).toEqual([0, 0, null, null]);
    const first = await create("review", { ...a, application: one.id, on: "2026-02-01" });
    second = await create("review", { ...b, application: one.id, on: "2026-02-03" });
    expect([first.score, second.score]).toEqual(["4.25", "1.75"]);
    expect(await shown(one.id)).toEqual([2, 6, 3, 6]);
    expect(await get("application", one.id)).toMatchObject({ best: "4.25", last_on: "2026-02-03", version: 1 });
  });

  test("B deleted: 1, 4.25, 4.25; restored: 2, 6.00, 3.00", async () => {
    const { headers } = await change("DELETE", "review", second.id);
    expect(await shown(one.id)).toEqual([1, 4.25, 4.25, 8.5]);
    expect(await get("application", one.id)).toMatchObject({ last_on: "2026-02-01" });
    const undone = await here.admin.post(`/api/operations/${headers.get("trellis-operation")}/undo`, {});
    expect(undone.status, undone.text).toBe(200);
    expect(await shown(one.id)).toEqual([2, 6, 3, 6]);
  });

  test("B moved to another application: both are right, and undo puts both back", async () => {
    const moved = await change("PATCH", "review", second.id, { application: two.id });
    expect(await shown(one.id)).toEqual([1, 4.25, 4.25, 8.5]);
    expect(await shown(two.id)).toEqual([1, 1.75, 1.75, 3.5]);
    expect((await get("application", two.id)).best ?? null).toBeNull();
    await here.admin.post(`/api/operations/${moved.headers.get("trellis-operation")}/undo`, {});
    expect([await shown(one.id), await shown(two.id)]).toEqual([
      [2, 6, 3, 6],
      [0, 0, null, null],
    ]);
  });

  test("fifty imported in one go give the same totals as fifty saved by hand", async () => {
    const [hand, file] = [await create("application", { name: "Hand" }), await create("application", { name: "File" })];
    const rows = Array.from({ length: 50 }, (_, n) => ({
      core: (n % 5) + 1,
      experience: (n % 3) + 1,
      leadership: (n % 4) + 1,
      recommended: n % 7 === 0,
    }));
    for (const row of rows) await create("review", { ...row, application: hand.id });
    const csv = ["application,core,experience,leadership,recommended"];
    for (const row of rows) csv.push(`File,${row.core},${row.experience},${row.leadership},${row.recommended}`);
    const form = new FormData();
    form.set("file", new File([csv.join("\n")], "reviews.csv", { type: "text/csv" }));
    const columns = { application: { to: "application", match: "name" } };
    const plain = Object.fromEntries(["core", "experience", "leadership", "recommended"].map((it) => [it, it]));
    form.set("plan", JSON.stringify({ entity: "review", columns: { ...columns, ...plain } }));
    await here.work();
    const { json } = await here.admin.send("POST", "/api/imports", { body: form });
    await settled(here, { ...json, json: { operation: json.operation } } as never);
    expect((await here.admin.get(`/api/imports/${json.id}`)).json).toMatchObject({ created: 50, rejected: 0 });
    expect(await shown(file.id)).toEqual(await shown(hand.id));
    expect((await shown(file.id))[0]).toBe(50);
    expect(await drift()).toEqual([]);
  });

  test("a report grouped by application shows the same, and totals are filtered and sorted by", async () => {
    const grouped = await here.admin.post("/api/records/review/aggregate", {
      group: ["application"],
      measures: { n: "count()", total: "sum(score)", mean: "avg(score)" },
    });
    const byName = new Map<string, any>(
      (await here.admin.get("/api/records/application?sort=-score_avg,name")).json.items.map((it: any) => [it.id, it]),
    );
    for (const { application: it, n, total, mean } of grouped.json.rows) {
      const found = byName.get(it.id ?? it);
      expect([found.reviews_n, Number(found.score_sum), Number(found.score_avg)]).toEqual([
        n,
        Number(total),
        Number(mean),
      ]);
    }
    const query = new URLSearchParams({ filter: "score_sum > 5 && reviews_n < 10 && twice == 6", sort: "-best" });
    const { items } = (await here.admin.get(`/api/records/application?${query}`)).json;
    expect(items.map((it: any) => it.name)).toEqual(["One"]);
    const sums = (await here.admin.post("/api/records/application/aggregate", { measures: { all: "sum(reviews_n)" } }))
      .json;
    expect(Number(sums.rows[0].all)).toBe(102);
  });

  test("nobody writes a roll-up, and one that no write could keep is refused with the others' places", async () => {
    const written = await here.admin.post("/api/records/application", { name: "X", reviews_n: 3 });
    expect([written.status, written.json.problems[0].code]).toEqual([422, "field.read_only"]);
    const bad = application({
      ...totals,
      late: {
        $anchor: "fld_late",
        field: "rollup",
        title: "Late",
        of: "reviews",
        measure: "count",
        where: { cel: "on < today" },
      },
      none: { $anchor: "fld_none", field: "rollup", title: "None", of: "review", measure: "count" },
      empty: { $anchor: "fld_empty", field: "rollup", title: "Empty", of: "reviews", measure: "sum" },
      text: {
        $anchor: "fld_text",
        field: "rollup",
        title: "Text",
        of: "reviews",
        measure: "sum",
        value: { cel: "application.name" },
      },
      rateless: {
        $anchor: "fld_rateless",
        field: "rollup",
        title: "Without a rate",
        of: "reviews",
        measure: "unrated",
        value: { cel: "core" },
      },
    });
    const planned = (await here.admin.post(`/api/changes/${await drafted(here, [bad])}/plan`, {})).json;
    expect(planned.problems.map((it: any) => [it.code, it.path])).toEqual([
      ["rollup.reaches", "/entity/application/properties/late/where/cel"],
      ["document.list_unknown", "/entity/application/properties/none/of"],
      ["rollup.value", "/entity/application/properties/empty"],
      ["expression.result", "/entity/application/properties/text/value/cel"],
      ["rollup.currency", "/entity/application/properties/rateless"],
    ]);
  });
});

describe("a roll-up tells of records that its reader may not see", () => {
  const role = (name: string, of: object, fields = {}) => ({
    $schema: "urn:trellis:role:1",
    $id: name,
    $anchor: `role_${name}`,
    title: name,
    entities: { application: { read: "all", export: "all", fields }, ...of },
  });
  const count = { reviews_n: { read: "all" } };
  const roles = [
    role("outsider", {}),
    role("clerk", { review: { read: "all", fields: { core: { read: "none" } } } }),
    role("partly", { review: { read: "all", fields: { core: { read: "own" } } } }),
    role("reader", { review: { read: "own" } }),
    role("chosen", { review: { read: { cel: "recommended == true" } } }),
    role("whole", { review: { read: "all" } }),
    role("told", { review: { read: "own" } }, count),
    role("own_sums", {}, { reviews_n: { read: "own" }, score_sum: { read: "own" } }),
    role("told_alone", {}, count),
    role("denied", { review: { read: "all" } }, { reviews_n: { read: "none" } }),
  ];
  beforeAll(async () => {
    const { id } = (await here.admin.post("/api/changes", { reason: "Roles" })).json;
    for (const body of roles) await here.admin.send("PUT", `/api/documents/role/${body.$id}?change=${id}`, { body });
    expect((await published(here, id)).status).toBe(200);
  });

  test.each([
    ["outsider", false, false, false],
    ["clerk", true, false, false],
    ["partly", true, false, false],
    ["reader", false, false, false],
    ["chosen", false, false, false],
    ["whole", true, true, true],
    ["told", true, false, false],
    ["told_alone", true, false, false],
    ["denied", false, true, true],
  ])("%s: the number of reviews %s, their average %s, a formula over it %s", async (name, ...shows) => {
    const client = await here.user(name, { roles: [name] });
    const [first] = (await client.get("/api/records/application?filter=name=='One'")).json.items;
    expect(["reviews_n", "score_avg", "twice"].map((it) => Object.hasOwn(first, it))).toEqual(shows);
  });

  test("a role that counts all adds them to one that counts some", async () => {
    const client = await here.user("Both", { roles: ["reader", "whole"] });
    expect((await client.get("/api/records/application?filter=name=='One'")).json.items[0]).toMatchObject({
      reviews_n: 2,
    });
  });

  test("A5 no question about it is answered otherwise where only hidden records differ", async () => {
    const client = await here.user("Asking", { roles: ["reader"] });
    const list = (query: Record<string, string>) => `/api/records/application?${new URLSearchParams(query)}`;
    const asked = (id: string) =>
      Promise.all([
        client.get(`/api/records/application/${id}`),
        client.get(list({ sort: "name" })),
        client.get(list({ fields: "name,reviews_n", sort: "name" })),
        client.get(list({ filter: "reviews_n > 2" })),
        client.get(list({ filter: "twice > 6" })),
        client.get(list({ sort: "-score_sum" })),
        client.post("/api/records/application/aggregate", { measures: { n: "sum(reviews_n)", best: "max(best)" } }),
        client.post("/api/records/application/aggregate", { group: ["reviews_n"], measures: { n: "count()" } }),
        client.get(`/api/records/review?${new URLSearchParams({ filter: "application.reviews_n > 2" })}`),
        client.get(`/api/records/application/${id}/history`),
        client.get(`/api/records/application/${id}/timeline`),
        client.get("/api/openapi.json"),
        client.get("/api/model"),
      ]);
    const told = async (id: string) =>
      (await asked(id)).map(({ status, text }) => [status, text.replaceAll(/"request_id":"[^"]*"/g, "")]);
    const { id } = await create("application", { name: "Watched" });
    const before = await told(id);
    await create("review", { ...a, application: id });
    expect(await shown(id)).toEqual([1, 4.25, 4.25, 8.5]);
    expect(await told(id)).toEqual(before);
    expect(before.flat().join()).not.toMatch(/"(reviews_n|score_sum|twice)":/);
  });

  test("A11 who does not read it is not told when it moves; who does is, and of the record's own changes as ever", async () => {
    const ear = async (name: string) => {
      const { id } = await here.user(`Ear ${name}`, { roles: [name] });
      const made = { workspace: "main", user: id, name: "live", roles: null, expiresAt: null, by: here.admin.id };
      const { key } = await createKey(here.pool, made, here.clock.now());
      return listen(here.fetch, { authorization: `Bearer ${key}` });
    };
    const [own, own_sums] = await Promise.all([ear("reader"), ear("own_sums")]);
    const [told, whole] = await Promise.all([ear("told"), ear("whole")]);
    const watched = await create("application", { name: "Listened to" });
    await whole.hears({ type: "changed", id: watched.id });
    const written = await create("application", { name: "Written as well" });
    await create("review", { ...a, application: watched.id });
    await create("review", { ...a, application: written.id });
    await change("PATCH", "application", written.id, { name: "Written" });
    await create("review", { ...a, application: written.id });
    const last = await create("application", { name: "Last" });
    const times = async (listening: Listening, id: string) => {
      await listening.hears({ type: "changed", id: last.id });
      return listening.heard.filter((it) => it.id === id && it.type === "changed").length;
    };
    expect([await times(own, watched.id), await times(own_sums, watched.id)]).toEqual([1, 1]);
    expect([await times(told, watched.id), await times(whole, watched.id)]).toEqual([2, 2]);
    await own.hears({ type: "changed", id: written.id, version: 2 });
    for (const it of [own, own_sums, told, whole]) await it.close();
  });
});

test("a total that stays the same tells of nothing, and one that moves is told alone", async () => {
  const { id } = await create("application", { name: "Still" });
  const early = await create("review", { ...b, application: id, on: "2026-02-01" });
  await create("review", { ...b, application: id, on: "2026-02-03" });
  const told = () => here.sql("select data->'fields' as fields from {ws}._event where record = $1 order by id", [id]);
  const before = await told();
  await change("PATCH", "review", early.id, { on: "2026-02-02" });
  expect(await told()).toEqual(before);
  await change("PATCH", "review", early.id, { on: "2026-02-05" });
  expect((await told()).slice(before.length)).toEqual([{ fields: ["last_on"] }]);
});

describe("roll-ups under change", () => {
  test("one that comes is filled, one whose inputs are others is filled anew, and a rename keeps it", async () => {
    const { twice: _, ...without } = totals;
    const high = {
      $anchor: "fld_high",
      field: "rollup",
      title: "High",
      of: "reviews",
      measure: "count",
      where: { cel: "score > 3" },
    };
    expect((await published(here, await drafted(here, [application({ ...without, high })]))).status).toBe(200);
    const before = (await here.admin.get("/api/records/application?sort=name")).json.items;
    expect(before.some((it: any) => it.high > 0)).toBe(true);
    expect(await drift()).toEqual([]);
    const halved = { ...review.properties.score!, value: { cel: "(core + experience + leadership) / 2" } };
    const rated = { ...review, properties: { ...review.properties, score: halved } };
    expect((await published(here, await drafted(here, [rated]))).status).toBe(200);
    expect(await drift()).toEqual([]);
    const { score: __, ...rest } = rated.properties;
    const renamed = { ...rated, properties: { ...rest, points: halved } };
    const done = await published(here, await drafted(here, [renamed]));
    expect(done.status, done.text).toBe(200);
    expect((await here.admin.get("/api/documents/entity/application")).json.properties.high.where.cel).toBe(
      "points > 3",
    );
    expect(await drift()).toEqual([]);
    for (const version of [done.json.version, done.json.version - 1, done.json.version - 2])
      expect((await settled(here, await here.admin.post(`/api/versions/${version}/undo`, {}))).status).toBe(200);
    expect(await drift()).toEqual([]);
  });

  test("what is stored is what a full count gives, whatever several clients write at a time", async () => {
    const parents = await Promise.all(["P", "Q", "R"].map((name) => create("application", { name })));
    const step = fc.record({
      act: fc.constantFrom("create", "create", "update", "move", "trash", "undo", "several"),
      parent: fc.nat(2),
      which: fc.nat(50),
      core: fc.integer({ min: 0, max: 5 }),
      recommended: fc.boolean(),
    });
    const run = fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 6 }), { minLength: 3, maxLength: 3 }),
      async (clients) => {
        await Promise.all(
          clients.map(async (steps) => {
            const own: string[] = [];
            let last: string | null = null;
            for (const { act, parent, which, core, recommended } of steps) {
              const values = { core, experience: 1, leadership: 2, recommended, application: parents[parent].id };
              const id = own[which % (own.length || 1)];
              const answer: any =
                act === "create" || id === undefined
                  ? await here.admin.post("/api/records/review", values)
                  : act === "several"
                    ? await here.admin.post("/api/records/review", [values, { ...values, core: null }, values])
                    : act === "undo"
                      ? last && (await here.admin.post(`/api/operations/${last}/undo`, {}))
                      : await here.admin.send(act === "trash" ? "DELETE" : "PATCH", `/api/records/review/${id}`, {
                          ...(act === "trash"
                            ? {}
                            : { body: act === "move" ? { application: parents[parent].id } : { core, recommended } }),
                          headers: { "if-match": String((await get("review", id)).version ?? 1) },
                        });
              if (!answer) continue;
              expect(answer.status, answer.text).toBeLessThan(500);
              last = answer.headers.get("trellis-operation") ?? last;
              if (answer.json?.id && act !== "undo") own.push(answer.json.id);
            }
          }),
        );
        expect(await drift()).toEqual([]);
      },
    );
    await fc.assert(run, { numRuns: Number(process.env.TRELLIS_CASES ?? 8) });
  });
});

test("one that comes over many records is filled before the switch, while others write, move, delete and undo", async () => {
  const now = here.clock.now();
  await here.sql(
    `insert into {ws}.review (id, application, core, experience, leadership, recommended, created_at, updated_at, version)
     select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, a.id, n % 5, n % 4, n % 3, n % 2 = 0, $1, $1, 1
     from generate_series(1, 6000) as n join (select id, row_number() over (order by id) as at, count(*) over () as all
       from {ws}.application) as a on a.at = 1 + n % a.all`,
    [now],
  );
  const ids = (await here.sql("select id from {ws}.application order by id")).map(({ id }) => id as string);
  const more = {
    late_n: {
      $anchor: "fld_late_n",
      field: "rollup",
      title: "N",
      of: "reviews",
      measure: "count",
      where: { cel: "core > 1" },
    },
    late_avg: {
      $anchor: "fld_late_avg",
      field: "rollup",
      title: "A",
      of: "reviews",
      measure: "avg",
      value: { cel: "score" },
    },
    late_min: {
      $anchor: "fld_late_min",
      field: "rollup",
      title: "M",
      of: "reviews",
      measure: "min",
      value: { cel: "score" },
    },
  };
  const change = await drafted(here, [application({ ...totals, ...more })]);
  const planned = (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
  expect(planned.changes.map((it: any) => [it.act, it.phase])).toEqual(Array(3).fill(["field.add", "prepare"]));
  let going = true;
  const writers = [0, 1].map(async (own) => {
    for (let at = own; going; at++) {
      const application = ids[at % ids.length];
      const made = await here.admin.post("/api/records/review", {
        application,
        core: at % 6,
        experience: 1,
        leadership: 1,
      });
      expect(made.status, made.text).toBe(201);
      const { id } = made.json;
      const path = `/api/records/review/${id}`;
      const headers = { "if-match": "1" };
      if (at % 4 === 0) await here.admin.patch(path, { application: ids[(at + 1) % ids.length] }, headers);
      if (at % 4 === 1) await here.admin.delete(path, headers);
      if (at % 4 === 2) await here.admin.post(`/api/operations/${made.headers.get("trellis-operation")}/undo`, {});
    }
  });
  const done = await published(here, change);
  going = false;
  await Promise.all(writers);
  expect(done.status, JSON.stringify(done.json)).toBe(200);
  // The rows that came behind the engine's back are missing in the older totals, and that is told.
  const drifted = (await drift()).map(({ field }) => field);
  expect(drifted.filter((field) => field.startsWith("late_"))).toEqual([]);
  expect(drifted).toContain("reviews_n");
  const [row] = await here.sql("select sum(late_n)::int as n from {ws}.application");
  expect(row.n).toBeGreaterThan(3000);
});

test("what came behind the engine's back is found once a day, told in the bell and mended", async () => {
  const { rollups } = (await here.admin.get("/api/doctor")).json;
  expect(rollups).toContainEqual(expect.objectContaining({ entity: "application", field: "reviews_n" }));
  here.clock.set(new Date(here.clock.now().getTime() + 2 * 86_400_000));
  await expect
    .poll(async () => (await here.admin.get("/api/notifications")).json.items.map((it: any) => it.body).join(), {
      timeout: 60_000,
    })
    .toContain("application.reviews_n: ");
  const mended = await here.admin.post("/api/doctor/mend", {});
  expect(mended.json.mended.length).toBeGreaterThan(0);
  expect((await here.admin.get("/api/doctor")).json).toMatchObject({ rollups: [], findings: [] });
  const reader = await here.user("Mio", { roles: ["reader"] });
  expect((await reader.get("/api/doctor")).status).toBe(403);
});

test("what is asked of operations each second is found among those of the background, however many people have done", async () => {
  await here.sql(
    `insert into {ws}._operation (id, kind, status, at)
     select gen_random_uuid(), 'edit', 'done', $1::timestamptz from generate_series(1, 20000)`,
    [here.clock.now()],
  );
  await here.sql("analyze {ws}._operation");
  const plans: string[] = [];
  const { schema, model, pool } = here.workspace;
  const explaining = {
    query: async (text: string, values: readonly unknown[] = []) => {
      const { rows } = await pool.query(`explain ${text}`, [...values]);
      plans.push(rows.map((it) => it["QUERY PLAN"]).join("\n"));
      return pool.query(text, [...values]);
    },
  };
  const looking = { schema, model, pool: explaining } as unknown as Workspace;
  await waitingCheck(looking, here.clock.now());
  await waitingPlays(looking);
  await dailiesTold(looking);
  expect(plans).toHaveLength(3);
  for (const plan of plans) expect(plan).not.toContain("Seq Scan");
});

test("every statement that keeps roll-ups is written in the one style", () => {
  // The statements of a switch go out in one message, and rows that people write travel together: see `inOrder`, `commit`.
  const all = [...new Set(collected.emitted.flatMap(({ sql }) => sql.split("; ")))];
  const keeping = all.filter((sql) => sql.includes("score_avg_count") && !sql.startsWith("with p0"));
  expect(keeping.length).toBeGreaterThan(3);
  expect(keeping.flatMap((sql) => brokenRules(sql).map((rule) => `${rule}: ${sql}`))).toEqual([]);
});
