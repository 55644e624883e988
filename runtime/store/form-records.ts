import { createHash } from "node:crypto";
import {
  addressOf,
  formPersonEntity,
  foundBy,
  languageKept,
  refuse,
  type Entity,
  type Submission,
  type Values,
} from "engine";
import { identifier } from "engine/sql";
import type { FormDocument, FormField } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { PublicLanguage } from "../public-language.ts";
import type { Scene } from "./operation.ts";
import { faultsOf, plantRecords } from "./planted.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { planWhatHolds, writeRecords, writeWhatHolds } from "./write.ts";

/** A record to which a sending came, and what was answered about it. */
export interface KeptRecord {
  readonly entity: Entity;
  readonly id: string;
  readonly fields: readonly FormField[];
  readonly values: Values;
}

/** The record of a sending, and that of whoever sent it, where she has one of her own. */
interface KeptSending {
  readonly record: KeptRecord;
  readonly sender: KeptRecord | undefined;
}

/** Makes the record of a sending, or fills it in; before that the record of whoever sent it, to which it leads. */
export async function keepSent(
  tx: Connection,
  scene: Scene,
  form: FormDocument,
  { values, person: answered }: Submission,
  language: PublicLanguage,
): Promise<KeptSending> {
  const { person, fields, match } = form;
  const entity = entityOf(scene, form.entity);
  const from = formPersonEntity(scene.model, form);
  if (!person || !from) {
    const id = await keepRecord(tx, scene, { entity, fields, match, path: "", language }, values);
    return { record: { entity, id, fields, values }, sender: undefined };
  }
  const hers = { entity: from, fields: person.fields, match: person.match, path: "/person", language };
  const sender = await keepRecord(tx, scene, { ...hers, values: person.values }, answered);
  const record = await makeLeading(tx, scene, { entity, person, sender, from }, values);
  return {
    record: { entity, id: record, fields, values },
    sender: { entity: from, id: sender, fields: person.fields, values: answered },
  };
}

/** Of which record a part of a form is. */
interface Keeping {
  readonly entity: Entity;
  readonly fields: readonly FormField[];
  readonly match: string | undefined;
  /** Where faults of its values stand: JSON Pointer before the names of the fields. */
  readonly path: string;
  /** The page spoke it: whoever is new, or of whom that is not known, is spoken to in it. */
  readonly language: PublicLanguage;
  /** What a new one has besides. */
  readonly values?: Values | undefined;
}

/**
 * Makes the record, or fills in the one that has the address: what stands there already is left alone where the form does
 * not say otherwise, and what the record would refuse is left out. Faults are those that a new record would have, so
 * nobody learns whether there is one.
 */
async function keepRecord(tx: Connection, scene: Scene, keeping: Keeping, answered: Values): Promise<string> {
  const { entity, fields, match, path } = keeping;
  const asked = new Set(fields.map(({ field }) => field));
  const spoken = Object.entries(languageKept(scene.model, entity, keeping.language)).filter(
    ([name]) => !asked.has(name),
  );
  const values = { ...Object.fromEntries(spoken), ...answered };
  const known = await findRecord(tx, scene, keeping, values);
  const planted = await plantRecords(tx, scene, entity, [{ input: { ...keeping.values, ...values }, path }]);
  refuse(faultsOf(planted));
  const create = planted.map(({ write }) => write);
  if (!known) {
    await writeRecords(tx, scene, create);
    return create[0]?.id ?? "";
  }
  const { faults: ofNew } = await planWhatHolds(tx, scene, create);
  refuse([...ofNew.values()].flat().filter(({ code }) => code !== "record.duplicate"));
  const open = new Set(fields.filter(({ overwrite }) => overwrite === true).map(({ field }) => field));
  // Who is known by another address of hers keeps the one that her mails go to.
  const isKnown = (name: string) => name === match && (known[name] ?? null) !== null;
  const after = Object.fromEntries(
    Object.entries(values).filter(([name]) => (known[name] ?? null) === null || (open.has(name) && !isKnown(name))),
  );
  const id = String(known.id);
  const update = { act: "update" as const, entity: entity.name, id, before: known, after, path };
  const { faults: against } = await planWhatHolds(tx, scene, [update]);
  if (against.size === 0) await writeRecords(tx, scene, [update]);
  return id;
}

/** A new record, and whoever it leads to. */
interface Leading {
  readonly entity: Entity;
  readonly person: NonNullable<FormDocument["person"]>;
  readonly sender: string;
  readonly from: Entity;
}

/**
 * Makes a record that leads to whoever sent it, with what it takes from her. What it would refuse of that is left out:
 * somebody who hears of a fault would hear what stands in the record of whoever has the address.
 */
async function makeLeading(
  tx: Connection,
  scene: Scene,
  { entity, person: { reference, copied = {} }, sender, from }: Leading,
  values: Values,
): Promise<string> {
  const her = (await lockRecords(tx, scene, from, { ids: [sender], trash: "without" })).get(sender) ?? {};
  const taken = Object.fromEntries(
    Object.entries(copied).flatMap(([name, source]) => (her[source] == null ? [] : [[name, her[source]]])),
  );
  const leading = { ...values, [reference]: sender };
  const alone = entity.fields.get(reference)?.required === true ? [] : [values];
  return makeFirst(tx, scene, entity, [{ ...leading, ...taken }, leading, ...alone]);
}

/** Makes a record of the first values that hold. Faults are those of the last. */
async function makeFirst(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  [input, ...others]: readonly Values[],
): Promise<string> {
  const planted = await plantRecords(tx, scene, entity, [{ input, path: "" }]);
  const asked = planted.map(({ write }) => write);
  const { writes, faults: against } = await writeWhatHolds(tx, scene, asked);
  const [made] = writes;
  if (made) return made.id;
  if (others.length > 0) return makeFirst(tx, scene, entity, others);
  refuse([...against.values()].flat());
  return "";
}

/** The record of whoever has been here before, locked. Who comes with the same address at the same time waits. */
async function findRecord(
  tx: Connection,
  scene: Scene,
  { entity, match }: Keeping,
  values: Values,
): Promise<Values | undefined> {
  const address = match === undefined ? undefined : values[match];
  if (match === undefined || typeof address !== "string") return undefined;
  const { schema } = scene.workspace;
  const key = createHash("sha256")
    .update(`${schema} ${entity.anchor} ${addressOf("email", address)}`)
    .digest();
  await tx.query("select pg_advisory_xact_lock($1)", [String(key.readBigInt64BE())]);
  const { name } = entity;
  const [main, ...more] = foundBy(entity, entity.fields.get(match)!).map((it) => `t.${identifier(it.name)} ilike $1`);
  const { rows } = await tx.query(
    `select t.id from ${schema}.${identifier(name)} t where t.deleted_at is null and (${[main, ...more].join(" or ")})
     order by coalesce(${main}, false) desc, t.updated_at desc, t.id limit 1`,
    [address.trim().replaceAll(/[\\%_]/g, "\\$&")],
  );
  const ids = (rows as { id: string }[]).map(({ id }) => id);
  const found = await lockRecords(tx, scene, entity, { ids, trash: "without" });
  return found.get(ids[0] ?? "");
}
