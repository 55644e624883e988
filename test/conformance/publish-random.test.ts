import { randomInt } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "engine";
import { systemTables } from "engine/sql";
import type { AnyDocument, EntityDocument, Property } from "schemas";
import { createWorkspace, migrate } from "../../runtime/database/migrate.ts";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { newId } from "../../runtime/id.ts";
import { publish } from "../../runtime/store/publish.ts";
import { resumePublish, waitingPublishes } from "../../runtime/store/publish-resume.ts";
import { Workspace } from "../../runtime/workspace.ts";
import { catalogue, contents } from "../fixtures/catalogue.ts";
import { freshDatabase } from "../world.ts";

/** As many random changes as `TRELLIS_CASES` says; a few in a normal run. */
const cases = Number(process.env.TRELLIS_CASES ?? 4);
const now = new Date("2026-03-02T09:00:00.000Z");

const kinds: readonly Omit<Property, "$anchor" | "title">[] = [
  { field: "text" },
  { field: "integer" },
  { field: "decimal" },
  { field: "boolean" },
  { field: "date" },
  { field: "money" },
  { field: "reference", to: "rock" },
  {
    field: "select",
    choices: [
      { value: "1", title: "One" },
      { value: "2", title: "Two" },
      { value: "x", title: "X" },
    ],
  },
  {
    field: "multi_select",
    choices: [
      { value: "1", title: "One" },
      { value: "2", title: "Two" },
    ],
  },
];

/** One field of a random entity: identity, what it is called, and what it holds. */
const field = fc.record({
  anchor: fc.constantFrom("fld_a", "fld_b", "fld_c", "fld_d"),
  name: fc.constantFrom("alpha", "beta", "gamma", "delta", "epsilon"),
  kind: fc.constantFrom(...kinds),
  unique: fc.boolean(),
  required: fc.boolean(),
});
const entity = fc.record({
  name: fc.constantFrom("rock", "rock", "rock", "pebble"),
  fields: fc.uniqueArray(field, { maxLength: 4, selector: ({ anchor }) => anchor }),
  there: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  online: fc.boolean(),
});

function documentsOf({ name, fields, there }: { name: string; fields: readonly any[]; there: boolean }): AnyDocument[] {
  if (!there) return [];
  const named = [...new Map(fields.map((it) => [it.name, it])).values()];
  const properties = named.map(({ anchor, name: called, kind, unique }): [string, Property] => {
    const target = kind.to === undefined ? {} : { to: name };
    const only = unique && ["text", "integer"].includes(kind.field) ? { unique: true } : {};
    return [called, { $anchor: anchor, title: called, ...kind, ...target, ...only }];
  });
  return [
    {
      $schema: "urn:trellis:entity:1",
      $id: name,
      $anchor: "ent_rock",
      type: "object",
      title: "Rock",
      properties: { label: { $anchor: "fld_label", field: "text", title: "Label" }, ...Object.fromEntries(properties) },
      required: named.filter(({ required, kind }) => required && kind.field === "text").map((it) => it.name),
    } as EntityDocument,
  ];
}

let pool: Pool;
let url: string;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  pool = openPool(url, () => undefined);
  await migrate(pool, now);
});
afterAll(async () => {
  await pool.end();
  await drop();
});

async function workspaceOf(name: string, on = pool): Promise<Workspace> {
  const workspace = new Workspace(name, await createWorkspace(on, name, systemTables, now), on);
  await workspace.refresh();
  return workspace;
}

const live = (workspace: Workspace, documents: readonly AnyDocument[], online: boolean) =>
  publish(workspace, { documents, reason: "", author: null, now, ...(online ? { largeRows: 0 } : {}) });

/** Gives every column of the entity's rows something to lose. */
async function fill(workspace: Workspace): Promise<void> {
  const found = [...workspace.model.entities.values()].find(({ anchor }) => anchor === "ent_rock");
  if (!found) return;
  const table = `${workspace.schema}."${found.name}"`;
  const { rows } = await pool.query(`select count(*)::int as n from ${table}`);
  const columns = [...found.fields.values()].filter(({ system }) => !system);
  for (let at = rows[0].n; at < 8; at++) {
    const given = columns.flatMap((it) =>
      Object.entries(it.columns).map(([name, type]) => [name, chosen(it.property, at) ?? sample(type, at)]),
    );
    const all: [string, unknown][] = [
      ["id", newId(now)],
      ["created_at", now],
      ["updated_at", now],
      ["version", 1],
      ...(given as [string, unknown][]),
    ];
    await pool.query(
      `insert into ${table} (${all.map(([name]) => `"${name}"`).join()}) values (${all.map((_, n) => `$${n + 1}`).join()})`,
      all.map(([, value]) => value),
    );
  }
}

