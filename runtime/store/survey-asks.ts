import { createHash } from "node:crypto";
import { spansOf, surveyReading } from "engine";
import { bind, toldStatement } from "engine/sql";
import type { SurveyDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { newRecord } from "../effects/record-create.ts";
import { spokenTo, type PublicLanguage } from "../public-language.ts";
import { fill } from "../inbound/fill.ts";
import { surveyToken } from "../surveys/link.ts";
import { askingMail } from "../surveys/mail.ts";
import { spokenSurvey } from "../surveys/page.ts";
import type { Workspace } from "../workspace.ts";
import { mailboxOf, outgoing } from "./mail-answer.ts";
import { place, written } from "./message-letters.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { slotsOf } from "./read.ts";
import { secretOf } from "./secret.ts";
import { intendMail, isAddress } from "./sendings.ts";
import { addressHash } from "./suppressions.ts";
import { writeWhatHolds } from "./write.ts";

/** What shall be asked. `id` tells it apart: the same is asked once, however often it comes. */
export interface Asking {
  readonly id: string;
  /** The name of the survey. */
  readonly survey: string;
  /** The anchor of the record's entity. */
  readonly entity: string;
  readonly record: string;
  /** The user whose work it is about; nothing where the survey finds out itself. */
  readonly agent?: string | null | undefined;
}

/** Why nobody is asked after all: nothing there, spared by the survey, no address, or asked too short a while ago. */
export type NotAsked = "gone" | "spared" | "address" | "lately";

/** What became of it. */
export interface AskOutcome {
  readonly asked: boolean;
  readonly why: NotAsked | null;
}

/** What a survey knows of the record that it is about. */
interface Told {
  readonly spared: boolean;
  readonly address: string;
  readonly person: string | null;
  readonly agent: string | null;
  readonly language: PublicLanguage;
  /** What the mail may name, as people write it. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Asks a survey about a record, as one operation: the row of the ask, the record that it is kept as, and the mail with
 * its link. Who must not be asked is not, and the row says why. Two that would ask the same person wait for each other.
 */
export async function askSurvey(
  workspace: Workspace,
  asking: Asking,
  { now, origin }: { readonly now: Date; readonly origin: string },
): Promise<AskOutcome> {
  const secret = await secretOf(workspace.pool, "mail");
  const told = { kind: "survey", title: "Ask a survey", now, unbounded: true };
  const { result } = await operate(workspace, engineItself, told, async (tx, scene) => {
    const known = await outcomeOf(tx, workspace, asking.id);
    if (known) return known;
    const document = scene.model.surveys.get(asking.survey);
    const entity = scene.model.entities.get(document?.entity ?? "");
    if (!document || entity?.anchor !== asking.entity) return no("gone");
    const about = await readAbout(tx, scene, document, asking);
    const why = about === undefined ? "gone" : await whyNot(tx, scene, document, about);
    if (!about || why) {
      await noteAsk(tx, scene, document, { ...asking, about, why: why ?? "gone", kept: null });
      return no(why ?? "gone");
    }
    const kept = await keep(tx, scene, document, asking.record, about);
    await noteAsk(tx, scene, document, { ...asking, about, why: null, kept });
    await mail(tx, scene, document, { asking, about, secret, origin });
    return { asked: true, why: null };
  });
  return result;
}

const no = (why: NotAsked): AskOutcome => ({ asked: false, why });

async function outcomeOf(tx: Connection, { schema }: Workspace, id: string): Promise<AskOutcome | undefined> {
  const { rows } = await tx.query(`select why from ${schema}._survey_ask where id = $1`, [id]);
  const [row] = rows as { why: NotAsked | null }[];
  return row && { asked: row.why === null, why: row.why };
}

/** Reads the record with one statement; nothing where it is gone. */
async function readAbout(
  tx: Connection,
  scene: Scene,
  document: SurveyDocument,
  { record, agent }: Asking,
): Promise<Told | undefined> {
  const { model, workspace, now } = scene;
  const { variables, unless, speaks } = surveyReading(model, document);
  const entity = model.entities.get(document.entity)!;
  const statement = toldStatement(
    { model, schema: workspace.schema, access: undefined },
    { entity, variables: [...variables.values()], conditions: unless ? [unless] : [] },
  );
  const slots = { ...slotsOf({ model, principal: engineItself, now }), ids0: [record] };
  const { rows } = await tx.query(statement.sql, [...bind(statement.parameters, slots)]);
  const [row] = rows as { v: unknown[]; c: boolean[] }[];
  if (!row) return undefined;
  const paths = [...variables.keys()];
  const at = (path: string | undefined) => (path === undefined ? null : (row.v[paths.indexOf(path)] ?? null));
  const idAt = (path: string | undefined) => {
    const value = at(path);
    return typeof value === "string" ? value : ((value as { id?: string } | null)?.id ?? null);
  };
  const language = spokenTo([at(speaks)]) ?? document.language ?? "en";
  const values: Record<string, unknown> = {};
  for (const [index, [path, checked]] of [...variables].entries())
    if (checked.type.kind !== "record")
      place(
        values,
        path.split("."),
        written(model, checked, row.v[index] ?? null, { language, zone: model.workspace.time_zone }),
      );
  return {
    spared: row.c[0] === true,
    address: String(at(document.to) ?? "").trim(),
    person: idAt(document.person),
    agent: agent === undefined ? idAt(document.agent) : agent,
    language,
    values,
  };
}

/** Why this person is not asked; nothing where she is. Until the operation ends nobody else asks her. */
async function whyNot(
  tx: Connection,
  scene: Scene,
  document: SurveyDocument,
  about: Told,
): Promise<NotAsked | undefined> {
  if (about.spared) return "spared";
  if (!isAddress(about.address)) return "address";
  const { everyMs } = spansOf(document);
  if (everyMs === 0) return undefined;
  const { schema } = scene.workspace;
  const person = await personOf(scene, about);
  const key = createHash("sha256").update(`${schema} ${document.$anchor} ${person}`).digest();
  await tx.query("select pg_advisory_xact_lock($1)", [String(key.readBigInt64BE())]);
  const { rows } = await tx.query(
    `select exists (select from ${schema}._survey_ask a
       where a.survey = $1 and a.person = $2 and a.why is null and a.asked_at > $3) as lately`,
    [document.$anchor, person, new Date(scene.now.getTime() - everyMs)],
  );
  return rows[0].lately === true ? "lately" : undefined;
}

/** By what people are told apart: their record, else a hash of the address. */
async function personOf({ workspace }: Scene, { person, address }: Told): Promise<string> {
  return person ?? (await addressHash(workspace, "email", address)).toString("hex");
}

interface Noted extends Asking {
  readonly about: Told | undefined;
  readonly why: NotAsked | null;
  readonly kept: string | null;
}

async function noteAsk(
  tx: Connection,
  scene: Scene,
  document: SurveyDocument,
  { id, entity, record, about, why, kept }: Noted,
): Promise<void> {
  const { workspace, now, operation, model } = scene;
  const { validMs } = spansOf(document);
  const whose =
    document.person === undefined ? undefined : surveyReading(model, document).variables.get(document.person);
  const [personEntity] = whose?.type.kind === "record" ? whose.type.entities : [];
  await tx.query(
    `insert into ${workspace.schema}._survey_ask
       (id, survey, entity, record, person, person_entity, person_record, agent, language, asked_at, expires_at, why, kept, operation)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      id,
      document.$anchor,
      entity,
      record,
      about && about.address !== "" ? await personOf(scene, about) : null,
      model.entities.get(personEntity ?? "")?.anchor ?? null,
      about?.person ?? null,
      about?.agent ?? null,
      about?.language ?? null,
      now,
      why === null ? new Date(now.getTime() + validMs) : null,
      why,
      kept,
      operation,
    ],
  );
}

/** The record that the ask is kept as; nothing where none is kept, or its entity refuses it. */
async function keep(
  tx: Connection,
  scene: Scene,
  { keeps, entity: about }: SurveyDocument,
  record: string,
  { person, agent }: Told,
): Promise<string | null> {
  const entity = scene.model.entities.get(keeps?.entity ?? "");
  if (!keeps || !entity) return null;
  const points = (name: string, id: string | null, to: string) => {
    const field = entity.fields.get(name);
    return id !== null && field && field.targets.length > 1 ? { entity: to, id } : id;
  };
  const values: Record<string, unknown> = { owner: agent };
  if (keeps.record !== undefined) values[keeps.record] = points(keeps.record, record, about);
  if (keeps.person !== undefined) values[keeps.person] = person;
  if (keeps.agent !== undefined) values[keeps.agent] = agent;
  if (keeps.asked_at !== undefined) values[keeps.asked_at] = scene.now.toISOString();
  const write = newRecord(scene, entity.name, values);
  const { faults } = await writeWhatHolds(tx, scene, [write]);
  return faults.size > 0 ? null : write.id;
}

/** The mail with the link. It comes from the mailbox of the record's entity where there is one, so that answers to it find back. */
async function mail(
  tx: Connection,
  scene: Scene,
  document: SurveyDocument,
  given: { readonly asking: Asking; readonly about: Told; readonly secret: Buffer; readonly origin: string },
): Promise<void> {
  const { asking, about, secret, origin } = given;
  const { model, workspace } = scene;
  const { language, values, address } = about;
  const spoken = spokenSurvey(model, document, language);
  const token = await surveyToken(workspace, asking.id);
  const [title, message] = [await fill(spoken.mail.title, values), await fill(spoken.mail.message, values)];
  const { text, html } = askingMail({
    ...{ document: spoken, language, message, company: model.workspace.name },
    link: `${origin}/f/-/survey/${token}`,
  });
  const mailbox = mailboxOf(scene, document.entity);
  const { record } = asking;
  const subject = title.replaceAll(/\s+/g, " ").trim().slice(0, 400);
  const from = mailbox ? await outgoing(tx, scene, mailbox, { record, secret, subject }) : { subject };
  await intendMail(tx, scene, {
    ...{ effectKey: `survey ${asking.id}`, ...from, to: address, text, html, hides: token },
    ...{ purpose: null, auto: true, entity: document.entity, record },
  });
}
