import {
  dateReached,
  dayIn,
  holds,
  problem,
  segmentsIn,
  segmentsOn,
  watchesOn,
  withFormulas,
  type Entity,
  type Model,
  type ReadSegment,
  type Values,
  type Watch,
} from "engine";
import { segmentSql, writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { flush } from "./commit.ts";
import { recordFacts } from "./facts.ts";
import type { Scene } from "./operation.ts";
import { ask, entityOf, rowsOf, shaped, targetOf } from "./rows.ts";
import { concerns, type NotedRow } from "./segment-notes.ts";
import { perSegment, tallySegments } from "./segment-tally.ts";

/** Somebody who comes into a segment or goes. */
interface Flip {
  readonly segment: ReadSegment;
  readonly record: string;
  readonly change: "enter" | "leave";
  readonly cause: string;
  /** The record is no more: nobody needs to be told. */
  readonly gone?: boolean;
  /** It is known that the write has turned it, and no publish. */
  readonly sure?: boolean;
}

const workingOf = ({ model, workspace }: Scene): segmentSql.Working => ({ model, schema: workspace.schema });

/**
 * Keeps segments up to date with what an operation has done, in its transaction. Those that hang on plain fields of the
 * record alone are told apart by its values as they were and are; of the others, the records concerned are locked and
 * looked at. Whoever comes or goes is a fact.
 */
export async function keepSegments(tx: Connection, scene: Scene): Promise<void> {
  const rows = [...scene.segments.rows.values()];
  scene.segments.rows.clear();
  const flips: Flip[] = [...plainFlips(scene, rows)];
  await noteConcerned(tx, scene, rows);
  if (flips.length === 0 && scene.segments.looks.size === 0) return;
  await flush(tx, scene);
  await writeFlips(tx, scene, flips);
  for (const segment of segmentsIn(scene.model)) {
    const asked = scene.segments.looks.get(segment.anchor);
    if (!asked) continue;
    scene.segments.looks.delete(segment.anchor);
    await writeFlips(tx, scene, await look(tx, scene, segment, asked));
  }
}

/** Who comes and goes of segments that hang on the record alone. */
function plainFlips(scene: Scene, rows: readonly NotedRow[]): readonly Flip[] {
  const { model, now } = scene;
  const moment = { now: now.toISOString(), today: dayIn(model.workspace.time_zone, now) };
  return rows.flatMap((row) => {
    const { entity: name, id, was, is } = row;
    const touched = is ? plainTouched(model, row) : [];
    if (touched.length === 0) return [];
    const entity = entityOf(scene, name);
    const seen = (record: Values | undefined) =>
      record && (record.deleted_at ?? null) === null ? withFormulas(model, entity, { record, ...moment }) : undefined;
    const [then, after] = [seen(was), seen(is)];
    const member = ({ clauses: [clause] }: ReadSegment, environment: ReturnType<typeof seen>) =>
      environment !== undefined && clause?.kind === "where" && holds(clause.where, environment);
    return touched.flatMap((segment): readonly Flip[] => {
      const [left, comes] = [member(segment, then), member(segment, after)];
      if (left === comes) return [];
      return [
        { segment, record: id, change: comes ? "enter" : "leave", cause: "write", gone: row.gone === true, sure: true },
      ];
    });
  });
}

/** The segments on whose plain fields a write bears. */
function plainTouched(model: Model, row: NotedRow): readonly ReadSegment[] {
  const touched = watchesOn(model, row.entity).filter(
    (it) => it.segment.plain && it.chain.length === 0 && concerns(it, row),
  );
  return [...new Set(touched.map(({ segment }) => segment))];
}

/** Which records of other segments the writes concern: those themselves, and those that hang on them. */
async function noteConcerned(tx: Connection, scene: Scene, rows: readonly NotedRow[]): Promise<void> {
  const { model, segments } = scene;
  const chained = new Map<Watch, NotedRow[]>();
  for (const row of rows) {
    if (row.whole)
      for (const segment of segmentsOn(model, row.entity))
        if (!segment.plain) segments.look(segment, [row.id], "write");
    for (const watch of watchesOn(model, row.entity)) {
      if (watch.segment.plain || !concerns(watch, row)) continue;
      if (watch.chain.length === 0) segments.look(watch.segment, [row.id], "write");
      else chained.set(watch, [...(chained.get(watch) ?? []), row]);
    }
  }
  if (chained.size === 0) return;
  await flush(tx, scene);
  for (const [watch, them] of chained) segments.look(watch.segment, await rootsOf(tx, scene, watch, them), "relation");
}

/** The records of a segment's entity that hang on these, along the way by which it reads them. */
async function rootsOf(tx: Connection, scene: Scene, { segment, chain }: Watch, rows: readonly NotedRow[]) {
  const entities = [segment.entity, ...chain.map(({ to }) => entityOf(scene, to ?? ""))];
  let ids: readonly string[] = rows.map(({ id }) => id);
  for (let at = chain.length - 1; at >= 0 && ids.length > 0; at--) {
    const { field, list } = chain[at]!;
    const known = at === chain.length - 1 && list ? rows.flatMap((row) => pointersOf(row, list.reference.name)) : [];
    const found = list
      ? await read(
          tx,
          scene,
          segmentSql.pointedAt(workingOf(scene), entities[at + 1]!, columnOf(list.reference).id, ids),
        )
      : field
        ? await read(
            tx,
            scene,
            segmentSql.leadingTo(workingOf(scene), { from: entities[at]!, ...leading(field, entities[at + 1]!) }, ids),
          )
        : [];
    ids = [...new Set([...known, ...found])];
  }
  return ids;
}

type Reference = NonNullable<Watch["chain"][number]["field"]>;

function columnOf(reference: Reference): { readonly id: string; readonly kind: string | undefined } {
  const [first = "", second] = Object.keys(reference.columns);
  return second === undefined ? { id: first, kind: undefined } : { id: second, kind: first };
}

function leading(reference: Reference, to: Entity) {
  const { id, kind } = columnOf(reference);
  return { column: id, ...(kind === undefined ? {} : { kind: { column: kind, name: to.name } }) };
}

async function read(tx: Connection, scene: Scene, piece: writing.Piece): Promise<readonly string[]> {
  return (await rowsOf<{ id: string }>(tx, scene, piece)).map(({ id }) => id);
}

/** Where a record pointed before and points now. */
function pointersOf({ was, is }: NotedRow, reference: string): readonly string[] {
  return [was, is].flatMap((record) => {
    const value = record?.[reference];
    if (typeof value === "string") return value;
    return typeof value === "object" && value !== null && "id" in value ? String(value.id) : [];
  });
}

interface Stood {
  readonly id: string;
  readonly member: boolean;
  readonly was: boolean;
  readonly flip: string | null;
}

/** Works out for some records whether they are in a segment, and when time may change it. They are locked first. */
async function look(
  tx: Connection,
  scene: Scene,
  segment: ReadSegment,
  asked: ReadonlyMap<string, string>,
): Promise<readonly Flip[]> {
  const { schema } = scene.workspace;
  const ids = [...asked.keys()].sort();
  const target = targetOf(scene, segment.entity);
  const lock = shaped(scene, ["segment lock", segment.entity.name], () => segmentSql.lockMembers(target), {
    ids0: ids,
  });
  await ask(tx, lock);
  const shape = ["segment", segment.anchor];
  const make = () => segmentSql.standingBeside(workingOf(scene), segment);
  const rows = await ask<Stood>(tx, shaped(scene, shape, make, { ids0: ids }));
  const there = new Set(rows.map(({ id }) => id));
  const gone = ids.filter((id) => !there.has(id));
  if (segment.timed) {
    const due = rows.filter(({ flip }) => flip !== null);
    const done = [...gone, ...rows.filter(({ flip }) => flip === null).map(({ id }) => id)];
    await tx.query(
      `insert into ${schema}._segment_due (segment, record, due_at)
       select $1::text, d.record, d.due_at from unnest($2::uuid[], $3::timestamptz[]) as d(record, due_at) order by d.record
       on conflict (segment, record) do update set due_at = excluded.due_at`,
      [segment.anchor, due.map(({ id }) => id), due.map(({ flip }) => flip)],
    );
    await tx.query(`delete from ${schema}._segment_due where segment = $1 and record = any($2::uuid[])`, [
      segment.anchor,
      done,
    ]);
  }
  const cause = (id: string) => asked.get(id) ?? "write";
  return [
    ...rows.flatMap(({ id, member, was }): readonly Flip[] =>
      member === was ? [] : [{ segment, record: id, change: member ? "enter" : "leave", cause: cause(id) }],
    ),
    ...gone.map((id): Flip => ({ segment, record: id, change: "leave", cause: cause(id), gone: true })),
  ];
}

/** Writes down who comes and goes; those of whom that was known already are left out. */
async function writeFlips(tx: Connection, scene: Scene, flips: readonly Flip[]): Promise<void> {
  if (flips.length === 0) return;
  const { schema } = scene.workspace;
  const by = new Map(flips.map((flip) => [`${flip.segment.anchor} ${flip.record}`, flip]));
  const sorted = [...by.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, flip]) => flip);
  const [entering, leaving] = [
    sorted.filter(({ change }) => change === "enter"),
    sorted.filter(({ change }) => change === "leave"),
  ];
  const keys = (them: readonly Flip[]) => [them.map(({ segment }) => segment.anchor), them.map(({ record }) => record)];
  const happened: Flip[] = [];
  const take = (rows: readonly { segment: string; record: string }[]) =>
    happened.push(...rows.flatMap(({ segment, record }) => by.get(`${segment} ${record}`) ?? []));
  if (entering.length > 0) {
    const { rows } = await tx.query(
      `insert into ${schema}._segment_member (segment, record, since)
       select m.segment, m.record, $3::timestamptz from unnest($1::text[], $2::uuid[]) as m(segment, record)
       on conflict (segment, record) do nothing returning segment, record`,
      [...keys(entering), scene.now],
    );
    take(rows);
  }
  if (leaving.length > 0) {
    const { rows } = await tx.query(
      `delete from ${schema}._segment_member as m using unnest($1::text[], $2::uuid[]) as g(segment, record)
       where m.segment = g.segment and m.record = g.record returning m.segment, m.record`,
      keys(leaving),
    );
    take(rows);
  }
  const turned = (what: Flip["change"]) =>
    perSegment(happened.flatMap(({ segment, change }) => (change === what ? segment.anchor : [])));
  const counted = { came: turned("enter"), went: turned("leave") };
  await tallySegments(tx, schema, counted, scene.now);
  await tellFlips(tx, scene, happened);
}

