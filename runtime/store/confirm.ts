import { createHmac, timingSafeEqual } from "node:crypto";
import { problem } from "engine";
import type { Connection, Queryable } from "../database/pool.ts";
import { linkMail } from "../mail/link-mail.ts";
import { publicWords } from "../forms/words.ts";
import type { PublicLanguage } from "../public-language.ts";
import type { Workspace } from "../workspace.ts";
import { writeConsents } from "./consents.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { isId } from "./records.ts";
import { secretOf } from "./secret.ts";
import { intendMail } from "./sendings.ts";
import { addressHash, suppressed } from "./suppressions.ts";
import { claimsMs, confirmDevice } from "./visits.ts";

const hourMs = 3_600_000;

/** Who is asked to confirm, and what. */
interface Asked {
  readonly entity: string;
  readonly record: string;
  readonly address: string;
  readonly purposes: readonly string[];
  readonly language: PublicLanguage;
  readonly origin: string;
}

/**
 * Sends the link that confirms what was given in this operation. An address is asked once an hour at most, whoever fills
 * in forms with it, and never where nothing is sent to it any more.
 */
export async function mailConfirmation(tx: Connection, scene: Scene, asked: Asked): Promise<void> {
  const { workspace, model, now, operation } = scene;
  const { address, entity, record, origin } = asked;
  if ((await suppressed(tx, workspace, "email", [address])).size > 0) return;
  const words = publicWords(asked.language);
  const titles = asked.purposes.map((name) => model.purposes.get(name)?.title ?? name).join(", ");
  const token = await tokenOf(workspace, operation);
  const link = `${origin}/f/-/confirm/${token}?lang=${asked.language}`;
  const hour = Math.floor(now.getTime() / hourMs);
  const about = (await addressHash(workspace, "email", `${address} ${[...asked.purposes].sort().join()}`)).toString(
    "hex",
  );
  const said = linkMail(words.mail, { company: model.workspace.name, titles, link }, asked.language);
  await intendMail(tx, scene, {
    ...{ effectKey: `confirm:${about}:${hour}`, to: address, entity, record, purpose: null, auto: true },
    ...{ subject: said.subject, text: said.text, html: said.html, hides: token },
  });
}

/** What a link confirms: by which address, for which purposes, and whether that was done. */
export interface Confirming {
  readonly workspace: Workspace;
  readonly operation: string;
  readonly address: string;
  readonly purposes: readonly string[];
}

interface Granted {
  readonly channel: "email" | "phone";
  readonly address: string;
  readonly purpose: string;
  readonly form: string | null;
  readonly entity: string | null;
  readonly record: string | null;
}

/** The link's own part: which workspace, which operation, and a signature over both. */
async function tokenOf(workspace: Workspace, operation: string): Promise<string> {
  return `${workspace.name}.${operation}.${(await macOf(workspace, operation)).toString("base64url")}`;
}

async function macOf({ pool, name }: Workspace, operation: string): Promise<Buffer> {
  return createHmac("sha256", await secretOf(pool, "confirm"))
    .update(`${name} ${operation}`)
    .digest()
    .subarray(0, 18);
}

/** What the link of a mail is about. Throws `form.link` where it was not made by us, or is too old. */
export async function readLink(
  workspaces: ReadonlyMap<string, Workspace>,
  token: string,
  now: Date,
): Promise<Confirming> {
  const [name = "", operation = "", mac = ""] = token.split(".");
  const workspace = workspaces.get(name);
  if (!workspace || !isId(operation)) throw problem("form.link", {});
  const [given, wanted] = [Buffer.from(mac, "base64url"), await macOf(workspace, operation)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw problem("form.link", {});
  const rows = await grantedBy(workspace.pool, workspace, operation, now);
  const [first] = rows;
  if (!first) throw problem("form.link", {});
  const anchors = new Set(rows.map(({ purpose }) => purpose));
  const purposes = [...workspace.model.purposes.values()].filter(({ $anchor }) => anchors.has($anchor));
  return { workspace, operation, address: first.address, purposes: purposes.map(({ title }) => title) };
}

async function grantedBy(db: Queryable, { schema }: Workspace, operation: string, now: Date): Promise<Granted[]> {
  const { rows } = await db.query(
    `select c.channel, c.address, c.purpose, c.form, c.entity, c.record from ${schema}._consent c
     where c.operation = $1 and c.action = 'grant' and c.source = 'form' and c.channel = 'email' and c.received_at > $2
     order by c.id`,
    [operation, new Date(now.getTime() - claimsMs)],
  );
  return rows as Granted[];
}

/** Confirms what was given, and who was at the browser in which it was. What was withdrawn since stays withdrawn; a second time changes nothing. */
export async function confirmLink({ workspace, operation }: Confirming, now: Date): Promise<void> {
  const told = { kind: "consent", title: "Confirmation", now, unbounded: true };
  await operate(workspace, engineItself, told, async (tx, scene) => {
    const names = new Map([...scene.model.purposes.values()].map(({ $id, $anchor }) => [$anchor, $id]));
    const entities = new Map([...scene.model.entities.values()].map(({ name, anchor }) => [anchor, name]));
    const writes = (await grantedBy(tx, workspace, operation, now)).flatMap((it) => {
      const purpose = names.get(it.purpose);
      if (purpose === undefined) return [];
      return [
        {
          ...{ channel: it.channel, address: it.address, purpose, action: "confirm" as const, source: "link" },
          ...{ entity: entities.get(it.entity ?? ""), record: it.record ?? undefined },
        },
      ];
    });
    await writeConsents(tx, scene, writes);
    await confirmDevice(tx, scene, operation);
  });
}
