import type { Connection } from "../database/pool.ts";
import { newCode } from "../inbound/token.ts";
import { commit, type Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { noteAttached } from "./score-notes.ts";
import { noteFacts } from "./segment-notes.ts";

/** What moves with a record: where it stands, and by which column it is known. */
interface Moving {
  readonly table: string;
  readonly id: string;
  /** The columns by which it belongs to the record, by the kinds under which it is remembered what has moved. */
  readonly by: Readonly<Record<string, string>>;
  /** Which of it; all where nothing is said. */
  readonly only?: string;
}

/** Mails that are still to go out are at their worker's; they stay as they were meant. */
const ended = "t.status not in ('queued', 'sending')";

const moving: readonly Moving[] = [
  { table: "_mail", id: "id", by: { mail: "record" } },
  { table: "_note", id: "id", by: { aside: "record" } },
  { table: "_file", id: "id", by: { file: "record" } },
  { table: "_fact", id: "id", by: { fact: "record" } },
  { table: "_device", id: "device", by: { device: "record" } },
  { table: "_device_claim", id: "operation", by: { claim: "record" } },
  { table: "_sending", id: "id", by: { sending: "record" }, only: ended },
  { table: "_portal_message", id: "mail", by: { talk: "record", writer: "person" } },
];

/** What is told beforehand of what would move. */
export const foretold = { mail: "_mail", aside: "_note", file: "_file" } as const;

/** Records of an entity that become another one. */
export interface Joining {
  /** The anchor of the entity. */
  readonly anchor: string;
  readonly entity: string;
  readonly ids: readonly string[];
  readonly into: string;
  /** By it the codes of conversations are made. */
  readonly secret: Buffer;
}

/**
 * Lets what the engine keeps of records beside their rows lead to another one: mails, notes, files, what has happened to
 * them, the browsers by which they are known, and who watches them. Mails that come later follow. What moves is
 * remembered under the operation.
 */
export async function moveAll(tx: Connection, scene: Scene, joining: Joining): Promise<void> {
  const { workspace, operation, model } = scene;
  const { schema } = workspace;
  await commit(
    tx,
    [...moving.flatMap((it) => moved(schema, operation, it, joining)), ...joined(scene, joining)],
    model,
  );
  await watchersAlong(tx, scene, joining);
  await noteMoved(tx, scene, joining.entity);
}

/** What has moved is remembered, and moves. A row is written once in a statement, by however many columns it moves. */
function moved(
  schema: string,
  operation: string,
  { table, id, by, only = "true" }: Moving,
  { ids, into }: Joining,
): readonly Part[] {
  const columns = Object.values(by);
  const led = columns.map((it) => `${it} = case when t.${it} = any($1::uuid[]) then $2::uuid else t.${it} end`);
  return [
    ...Object.entries(by).map(([kind, column]) => ({
      sql: `insert into ${schema}._moved (operation, kind, id, origin)
       select $1::uuid, $2::text, t.${id}, t.${column} from ${schema}.${table} t where t.${column} = any($3::uuid[]) and ${only}`,
      parameters: [operation, kind, ids],
    })),
    {
      sql: `update ${schema}.${table} as t set ${led.join(", ")}
       where (${columns.map((it) => `t.${it} = any($1::uuid[])`).join(" or ")}) and ${only}`,
      parameters: [ids, into],
    },
  ];
}

/** Conversations of the records lead to the other one, and what was joined into these goes along; what is like them is like it. */
function joined({ workspace: { schema }, operation, now }: Scene, { anchor, ids, into, secret }: Joining) {
  const along = "c.joined = any($1::uuid[]) and c.record <> all($1::uuid[])";
  return [
    {
      sql: `insert into ${schema}._conversation as c (record, entity, code, joined, joined_at)
       select s.record, $3::text, s.code, $4::uuid, $5::timestamptz from unnest($1::uuid[], $2::text[]) as s(record, code)
       on conflict (record) do update set joined = excluded.joined, joined_at = excluded.joined_at`,
      parameters: [ids, ids.map(() => newCode(secret)), anchor, into, now],
    },
    {
      sql: `insert into ${schema}._moved (operation, kind, id, origin)
       select $2::uuid, 'joined', c.record, c.joined from ${schema}._conversation c where ${along}`,
      parameters: [ids, operation],
    },
    { sql: `update ${schema}._conversation as c set joined = $2::uuid where ${along}`, parameters: [ids, into] },
    {
      sql: `insert into ${schema}._alike (id, rule, one, other, at, by, operation, reason, decided_at, decided_by)
       select gen_random_uuid(), p.rule, least(p.far, $2::uuid), greatest(p.far, $2::uuid), p.at, p.by, $3::uuid, p.reason, p.decided_at, p.decided_by
       from (select a.*, case when a.one = any($1::uuid[]) then a.other else a.one end as far from ${schema}._alike a
         where a.one = any($1::uuid[]) or a.other = any($1::uuid[])) as p
       where p.far <> $2::uuid and p.far <> all($1::uuid[]) on conflict (one, other) do nothing`,
      parameters: [ids, into, operation],
    },
  ];
}

/** Who watches a record that goes watches the other one; who does already goes on. */
async function watchersAlong(tx: Connection, { workspace, operation }: Scene, { anchor, ids, into }: Joining) {
  const { schema } = workspace;
  const { rows } = await tx.query(
    `insert into ${schema}._watch (record, "user", entity, at)
     select $2::uuid, w."user", $3::text, min(w.at) from ${schema}._watch w where w.record = any($1::uuid[]) group by w."user"
     on conflict do nothing returning "user"`,
    [ids, into, anchor],
  );
  await tx.query(
    `insert into ${schema}._moved (operation, kind, id, origin)
     select $1::uuid, 'watch', w.id, $3::uuid from unnest($2::uuid[]) as w(id)`,
    [operation, (rows as { user: string }[]).map(({ user }) => user), into],
  );
}

/** What counts facts counts those that an operation has moved for whom they are about now, and no more for the others. */
async function noteMoved(tx: Connection, scene: Scene, entity: string): Promise<void> {
  const found = await movedFacts(tx, scene, scene.operation);
  const records = new Set(found.map(({ record }) => record));
  noteFacts(
    scene,
    found.map(({ type, record }) => ({ type, entity, record })),
  );
  for (const record of records) noteAttached(scene, entity, record);
}

interface MovedFact {
  readonly type: string;
  readonly entity: string;
  readonly record: string;
  readonly origin: string;
}

async function movedFacts(
  tx: Connection,
  { workspace: { schema } }: Pick<Scene, "workspace">,
  operation: string,
): Promise<readonly MovedFact[]> {
  const { rows } = await tx.query(
    `select distinct f.type, f.entity, f.record, v.origin from ${schema}._moved v join ${schema}._fact f on f.id = v.id
     where v.operation = $1 and v.kind = 'fact'`,
    [operation],
  );
  return rows as MovedFact[];
}

/** Notes for segments and scores that the facts which a merge has moved are about whom they were about before. */
export async function noteUnmerged(tx: Connection, scene: Scene, operation: string): Promise<void> {
  const found = await movedFacts(tx, scene, operation);
  const both = found.flatMap(({ type, entity, record, origin }) => [
    { type, entity, record },
    { type, entity, record: origin },
  ]);
  noteFacts(scene, both);
  const told = new Map(both.map(({ entity, record }) => [record, entity]));
  for (const [record, entity] of told) noteAttached(scene, entity, record);
}

/** What takes a merge back: all that has moved stands where it stood, and the records lead nowhere any more. */
export function undoneMerge(schema: string, operation: string): readonly Part[] {
  return [
    ...moving.map(({ table, id, by }) => {
      const kinds = Object.entries(by);
      const origins = kinds.map(([, column], at) => {
        return `max(m.origin::text) filter (where m.kind = ($2::text[])[${String(at + 1)}])::uuid as ${column}`;
      });
      return {
        sql: `update ${schema}.${table} as t set ${kinds.map(([, it]) => `${it} = coalesce(v.${it}, t.${it})`).join(", ")}
        from (select m.id, ${origins.join(", ")} from ${schema}._moved m
          where m.operation = $1::uuid and m.kind = any($2::text[]) group by m.id) v
        where v.id = t.${id}`,
        parameters: [operation, kinds.map(([kind]) => kind)],
      };
    }),
    {
      sql: `delete from ${schema}._watch w using ${schema}._moved v
        where v.operation = $1::uuid and v.kind = 'watch' and v.origin = w.record and v.id = w."user"`,
      parameters: [operation],
    },
    {
      sql: `update ${schema}._conversation as c set joined = v.origin from ${schema}._moved v
        where v.operation = $1::uuid and v.kind = 'joined' and v.id = c.record`,
      parameters: [operation],
    },
    {
      sql: `update ${schema}._conversation as c set joined = null, joined_at = null
        where c.joined is not null and c.record in (
          select h.record from ${schema}._history h join ${schema}._operation o on o.id = h.operation
          where h.operation = $1::uuid and h.act = 'trash' and o.kind = 'merge')`,
      parameters: [operation],
    },
  ];
}
