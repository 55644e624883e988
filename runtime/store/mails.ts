import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Scene } from "./operation.ts";

/** A mail as it is kept, whichever way it went. Addresses are kept in small letters. */
export interface KeptMail {
  readonly direction: "in" | "out";
  /** As the header has it, with its angle brackets; the same of `inReplyTo` and `refs`. */
  readonly messageId: string | null;
  readonly inReplyTo?: string | null;
  readonly refs?: readonly string[];
  readonly from: Address;
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Without it now. */
  readonly at?: Date;
  /** The record that it belongs to, and the name of its entity. */
  readonly entity?: string | null;
  readonly record?: string | null;
  /** No person has written it. */
  readonly auto?: boolean;
  readonly purpose?: string | null;
  readonly sending?: string | null;
}

/** Whoever writes a mail. */
export interface Address {
  readonly address: string;
  readonly name?: string | null;
}

const columns = `id uuid, direction text, message_id text, in_reply_to text, refs text[], from_address text, from_name text,
  to_addresses text[], cc_addresses text[], subject text, text text, html text, headers jsonb, at timestamptz, entity text,
  record uuid, auto boolean, purpose text, sending uuid`;
const names = columns
  .replaceAll(/\s+/g, " ")
  .replaceAll(/ (?:uuid|text|text\[\]|jsonb|timestamptz|boolean)(?=,|$)/g, "");

/** Keeps a mail for good, and answers its id. */
export async function keepMail(tx: Queryable, scene: KeepScene, mail: KeptMail): Promise<string> {
  const [id = ""] = await keepMails(tx, scene, [mail]);
  return id;
}

/** Keeps mails, all in one statement; answers their ids in the same order. */
export async function keepMails(
  tx: Queryable,
  { workspace, now }: KeepScene,
  mails: readonly KeptMail[],
): Promise<readonly string[]> {
  if (mails.length === 0) return [];
  const rows = mails.map((mail) => rowOf(mail, newId(now), now));
  await tx.query(
    `insert into ${workspace.schema}._mail (${names}) select ${names} from jsonb_to_recordset($1::jsonb) as m(${columns})`,
    [storable(rows)],
  );
  return rows.map(({ id }) => id);
}

/** Where and when a mail is kept: a part of the scene of an operation. */
export interface KeepScene {
  readonly workspace: Pick<Scene["workspace"], "schema">;
  readonly now: Date;
}

function rowOf(mail: KeptMail, id: string, now: Date) {
  const { direction, messageId, inReplyTo = null, refs = [], from, to, cc = [], subject, text, html } = mail;
  const { headers = {}, at = now, entity = null, record = null, auto = false, purpose = null, sending = null } = mail;
  return {
    id,
    direction,
    message_id: messageId,
    in_reply_to: inReplyTo,
    refs,
    from_address: small(from.address),
    from_name: from.name ?? null,
    to_addresses: to.map(small),
    cc_addresses: cc.map(small),
    ...{ subject, text, html, headers, at, entity, record, auto, purpose, sending },
  };
}

/** An address as it is kept and looked for. */
export const small = (address: string): string => address.trim().toLowerCase();

/** Rows as JSON that PostgreSQL takes, whatever stood in a mail: no zero signs and no half of a pair. */
export function storable(rows: unknown): string {
  const text = JSON.stringify(rows);
  // Both stand as escapes in JSON. Where there are none, as nearly always, no value is looked at by itself.
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value,
  );
}
