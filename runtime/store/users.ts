import { fault, problem, refuse, type Fault, type Model, type Principal } from "engine";
import { changeAccount, createAccount, endSessions } from "../auth/accounts.ts";
import { transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { readRoles } from "../people.ts";
import type { Workspace } from "../workspace.ts";

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
    if (body[name] !== undefined && (typeof body[name] !== "string" || body[name].trim() === "" || body[name].length > 200))
      wanted(name, "a text");
  if (act === "new" && body.name === undefined) wanted("name", "a text");
  if (body.active !== undefined && typeof body.active !== "boolean") wanted("active", "true or false");
  const teams = body.teams as unknown;
  if (teams !== undefined && !(Array.isArray(teams) && teams.every((it) => typeof it === "string"))) wanted("teams", "a list of teams");
  if (body.manager !== undefined && body.manager !== null && typeof body.manager !== "string") wanted("manager", "a user");
  const roles = readRoles(model, body.roles, faults);
  refuse(faults);
  const { name, email, password, active, manager } = body as GivenUser;
  return { name: name?.trim(), email: email?.trim(), password, active, roles, teams: teams as string[] | undefined, manager };
}

/** Users with what an admin needs to see, all in one statement. */
export async function listUsers({ pool, schema }: Workspace): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    `select u.id, u.name, u.email, u.active, coalesce(u.roles, '{}') as roles, u.manager, u.account_id is not null as signs_in,
       coalesce((select json_agg(json_build_object('id', t.id, 'name', t.name) order by t.name)
         from ${schema}.user_team m join ${schema}.team t on t.id = m.team
         where m."user" = u.id and m.deleted_at is null and t.deleted_at is null), '[]') as teams
     from ${schema}."user" u where u.deleted_at is null order by u.name, u.id`,
  );
  return rows;
}

/** Makes a user, with an account where a password is given. Answers her id and name. */
export async function createUser(workspace: Workspace, by: Principal, given: GivenUser, now: Date) {
  const { pool, schema } = workspace;
  const id = newId(now);
  return transaction(pool, "write", async (tx) => {
    const account = given.password === undefined ? null : await accountFor(tx, given.name!, given.email, given.password, now);
    await tx.query(
      `insert into ${schema}."user" (id, name, email, active, roles, manager, account_id,
         created_at, created_by, updated_at, updated_by, owner, version)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9, $9, 1)`,
      [
        id,
        given.name,
        given.email?.toLowerCase() ?? null,
        given.active ?? true,
        given.roles ?? [],
        await found(tx, schema, "user", given.manager, "/manager"),
        account,
        now,
        by.id,
      ],
    );
    await joinTeams(tx, workspace, by, id, given.teams ?? [], now);
    return { id, name: given.name, email: given.email ?? null, roles: given.roles ?? [] };
  });
}

/** Changes a user; an imported one becomes somebody who can sign in by an address and a password. */
export async function changeUser(workspace: Workspace, by: Principal, id: string, given: GivenUser, now: Date) {
  const { pool, schema } = workspace;
  return transaction(pool, "write", async (tx) => {
    const { rows } = await tx.query(
      `select id, name, email, account_id from ${schema}."user" where id::text = $1 and deleted_at is null for update`,
      [id],
    );
    const user = rows[0] as { id: string; name: string; email: string | null; account_id: string | null } | undefined;
    if (!user) throw problem("record.missing", { entity: "user" });
    let account = user.account_id;
    if (account !== null) await changeAccount(tx, account, given, now);
    else if (given.password !== undefined)
      account = await accountFor(tx, given.name ?? user.name, given.email ?? user.email ?? undefined, given.password, now);
    if (account !== null && given.active === false) await endSessions(tx, account);
    await tx.query(
      `update ${schema}."user" set name = coalesce($2, name), email = coalesce($3, email), active = coalesce($4, active),
         roles = coalesce($5, roles), manager = case when $6 then $7 else manager end, account_id = $8,
         updated_at = $9, updated_by = $10, version = version + 1
       where id = $1`,
      [
        user.id,
        given.name ?? null,
        given.email?.toLowerCase() ?? null,
        given.active ?? null,
        given.roles ?? null,
        given.manager !== undefined,
        await found(tx, schema, "user", given.manager, "/manager"),
        account,
        now,
        by.id,
      ],
    );
    if (given.teams) {
      await tx.query(`delete from ${schema}.user_team where "user" = $1`, [user.id]);
      await joinTeams(tx, workspace, by, user.id, given.teams, now);
    }
    return { id: user.id, name: given.name ?? user.name, email: given.email ?? user.email };
  });
}

function accountFor(tx: Queryable, name: string, email: string | undefined, password: string, now: Date): Promise<string> {
  if (email === undefined) throw problem("account.none", { path: "/email" });
  return createAccount(tx, { name, email, password }, now);
}

async function joinTeams(tx: Queryable, { schema }: Workspace, by: Principal, user: string, teams: readonly string[], now: Date) {
  for (const [at, name] of teams.entries()) {
    const team = await found(tx, schema, "team", name, `/teams/${at}`);
    await tx.query(
      `insert into ${schema}.user_team (id, "user", team, created_at, created_by, updated_at, updated_by, owner, version)
       values ($1, $2, $3, $4, $5, $4, $5, $5, 1)`,
      [newId(now), user, team, now, by.id],
    );
  }
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
