import type { MailboxDocument } from "schemas";
import { transaction } from "../database/begin.ts";
import type { Lying } from "../inbound/imap.ts";
import type { Workspace } from "../workspace.ts";
import { tellAdmins } from "./tell-admins.ts";

/** How far a mailbox has been read on its server. */
export interface ReadSoFar {
  /** By which ids the server went then; null where it was never read. */
  readonly validity: string | null;
  readonly lastUid: number;
  /** What came before is not taken; null once all that was there has been looked through. */
  readonly since: Date | null;
}

/** A mail that could not be taken yet. */
export interface LeftMail {
  readonly uid: number;
  readonly tries: number;
}

const leaseSeconds = 120;
const triesMost = 8;
const baseSeconds = 60;
const dayMs = 86_400_000;
/** Where a server gives its mails other ids, so much of what may have been taken before is looked at again. */
const againMs = 2 * dayMs;
/** So often in a row a server fails before admins are told. */
const failuresTold = 3;

/** Server, user and folder, as one word: where one of them changes, mails are read anew. */
const placeOf = ({ host, port, secure, user, folder }: NonNullable<MailboxDocument["imap"]>): string =>
  JSON.stringify([host, port ?? null, secure ?? true, user, folder ?? "INBOX"]);

/**
 * Takes a mailbox for reading: until its lease is over nobody else reads it. Answers how far it was read; nothing where
 * somebody else has it.
 */
export async function leaseReading(
  { pool, schema }: Workspace,
  { $anchor, imap }: MailboxDocument,
  worker: string,
  now: Date,
): Promise<ReadSoFar | undefined> {
  const { rows } = await pool.query(
    `insert into ${schema}._imap as m (mailbox, place, begins_at, since, worker, lease_until)
     values ($1, $2, $3, $3, $4, clock_timestamp() + interval '${leaseSeconds} seconds')
     on conflict (mailbox) do update set worker = excluded.worker, lease_until = excluded.lease_until, place = excluded.place,
       validity = case when m.place = excluded.place then m.validity end,
       last_uid = case when m.place = excluded.place then m.last_uid else 0 end,
       since = case when m.place = excluded.place then m.since else excluded.since end,
       begins_at = case when m.place = excluded.place then m.begins_at else excluded.begins_at end
     where m.worker is null or m.worker = excluded.worker or m.lease_until < clock_timestamp()
     returning validity::text, last_uid::float8 as last, since`,
    [$anchor, placeOf(imap!), new Date(now.getTime() - (imap!.since_days ?? 0) * dayMs), worker],
  );
  const [row] = rows as { validity: string | null; last: number; since: string | null }[];
  return row && { validity: row.validity, lastUid: row.last, since: row.since === null ? null : new Date(row.since) };
}

/** Gives mailboxes back, so that another worker takes them at once. */
export async function leaveReading({ pool, schema }: Workspace, worker: string): Promise<void> {
  await pool.query(`update ${schema}._imap set worker = null, lease_until = null where worker = $1`, [worker]);
}

/** Notes by which ids a server goes now. What was read by others is looked at again as far back as may have been missed. */
export async function beginIds(
  { pool, schema }: Workspace,
  { $anchor }: MailboxDocument,
  validity: string,
): Promise<Omit<ReadSoFar, "validity">> {
  const { rows } = await pool.query(
    `update ${schema}._imap set validity = $2, last_uid = 0,
       since = coalesce(since, greatest(begins_at, read_at - interval '${againMs / 1000} seconds')) where mailbox = $1 returning since`,
    [$anchor, validity],
  );
  const since = (rows[0]?.since ?? null) as string | null;
  return { lastUid: 0, since: since === null ? null : new Date(since) };
}

/** Notes that all mails up to this one are kept or set aside. */
export async function keepRead({ pool, schema }: Workspace, { $anchor }: MailboxDocument, uid: number): Promise<void> {
  await pool.query(`update ${schema}._imap set last_uid = greatest(last_uid, $2) where mailbox = $1`, [$anchor, uid]);
}

/** Notes that a server was read to its end: it is whole again, and its first mails are behind us. */
export async function keepWhole(
  { pool, schema }: Workspace,
  { $anchor }: MailboxDocument,
  last: number,
  now: Date,
): Promise<void> {
  await pool.query(
    `update ${schema}._imap set last_uid = greatest(last_uid, $2), since = null, read_at = $3, failures = 0, error = null
     where mailbox = $1`,
    [$anchor, last, now],
  );
}

