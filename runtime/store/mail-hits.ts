import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { putInto, type Values } from "../mail/put-in.ts";
import type { Workspace } from "../workspace.ts";
import { recordFacts } from "./facts.ts";
import { tallyMails, type Tallied } from "./mail-tally.ts";
import { engineItself, operate } from "./operation.ts";
import { endedColumns, mailFact, type Ended } from "./send-outcome.ts";

/** A look at a link or at the picture of a mail, as it came. */
export interface Hit {
  readonly sending: string;
  readonly kind: "open" | "click";
  readonly link: number | null;
  readonly method: string;
  readonly agent: string;
  readonly network: string;
}

/** Sooner after the mail was taken nobody has read it. */
const soonMs = 2000;
/** Whoever asks for other links of the same mail within this time looks at all of them. */
const burstMs = 3000;

/** Why a hit is no person's; nothing where it may be. */
async function whyNoPerson(
  db: Queryable,
  schema: string,
  hit: Hit,
  { sentAt, links, now }: { readonly sentAt: Date | null; readonly links: number; readonly now: Date },
): Promise<string | undefined> {
  if (hit.method !== "GET") return "method";
  const { isbot } = await import("isbot");
  if (hit.agent === "" || isbot(hit.agent)) return "agent";
  if (hit.kind === "open") return undefined;
  if (sentAt !== null && now.getTime() - sentAt.getTime() < soonMs) return "soon";
  if (links < 2) return undefined;
  const { rows } = await db.query(
    `select count(distinct link)::int as n from ${schema}._mail_hit
     where sending = $1 and kind = 'click' and link <> $2 and at > $3 and network = $4`,
    [hit.sending, hit.link, new Date(now.getTime() - burstMs), hit.network],
  );
  return rows[0].n > 0 ? "all" : undefined;
}

/** Whether the mail was looked at so before by a person, or by a program in any way. */
async function hitBefore(db: Queryable, schema: string, { sending, kind }: Hit, human: boolean): Promise<boolean> {
  const { rows } = await db.query(
    `select exists (select from ${schema}._mail_hit where sending = $1 and human = $2 and ($3 = kind or not human)) as found`,
    [sending, human, kind],
  );
  return rows[0].found as boolean;
}

/**
 * Writes a hit down as it came, and works out whether a person was behind it. A person's first of its kind is a fact of
 * the record. Clicks that came shortly before from the same side are judged anew where more links of the mail follow:
 * whoever asks for all of them reads none. Answers where a link leads.
 */
export async function noteHit(workspace: Workspace, hit: Hit, now: Date): Promise<string | undefined> {
  const { pool, schema } = workspace;
  const { rows } = await pool.query(
    `select ${endedColumns}, s.ended_at, f.links from ${schema}._sending s
       left join ${schema}._message_form f on f.hash = s.asked->>'form' where s.id = $1`,
    [hit.sending],
  );
  const mail = rows[0] as (Ended & { ended_at: string | null; links: readonly string[] | null }) | undefined;
  if (!mail) return undefined;
  const links = mail.links ?? [];
  const leads = hit.link === null ? undefined : links[hit.link];
  if (hit.kind === "click" && leads === undefined) return undefined;
  const sentAt = mail.ended_at === null ? null : new Date(mail.ended_at);
  await operate(
    workspace,
    engineItself,
    { kind: "mail", title: "A link of a mail", now, unbounded: true },
    async (tx, scene) => {
      const why = await whyNoPerson(tx, schema, hit, { sentAt, links: links.length, now });
      const before = await hitBefore(tx, schema, hit, why === undefined);
      await tx.query(
        `insert into ${schema}._mail_hit (id, sending, kind, link, at, method, agent, network, human, why)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          newId(now),
          hit.sending,
          hit.kind,
          hit.link,
          now,
          hit.method,
          hit.agent.slice(0, 400).replaceAll("\0", "").toWellFormed(),
          hit.network,
          why === undefined,
          why ?? null,
        ],
      );
      const what = why !== undefined ? "robots" : hit.kind === "open" ? "opened" : "clicked";
      const told: Tallied[] = before ? [] : [{ ...mail, what }];
      if (why === "all") {
        const { rowCount } = await tx.query(
          `update ${schema}._mail_hit set human = false, why = 'all'
         where sending = $1 and kind = 'click' and human and at > $2 and network = $3`,
          [hit.sending, new Date(now.getTime() - burstMs), hit.network],
        );
        const left = await hitBefore(tx, schema, hit, true);
        if ((rowCount ?? 0) > 0 && !left) told.push({ ...mail, what: "clicked", by: -1 });
      }
      await tallyMails(tx, scene.workspace, told, now);
      if (why !== undefined) return;
      const type = hit.kind === "open" ? "mail.opened" : "mail.clicked";
      const id = hit.kind === "open" ? "open" : `click:${hit.link}`;
      const data = hit.kind === "open" ? {} : { link: hit.link, url: leads };
      await recordFacts(tx, scene, [mailFact(type, mail, { at: now, id, data })]);
    },
  );
  if (leads === undefined) return undefined;
  const to = await putInto(leads, ((mail.asked as { values?: Values } | null)?.values ?? {}) as Values);
  return /^https?:\/\//i.test(to) ? to : undefined;
}

/** What receivers did with mails of a message: how many were opened and clicked by people, and by how many programs. */
export async function hitsOf({ pool, schema }: Workspace, message: string) {
  const { rows } = await pool.query(
    `select count(distinct h.sending) filter (where h.kind = 'open' and h.human)::int as opened,
       count(distinct h.sending) filter (where h.kind = 'click' and h.human)::int as clicked,
       count(*) filter (where not h.human)::int as robots
     from ${schema}._mail_hit h join ${schema}._sending s on s.id = h.sending where s.message = $1`,
    [message],
  );
  return rows[0] as { opened: number; clicked: number; robots: number };
}
