import {
  personAddress,
  addressOf,
  erasedValues,
  erasedWith,
  knownBy,
  problem,
  type Entity,
  type Erasing,
  type PlannedWrite,
  type Values,
} from "engine";
import { identifier } from "engine/sql";
import type { Clock } from "../clock.ts";
import { transaction } from "../database/begin.ts";
import type { Connection, Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { insertEvents } from "./chronicle.ts";
import { commit } from "./commit.ts";
import { countsOf, stepsOf, type Erased } from "./erase-steps.ts";
import { sharing } from "./model-lock.ts";
import { operate, type Scene } from "./operation.ts";
import { getRecord, type ReadScene } from "./read.ts";
import { isId } from "./records.ts";
import { dailyParts } from "./daily.ts";
import { noteRollups } from "./rollups.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { noteScores } from "./score-notes.ts";
import { noteSegments } from "./segment-notes.ts";
import { addressHash, suppress } from "./suppressions.ts";
import { rowParts } from "./write.ts";

/** A record that is erased with a person, and what becomes of it. */
interface Along {
  readonly entity: Entity;
  readonly record: Values;
  readonly does: Erasing;
}

/** The entity of a name whose records are about people. */
export function personEntity({ model, access }: Pick<ReadScene, "model" | "access">, name: string): Entity {
  const entity = access.entity(name) && model.entities.get(name);
  if (!entity) throw problem("entity.unknown", { entity: name });
  if (!personAddress(entity)) throw problem("person.none", { entity: name });
  return entity;
}

/** The person and the records that go or are emptied with her, the trash included. `loose` locks nothing. */
export async function alongOf(tx: Connection, scene: Scene, entity: Entity, id: string, loose: boolean) {
  const own = isId(id)
    ? await lockRecords(tx, scene, entity, { ids: [id], trash: "with", loose })
    : new Map<string, Values>();
  const person = own.get(id);
  if (!person) throw problem("record.missing", { entity: entity.name });
  const found = new Map<string, Along>([[id, { entity, record: person, does: "person" }]]);
  let level: readonly Along[] = [...found.values()];
  while (level.length > 0) {
    const next: Along[] = [];
    for (const [to, them] of Map.groupBy(level, (it) => it.entity.name))
      for (const by of erasedWith(scene.model, to)) {
        if (by.does === "kept") continue;
        const ids = them.map(({ record }) => String(record.id));
        const column = identifier(Object.keys(by.field.columns).at(-1) ?? "");
        const { rows } = await tx.query(
          `select id from ${scene.workspace.schema}.${identifier(by.entity.name)} where ${column} = any($1::uuid[])`,
          [ids],
        );
        const fresh = rows.map(({ id: one }: { id: string }) => one).filter((one: string) => !found.has(one));
        const records = await lockRecords(tx, scene, by.entity, { ids: fresh, trash: "with", loose });
        for (const [one, record] of records) {
          const along: Along = { entity: by.entity, record, does: by.does };
          found.set(one, along);
          next.push(along);
        }
      }
    level = next;
  }
  return [...found.values()];
}

const isGone = ({ does }: Pick<Along, "does">) => does === "person" || does === "goes";

/** By what a person and what hangs on her is found in the engine's own tables. */
export async function erasedOf(workspace: Workspace, entity: Entity, along: readonly Along[]): Promise<Erased> {
  const { schema, schemaName, model } = workspace;
  const person = along.find(({ does }) => does === "person")!;
  const known = knownBy(entity, person.record);
  const numbers = known.phones.map((it) => addressOf("phone", it));
  const hashes = await Promise.all([
    ...known.emails.map(async (it) => [it, await addressHash(workspace, "email", it)] as const),
    ...numbers.map(async (it) => [it, await addressHash(workspace, "phone", it)] as const),
  ]);
  return {
    ...{ schema, schemaName, model, entity },
    records: along.map(({ record }) => String(record.id)),
    gone: along.filter(isGone).map(({ record }) => String(record.id)),
    known: {
      ...known,
      numbers,
      proofs: Object.fromEntries(hashes.map(([address, hash]) => [address, `erased:${hash.toString("hex")}`])),
    },
  };
}

/** What erasing a person would do: how much of each kind goes, what is emptied, what is kept and names her no more. */
export async function previewErasure(scene: ReadScene, name: string, id: string) {
  const { workspace, principal, now } = scene;
  const entity = personEntity(scene, name);
  await getRecord(scene, name, id, { fields: "id" });
  const standing = await erasureOf(workspace.pool, workspace.schema, id);
  const told = { kind: "look", title: "Look at an erasure", now, operation: newId(now), unbounded: true };
  const { result } = await operate(workspace, principal, told, async (tx, at) => {
    const along = await alongOf(tx, at, entity, id, true);
    const erased = await erasedOf(workspace, entity, along);
    return {
      along,
      goes: await countsOf(tx, erased),
      kept: await keptOf(tx, erased),
      proofs: await proofsOf(tx, erased),
    };
  });
  const counted = (does: Erasing) =>
    [
      ...Map.groupBy(
        result.along.filter((it) => it.does === does),
        (it) => it.entity.name,
      ),
    ].map(([of, them]) => ({
      entity: of,
      records: them.length,
    }));
  return {
    erasure: standing ?? null,
    goes: { ...result.goes, records: counted("goes") },
    emptied: counted("emptied"),
    kept: { records: result.kept, consents: result.proofs },
  };
}

/** Records that point at her and are kept, by their entities. */
async function keptOf(db: Queryable, { schema, model, entity, records }: Erased) {
  const kept: { entity: string; records: number }[] = [];
  for (const { entity: of, field, does } of erasedWith(model, entity.name)) {
    if (does !== "kept") continue;
    const column = identifier(Object.keys(field.columns).at(-1) ?? "");
    const { rows } = await db.query(
      `select count(*)::integer as n from ${schema}.${identifier(of.name)} where ${column} = any($1::uuid[])`,
      [records],
    );
    if (rows[0].n > 0) kept.push({ entity: of.name, records: rows[0].n });
  }
  return kept;
}

async function proofsOf(db: Queryable, { schema, records, known }: Erased): Promise<number> {
  const { rows } = await db.query(
    `select count(*)::integer as n from ${schema}._consent where record = any($1::uuid[]) or address = any($2::text[])`,
    [records, Object.keys(known.proofs)],
  );
  return rows[0].n;
}

/** How far the erasure of a record's person is; nothing where there was none. */
async function erasureOf(db: Queryable, schema: string, id: string) {
  const { rows } = await db.query(
    `select id, status, counts, at, finished_at from ${schema}._erasure where record::text = $1 order by at desc limit 1`,
    [id],
  );
  return rows[0] as {
    id: string;
    status: string;
    counts: Record<string, number>;
    at: string;
    finished_at: string | null;
  };
}

/**
 * Erases a person. Her record and what goes with it are emptied and in the trash when this answers, and nothing is sent to
 * her any more; what is kept of her elsewhere is taken by a worker, batch by batch, and another one goes on where it dies.
 * It is no operation that anybody can undo.
 */
export async function beginErasure(scene: ReadScene, name: string, id: string): Promise<{ readonly id: string }> {
  const { workspace, principal, now } = scene;
  const entity = personEntity(scene, name);
  await getRecord(scene, name, id, { fields: "id" });
  const erasure = newId(now);
  const told = { kind: "erase", title: "Erase a person", now, bulk: true, unbounded: true };
  await operate(workspace, principal, told, async (tx, at) => {
    const along = await alongOf(tx, at, entity, id, false);
    if (await erasureOf(tx, workspace.schema, id)) throw problem("person.erased", {});
    const erased = await erasedOf(workspace, entity, along);
    await emptyRecords(tx, at, along);
    await keepAway(tx, workspace, erased, now);
    await tx.query(
      `insert into ${workspace.schema}._erased (record, erasure, entity, does)
       select e.record, $1::uuid, e.entity, e.does from unnest($2::uuid[], $3::text[], $4::text[]) as e(record, entity, does)
       on conflict (record) do nothing`,
      [
        erasure,
        along.map(({ record }) => record.id),
        along.map((it) => it.entity.anchor),
        along.map(({ does }) => does),
      ],
    );
    await tx.query(
      `insert into ${workspace.schema}._erasure (id, entity, record, operation, status, known, by, at)
       values ($1, $2, $3, $4, 'queued', $5, $6, $7)`,
      [erasure, entity.anchor, id, at.operation, JSON.stringify(erased.known), principal.id, now],
    );
  });
  return { id: erasure };
}

/** Her records hold nothing of her from here on. No history is written: that would keep what goes. */
async function emptyRecords(tx: Connection, scene: Scene, along: readonly Along[]): Promise<void> {
  const writes = along.map(({ entity, record, does }): PlannedWrite => {
    const values = erasedValues(entity, record, does);
    const after = {
      ...record,
      ...values,
      version: Math.max(Number(record.version), Number(record._highest ?? 0)) + 1,
      updated_at: scene.now.toISOString(),
      ...(isGone({ does }) ? { deleted_at: record.deleted_at ?? scene.now.toISOString() } : {}),
    };
    const names = [...Object.keys(values), ...(isGone({ does }) ? ["deleted_at"] : []), "updated_at"];
    const changed = names.flatMap((field) => entity.fields.get(field) ?? []);
    const act = isGone({ does }) && (record.deleted_at ?? null) === null ? "trash" : "update";
    return { act, entity: entity.name, id: String(record.id), before: record, after, record: after, changed };
  });
  const rows = [...Map.groupBy(writes, (it) => it.entity)].flatMap(([of, them]) =>
    rowParts(scene, entityOf(scene, of), them),
  );
  const events = insertEvents(
    scene,
    writes.map(({ entity, id, act, record }) => ({
      ...{ entity, record: id, type: act === "trash" ? "record.trashed" : "record.updated" },
      ...{ version: Number(record.version), data: null },
    })),
  );
  await commit(tx, [...rows, ...events, ...dailyParts(scene, writes)], scene.model);
  scene.written.rows += writes.length;
  noteRollups(scene, writes, new Map());
  noteSegments(scene, writes, new Map());
  noteScores(scene, writes);
}

/** Nothing goes to her addresses any more, and no import brings a consent of theirs back: their hashes stay. */
async function keepAway(tx: Connection, workspace: Workspace, { known }: Erased, now: Date): Promise<void> {
  await suppress(tx, workspace, { channel: "email", addresses: known.emails, reason: "erased", now });
  await suppress(tx, workspace, { channel: "phone", addresses: known.numbers, reason: "erased", now });
}

/** Erasures that nobody works on. */
export async function waitingErasures({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select id from ${schema}._erasure where status = 'queued' or (status = 'running' and lease_until < clock_timestamp()) order by at`,
  );
  return rows.map(({ id }: { id: string }) => id);
}

const lease = "clock_timestamp() + interval '30 seconds'";

interface Row {
  readonly entity: string;
  readonly known: Erased["known"];
  readonly step: number;
}

/** Goes on with an erasure from the step that it has come to; each batch holds for itself. */
export async function workOnErasure(
  workspace: Workspace,
  clock: Clock,
  id: string,
  stopping: AbortSignal,
): Promise<void> {
  const { pool, schema, schemaName } = workspace;
  const { rows } = await pool.query(
    `update ${schema}._erasure set status = 'running', lease_until = ${lease}
     where id = $1 and (status = 'queued' or (status = 'running' and lease_until < clock_timestamp())) returning entity, known, step`,
    [id],
  );
  const row = rows[0] as Row | undefined;
  if (!row) return;
  const erased = await pool.query(`select record, does from ${schema}._erased where erasure = $1`, [id]);
  const records = erased.rows as { record: string; does: Erasing }[];
  for (let step = row.step; ;) {
    const { model } = workspace;
    const entity = [...model.entities.values()].find(({ anchor }) => anchor === row.entity);
    const what = entity && {
      ...{ schema, schemaName, model, entity, known: row.known },
      records: records.map(({ record }) => record),
      gone: records.filter(isGone).map(({ record }) => record),
    };
    const next = what && stepsOf(what)[step];
    if (!next) return finish(workspace, id, clock.now());
    if (stopping.aborted) return;
    const taken = await transaction(
      pool,
      "bulk",
      async (tx) => {
        const some = await next.some(tx, what);
        await tx.query(
          `update ${schema}._erasure set step = $2, lease_until = ${lease},
             counts = counts || jsonb_build_object($3::text, coalesce((counts ->> $3)::integer, 0) + $4::integer) where id = $1`,
          [id, some === 0 ? step + 1 : step, next.name, some],
        );
        return some;
      },
      sharing(workspace),
    );
    if (taken === 0) step++;
  }
}

/** By what she was known goes last. */
async function finish({ pool, schema }: Workspace, id: string, now: Date): Promise<void> {
  await pool.query(
    `update ${schema}._erasure set status = 'done', known = null, finished_at = $2, lease_until = null where id = $1`,
    [id, now],
  );
}
