import { fault, problem, refuse, type Fault, type Principal } from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import { operate, type Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import { isId } from "./records.ts";

/** Who may act in somebody's place, from when until when. */
export interface Delegation {
  readonly to: string;
  readonly from: Date;
  readonly until: Date;
}

const givenMost = 20;
const longestDays = 366;
/** RFC 3339: a moment says its zone. */
const momentText = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Reads a body: `to`, `until`, and `from` where it does not begin now. Tells all that is wrong with it. */
export function readDelegation(body: Readonly<Record<string, unknown>>, now: Date): Delegation {
  const faults: Fault[] = [];
  const wrong = (name: string, wanted: string) =>
    void faults.push(fault("delegation.value", { wanted, path: `/${name}` }));
  const moment = (name: "from" | "until", otherwise?: Date): Date => {
    const given = body[name] ?? otherwise?.toISOString();
    const read = typeof given === "string" && momentText.test(given) ? new Date(given) : undefined;
    if (read && !Number.isNaN(read.getTime())) return read;
    wrong(name, "a moment, 2026-03-02T09:00:00Z for instance");
    return now;
  };
  for (const name of Object.keys(body))
    if (!["to", "from", "until"].includes(name))
      faults.push(fault("field.unknown", { entity: "delegation", field: name.slice(0, 80), path: `/${name}` }));
  if (typeof body.to !== "string" || !isId(body.to)) wrong("to", "a person of this workspace");
  const [from, until] = [moment("from", now), moment("until")];
  if (faults.length === 0 && (until <= from || until <= now)) wrong("until", "an end that is still to come");
  else if (until.getTime() - from.getTime() > longestDays * 86_400_000)
    wrong("until", `an end within ${longestDays} days`);
  refuse(faults);
  return { to: body.to as string, from, until };
}

/** Those who act for somebody or will, and those for whom she acts or will. */
export async function listDelegations({ pool, schema }: Workspace, user: string, now: Date) {
  const { rows } = await pool.query(
    `select d.id, d.giver, json_build_object('id', g.id, 'name', g.name) as "by", json_build_object('id', t.id, 'name', t.name) as "to",
       d.from_at as "from", d.until_at as until, d.from_at <= $2 as now
     from ${schema}._delegation d join ${schema}."user" g on g.id = d.giver join ${schema}."user" t on t.id = d.taker
     where (d.giver = $1 or d.taker = $1) and d.ended_at is null and d.until_at > $2
       and g.active and g.deleted_at is null and t.active and t.deleted_at is null
     order by d.from_at, d.id`,
    [user, now],
  );
  const items = rows as {
    id: string;
    giver: string;
    by: object;
    to: object;
    from: string;
    until: string;
    now: boolean;
  }[];
  return {
    given: items.filter(({ giver }) => giver === user).map(({ giver: _, by: __, ...it }) => it),
    received: items.filter(({ giver }) => giver !== user).map(({ giver: _, to: __, ...it }) => it),
  };
}

/** Lets somebody act in one's own place, for a time, as one operation. She is told. Answers the delegation's id. */
export async function delegate(workspace: Workspace, by: Principal, { to, from, until }: Delegation, now: Date) {
  const { schema } = workspace;
  const id = newId(now);
  const told = { kind: "delegation", title: "Let somebody act for you", now, unbounded: true };
  const { operation } = await operate(workspace, by, told, async (tx, scene) => {
    await tx.query(`select id from ${schema}."user" where id = $1 for update`, [by.id]);
    const { rows } = await tx.query(
      `select exists (select from ${schema}."user" u where u.id = $1 and u.active and u.deleted_at is null and u.queue_of is null and u.id <> $2) as there,
         (select count(*)::int from ${schema}._delegation d where d.giver = $2 and d.ended_at is null and d.until_at > $3) as given`,
      [to, by.id, now],
    );
    const [{ there, given }] = rows as [{ there: boolean; given: number }];
    if (!there)
      throw problem("delegation.value", { wanted: "another person of this workspace who is active", path: "/to" });
    if (given >= givenMost) throw problem("delegation.too_many", { most: givenMost });
    await tx.query(
      `insert into ${schema}._delegation (id, giver, taker, from_at, until_at, at, begun_by) values ($1, $2, $3, $4, $5, $6, array[$7::uuid])`,
      [id, by.id, to, from, until, now, scene.operation],
    );
    await tx.query(
      `insert into ${schema}._notification (id, for_user, at, title, operation, told) values ($1, $2, $3, $4, $5, $6)`,
      [newId(now), to, now, `${by.name} lets you act for her`, scene.operation, { code: "delegation", by: by.name }],
    );
    scene.written.rows++;
  });
  return { id, operation };
}

/** Takes a delegation back, as one operation: it ends now, whoever is at work by it. Answers the operation. */
export async function endDelegation(workspace: Workspace, by: Principal, id: string, now: Date): Promise<string> {
  if (!isId(id)) throw problem("delegation.missing", {});
  const told = { kind: "delegation", title: "Let somebody act for you no longer", now, unbounded: true };
  const { operation } = await operate(workspace, by, told, async (tx, scene) => {
    const { rowCount } = await tx.query(
      `update ${workspace.schema}._delegation set ended_at = $3, ended_by = ended_by || $4::uuid
       where id = $1 and giver = $2 and ended_at is null and until_at > $3`,
      [id, by.id, now, scene.operation],
    );
    if (rowCount === 0) throw problem("delegation.missing", {});
    scene.written.rows++;
  });
  return operation;
}

/** A delegation that an operation began or ended, and whether that is still the last word on it. */
export interface DelegationStep {
  readonly id: string;
  readonly giver: string;
  readonly begun: boolean;
  readonly last: boolean;
}

/** What an operation did to delegations. */
export async function delegationSteps(
  tx: Queryable,
  { workspace: { schema }, now }: Pick<Scene, "workspace" | "now">,
  operation: string,
): Promise<readonly DelegationStep[]> {
  const { rows } = await tx.query(
    `select id, giver, begun_by @> array[$1::uuid] as begun, until_at > $2 and
       case when ended_at is null then begun_by[cardinality(begun_by)] = $1 else ended_by[cardinality(ended_by)] = $1 end as last
     from ${schema}._delegation where begun_by @> array[$1::uuid] or ended_by @> array[$1::uuid] for update`,
    [operation, now],
  );
  return rows as DelegationStep[];
}

/** What was begun ends, and what was ended goes on to its time. */
export function undoneDelegations(
  { workspace: { schema }, now, operation }: Scene,
  steps: readonly DelegationStep[],
): readonly Part[] {
  if (steps.length === 0) return [];
  return [
    {
      sql: `update ${schema}._delegation d set
          ended_at = case when s.begun then $3::timestamptz end,
          ended_by = case when s.begun then d.ended_by || $4::uuid else d.ended_by end,
          begun_by = case when s.begun then d.begun_by else d.begun_by || $4::uuid end
        from unnest($1::uuid[], $2::boolean[]) as s (id, begun) where d.id = s.id`,
      parameters: [steps.map(({ id }) => id), steps.map(({ begun }) => begun), now, operation],
    },
  ];
}

/** Whoever lets this person act in her place at this moment: who she is, and by which roles. */
export async function giverOf(
  db: Queryable,
  { schema }: Workspace,
  giver: string,
  taker: string,
  now: Date,
): Promise<{ readonly id: string; readonly name: string; readonly roles: readonly string[] } | undefined> {
  if (!isId(giver)) return undefined;
  const { rows } = await db.query({
    name: `giver-${schema}`,
    text: `select u.id, u.name, coalesce(u.roles, '{}') as roles from ${schema}."user" u
           where u.id = $1 and u.active and u.deleted_at is null and exists (select from ${schema}._delegation d
             where d.taker = $2 and d.giver = u.id and d.from_at <= $3 and d.until_at > $3 and d.ended_at is null)`,
    values: [giver, taker, now],
  });
  return rows[0] as { id: string; name: string; roles: string[] } | undefined;
}

/** Who acts at this moment for one of these people. */
export async function delegationsFrom({ workspace: { pool, schema }, now }: ReadScene, givers: readonly string[]) {
  if (givers.length === 0) return [];
  const { rows } = await pool.query(
    `select json_build_object('id', t.id, 'name', t.name) as taker, json_build_object('id', g.id, 'name', g.name) as giver, d.until_at as until
     from ${schema}._delegation d join ${schema}."user" t on t.id = d.taker join ${schema}."user" g on g.id = d.giver
     where d.giver = any($1::uuid[]) and d.ended_at is null and d.from_at <= $2 and d.until_at > $2
       and t.active and t.deleted_at is null and g.active and g.deleted_at is null
     order by t.name, t.id, g.name, g.id`,
    [givers, now],
  );
  type Person = { readonly id: string; readonly name: string };
  return rows as { taker: Person; giver: Person; until: string }[];
}

/** `<taker> <giver>` of the delegations to these people that hold at this moment. */
export async function lentTo(
  db: Queryable,
  { schema }: Workspace,
  takers: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  if (takers.length === 0) return new Set();
  const { rows } = await db.query(
    `select d.taker, d.giver from ${schema}._delegation d
     where d.taker = any($1::uuid[]) and d.from_at <= $2 and d.until_at > $2 and d.ended_at is null`,
    [takers, now],
  );
  return new Set((rows as { taker: string; giver: string }[]).map(({ taker, giver }) => `${taker} ${giver}`));
}
