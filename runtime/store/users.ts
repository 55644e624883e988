import { fault, problem, refuse, type Fault, type Model, type Principal, type RecordWrite } from "engine";
import { endSecondFactor, withSecondFactor } from "../auth/second-factor.ts";
import { changeAccount, createAccount, endSessions } from "../auth/accounts.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { readRoles } from "../people.ts";
import type { Workspace } from "../workspace.ts";
import { operate } from "./operation.ts";
import { isId } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { writeRecords } from "./write.ts";

/** What an admin says of a user. Teams and the manager are named by id or by name. */
export interface GivenUser {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly active?: boolean | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly manager?: string | null | undefined;
}

const texts = ["name", "email", "password"] as const;

/** Reads a body; tells all that is wrong with it. */
export function readUser(model: Model, body: Readonly<Record<string, unknown>>, act: "new" | "change"): GivenUser {
  const faults: Fault[] = [];
  const wanted = (name: string, what: string) => faults.push(fault("setup.value", { wanted: what, path: `/${name}` }));
  for (const name of texts)
    if (
      body[name] !== undefined &&
      (typeof body[name] !== "string" || body[name].trim() === "" || body[name].length > 200)
    )
      wanted(name, "a text");
  if (act === "new" && body.name === undefined) wanted("name", "a text");
  if (body.active !== undefined && typeof body.active !== "boolean") wanted("active", "true or false");
  const teams = body.teams as unknown;
  if (teams !== undefined && !(Array.isArray(teams) && teams.every((it) => typeof it === "string")))
    wanted("teams", "a list of teams");
  if (body.manager !== undefined && body.manager !== null && typeof body.manager !== "string")
    wanted("manager", "a user");
  const roles = readRoles(model, body.roles, faults);
  refuse(faults);
  const { name, email, password, active, manager } = body as GivenUser;
  return {
    name: name?.trim(),
    email: email?.trim(),
    password,
    active,
    roles,
    teams: teams as string[] | undefined,
    manager,
  };
}

/** The address of a user; null where she has none. */
export async function emailOf({ pool, schema }: Workspace, id: string): Promise<string | null> {
  const { rows } = await pool.query(`select email from ${schema}."user" where id = $1`, [id]);
  return (rows[0]?.email as string | undefined) ?? null;
}

/** Users with what an admin needs to see. Accounts belong to no workspace: they are asked by themselves. */
export async function listUsers({ pool, schema }: Workspace): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    `select u.id, u.name, u.email, u.active, coalesce(u.roles, '{}') as roles, u.manager, u.account_id,
       coalesce((select json_agg(json_build_object('id', t.id, 'name', t.name) order by t.name)
         from ${schema}.user_team m join ${schema}.team t on t.id = m.team
         where m."user" = u.id and m.deleted_at is null and t.deleted_at is null), '[]') as teams
     from ${schema}."user" u where u.deleted_at is null order by u.name, u.id`,
  );
  const accounts = rows.flatMap(({ account_id }) => account_id ?? []);
  const secured = await withSecondFactor(pool, accounts);
  return rows.map(({ account_id, ...user }) => ({
    ...user,
    signs_in: account_id !== null,
    second_factor: secured.has(account_id),
  }));
}

/** Makes a user, with an account where a password is given. Answers her id and name. */
export async function createUser(workspace: Workspace, by: Principal, given: GivenUser, now: Date) {
  const id = newId(now);
  const told = { kind: "create", title: `Create user ${given.name}`, now, unbounded: true };
  const { operation } = await operate(workspace, by, told, async (tx, scene) => {
    const account =
      given.password === undefined ? null : await accountFor(tx, given.name!, given.email, given.password, now);
    const after = {
      name: given.name,
      email: given.email?.toLowerCase() ?? null,
      active: given.active ?? true,
      roles: filled(given.roles ?? []),
      manager: await found(tx, workspace.schema, "user", given.manager, "/manager"),
      account_id: account,
    };
    const teams = await foundAll(tx, workspace.schema, given.teams ?? []);
    await writeRecords(tx, scene, [
      { act: "create", entity: "user", id, after },
      ...teams.map((team) => joining(id, team, now)),
    ]);
  });
  return { id, name: given.name, email: given.email ?? null, roles: given.roles ?? [], operation };
}

