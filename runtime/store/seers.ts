import {
  accessOf,
  adminRole,
  isOpen,
  limitingRoles,
  planShape,
  sharableWith,
  sharingOf,
  type Entity,
  type NamedScope,
  type RowRule,
  type Sharing,
} from "engine";
import { bind, seersStatement, shown, type Showing, type StandingTo, type Telling } from "engine/sql";
import type { Queryable } from "../database/pool.ts";
import { delegationsFrom } from "./delegations.ts";
import { once } from "./once.ts";
import { getRecord, slotsOf, type ReadScene } from "./read.ts";
import { read } from "./reading.ts";
import { granteesOf, type Grantee, type Level } from "./shares.ts";

const most = 50;
/** Reasons that are read; a person may have many. */
const reasonsMost = 1000;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Why somebody sees a record. */
export type Reason =
  /** By a role: what she is to the record, or which condition the role names. */
  | {
      readonly by: "role";
      readonly role?: string;
      /** The name of the role's document. */
      readonly name?: string;
      readonly standing: StandingTo;
      readonly condition?: string;
    }
  /** It was shared; `through` is the record that it is part of, where that was. Its name is for those who see it. */
  | {
      readonly by: "share";
      readonly level: Level;
      readonly with: Grantee | null;
      readonly from: Named | null;
      readonly through?: { readonly entity: string; readonly id: string; readonly name: string | null };
    }
  /** She acts for somebody who sees it. */
  | { readonly by: "delegation"; readonly for: Named; readonly until: string };

/** Somebody who sees a record: `why` says the first of her reasons in words. */
export interface Seer {
  readonly user: Named;
  readonly why: string;
  readonly because: readonly Reason[];
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: number;
  readonly standing: StandingTo | "shared";
  readonly share: { level: Level; by: string | null; grantee: string; entity: string; record: string } | null;
}

/**
 * Who sees a record, and by what: each active user with all her reasons. For who sees it herself. Roles are named to
 * those who may read the roles of users. A role whose condition asks what the asker may not read is left out, and `more`
 * says so: that it covers the record would tell what the record holds.
 */
export async function seers(scene: ReadScene, entityName: string, id: string) {
  const { model, access } = scene;
  const { entity } = planShape(model, access, entityName, { fields: "id" });
  await getRecord(scene, entityName, id, { fields: "id" });
  const given = showingRoles(scene, entity, [adminRole, ...model.roles.keys()]);
  const told = given.filter(({ rule }) => isOpen(model, access, entity, rule));
  const rows = await rowsOf(scene, entity, id, told);
  const found = withActing(await reasoned(scene, entity, told, rows), await delegationsFrom(scene, [...idsOf(rows)]));
  const items = [...found].sort((one, other) => one.user.name.localeCompare(other.user.name, "en"));
  return {
    items: items.slice(0, most),
    more: items.length > most || rows.length === reasonsMost || told.length < given.length || isLimited(scene, entity),
  };
}

/** The active users who see a record, whoever asks. */
export async function whoSees(
  tx: Queryable,
  scene: Pick<ReadScene, "model" | "workspace" | "principal" | "now">,
  entity: Entity,
  id: string,
): Promise<ReadonlySet<string>> {
  const { sql, parameters } = once({ ...scene, access: undefined }, ["who sees", entity.name], () =>
    statementOf(scene, entity, showingRoles(scene, entity, [adminRole, ...scene.model.roles.keys()])),
  );
  const { rows } = await tx.query(sql, [...bind(parameters, slotsOf(scene), { record: id })]);
  return idsOf(rows as Row[]);
}

/** Why one person sees a record; nothing where no role of hers shows it, nor a share. */
export async function reasonsOf(scene: ReadScene, entity: Entity, id: string, user: string, roles: readonly string[]) {
  const given = showingRoles(scene, entity, roles);
  const told = given.filter(({ rule }) => isOpen(scene.model, scene.access, entity, rule));
  const [found] = await reasoned(scene, entity, told, await rowsOf(scene, entity, id, told, user));
  return found?.because ?? [];
}