/** What a list of choices holds is one of them. */
function chosen({ field: type, choices }: { field: string; choices?: unknown }, at: number): string | undefined {
  const values = (type === "select" ? (choices as readonly { value: string }[]) : undefined) ?? [];
  return values.length > 0 ? values[at % values.length]?.value : undefined;
}

function sample(type: string, at: number): unknown {
  const by: Record<string, unknown> = {
    text: ["1", "2", "x", "2026-01-05", "true", "12.5", "", "one"][at % 8],
    bigint: at + 1,
    integer: at,
    numeric: `${at}.5`,
    boolean: at % 2 === 0,
    date: "2026-04-30",
    "char(3)": "EUR",
    "text[]": ["1"],
  };
  return by[type] ?? null;
}

const liveTables = (workspace: Workspace) =>
  [...workspace.model.entities.values()].filter(({ system }) => !system).map(({ name }) => name);

/** The catalogue that the published documents ask for, made in one go where nothing stood before. */
async function wanted(documents: readonly AnyDocument[]): Promise<readonly string[]> {
  const name = `w${randomInt(1_000_000_000)}`;
  const fresh = await workspaceOf(name);
  await live(fresh, documents, false);
  const said = await catalogue(pool, fresh.schemaName);
  await pool.query(`drop schema ${fresh.schema} cascade`);
  return said;
}

describe("random changes", () => {
  test("are taken back to the very schema and the very data", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entity, { minLength: 2, maxLength: 4 }), async (states) => {
        const workspace = await workspaceOf(`w${randomInt(1_000_000_000)}`);
        for (const state of states) {
          const standing = workspace.model.documents;
          await fill(workspace);
          const before = {
            schema: await catalogue(pool, workspace.schemaName),
            data: await contents(pool, workspace.schemaName, liveTables(workspace)),
          };
          const there = await live(workspace, documentsOf(state), state.online).catch(refusedOnly);
          if (there) await live(workspace, standing, state.online);
          expect(await catalogue(pool, workspace.schemaName)).toEqual(before.schema);
          expect(await contents(pool, workspace.schemaName, liveTables(workspace))).toEqual(before.data);
          await live(workspace, documentsOf(state), state.online).catch(refusedOnly);
          expect(await catalogue(pool, workspace.schemaName)).toEqual(await wanted(workspace.model.documents));
        }
        await pool.query(`drop schema ${workspace.schema} cascade`);
      }),
      { numRuns: cases },
    );
  });

  test("of a process that dies anywhere end with catalogue and metadata in agreement", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entity, { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 1, max: 60 }),
        async (states, life) => {
          const workspace = await workspaceOf(`w${randomInt(1_000_000_000)}`);
          for (const state of states) {
            await fill(workspace);
            await dying(workspace.name, life, documentsOf(state), state.online);
            await pool.query(`update ${workspace.schema}._publish set lease_until = '2000-01-01'`);
            for (const id of await waitingPublishes(workspace)) await resumePublish(workspace, { now: () => now }, id);
            await workspace.refresh();
            expect((await pool.query(`select 1 from ${workspace.schema}._publish`)).rows).toEqual([]);
            expect(await catalogue(pool, workspace.schemaName)).toEqual(await wanted(workspace.model.documents));
          }
          await pool.query(`drop schema ${workspace.schema} cascade`);
        },
      ),
      { numRuns: cases },
    );
  });
});

function refusedOnly(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
}

class Dead extends Error {}

/** Publishes from a process that may speak to the database `life` times; then its connections are gone. */
async function dying(name: string, life: number, documents: readonly AnyDocument[], online: boolean): Promise<void> {
  const own = openPool(url, () => undefined);
  let left = Infinity;
  const limited = new Proxy(own, {
    get(target, key) {
      if (key === "query") return (...given: unknown[]) => speak(target, given);
      if (key === "connect")
        return async () => {
          const connection = await target.connect();
          const query = connection.query.bind(connection) as (...given: unknown[]) => Promise<unknown>;
          const release = connection.release.bind(connection);
          return Object.assign(Object.create(connection), {
            query: async (...given: unknown[]) => {
              if ((left -= 1) < 0) throw new Dead();
              return query(...given);
            },
            release: () => release(left < 0),
          });
        };
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as Pool;
  const speak = async (target: Pool, given: unknown[]) => {
    if ((left -= 1) < 0) throw new Dead();
    return (target.query as (...given: unknown[]) => Promise<unknown>)(...given);
  };
  const workspace = await workspaceOf(name, limited);
  left = life;
  try {
    await live(workspace, documents, online);
  } catch (error) {
    if (!(error instanceof Problem) && !(error instanceof Dead)) throw error;
  }
  left = -1;
  await own.end();
}