/** Of a record that the build of a segment has not come to yet it is the build that brings it, unless it is sure. */
const passed = "(c.sure or c.record <= b.behind)";

/**
 * Notes who came and went. While a segment is being built journeys hear of nobody: of those whom writes turn they do when
 * it is whole, of those whom the publish brings as its document says.
 */
async function tellFlips(tx: Connection, scene: Scene, flips: readonly Flip[]): Promise<void> {
  if (flips.length === 0) return;
  const { workspace, now, operation, model } = scene;
  const { rows } = await tx.query(
    `insert into ${workspace.schema}._segment_change (segment, record, change, cause, at, operation, told)
     select c.segment, c.record, c.change, case when b.segment is null or ${passed} then c.cause else 'publish' end, $5::timestamptz,
       $6::uuid, b.segment is null or (b.told and not ${passed})
     from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $7::boolean[]) as c(segment, record, change, cause, sure)
       left join ${workspace.schema}._segment_build b on b.segment = c.segment
     on conflict (segment, record, operation, change) do nothing returning segment, record, cause, told`,
    [
      flips.map(({ segment }) => segment.anchor),
      flips.map(({ record }) => record),
      flips.map(({ change }) => change),
      flips.map(({ cause }) => cause),
      now,
      operation,
      flips.map(({ sure }) => sure === true),
    ],
  );
  const held = new Set(
    (rows as { segment: string; record: string; cause: string; told: boolean }[]).flatMap((row) =>
      row.told && row.cause !== "publish" ? [] : [`${row.segment} ${row.record}`],
    ),
  );
  const there = flips.filter(({ gone }) => gone !== true);
  const told = there.filter(({ segment, record }) => !held.has(`${segment.anchor} ${record}`));
  await tellMembers(tx, scene, told);
  for (const other of segmentsIn(model)) {
    const parts = new Set(other.clauses.flatMap((it) => (it.kind === "in" ? it.segment : [])));
    const ids = there.filter(({ segment }) => parts.has(segment.anchor)).map(({ record }) => record);
    if (ids.length > 0) scene.segments.look(other, ids, "segment");
  }
}