function showingRoles(
  { model }: Pick<ReadScene, "model">,
  entity: Entity,
  roles: readonly string[],
): readonly Showing[] {
  return roles.flatMap((role) => {
    const rule = accessOf(model, [role]).entity(entity.name)?.rule("read");
    return rule && rule.kind !== "none" ? [{ role, rule }] : [];
  });
}

const statementOf = (
  { model, workspace: { schema } }: Pick<ReadScene, "model" | "workspace">,
  entity: Entity,
  roles: readonly Showing[],
  more: Omit<Telling, "most"> = {},
) => seersStatement({ model, schema, access: undefined }, entity, roles, { most: reasonsMost, ...more });

async function rowsOf(
  scene: ReadScene,
  entity: Entity,
  id: string,
  roles: readonly Showing[],
  only?: string,
): Promise<readonly Row[]> {
  const closed = (of: Entity) => closedLimits(scene, entity, of);
  const { sql, parameters } = statementOf(scene, entity, roles, { only, closed });
  const { rows } = await scene.workspace.looks.query(sql, [...bind(parameters, slotsOf(scene), { record: id })]);
  return rows as Row[];
}

/**
 * The roles by which of an entity not all may be shared, and by what the asker may not read on every record of hers: with
 * whom a share holds would tell her of it.
 */
function closedLimits({ model, access }: ReadScene, asked: Entity, of: Entity): readonly string[] {
  const seesAll = of === asked || access.entity(of.name)?.rule("read").kind === "all";
  return limitingRoles(model, of).filter((role) => {
    const rule = sharableWith(model, of, [role]);
    return rule.kind === "any" && !(seesAll && isOpen(model, access, of, rule));
  });
}

/** Whether of some the share by which they see records of an entity is not told. */
function isLimited(scene: ReadScene, entity: Entity): boolean {
  const sharing = sharingOf(scene.model, entity);
  const above = ({ entity: of, along }: Sharing): readonly Entity[] => [
    of,
    ...along.flatMap((it) => above(it.sharing)),
  ];
  return (sharing ? above(sharing) : []).some((of) => closedLimits(scene, entity, of).length > 0);
}

const idsOf = (rows: readonly Row[]) => new Set(rows.map(({ id }) => id));

/** The reasons of each user as she may be told them who asks. */
async function reasoned(
  scene: ReadScene,
  entity: Entity,
  roles: readonly Showing[],
  rows: readonly Row[],
): Promise<readonly Seer[]> {
  const shares = rows.flatMap(({ share }) => share ?? []);
  const whom = await granteesOf(scene, [
    ...new Set(shares.flatMap(({ by, grantee }) => (by ? [by, grantee] : grantee))),
  ]);
  const names = await namesOf(scene, entity, shares);
  const titles = roles.map(({ role }) =>
    knowsRoles(scene) ? (scene.model.roles.get(role)?.title ?? "Admin") : undefined,
  );
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((own): Seer => {
    const because = own.filter(isNearest).map((row): Reason => {
      const { share } = row;
      if (!share) return byRole(row, titles[row.role], roles[row.role]!);
      const from = share.by === null ? undefined : whom.get(share.by);
      const through = { entity: share.entity, id: share.record, name: names.get(share.record) ?? null };
      return {
        by: "share",
        level: share.level,
        with: whom.get(share.grantee) ?? null,
        from: from ? { id: from.id, name: from.name } : null,
        ...(share.entity === entity.name ? {} : { through }),
      };
    });
    const [{ id, name }] = own as [Row];
    const distinct = [...new Map(because.map((it) => [JSON.stringify(it), it])).values()];
    const first = own.find(({ share }) => !share);
    return {
      user: { id, name },
      why: first ? whyOf(titles[first.role], roles[first.role]!) : inWords(distinct[0]!),
      because: distinct,
    };
  });
}

