import { createHash, randomBytes } from "node:crypto";
import {
  accessFor,
  modelFor,
  personsOf,
  portalRole,
  type Entity,
  type Model,
  type Principal,
  type RowRule,
  type Values,
} from "engine";
import { identifier } from "engine/sql";
import type { PortalDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { linkMail } from "../mail/link-mail.ts";
import { portalWords } from "../portals/words.ts";
import type { PublicLanguage } from "../public-language.ts";
import type { Workspace } from "../workspace.ts";
import { engineScene } from "./due.ts";
import { small } from "./mails.ts";
import { engineItself, operate } from "./operation.ts";
import { withinRate } from "./rate.ts";
import { reading, type ReadScene } from "./read.ts";
import { ask, locking } from "./rows.ts";
import { intendMail } from "./sendings.ts";

const minuteMs = 60_000;
/** A link signs in for so long, and once. */
const linkMs = 15 * minuteMs;
/** Whoever has signed in is asked again after so long. */
export const sessionMs = 7 * 24 * 60 * minuteMs;
/** So many links go to one address within a quarter of an hour. */
const linksOfAddress = { most: 4, withinMs: 15 * minuteMs };
/** Persons with the same address, of whom the one that was changed last signs in. */
const personsMost = 20;

/** A portal, where it is, and in which language it is spoken. */
export interface PortalAt {
  readonly workspace: Workspace;
  readonly portal: PortalDocument;
  readonly language: PublicLanguage;
  readonly now: Date;
}

/** A person who has signed in by a portal. */
export interface Visitor {
  readonly principal: Principal;
  readonly name: string;
  /** In small letters. */
  readonly address: string;
  /** Her record as it stands. */
  readonly values: Values;
}

const hashOf = (token: string) => createHash("sha256").update(token).digest();
const newToken = () => randomBytes(32).toString("base64url");

/** What is needed to make a link: where it leads, without the token at its end; nothing where nobody knows that. */
export interface LinkAsked {
  readonly address: string;
  readonly leads: ((token: string) => string) | undefined;
}

/**
 * Mails a link to whoever has the address, where somebody has it who may sign in; what is done, what is written and what
 * is told is the same where nobody has. Of the link a hash is kept.
 */
export async function askForLink(at: PortalAt, { address: given, leads }: LinkAsked): Promise<void> {
  const { workspace, portal, language, now } = at;
  const address = small(given);
  const key = createHash("sha256").update(`portal ${portal.$anchor} ${address}`).digest("base64url");
  if (!leads || !(await withinRate(workspace, key, linksOfAddress, now))) return;
  const token = newToken();
  const told = { kind: "portal", title: portal.title, now, unbounded: true };
  await operate(workspace, engineItself, told, async (tx, scene) => {
    const newest = scene.model.portals.get(portal.$id);
    const person = newest && (await findByAddress(tx, { ...at, portal: newest }, scene.model, address));
    await tx.query(
      `insert into ${workspace.schema}._portal_link (token_hash, portal, person, address, expires_at) values ($1, $2, $3, $4, $5)`,
      [hashOf(token), portal.$anchor, person?.id ?? null, address, new Date(now.getTime() + linkMs)],
    );
    await tx.query(
      `delete from ${workspace.schema}._portal_link where token_hash in (
         select l.token_hash from ${workspace.schema}._portal_link l where l.expires_at < $1
         order by l.expires_at for update skip locked limit 20)`,
      [new Date(now.getTime() - linkMs)],
    );
    if (!person) return;
    const link = leads(token);
    const about = { company: scene.model.workspace.name, title: portal.title, link };
    const said = linkMail(portalWords(language).mail, about, language);
    await intendMail(tx, scene, {
      ...{ effectKey: `portal:${hashOf(token).toString("hex")}`, to: address, purpose: null, auto: true },
      ...{ subject: said.subject, text: said.text, html: said.html, hides: token },
    });
  });
}

/**
 * Signs in by a link: answers the token of a session, or nothing where the link was used, is too old or none of ours. With
 * it every other link of hers is used up.
 */
export async function enterByLink(at: PortalAt, token: string): Promise<string | undefined> {
  const { workspace, portal, now } = at;
  const { schema, pool } = workspace;
  const { rows } = await pool.query(
    `update ${schema}._portal_link set used_at = $3
     where token_hash = $1 and portal = $2 and used_at is null and expires_at > $3 and person is not null
     returning person, address`,
    [hashOf(token), portal.$anchor, now],
  );
  const [link] = rows as { person: string; address: string }[];
  if (!link || !(await findPerson(at, link.person, link.address))) return undefined;
  const session = newToken();
  await pool.query(
    `with used as (
       update ${schema}._portal_link set used_at = $5 where portal = $2 and person = $3 and used_at is null),
     gone as (delete from ${schema}._portal_session where token_hash in (
       select s.token_hash from ${schema}._portal_session s where s.expires_at < $5
       order by s.expires_at for update skip locked limit 20))
     insert into ${schema}._portal_session (token_hash, portal, person, address, begun_at, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [hashOf(session), portal.$anchor, link.person, link.address, now, new Date(now.getTime() + sessionMs)],
  );
  return session;
}

/** Ends a session. */
export async function leave({ workspace }: PortalAt, session: string): Promise<void> {
  await workspace.pool.query(`delete from ${workspace.schema}._portal_session where token_hash = $1`, [
    hashOf(session),
  ]);
}

/** Who a session is of: the person as she stands now; nobody where she may not sign in any more, or has another address. */
export async function visitorOf(at: PortalAt, session: string): Promise<Visitor | undefined> {
  const { workspace, portal, language, now } = at;
  const { rows } = await workspace.pool.query(
    `select person, address from ${workspace.schema}._portal_session
     where token_hash = $1 and portal = $2 and expires_at > $3`,
    [hashOf(session), portal.$anchor, now],
  );
  const [found] = rows as { person: string; address: string }[];
  const values = found && (await findPerson(at, found.person, found.address));
  if (!found || !values) return undefined;
  const entity = workspace.model.entities.get(portal.person.entity);
  const name = String(values[entity?.nameField?.name ?? ""] ?? found.address);
  const principal: Principal = {
    ...{ id: found.person, name, portal: portal.$id, roles: [portalRole(portal)] },
    ...{ via: "session", languages: [language] },
  };
  return { principal, name, address: found.address, values };
}

async function findPerson(at: PortalAt, id: string, address: string): Promise<Values | undefined> {
  const [found] = await personsAmong(at.workspace.pool, at, at.workspace.model, [id]);
  return found && small(String(found[at.portal.person.email] ?? "")) === address ? found : undefined;
}

async function findByAddress(tx: Queryable, at: PortalAt, model: Model, address: string): Promise<Values | undefined> {
  const { entity, email } = at.portal.person;
  if (!model.entities.get(entity)?.fields.has(email)) return undefined;
  const { rows } = await tx.query(
    `select t.id from ${at.workspace.schema}.${identifier(entity)} t
     where t.deleted_at is null and t.${identifier(email)} ilike $1 order by t.updated_at desc, t.id limit ${personsMost}`,
    [address.replaceAll(/[\\%_]/g, "\\$&")],
  );
  const ids = (rows as { id: string }[]).map(({ id }) => id);
  const found = await personsAmong(tx, at, model, ids);
  return ids.map((id) => found.find((it) => it.id === id)).find((it) => it !== undefined);
}

/** The records of those among them who may sign in. */
async function personsAmong(
  db: Queryable,
  { workspace, portal, now }: PortalAt,
  model: Model,
  ids: readonly string[],
): Promise<readonly Values[]> {
  const entity: Entity | undefined = model.entities.get(portal.person.entity);
  if (!entity || ids.length === 0) return [];
  const seen: RowRule = personsOf(model, portal);
  const scene = engineScene(workspace, model, now);
  const rows = await ask<{ record: Values }>(db, locking(scene, entity, { ids, trash: "without", seen, loose: true }));
  return rows.map(({ record }) => record);
}

/** Reads as a visitor, by her portal's rule and nothing else. */
export async function readAs<Result>(
  { workspace, now }: PortalAt,
  { principal }: Visitor,
  work: (scene: ReadScene) => Promise<Result>,
): Promise<Result> {
  const bounded = (model: Model) => accessFor(modelFor(model, principal), principal);
  const first = { workspace, model: workspace.model, access: bounded(workspace.model), principal, now };
  return reading(first, bounded, async (scene) => work({ ...scene, model: modelFor(scene.model, principal) }));
}
