import { sql } from "kysely";
import { adminRole, limitingRoles, type RowRule } from "../access.ts";
import type { Entity, Field } from "../model.ts";
import { sharingOf, type Sharing } from "../sharing.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { isStanding, scopeCondition } from "./scope.ts";
import { recordSlot } from "./slot.ts";
import { Source, type Reader } from "./source.ts";
import { tableIn, type Piece } from "./write.ts";

/** What a person is to a record that she sees by a role: the last word where several hold stands first. */
export const standings = ["all", "owner", "queue", "manager", "team", "below", "condition"] as const;
export type StandingTo = (typeof standings)[number];

/** A role with the records that it shows. */
export interface Showing {
  readonly role: string;
  readonly rule: RowRule;
}

/** Of whom reasons are told, and so many of them at most. */
export interface Telling {
  readonly most: number;
  /** One user alone. */
  readonly only?: string | undefined;
  /** Roles that limit what of an entity may be shared by what is not told: of whoever has one no share is. */
  readonly closed?: (entity: Entity) => readonly string[];
}

/**
 * Why active users see the record of the slot `record`: `id`, `name`, `role` by its place among `roles`, `standing`, and
 * for what was shared `share`. One row for each reason, those of a user together, at most `most` of them.
 */
export function seersStatement(
  reader: Reader,
  entity: Entity,
  roles: readonly Showing[],
  { most, only, closed = () => [] }: Telling,
): CompiledStatement {
  const user = sql`${sql.raw(reader.schema)}."user"`;
  const asked = { ...reader, user: sql`u.id` };
  const meant = only === undefined ? sql`` : sql` and u.id = ${only}::uuid`;
  const holders = sql`u.active and u.deleted_at is null${meant}`;
  const parts = roles.flatMap(({ role, rule }, at) => {
    const has = sql`${holders} and ${role}::text = any(u.roles)`;
    const ways = waysOf(asked, entity, rule).map(
      ({
        standing,
        from,
        held,
      }) => sql`select u.id, u.name, ${at}::integer as role, ${standing}::text as standing, null::jsonb as share
        from ${user} as u, ${from} where t.id = ${recordSlot} and ${has} and ${held}`,
    );
    const shared = rule.kind === "any" && rule.scopes.includes("shared") ? trailsOf(reader, entity) : [];
    const told = (of: Entity) => sql`${isSharable(asked, of)} and not u.roles && ${closed(of)}::text[]`;
    return [
      ...ways,
      ...shared.map((trail) => sharedPart(reader, { entity, at, has: sql`${has} and ${told(trail.entity)}`, trail })),
    ];
  });
  if (parts.length === 0) return compile(sql`select null::uuid as id where false`);
  return compile(sql`select distinct a.id, a.name, a.role, a.standing, a.share from (${sql.join(parts, sql` union all `)}) as a
    order by a.name, a.id, a.role, a.standing limit ${sql.raw(String(most))}`);
}

interface Way {
  readonly standing: StandingTo;
  readonly from: Piece;
  readonly held: Piece;
}

/** The ways by which a rule shows a record to a user `u`, each a condition of its own. */
function waysOf(reader: Reader, entity: Entity, rule: RowRule): readonly Way[] {
  const source = new Source(reader, entity);
  const from = source.from();
  if (rule.kind === "all") return [{ standing: "all", from, held: sql`true` }];
  if (rule.kind === "none") return [];
  const { root } = source;
  const owner = sql`t.${sql.id(entity.name === "user" ? "id" : "owner")}`;
  const way = (standing: StandingTo, held: Piece): Way => ({ standing, from, held });
  const named = (scope: (typeof rule.scopes)[number]): readonly Way[] => {
    if (scope === "shared" || scope === "shared_to_write") return [];
    if (scope === "queue") return [way("queue", scopeCondition(reader, "queue", root))];
    const mine = way("owner", sql`${owner} = u.id`);
    if (scope === "own") return [mine];
    const others = sql`${owner} <> u.id and ${scopeCondition(reader, scope, root)}`;
    if (scope === "below") return [mine, way("below", others)];
    const reports = sql`exists (select from ${sql.raw(reader.schema)}."user" as r where r.id = ${owner} and r.manager = u.id)`;
    return [mine, way("manager", sql`${owner} <> u.id and ${reports}`), way("team", sql`${others} and not ${reports}`)];
  };
  const rest: RowRule = { ...rule, scopes: [] };
  const conditions =
    rule.conditions.length + rule.overlaps.length > 0 ? [way("condition", source.alone(rest, root))] : [];
  return [...rule.scopes.flatMap(named), ...conditions];
}

