import type { MessageForm } from "../mail/message-form.ts";
import type { Queryable } from "../database/pool.ts";

/** A message as it was made ready, by its hash; nothing where nobody has made it yet. */
export async function keptForm(db: Queryable, schema: string, hash: string): Promise<MessageForm | undefined> {
  const { rows } = await db.query(
    `select hash, subject, html, text, links from ${schema}._message_form where hash = $1`,
    [hash],
  );
  return rows[0] as MessageForm | undefined;
}

/** Keeps a message that was made ready, once; `message` is the anchor of its document. */
export async function keepForm(
  db: Queryable,
  schema: string,
  { hash, subject, html, text, links }: MessageForm,
  { message, now }: { readonly message: string; readonly now: Date },
): Promise<void> {
  await db.query(
    `insert into ${schema}._message_form (hash, message, subject, html, text, links, at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (hash) do nothing`,
    [hash, message, subject, html, text, JSON.stringify(links), now],
  );
}
