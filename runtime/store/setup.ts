import { fault, isLanguage, isTimeZone, problem, refuse } from "engine";
import type { WorkspaceDocument } from "schemas";
import { createAccount } from "../auth/accounts.ts";
import { transaction } from "../database/begin.ts";
import { newId } from "../id.ts";
import { tellModel, type Workspace } from "../workspace.ts";

/** What the first admin tells about herself and her company. */
export interface Setup {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly company: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly language: string;
}

/** The advisory lock of the set-up. */
const setupLock = 7_261_002;

/** Reads the body of a set-up; tells all that is wrong with it. */
export function readSetup(body: Readonly<Record<string, unknown>>): Setup {
  const text = (name: string, otherwise?: string) => {
    const value = body[name] ?? otherwise;
    if (typeof value === "string" && value.trim() !== "" && value.length <= 200) return value.trim();
    faults.push(fault("setup.value", { wanted: "a text", path: `/${name}` }));
    return "";
  };
  const faults: ReturnType<typeof fault>[] = [];
  const setup: Setup = {
    email: text("email"),
    password: typeof body.password === "string" ? body.password : text("password"),
    name: text("name"),
    company: text("company", "My company"),
    currency: text("currency", "USD"),
    timeZone: text("time_zone", "UTC"),
    language: text("language", "en"),
  };
  if (!/^[A-Z]{3}$/.test(setup.currency))
    faults.push(fault("setup.value", { wanted: "a currency by ISO 4217", path: "/currency" }));
  if (!isTimeZone(setup.timeZone))
    faults.push(fault("setup.value", { wanted: "a time zone, Asia/Tokyo for instance", path: "/time_zone" }));
  if (!isLanguage(setup.language))
    faults.push(fault("setup.value", { wanted: "a language by BCP 47", path: "/language" }));
  refuse(faults);
  return setup;
}

/** Whether nobody can sign in yet. */
export async function setUpNeeded({ pool }: Workspace): Promise<boolean> {
  const { rows } = await pool.query("select exists (select from trellis.account) as done");
  return !rows[0].done;
}

/**
 * Makes the first admin and the workspace's document. Two at once: one wins, the other hears that it is done. Answers the
 * id of the new user.
 */
export async function setUp(workspace: Workspace, setup: Setup, now: Date): Promise<string> {
  const { pool, schema, name } = workspace;
  const user = newId(now);
  await transaction(pool, "write", async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [setupLock]);
    const { rows } = await tx.query("select exists (select from trellis.account) as done");
    if (rows[0].done) throw problem("setup.done", {});
    const account = await createAccount(tx, setup, now);
    await tx.query(
      `insert into ${schema}."user" (id, name, email, active, roles, account_id, locale, time_zone,
         created_at, created_by, updated_at, updated_by, owner, version)
       values ($1, $2, $3, true, '{admin}', $4, $5, $6, $7, $1, $7, $1, $1, 1)`,
      [user, setup.name, setup.email.toLowerCase(), account, setup.language, setup.timeZone, now],
    );
    await tx.query(
      `insert into ${schema}._document (anchor, kind, name, body) values ('workspace', 'workspace', 'workspace', $1)
       on conflict (anchor) do update set body = excluded.body`,
      [JSON.stringify(documentOf(setup))],
    );
    await tx.query(
      `insert into ${schema}._version (number, at, author, reason, documents, plan)
       select model + 1, $1, $2, 'Set up', $3, '[]' from ${schema}._state`,
      [now, user, JSON.stringify([{ before: null, after: documentOf(setup) }])],
    );
    await tx.query(`update ${schema}._state set model = model + 1`);
  });
  await tellModel(pool, name);
  await workspace.refresh();
  return user;
}

function documentOf(setup: Setup): WorkspaceDocument {
  return {
    $schema: "urn:trellis:workspace:1",
    $id: "workspace",
    $anchor: "workspace",
    name: setup.company,
    currency: setup.currency,
    time_zone: setup.timeZone,
    languages: [setup.language],
    week_start: 1,
    fiscal_year_start: 1,
  };
}