/** Where the share stands by which a record is seen: its own, or that of what it is part of. */
interface Trail {
  readonly entity: Entity;
  readonly record: Piece;
}

function trailsOf(reader: Reader, entity: Entity): readonly Trail[] {
  const climb = (sharing: Sharing, id: Piece, column: (field: Field) => Piece): readonly Trail[] => [
    ...(sharing.oneByOne ? [{ entity: sharing.entity, record: id }] : []),
    ...sharing.along.flatMap(({ reference, sharing: parent }) => {
      const above = column(reference);
      const table = tableIn({ schema: reader.schema, entity: parent.entity });
      return climb(
        parent,
        above,
        (field) => sql`(select p.${sql.id(field.name)} from ${table} as p where p.id = ${above})`,
      );
    }),
  ];
  const sharing = sharingOf(reader.model, entity);
  return sharing ? climb(sharing, sql`t.id`, (field) => sql`t.${sql.id(field.name)}`) : [];
}

/** The condition that the share `s` of a record of an entity holds for the user `u`, whatever her roles are. */
function isSharable(reader: Reader, entity: Entity): Piece {
  const limiting = limitingRoles(reader.model, entity);
  if (limiting.length === 0) return sql`true`;
  const source = new Source(reader, entity);
  const each = limiting.map((role) => sql`(${role}::text = any(u.roles) and ${source.sharable(entity, [role])})`);
  return sql`(${adminRole}::text = any(u.roles) or not u.roles && ${limiting}::text[] or ${sql.join(each, sql` or `)})`;
}

interface SharedPart {
  readonly entity: Entity;
  readonly at: number;
  readonly has: Piece;
  readonly trail: Trail;
}

function sharedPart(reader: Reader, { entity, at, has, trail }: SharedPart): Piece {
  const table = (name: string) => sql`${sql.raw(reader.schema)}.${sql.id(name)}`;
  return sql`select u.id, u.name, ${at}::integer as role, 'shared'::text as standing, jsonb_build_object('level', case when s.writes then 'write' else 'read' end,
      'by', s.by, 'grantee', s.grantee, 'entity', ${trail.entity.name}::text, 'record', s.record) as share
    from ${table("user")} as u, ${tableIn({ schema: reader.schema, entity })} as t, ${table("_share")} as s
    where t.id = ${recordSlot} and s.record = ${trail.record} and s.entity = ${trail.entity.anchor}::text and ${isStanding} and ${has}
      and (s.grantee = u.id or (s.team and s.grantee in (select m.team from ${table("user_team")} as m where m."user" = u.id and m.deleted_at is null)))`;
}

/**
 * Which of some rules cover the record of the slot `record`: one row with a boolean for each, by its name. None where the
 * record is not there.
 */
export function coveredStatement(
  reader: Reader,
  entity: Entity,
  rules: Readonly<Record<string, RowRule>>,
): CompiledStatement {
  const source = new Source(reader, entity);
  const covered = Object.entries(rules).map(
    ([name, rule]) => sql`coalesce(${source.alone(rule, source.root)}, false) as ${sql.id(name)}`,
  );
  return compile(
    sql`select to_json(r) as covered from (select ${sql.join(covered)} from ${source.from()} where t.id = ${recordSlot}) as r`,
  );
}
