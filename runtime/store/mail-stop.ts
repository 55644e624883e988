import type { Connection, Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { consentsOf, writeConsents, type ConsentWrite } from "./consents.ts";
import { recordFacts } from "./facts.ts";
import { tallyMails } from "./mail-tally.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { endedColumns, mailFact, type Ended } from "./send-outcome.ts";

/** A mail as its receiver speaks of it by one of its links. */
export interface Received extends Ended {
  readonly address: string;
}

/** The mail of a link; nothing where it is gone. */
export async function receivedMail(
  { pool, schema }: { readonly pool: Queryable; readonly schema: string },
  sending: string | undefined,
): Promise<Received | undefined> {
  if (sending === undefined) return undefined;
  const { rows } = await pool.query(`select ${endedColumns}, s.address from ${schema}._sending s where s.id = $1`, [
    sending,
  ]);
  return rows[0] as Received | undefined;
}

/** The purpose of a mail by its present name; nothing where it has none any more. */
export const purposeOf = ({ model }: Pick<Workspace, "model">, { purpose }: Pick<Received, "purpose">) =>
  purpose === null
    ? undefined
    : [...model.purposes.values()].find((it) => it.$anchor === purpose || it.$id === purpose);

/**
 * Ends what a mail was sent for, for its address: the receiver has said so by its link or its header. Said twice it is
 * said once. By the same transaction nothing more of that purpose goes.
 */
export async function stopMails(
  workspace: Workspace,
  mail: Received,
  source: "link" | "mail",
  now: Date,
): Promise<void> {
  await operate(workspace, engineItself, { kind: "mail", title: "Unsubscribe", now, unbounded: true }, (tx, scene) =>
    stopPart(tx, scene, mail, source),
  );
}

/** The same within an operation. */
export async function stopPart(tx: Connection, scene: Scene, mail: Received, source: "link" | "mail"): Promise<void> {
  const purpose = purposeOf(scene, mail);
  if (!purpose) return;
  const asked = { channel: "email" as const, purpose: purpose.$id, addresses: [mail.address] };
  if ((await consentsOf(tx, scene, asked)).get(mail.address) === "withdrawn") return;
  await writeConsents(tx, scene, [withdrawal(mail, purpose.$id, source)]);
  await tallyMails(tx, scene.workspace, [{ ...mail, what: "unsubscribed" }], scene.now);
  await recordFacts(tx, scene, [
    mailFact("consent.withdrawn", mail, {
      at: scene.now,
      id: "stop",
      data: { purpose: purpose.$id, channel: "email" },
    }),
  ]);
}

function withdrawal({ id, address, entity, record }: Received, purpose: string, source: string): ConsentWrite {
  const about = entity === null || record === null ? {} : { entity, record };
  return { channel: "email", address, purpose, action: "withdraw", source, ...about, proof: { sending: id } };
}

/** What a receiver chooses. */
export interface Choices {
  /** The purposes that she agrees to, by their names, of all that she was shown. */
  readonly purposes: readonly string[];
  readonly pausedUntil: Date | null;
  /** No more than so many mails a week; null for as many as there are. */
  readonly weekly: number | null;
  readonly language: string | null;
}

/** How a receiver has chosen so far. */
export async function choicesOf(workspace: Workspace, { address }: Received, now: Date) {
  const { pool, schema, model } = workspace;
  const { rows } = await pool.query(
    `select paused_until, weekly, language from ${schema}._mail_choice where address = $1`,
    [address],
  );
  const purposes = await Promise.all(
    [...model.purposes.values()].map(async ({ $id, title, description, basis }) => {
      const asked = { channel: "email" as const, purpose: $id, addresses: [address] };
      const state = (await consentsOf(pool, { workspace, model, now }, asked)).get(address) ?? "none";
      return { name: $id, title, description, on: state === "granted" || (state === "none" && basis !== "consent") };
    }),
  );
  const { paused_until = null, weekly = null, language = null } = rows[0] ?? {};
  return { purposes, pausedUntil: paused_until as string | null, weekly: weekly as number | null, language };
}

/** Keeps what a receiver has chosen; what she turns off is withdrawn, what she turns on is granted by her own hand. */
export async function keepChoices(workspace: Workspace, mail: Received, choices: Choices, now: Date): Promise<void> {
  const before = await choicesOf(workspace, mail, now);
  await operate(
    workspace,
    engineItself,
    { kind: "mail", title: "Choices of a receiver", now, unbounded: true },
    async (tx, scene) => {
      const turned = before.purposes.filter(({ name, on }) => choices.purposes.includes(name) !== on);
      await writeConsents(
        tx,
        scene,
        turned.flatMap(({ name, on, title, description }): ConsentWrite[] => {
          if (on) return [withdrawal(mail, name, "link")];
          const granted = { ...withdrawal(mail, name, "link"), wording: description ?? title };
          // Whoever opens the link of a mail has the address: that is what a confirmation proves.
          return [
            { ...granted, action: "grant" },
            { ...granted, action: "confirm" },
          ];
        }),
      );
      const own = purposeOf(workspace, mail)?.$id;
      if (turned.some(({ name, on }) => on && name === own))
        await tallyMails(tx, workspace, [{ ...mail, what: "unsubscribed" }], now);
      await recordFacts(
        tx,
        scene,
        turned.map(({ name, on }) =>
          mailFact(on ? "consent.withdrawn" : "consent.granted", mail, {
            at: now,
            id: `${on ? "stop" : "grant"}:${name}:${scene.operation}`,
            data: { purpose: name, channel: "email" },
          }),
        ),
      );
      await tx.query(
        `insert into ${workspace.schema}._mail_choice (address, paused_until, weekly, language, at) values ($1, $2, $3, $4, $5)
       on conflict (address) do update set paused_until = excluded.paused_until, weekly = excluded.weekly,
         language = excluded.language, at = excluded.at`,
        [mail.address, choices.pausedUntil, choices.weekly, choices.language, now],
      );
    },
  );
}