/**
 * Coming and going as facts: journeys begin by them and wait for them. Where it is the moment of a field that has come,
 * the workflow that begins by it hears of that alone.
 */
export async function tellMembers(
  tx: Connection,
  scene: Scene,
  flips: readonly Pick<Flip, "segment" | "record" | "change" | "cause">[],
): Promise<void> {
  const [entries, others] = [flips.filter((it) => it.segment.entry), flips.filter((it) => !it.segment.entry)];
  for (const { segment, record, change, cause } of entries)
    if (change === "enter" && cause === "time")
      scene.facts.push({
        ...{ id: newId(scene.now), type: dateReached, entity: segment.entity.name, record, at: scene.now },
        data: { workflow: segment.anchor },
      });
  await recordFacts(
    tx,
    scene,
    others.map(({ segment: { document, entity, anchor }, record, change }) => ({
      type: change === "enter" ? "segment.entered" : "segment.left",
      subject: { entity: entity.name, record },
      at: scene.now,
      source: "segment",
      sourceId: `${anchor} ${record} ${change} ${scene.operation} ${scene.now.toISOString()}`,
      data: { segment: document.$id, title: document.title },
    })),
  );
}

/** Notes that something was said of consents: for the records to which the addresses belong. */
export async function noteConsents(
  tx: Connection,
  scene: Scene,
  keys: readonly { readonly channel: "email" | "phone"; readonly address: string; readonly purpose: string }[],
): Promise<void> {
  for (const segment of segmentsIn(scene.model)) {
    const asked = segment.clauses.flatMap((it) => (it.kind === "consent" ? [it] : []));
    const concerned = keys.filter((key) =>
      asked.some(({ clause, purpose }) => purpose === key.purpose && clause.channel === key.channel),
    );
    for (const [channel, them] of Map.groupBy(concerned, (it) => it.channel)) {
      const addresses = them.map(({ address }) => address);
      await flush(tx, scene);
      const ids = await read(tx, scene, segmentSql.reachedBy(workingOf(scene), segment.entity, channel, addresses));
      scene.segments.look(segment, ids, "consent");
    }
  }
}

/** Changes that set off changes: longer than this is a circle. */
export const roundsMost = 16;

/** What happens where segments and journeys set each other off without end. */
export const circle = () => problem("run.circle", { workflow: "segment", most: roundsMost });
