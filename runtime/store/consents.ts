import { createHash } from "node:crypto";
import {
  addressOf,
  consentStanding,
  problem,
  type ConsentAction,
  type ConsentChannel,
  type ConsentState,
  type ConsentStep,
} from "engine";
import type { PurposeDocument } from "schemas";
import type { Connection, Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { forgetFacts, recordFacts, type ToldFact } from "./facts.ts";
import { authorOf, type Scene } from "./operation.ts";
import { noteConsents } from "./segments.ts";

/** One word on a consent. */
export interface ConsentWrite {
  readonly channel: ConsentChannel;
  readonly address: string;
  /** The purpose by its present name. */
  readonly purpose: string;
  readonly action: ConsentAction;
  /** Whence it comes: `form`, `hand`, `import`, `link`, `mail`, `merge`. */
  readonly source: string;
  /** On which ground; without it the purpose's own. */
  readonly basis?: PurposeDocument["basis"];
  /** What was agreed to, as it was read. */
  readonly wording?: string | undefined;
  /** The form by its anchor, and the version of the model that it was shown by. */
  readonly form?: { readonly anchor: string; readonly version: number };
  /** When it was said, where that is not now. */
  readonly at?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Whose address it was then. */
  readonly entity?: string | undefined;
  readonly record?: string | undefined;
  readonly proof?: Readonly<Record<string, unknown>> | undefined;
}

/** How a consent stands after a word on it. */
export interface ConsentTold {
  readonly channel: ConsentChannel;
  readonly address: string;
  readonly purpose: string;
  readonly state: ConsentState;
}

type Speaking = Pick<Scene, "workspace" | "model" | "now">;

/** A purpose by its present name. Throws where there is none. */
export function purposeNamed({ model }: Pick<Scene, "model">, name: string, path = ""): PurposeDocument {
  const found = model.purposes.get(name);
  if (!found) throw problem("purpose.unknown", { purpose: name.slice(0, 80), path });
  return found;
}

/** What was read, as a hash: two wordings are one where no sign differs. */
export const wordingHash = (wording: string): string => createHash("sha256").update(wording.normalize()).digest("hex");

/**
 * Writes down what was said of consents, and how they stand after it, in the transaction of the scene. Nothing that was
 * said before is changed. Whoever writes to the same address waits here, so that none is missed. Answers each as it
 * stands now.
 */
export async function writeConsents(
  tx: Connection,
  scene: Scene,
  writes: readonly ConsentWrite[],
): Promise<readonly ConsentTold[]> {
  if (writes.length === 0) return [];
  const { workspace, now } = scene;
  const rows = writes.map((write) => rowOf(scene, write));
  const keys = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
  await tx.query(
    `insert into ${workspace.schema}._consent_state as s (channel, address, purpose, state, since)
     select w.channel, w.address, w.purpose, 'none', $2::timestamptz
     from jsonb_to_recordset($1::jsonb) as w (channel text, address text, purpose text)
     order by w.purpose, w.channel, w.address on conflict (purpose, channel, address) do update set since = s.since`,
    [JSON.stringify(keys), now],
  );
  await tx.query(
    `insert into ${workspace.schema}._consent (id, channel, address, purpose, action, basis, confirms, wording, wording_hash,
       form, form_version, source, at, received_at, expires_at, entity, record, by, operation, proof)
     select w.id, w.channel, w.address, w.purpose, w.action, w.basis, w.confirms, w.wording, w.wording_hash,
       w.form, w.form_version, w.source, w.at, w.received_at, w.expires_at, w.entity, w.record, w.by, w.operation, w.proof
     from jsonb_to_recordset($1::jsonb) as w (id uuid, channel text, address text, purpose text, action text, basis text,
       confirms boolean, wording text, wording_hash text, form text, form_version integer, source text, at timestamptz,
       received_at timestamptz, expires_at timestamptz, entity text, record uuid, by uuid, operation uuid, proof jsonb)`,
    [JSON.stringify(rows)],
  );
  const before = await keptStates(tx, scene, keys);
  const standing = await standAnew(tx, scene, keys);
  await recordFacts(tx, scene, factsOf(scene, writes, rows, before, standing));
  await noteConsents(tx, scene, keys);
  return rows.map((row, at) => ({
    channel: row.channel,
    address: row.address,
    purpose: writes[at]!.purpose,
    state: standing.get(keyOf(row)) ?? "none",
  }));
}

interface Key {
  readonly channel: ConsentChannel;
  readonly address: string;
  readonly purpose: string;
}

const keyOf = ({ channel, address, purpose }: Key) => `${purpose} ${channel} ${address}`;

function rowOf(scene: Scene, write: ConsentWrite) {
  const { now, operation } = scene;
  const { channel, action, source, wording, form, at, expiresAt, entity, record, proof } = write;
  const { $anchor, basis, double_opt_in: double = false } = purposeNamed(scene, write.purpose);
  return {
    id: newId(now),
    channel,
    address: addressOf(channel, write.address),
    purpose: $anchor,
    action,
    basis: write.basis ?? basis,
    confirms: double,
    wording: wording ?? null,
    wording_hash: wording === undefined ? null : wordingHash(wording),
    form: form?.anchor ?? null,
    form_version: form?.version ?? null,
    source,
    at: at ?? now.toISOString(),
    received_at: now.toISOString(),
    expires_at: expiresAt ?? null,
    entity: entity === undefined ? null : (scene.model.entities.get(entity)?.anchor ?? null),
    record: record ?? null,
    by: authorOf(scene),
    operation,
    proof: proof ?? null,
  };
}

/** What has come of the words on the consents of records: one fact for each that stands otherwise than before. */
function factsOf(
  { now }: Scene,
  writes: readonly ConsentWrite[],
  rows: readonly (Key & { readonly id: string; readonly form: string | null })[],
  before: ReadonlyMap<string, ConsentState>,
  standing: ReadonlyMap<string, ConsentState>,
): readonly ToldFact[] {
  const last = new Map(
    rows.flatMap((row, at) => (writes[at]?.record === undefined ? [] : [[keyOf(row), at] as const])),
  );
  return [...last].flatMap(([key, at]) => {
    const [was, is] = [before.get(key) ?? "none", standing.get(key) ?? "none"];
    const { entity = "", record = "", purpose, channel, source } = writes[at]!;
    return typesOf(was, is).map((type) => ({
      ...{ type, subject: { entity, record }, at: now, source: "consent", sourceId: `${rows[at]!.id} ${type}` },
      data: { purpose, channel, source },
    }));
  });
}

const told = ["consent.confirmed", "consent.granted", "consent.withdrawn"] as const;

function typesOf(was: ConsentState, is: ConsentState): readonly (typeof told)[number][] {
  if (was === is) return [];
  if (is === "granted") return [...(was === "unconfirmed" ? (["consent.confirmed"] as const) : []), "consent.granted"];
  return is === "withdrawn" ? ["consent.withdrawn"] : [];
}

/** How these stood before, as it is kept. */
async function keptStates(
  tx: Connection,
  { workspace }: Speaking,
  keys: readonly Key[],
): Promise<ReadonlyMap<string, ConsentState>> {
  const { rows } = await tx.query(
    `select s.channel, s.address, s.purpose, s.state from jsonb_to_recordset($1::jsonb) as k (channel text, address text, purpose text)
       join ${workspace.schema}._consent_state s on s.purpose = k.purpose and s.channel = k.channel and s.address = k.address`,
    [JSON.stringify(keys.map(({ channel, address, purpose }) => ({ channel, address, purpose })))],
  );
  return new Map((rows as (Key & { state: ConsentState })[]).map((it) => [keyOf(it), it.state]));
}

/**
 * Takes words back as if they had never been said: those of an operation that is undone. What has come of them is taken
 * back too.
 */
export async function unsayConsents(tx: Connection, scene: Scene, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `delete from ${schema}._consent where id = any($1::uuid[]) returning purpose, channel, address`,
    [ids],
  );
  const keys = [...new Map((rows as Key[]).map((it) => [keyOf(it), it])).values()];
  await standAnew(tx, scene, keys);
  await tx.query(
    `delete from ${schema}._consent_state s using jsonb_to_recordset($1::jsonb) as k (channel text, address text, purpose text)
     where s.purpose = k.purpose and s.channel = k.channel and s.address = k.address and not exists (
       select from ${schema}._consent c where c.address = s.address and c.purpose = s.purpose and c.channel = s.channel)`,
    [JSON.stringify(keys)],
  );
  await forgetFacts(
    tx,
    scene,
    "consent",
    ids.flatMap((id) => told.map((type) => `${id} ${type}`)),
  );
  await noteConsents(tx, scene, keys);
}