/** Changes a user; an imported one becomes somebody who can sign in by an address and a password. */
export async function changeUser(workspace: Workspace, by: Principal, id: string, given: GivenUser, now: Date) {
  const told = { kind: "update", title: "Change user", now, unbounded: true };
  const { operation, result } = await operate(workspace, by, told, async (tx, scene) => {
    const rows = isId(id)
      ? await lockRecords(tx, scene, entityOf(scene, "user"), { ids: [id], trash: "without" })
      : new Map();
    const before = rows.get(id) as User | undefined;
    if (!before) throw problem("record.missing", { entity: "user" });
    const account = await accountOf(tx, before, given, { now, by: by.session });
    const changes = {
      name: given.name,
      email: given.email?.toLowerCase(),
      active: given.active,
      roles: given.roles && filled(given.roles),
      manager:
        given.manager === undefined ? undefined : await found(tx, workspace.schema, "user", given.manager, "/manager"),
      account_id: account,
    };
    const after = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const teams = given.teams ? await changedTeams(tx, workspace, id, given.teams, now) : [];
    await writeRecords(tx, scene, [{ act: "update", entity: "user", id, before, after }, ...teams]);
    return { id, name: given.name ?? before.name, email: given.email ?? before.email };
  });
  return { ...result, operation };
}

/**
 * Takes the second factor of somebody who has lost it, as one operation: she is signed out everywhere, and told. Her
 * password alone lets her in until she turns it on again. Answers the operation.
 */
export async function takeSecondFactor(workspace: Workspace, by: Principal, id: string, now: Date): Promise<string> {
  if (id === by.id) throw problem("factor.own", {});
  const { pool, schema } = workspace;
  const { rows: named } = await pool.query(`select name from ${schema}."user" where id::text = $1`, [id]);
  const told = { kind: "second-factor", title: `Take the second factor of ${named[0]?.name}`, now, unbounded: true };
  const { operation } = await operate(workspace, by, told, async (tx, scene) => {
    const rows = isId(id)
      ? await lockRecords(tx, scene, entityOf(scene, "user"), { ids: [id], trash: "without" })
      : new Map();
    const user = rows.get(id) as User | undefined;
    if (!user) throw problem("record.missing", { entity: "user" });
    if (user.account_id === null || !(await endSecondFactor(tx, user.account_id, now))) throw problem("factor.off", {});
    const title = `${by.name} has taken your second factor`;
    await tx.query(
      `insert into ${schema}._notification (id, for_user, at, title, operation, told) values ($1, $2, $3, $4, $5, $6)`,
      [newId(now), id, now, title, scene.operation, { code: "second_factor", by: by.name }],
    );
    scene.written.rows++;
  });
  return operation;
}

interface User {
  readonly name: string;
  readonly email: string | null;
  readonly account_id: string | null;
  readonly [field: string]: unknown;
}

/** Changes the account that a user has, or gives her one. Answers which it is. */
async function accountOf(
  tx: Queryable,
  user: User,
  given: GivenUser,
  asked: { readonly now: Date; readonly by: string | undefined },
): Promise<string | null> {
  let account = user.account_id;
  if (account !== null) await changeAccount(tx, account, given, asked);
  else if (given.password !== undefined)
    account = await accountFor(
      tx,
      given.name ?? user.name,
      given.email ?? user.email ?? undefined,
      given.password,
      asked.now,
    );
  if (account !== null && given.active === false) await endSessions(tx, account);
  return account;
}

/** A list without anything in it is kept as nothing. */
const filled = (list: readonly string[]) => (list.length > 0 ? list : null);

const joining = (user: string, team: string, now: Date): RecordWrite => ({
  act: "create",
  entity: "user_team",
  id: newId(now),
  after: { user, team },
});

/** The memberships that end and those that begin so that a user is in these teams alone. */
async function changedTeams(
  tx: Queryable,
  { schema }: Workspace,
  user: string,
  wanted: readonly string[],
  now: Date,
): Promise<readonly RecordWrite[]> {
  const teams = await foundAll(tx, schema, wanted);
  const { rows } = await tx.query(`select id, team from ${schema}.user_team where "user" = $1 and deleted_at is null`, [
    user,
  ]);
  const ending = rows.filter(({ team }) => !teams.includes(team));
  const beginning = teams.filter((team) => !rows.some((row) => row.team === team));
  return [
    ...ending.map(({ id }): RecordWrite => ({ act: "trash", entity: "user_team", id, after: {} })),
    ...beginning.map((team) => joining(user, team, now)),
  ];
}

async function foundAll(tx: Queryable, schema: string, names: readonly string[]): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const [at, name] of names.entries()) ids.add((await found(tx, schema, "team", name, `/teams/${at}`)) ?? "");
  return [...ids];
}

function accountFor(
  tx: Queryable,
  name: string,
  email: string | undefined,
  password: string,
  now: Date,
): Promise<string> {
  if (email === undefined) throw problem("account.none", { path: "/email" });
  return createAccount(tx, { name, email, password }, now);
}

/** A user or team by id or by name. */
async function found(
  tx: Queryable,
  schema: string,
  entity: "user" | "team",
  named: string | null | undefined,
  path: string,
): Promise<string | null> {
  if (named === undefined || named === null) return null;
  const { rows } = await tx.query(
    `select id from ${schema}."${entity}" where (id::text = $1 or name = $1) and deleted_at is null limit 2`,
    [named],
  );
  if (rows.length !== 1) throw problem("reference.missing", { entity, path });
  return rows[0].id;
}
