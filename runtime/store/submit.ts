import { createHash } from "node:crypto";
import {
  addressOf,
  foundBy,
  languageKept,
  problem,
  readSubmission,
  refuse,
  type Answers,
  type ConsentChannel,
  type Entity,
  type Submission,
  type Values,
} from "engine";
import { identifier } from "engine/sql";
import type { FormDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { PublicLanguage } from "../public-language.ts";
import type { Workspace } from "../workspace.ts";
import { mailConfirmation } from "./confirm.ts";
import { writeConsents } from "./consents.ts";
import { recordFacts } from "./facts.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { plantRecords } from "./planted.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { identify } from "./visits.ts";
import { planWhatHolds, writeRecords } from "./write.ts";

/** What came by a form. */
export interface Sent {
  readonly answers: Answers;
  /** What tells the work that the browser has done from all other. */
  readonly challenge: string;
  /** All that was sent, as a hash: the same again is the same sending. */
  readonly hash: string;
  /** In which language the page spoke. */
  readonly language: PublicLanguage;
  /** Where the page stood, as far as the browser says. */
  readonly page: string;
  /** The random id of the browser, where its visitor has agreed to have one. */
  readonly device: string;
  /** Where links of mails lead; without it none are sent. */
  readonly origin: string | undefined;
}

/**
 * Takes what was sent by a form, as the engine's own doing within what the form allows, all in one operation: the record
 * is made, or what is empty in it is filled in; consents are written down with their wording; a fact tells of it; and who
 * has to confirm gets a link. The same sending works once, however often it comes. What somebody is told does not depend
 * on whether her address was known. Answers the operation.
 */
export async function submitForm(workspace: Workspace, form: FormDocument, sent: Sent, now: Date): Promise<string> {
  const told = { kind: "form", title: form.title, now, unbounded: true };
  const { operation } = await operate(workspace, engineItself, told, async (tx, scene) => {
    // By the newest form: the model may have changed since the page was shown.
    const newest = scene.model.forms.get(form.$id);
    if (!newest || newest.open === false) throw problem("form.closed", {});
    if (!(await spend(tx, scene, sent))) return;
    const submission = readSubmission(scene.model, newest, sent.answers);
    refuse(submission.faults);
    await carryOut(tx, scene, newest, sent, submission);
  });
  return operation;
}

/** Uses up a challenge; false where this same sending has done so before. */
async function spend(tx: Connection, { workspace, now }: Scene, { challenge, hash }: Sent): Promise<boolean> {
  const { schema } = workspace;
  const { rowCount } = await tx.query(
    `insert into ${schema}._spent (challenge, hash, at) values ($1, $2, $3) on conflict (challenge) do nothing`,
    [challenge, hash, now],
  );
  if (rowCount === 1) {
    await tx.query(
      `delete from ${schema}._spent where challenge in (
         select s.challenge from ${schema}._spent s where s.at < $1 order by s.at for update skip locked limit 20)`,
      [new Date(now.getTime() - spentMs)],
    );
    return true;
  }
  const { rows } = await tx.query(`select hash from ${schema}._spent where challenge = $1`, [challenge]);
  if (rows[0]?.hash !== hash) throw problem("form.challenge", {});
  return false;
}

/** A challenge is too old before it is forgotten that it was used. */
const spentMs = 24 * 3_600_000;

async function carryOut(tx: Connection, scene: Scene, form: FormDocument, sent: Sent, submission: Submission) {
  const entity = entityOf(scene, form.entity);
  const { values } = submission;
  const asked = new Set(form.fields.map(({ field }) => field));
  const spoken = Object.entries(languageKept(scene.model, entity, sent.language)).filter(([name]) => !asked.has(name));
  const record = await keepRecord(tx, scene, form, entity, { ...Object.fromEntries(spoken), ...values });
  const about = { entity: entity.name, record };
  await identify(tx, scene, sent.device, about);
  const given = submission.consents.flatMap((at) => form.consents?.[at] ?? []);
  const addresses = addressesIn(entity, form, values);
  const consents = given.flatMap(({ purpose, channel, wording }) => {
    const address = addresses.get(channel);
    return address === undefined ? [] : [{ purpose, channel, wording, address }];
  });
  await recordFacts(tx, scene, [
    {
      type: "form.submitted",
      subject: about,
      at: scene.now,
      source: "form",
      sourceId: sent.challenge,
      data: {
        ...{ form: form.$id, title: form.title, page: sent.page, language: sent.language, values },
        consents: consents.map(({ purpose }) => purpose),
      },
    },
  ]);
  const stand = await writeConsents(
    tx,
    scene,
    consents.map((it) => ({
      ...{ ...it, ...about, action: "grant" as const, source: "form" },
      form: { anchor: form.$anchor, version: scene.model.version },
    })),
  );
  const open = stand.filter(({ state, channel }) => state === "unconfirmed" && channel === "email");
  if (open[0] && sent.origin !== undefined)
    await mailConfirmation(tx, scene, {
      ...{ ...about, origin: sent.origin, address: open[0].address, language: sent.language },
      purposes: open.map(({ purpose }) => purpose),
    });
}

/** The first address of each kind among the answers. */
function addressesIn(entity: Entity, form: FormDocument, values: Values): ReadonlyMap<ConsentChannel, string> {
  const found = form.fields.flatMap(({ field }) => {
    const channel = entity.fields.get(field)?.type.reaches;
    const value = values[field];
    return channel !== undefined && typeof value === "string" ? [[channel, addressOf(channel, value)] as const] : [];
  });
  return new Map(found.reverse());
}

/**
 * Makes the record, or fills in the one that has the address: what stands there already is left alone where the form does
 * not say otherwise, and what the record would refuse is left out. Faults are those that a new record would have, so
 * nobody learns whether there is one.
 */
async function keepRecord(
  tx: Connection,
  scene: Scene,
  form: FormDocument,
  entity: Entity,
  values: Values,
): Promise<string> {
  const known = await findRecord(tx, scene, form, entity, values);
  const { planted, faults } = await plantRecords(tx, scene, entity, [{ input: values, path: "" }]);
  refuse(faults);
  const create = planted.map(({ write }) => write);
  if (!known) {
    await writeRecords(tx, scene, create);
    return create[0]?.id ?? "";
  }
  const { faults: ofNew } = await planWhatHolds(tx, scene, create);
  refuse([...ofNew.values()].flat().filter(({ code }) => code !== "record.duplicate"));
  const open = new Set(form.fields.filter(({ overwrite }) => overwrite === true).map(({ field }) => field));
  // Who is known by another address of hers keeps the one that her mails go to.
  const isKnown = (name: string) => name === form.match && (known[name] ?? null) !== null;
  const after = Object.fromEntries(
    Object.entries(values).filter(([name]) => (known[name] ?? null) === null || (open.has(name) && !isKnown(name))),
  );
  const id = String(known.id);
  const update = { act: "update" as const, entity: entity.name, id, before: known, after, path: "" };
  const { faults: against } = await planWhatHolds(tx, scene, [update]);
  if (against.size === 0) await writeRecords(tx, scene, [update]);
  return id;
}

/** The record of whoever has been here before, locked. Who comes with the same address at the same time waits. */
async function findRecord(
  tx: Connection,
  scene: Scene,
  { match, $anchor }: FormDocument,
  entity: Entity,
  values: Values,
): Promise<Values | undefined> {
  const address = match === undefined ? undefined : values[match];
  if (match === undefined || typeof address !== "string") return undefined;
  const { schema } = scene.workspace;
  const key = createHash("sha256")
    .update(`${schema} ${$anchor} ${addressOf("email", address)}`)
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
  const found = await lockRecords(tx, scene, entityOf(scene, name), { ids, trash: "without" });
  return found.get(ids[0] ?? "");
}
