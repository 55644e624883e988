import type { Model } from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { inserted } from "./insertion.ts";
import { mailsCounted, passageRows } from "./passages.ts";

/** What is counted of the mails of runs: what became of them, and what their receivers did, people told from programs. */
export type MailCount =
  "accepted" | "suppressed" | "rejected" | "bounced" | "opened" | "clicked" | "robots" | "unsubscribed";

/** Something that a mail of a run is counted for; `by` is -1 where it turns out not to have been. */
export interface Tallied {
  readonly run: string | null;
  /** The `$anchor` of the message. */
  readonly message: string | null;
  readonly what: MailCount;
  readonly by?: 1 | -1;
}

/** Counts what has happened to mails of runs, beside the states of their workflows; of other mails nothing. */
export async function tallyMails(
  tx: Queryable,
  { schema, model }: { readonly schema: string; readonly model: Model },
  told: readonly Tallied[],
  now: Date,
): Promise<void> {
  const own = told.filter(({ run, message }) => run !== null && message !== null);
  if (own.length === 0) return;
  const ids = [...new Set(own.map(({ run }) => run))];
  const { rows } = await tx.query(`select id, workflow from ${schema}._run where id = any($1::uuid[])`, [ids]);
  const workflows = new Map(rows.map(({ id, workflow }) => [id as string, workflow as string]));
  const sums = new Map<string, number>();
  for (const { run, message, what, by = 1 } of own) {
    const anchor = model.workflows.get(workflows.get(run ?? "") ?? "")?.meta.id;
    const key = `${anchor} ${mailsCounted}${what}:${message}`;
    if (anchor !== undefined) sums.set(key, (sums.get(key) ?? 0) + by);
  }
  const cells = [...sums].map(([key, n]) => [newId(now), ...key.split(" "), n, 0, "0"]);
  for (const { sql, parameters } of inserted(schema, passageRows, cells)) await tx.query(sql, [...parameters]);
}