/** A share is told once, whichever roles let it count. */
const isNearest = (row: Row, at: number, rows: readonly Row[]) =>
  !row.share || rows.findIndex((it) => JSON.stringify(it.share) === JSON.stringify(row.share)) === at;

function byRole({ standing }: Row, title: string | undefined, { role, rule }: Showing): Reason {
  const named = title === undefined ? {} : { role: title, name: role };
  const condition = standing === "condition" ? { condition: conditionsOf(rule) } : {};
  return { by: "role", ...named, standing: standing as StandingTo, ...condition };
}

const whyOf = (title: string | undefined, { rule }: Showing) =>
  [...(title ? [title] : []), ruleInWords(rule)].join(": ");

function inWords(reason: Reason): string {
  if (reason.by === "delegation") return `acts for ${reason.for.name}`;
  if (reason.by === "share") return `shared by ${reason.from?.name ?? "Trellis"}`;
  return [...(reason.role ? [reason.role] : []), reason.standing].join(": ");
}

/** Who acts for those who see it sees it as well, in their place. */
function withActing(
  found: readonly Seer[],
  acting: readonly { readonly taker: Named; readonly giver: Named; readonly until: string }[],
): readonly Seer[] {
  const seers = new Map(found.map((it) => [it.user.id, it]));
  for (const { taker, giver, until } of acting) {
    const reason: Reason = { by: "delegation", for: giver, until };
    const { why = inWords(reason), because = [] } = seers.get(taker.id) ?? {};
    seers.set(taker.id, { user: taker, why, because: [...because, reason] });
  }
  return [...seers.values()];
}

/** What records are called along which something was shared, where the asker sees them. */
async function namesOf(
  scene: ReadScene,
  entity: Entity,
  shares: readonly { readonly entity: string; readonly record: string }[],
): Promise<ReadonlyMap<string, string>> {
  const { model, access, workspace } = scene;
  const names = new Map<string, string>();
  const others = shares.filter((it) => it.entity !== entity.name);
  for (const [name, them] of Map.groupBy(others, (it) => it.entity)) {
    const parent = access.entity(name)?.entity;
    const ids = [...new Set(them.map(({ record }) => record))];
    const piece = parent && shown.shownNames({ model, access, schema: workspace.schema }, parent, ids);
    for (const row of piece ? await read<{ id: string; name: string }>(scene, piece) : []) names.set(row.id, row.name);
  }
  return names;
}

/** Whether somebody may read the roles of users. */
export function knowsRoles({ access }: ReadScene): boolean {
  const users = access.entity("user");
  const roles = users?.entity.fields.get("roles");
  return users !== undefined && roles !== undefined && users.readable(roles).kind !== "none";
}

/** The records that a rule covers, as roles say it: those in one of the scopes, under one of the conditions, or in several at once. */
export interface RuleParts {
  readonly scopes: readonly ("all" | "none" | NamedScope)[];
  readonly conditions: readonly string[];
  readonly both: readonly (readonly RuleParts[])[];
}

/** A rule by its parts; what comes by sharing is no word of roles. */
export function partsOf(rule: RowRule): RuleParts {
  if (rule.kind !== "any") return { scopes: [rule.kind], conditions: [], both: [] };
  return {
    scopes: rule.scopes.filter((it) => it !== "shared" && it !== "shared_to_write"),
    conditions: rule.conditions.map(({ text }) => text),
    both: rule.overlaps.map((parts) => parts.map(partsOf)),
  };
}

/** The same in words. */
export function ruleInWords(rule: RowRule): string {
  const scopes = partsOf(rule).scopes;
  return [...scopes, conditionsOf(rule)].filter((it) => it !== "").join(", ");
}

function conditionsOf(rule: RowRule): string {
  if (rule.kind !== "any") return "";
  const overlaps = rule.overlaps.map((parts) => parts.map(ruleInWords).join(" and "));
  return [...rule.conditions.map(({ text }) => text), ...overlaps].join(", ");
}
