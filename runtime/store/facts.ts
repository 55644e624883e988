import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { flush } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { noteAttached, noteBehaviour } from "./score-notes.ts";
import { noteFacts } from "./segment-notes.ts";

/** Something that has happened to a record. */
export interface Fact {
  readonly id: string;
  readonly type: string;
  readonly entity: string;
  readonly record: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A fact as it is told: about whom, where that is known, and by what it is told apart from others. */
export interface ToldFact {
  readonly type: string;
  /** Nobody yet, or nobody any more: it may be attached later. */
  readonly subject: { readonly entity: string; readonly record: string } | null;
  /** When it happened; it may have been a while ago. */
  readonly at: Date;
  /** Who tells of it, and under which id of theirs. The same is told once. */
  readonly source: string;
  readonly sourceId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What became of a fact that was told. */
export interface Recorded {
  readonly id: string;
  /** It was known already; nothing has come of it now. */
  readonly repeated: boolean;
}

/**
 * Writes facts down, each once by its source and its id there, however often and by however many it is told. Workflows
 * that begin by or wait for one of this type hear of it within the operation. Answers in the order given.
 */
export async function recordFacts(
  tx: Connection,
  scene: Scene,
  told: readonly ToldFact[],
): Promise<readonly Recorded[]> {
  if (told.length === 0) return [];
  const { schema } = scene.workspace;
  await flush(tx, scene);
  const first = new Map<string, ToldFact & { readonly id: string }>();
  for (const one of told) if (!first.has(keyOf(one))) first.set(keyOf(one), { ...one, id: newId(scene.now) });
  const fresh = [...first.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const { rows } = await tx.query(
    `insert into ${schema}._fact (id, type, entity, record, at, received_at, source, source_id, data)
     select f.id, f.type, f.entity, f.record, f.at, $9::timestamptz, f.source, f.source_id, f.data
     from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::jsonb[])
       as f(id, type, entity, record, at, source, source_id, data)
     on conflict (source, source_id) do nothing returning id`,
    [
      fresh.map(({ id }) => id),
      fresh.map(({ type }) => type),
      fresh.map(({ subject }) => subject?.entity ?? null),
      fresh.map(({ subject }) => subject?.record ?? null),
      fresh.map(({ at }) => at),
      fresh.map(({ source }) => source),
      fresh.map(({ sourceId }) => sourceId),
      fresh.map(({ data }) => JSON.stringify(data)),
      scene.now,
    ],
  );
  const made = new Set(rows.map(({ id }: { id: string }) => id));
  const known = [...first.values()].flatMap(({ id, type, subject, at, data }): readonly Fact[] =>
    subject && made.has(id) ? [{ id, type, ...subject, at, data }] : [],
  );
  scene.facts.push(...known);
  noteBehaviour(scene, known);
  noteFacts(scene, known);
  return answers(tx, schema, told, { first, made });
}

const keyOf = ({ source, sourceId }: Pick<ToldFact, "source" | "sourceId">) => JSON.stringify([source, sourceId]);

async function answers(
  tx: Connection,
  schema: string,
  told: readonly ToldFact[],
  { first, made }: { readonly first: ReadonlyMap<string, { readonly id: string }>; readonly made: ReadonlySet<string> },
): Promise<readonly Recorded[]> {
  const old = told.filter((one) => !made.has(first.get(keyOf(one))!.id));
  const known = new Map<string, string>();
  if (old.length > 0) {
    const { rows } = await tx.query(
      `select f.id, f.source, f.source_id from ${schema}._fact f
       join unnest($1::text[], $2::text[]) as u(source, source_id) on u.source = f.source and u.source_id = f.source_id`,
      [old.map(({ source }) => source), old.map(({ sourceId }) => sourceId)],
    );
    for (const { id, source, source_id } of rows) known.set(keyOf({ source, sourceId: source_id }), id);
  }
  const seen = new Set<string>();
  return told.map((one) => {
    const key = keyOf(one);
    const repeated = known.has(key) || seen.has(key);
    seen.add(key);
    return { id: known.get(key) ?? first.get(key)!.id, repeated };
  });
}

/** Takes facts back that somebody has told under these ids. What they have set off is not taken back. */
export async function forgetFacts(
  tx: Connection,
  scene: Scene,
  source: string,
  sourceIds: readonly string[],
): Promise<void> {
  const { rows } = await tx.query(
    `delete from ${scene.workspace.schema}._fact where source = $1 and source_id = any($2::text[]) and record is not null
     returning type, entity, record`,
    [source, sourceIds],
  );
  const gone = rows as Pick<Fact, "type" | "entity" | "record">[];
  noteFacts(scene, gone);
  for (const { entity, record } of gone) noteAttached(scene, entity, record);
}

/**
 * Gives facts that were about nobody known to a record: those that bring along what `data` says. They lie in the past
 * and set off nothing. Answers how many.
 */
export async function attachFacts(
  tx: Connection,
  scene: Scene,
  data: Readonly<Record<string, unknown>>,
  subject: { readonly entity: string; readonly record: string },
): Promise<number> {
  const { rows } = await tx.query(
    `update ${scene.workspace.schema}._fact set entity = $1, record = $2 where record is null and data @> $3::jsonb returning type`,
    [subject.entity, subject.record, JSON.stringify(data)],
  );
  noteFacts(
    scene,
    rows.map(({ type }: { type: string }) => ({ type, ...subject })),
  );
  if (rows.length > 0) noteAttached(scene, subject.entity, subject.record);
  return rows.length;
}
