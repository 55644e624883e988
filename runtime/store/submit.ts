import { addressOf, problem, readSubmission, refuse, type Answers, type ConsentChannel, type Submission } from "engine";
import type { FormDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { PublicLanguage } from "../public-language.ts";
import type { Workspace } from "../workspace.ts";
import { mailConfirmation } from "./confirm.ts";
import { writeConsents } from "./consents.ts";
import { recordFacts } from "./facts.ts";
import { keepSent, type KeptRecord } from "./form-records.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { claimDevice } from "./visits.ts";

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
 * is made, or what is empty in it is filled in, and leads to that of whoever sent it where she has one of her own; her
 * consents are written down with their wording; a fact tells each of the two of it; and who has to confirm gets a link. The same sending works once, however often it comes. What somebody is told does not depend
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
  const { record, sender } = await keepSent(tx, scene, form, submission, sent.language);
  const whose = sender ?? record;
  const about = { entity: whose.entity.name, record: whose.id };
  await claimDevice(tx, scene, sent.device, about);
  const given = submission.consents.flatMap((at) => form.consents?.[at] ?? []);
  const addresses = addressesIn(whose);
  const consents = given.flatMap(({ purpose, channel, wording }) => {
    const address = addresses.get(channel);
    return address === undefined ? [] : [{ purpose, channel, wording, address }];
  });
  const facts = [record, ...(sender ? [sender] : [])].map(({ entity, id, values }, at) => ({
    type: "form.submitted",
    subject: { entity: entity.name, record: id },
    at: scene.now,
    source: at === 0 ? "form" : "form sender",
    sourceId: sent.challenge,
    data: {
      ...{ form: form.$id, title: form.title, page: sent.page, language: sent.language, values },
      consents: consents.map(({ purpose }) => purpose),
    },
  }));
  await recordFacts(tx, scene, facts);
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
function addressesIn({ entity, fields, values }: KeptRecord): ReadonlyMap<ConsentChannel, string> {
  const found = fields.flatMap(({ field }) => {
    const channel = entity.fields.get(field)?.type.reaches;
    const value = values[field];
    return channel !== undefined && typeof value === "string" ? [[channel, addressOf(channel, value)] as const] : [];
  });
  return new Map(found.reverse());
}