/** Works out from all that was said how these stand, and keeps it. */
async function standAnew(
  tx: Connection,
  { workspace }: Speaking,
  keys: readonly Key[],
): Promise<ReadonlyMap<string, ConsentState>> {
  const asked = JSON.stringify(keys.map(({ channel, address, purpose }) => ({ channel, address, purpose })));
  const { rows } = await tx.query(
    `select c.channel, c.address, c.purpose, c.action, c.source, c.confirms, c.expires_at, c.received_at,
       c.proof is not null as proven
     from jsonb_to_recordset($1::jsonb) as k (channel text, address text, purpose text)
       join ${workspace.schema}._consent c on c.address = k.address and c.purpose = k.purpose and c.channel = k.channel
     order by c.at, c.id`,
    [asked],
  );
  const said = Map.groupBy(rows as (Key & ConsentStep)[], keyOf);
  const stand = keys.map(({ channel, address, purpose }) => {
    const key = { channel, address, purpose };
    return { ...key, ...consentStanding(said.get(keyOf(key)) ?? []) };
  });
  await tx.query(
    `update ${workspace.schema}._consent_state s set state = w.state, expires_at = w.expires_at, since = coalesce(w.since, s.since)
     from jsonb_to_recordset($1::jsonb)
       as w (channel text, address text, purpose text, state text, expires_at timestamptz, since timestamptz)
     where s.purpose = w.purpose and s.channel = w.channel and s.address = w.address`,
    [JSON.stringify(stand)],
  );
  return new Map(stand.map((it) => [keyOf(it), it.state]));
}