/** Sets a mail aside that cannot be taken, so that those behind it are; `again` tries it once more after a while. */
export async function setAside(
  { pool, schema }: Workspace,
  { $anchor }: MailboxDocument,
  { mail, validity, reason, again }: { mail: Lying; validity: string; reason: string; again: boolean },
  now: Date,
): Promise<void> {
  const first = new Date(now.getTime() + baseSeconds * 1000);
  await pool.query(
    `insert into ${schema}._imap_left as l (mailbox, validity, uid, size, subject, sender, reason, due_at, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (mailbox, validity, uid) do update set reason = excluded.reason, tries = l.tries + 1,
       due_at = case when l.tries + 1 < ${triesMost} and excluded.due_at is not null
         then $9::timestamptz + ${baseSeconds} * 3 ^ l.tries * interval '1 second' end`,
    [$anchor, validity, mail.uid, mail.size, mail.subject, mail.sender, reason, again ? first : null, now],
  );
}

/** The mails that were set aside and are to be tried again now. */
export async function dueAside(
  { pool, schema }: Workspace,
  { $anchor }: MailboxDocument,
  validity: string,
  now: Date,
): Promise<readonly number[]> {
  const { rows } = await pool.query(
    `select uid::float8 as uid from ${schema}._imap_left where mailbox = $1 and validity = $2 and due_at <= $3 order by uid limit 50`,
    [$anchor, validity, now],
  );
  return rows.map(({ uid }) => uid as number);
}

/** What was set aside was taken after all, or is gone. */
export async function takeBack(
  { pool, schema }: Workspace,
  { $anchor }: MailboxDocument,
  validity: string,
  uids: readonly number[],
): Promise<void> {
  if (uids.length === 0) return;
  await pool.query(
    `delete from ${schema}._imap_left where mailbox = $1 and validity = $2 and uid = any($3::bigint[])`,
    [$anchor, validity, uids],
  );
}

/** Notes that a server could not be read, and why; admins hear of it once, when it has failed several times in a row. */
export async function noteTrouble(
  { pool, schema }: Workspace,
  { $anchor, title }: MailboxDocument,
  why: string,
  now: Date,
): Promise<void> {
  await transaction(pool, "write", async (tx) => {
    const { rows } = await tx.query(
      `update ${schema}._imap set failures = failures + 1, error = $2, failed_at = $3 where mailbox = $1 returning failures`,
      [$anchor, why, now],
    );
    if (rows[0]?.failures !== failuresTold) return;
    const news = { code: "mailbox", by: title, title: `The mails of ${title} cannot be fetched`, body: why };
    await tellAdmins(tx, schema, news, now);
  });
}

/** How the mailboxes of a workspace are bound, and how reading them fares. */
export async function listMailboxes({ pool, schema, model }: Workspace) {
  const { rows } = await pool.query(
    `select coalesce(c.anchor, m.mailbox) as anchor, case when c.owner is not null then json_build_object('id', c.owner, 'name', u.name) end as owner,
       coalesce(c.active, false) as active, m.read_at, coalesce(m.failures, 0) as failures, m.error, m.failed_at,
       (select count(*)::int from ${schema}._imap_left l where l.mailbox = m.mailbox) as left_aside
     from ${schema}._connection c full join ${schema}._imap m on m.mailbox = c.anchor left join ${schema}."user" u on u.id = c.owner`,
  );
  const known = new Map(rows.map((row: { anchor: string }) => [row.anchor, row]));
  return [...model.mailboxes.values()].map(({ $id, $anchor, title, address, imap }) => {
    const { anchor: _, ...fares } = (known.get($anchor) ?? unbound) as typeof unbound;
    return { name: $id, title, address, reads: imap !== undefined, ...fares };
  });
}

const unbound = {
  anchor: "",
  owner: null,
  active: false,
  read_at: null,
  failures: 0,
  error: null,
  failed_at: null,
  left_aside: 0,
};

/** Mails of a mailbox that lie on its server and could not be taken, the newest first. */
export async function listAside({ pool, schema }: Workspace, { $anchor }: MailboxDocument) {
  const { rows } = await pool.query(
    `select uid::float8 as uid, size, subject, sender, reason, tries, due_at, at from ${schema}._imap_left
     where mailbox = $1 order by at desc, uid desc limit 50`,
    [$anchor],
  );
  return rows;
}
