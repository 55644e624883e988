import { standsAt, type OutgoingEffect } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Performer } from "../effects/performer.ts";
import { newId } from "../id.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import type { Moved } from "./run.ts";

/** What runs ask for outside: rows of the outbox, written with the step. */
export const outgoing: Performer<OutgoingEffect> = {
  parts: (_tx, scene, entity, asked) =>
    outgoingRows(
      scene,
      entity,
      asked.map(({ effect, move, ordinal, at }) => ({
        effect,
        at,
        key: `${move.run}:${move.revision}:${ordinal}`,
        run: move.run,
        record: move.record,
      })),
    ),
};

/** One thing that shall be done outside. `after` is the row that must be done before it. */
interface Row {
  readonly id?: string;
  readonly key: string;
  readonly effect: OutgoingEffect;
  readonly run: string;
  readonly record: string;
  readonly after?: string | undefined;
  /** Not before; without it at once. */
  readonly at?: Date | undefined;
}

/** How often what leaves the house is tried. */
export const triesMost = 10;

/** A move that was undone and is made again has its revision again: what it asks for is another thing then. */
function outgoingRows(scene: Scene, entity: string, rows: readonly Row[]): readonly Part[] {
  const { workspace, model, now, operation, lane = "normal" } = scene;
  if (rows.length === 0) return [];
  const sql = `insert into ${workspace.schema}._effect
      (id, key, kind, wire, lane, repeats, tries, run, entity, record, type, operation, asked, after,
       at, status, attempts, due_at)
    select r.id, case when exists (select from ${workspace.schema}._effect e where e.key = r.key) then r.key || ':' || $12::text else r.key end,
      r.kind, r.wire, $13::text, r.repeats, r.tries, r.run, $8::text, r.record, r.type, ($12::text)::uuid, r.asked, r.after,
      $14::timestamptz, 'waiting', 0, r.due_at
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::uuid[], $9::uuid[], $10::text[], $11::jsonb[], $15::uuid[], $16::timestamptz[])
      as r(id, key, kind, wire, repeats, tries, run, record, type, asked, after, due_at)`;
  const parameters = [
    rows.map(({ id }) => id ?? newId(now)),
    rows.map(({ key }) => key),
    rows.map(({ effect }) => effect.do),
    rows.map(({ effect }) => wireOf(scene, effect)),
    rows.map(({ effect }) => effect.repeats),
    rows.map(({ effect }) => effect.tries ?? triesMost),
    rows.map(({ run }) => run),
    model.entities.get(entity)?.anchor ?? entity,
    rows.map(({ record }) => record),
    rows.map(({ effect }) => effect.name ?? effect.do),
    rows.map(({ effect }) => JSON.stringify(effect)),
    operation,
    lane,
    now,
    rows.map(({ after }) => after ?? null),
    rows.map(({ at }) => (at ?? now).toISOString()),
  ];
  return [{ sql, parameters }];
}

/** To whom something goes: the anchor of its connection, the origin of its address, else the house itself. */
function wireOf({ model }: Scene, { params }: OutgoingEffect): string {
  const { connection, url } = params;
  const document = typeof connection === "string" ? model.connections.get(connection) : undefined;
  if (document) return document.$anchor;
  return typeof url === "string" && URL.canParse(url) ? new URL(url).origin : "house";
}

interface Done {
  readonly id: string;
  readonly key: string;
  readonly asked: OutgoingEffect;
  readonly output: unknown;
}

/**
 * Takes back what a run has done outside by now, the last first; each waits for the one before. What has not been tried
 * yet is withdrawn.
 */
export async function takeBackParts(
  tx: Connection,
  scene: Scene,
  entity: string,
  move: Moved,
): Promise<readonly Part[]> {
  const { run, record } = move;
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select d.id, d.key, d.asked, d.output from ${schema}._effect d
     where d.run = $1 and d.status = 'delivered' and d.asked->'undo' is not null
       and not exists (select from ${schema}._effect u where u.key = d.key || ':undo')
     order by d.tried_at desc, d.id desc`,
    [run],
  );
  const back: Row[] = [];
  for (const { key, asked, output } of rows as Done[])
    back.push({
      id: newId(scene.now),
      key: `${key}:undo`,
      effect: undoOf(asked, output),
      run,
      record,
      after: back.at(-1)?.id,
    });
  const withdrawn: Part = {
    sql: `update ${schema}._effect set status = 'skipped', error = 'withdrawn'
      where run = $1::uuid and status = 'waiting' and attempts = 0 and lease_until is null`,
    parameters: [run],
  };
  return [withdrawn, ...outgoingRows(scene, entity, back)];
}

const repeatable: ReadonlySet<unknown> = new Set(["GET", "PUT", "DELETE"]);

function undoOf({ name, undo = {}, ...effect }: OutgoingEffect, output: unknown): OutgoingEffect {
  const params = filled(undo, output) as OutgoingEffect["params"];
  return { do: effect.do, name, repeats: repeatable.has(params.method) ? "idempotent" : "unsafe", params };
}

/** Texts in which places of an output, written as `{/order/id}`, are filled in; in addresses as one part of a path. */
function filled(value: unknown, output: unknown): unknown {
  if (typeof value === "string")
    return value.replaceAll(/\{(\/[^{}]*)\}/g, (_, place: string) => {
      const found = standsAt(output, place);
      return found === undefined || found === null ? "" : encodeURIComponent(String(found));
    });
  if (Array.isArray(value)) return value.map((item) => filled(item, output));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, output)]));
}

/** What an operation that is undone has asked for and nobody has tried yet is not done. */
export function undoneEffects(schema: string, operation: string, runs: readonly string[]): Part {
  return {
    sql: `update ${schema}._effect set status = 'skipped', error = 'undone'
      where operation = $1::uuid and run = any($2::uuid[]) and status = 'waiting' and lease_until is null`,
    parameters: [operation, runs],
  };
}