/**
 * How some addresses stand with a purpose, by the addresses as they were given: `none` where nobody has said anything or
 * where it has ended. One statement, however many they are.
 */
export async function consentsOf(
  db: Queryable,
  scene: Speaking,
  { channel, purpose, addresses }: { channel: ConsentChannel; purpose: string; addresses: readonly string[] },
): Promise<ReadonlyMap<string, ConsentState>> {
  const { workspace, now } = scene;
  const { rows } = await db.query(
    `select address, state from ${workspace.schema}._consent_state
     where purpose = $1 and channel = $2 and address = any($3::text[]) and (expires_at is null or expires_at > $4)`,
    [purposeNamed(scene, purpose).$anchor, channel, addresses.map((it) => addressOf(channel, it)), now],
  );
  const known = new Map((rows as { address: string; state: ConsentState }[]).map((it) => [it.address, it.state]));
  return new Map(addresses.map((it) => [it, known.get(addressOf(channel, it)) ?? "none"]));
}

/** How some addresses stand with every purpose that anything was said of, by `<purpose> <channel> <address>`. */
export async function standingOf(
  db: Queryable,
  { workspace, now }: Pick<Scene, "workspace" | "now">,
  of: readonly { readonly channel: ConsentChannel; readonly address: string }[],
): Promise<ReadonlyMap<string, ConsentState>> {
  const { rows } = await db.query(
    `select s.channel, s.address, s.purpose, s.state from jsonb_to_recordset($1::jsonb) as k (channel text, address text)
       join ${workspace.schema}._consent_state s on s.address = k.address and s.channel = k.channel
     where s.expires_at is null or s.expires_at > $2`,
    [JSON.stringify(of), now],
  );
  return new Map((rows as (Key & { state: ConsentState })[]).map((it) => [keyOf(it), it.state]));
}

/** One word on a consent, as its readers see it. */
export interface ConsentItem {
  readonly id: string;
  readonly channel: ConsentChannel;
  readonly address: string;
  /** The purpose by its anchor. */
  readonly purpose: string;
  readonly action: ConsentAction;
  readonly at: string;
  readonly source: string;
  readonly basis: string;
  readonly wording: string | null;
  readonly form: string | null;
  readonly expires_at: string | null;
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly proof: Readonly<Record<string, unknown>> | null;
}

/** All that was said of the consents of some addresses, the newest first; the last thousand of it. */
export async function consentHistory(
  db: Queryable,
  { workspace: { schema } }: Pick<Scene, "workspace">,
  of: readonly { readonly channel: ConsentChannel; readonly address: string }[],
): Promise<readonly ConsentItem[]> {
  const { rows } = await db.query(
    `select c.id, c.channel, c.address, c.purpose, c.action, c.at, c.source, c.basis, c.wording, c.form, c.expires_at, c.proof,
       case when c.by is not null then json_build_object('id', c.by, 'name', u.name) end as by
     from jsonb_to_recordset($1::jsonb) as k (channel text, address text)
       join ${schema}._consent c on c.address = k.address and c.channel = k.channel
       left join ${schema}."user" u on u.id = c.by
     order by c.at desc, c.id desc limit 1000`,
    [JSON.stringify(of)],
  );
  return rows as ConsentItem[];
}
