import { createHash } from "node:crypto";
import { identifier } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { consentsOf } from "./consents.ts";
import { putIn } from "../mail/put-in.ts";
import { linksOf } from "../mail/links.ts";
import { leftRuns } from "./left-runs.ts";
import type { Readied } from "./message-letters.ts";
import { readyRows, type ReadiedRows } from "./send-ready.ts";
import { suppressed } from "./suppressions.ts";
import { listHeaders, type Claiming, type DueSending } from "./send-claim.ts";
import { capped } from "./send-caps.ts";
import { paced } from "./send-pace.ts";
import { quiet, rulesOf, type MailRules } from "./send-rules.ts";
import { warmed } from "./send-warm.ts";

/** What stands in the mail for good where it was not written before. */
interface Frozen {
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string | null;
  readonly language?: string;
  readonly asked?: Readonly<Record<string, unknown>>;
}

/** What the gates say of a mail: it goes, it waits, a person must look, or it never goes; and which gate has said so. */
export type Judged =
  | {
      readonly row: DueSending;
      readonly status: "sending";
      readonly frozen: Frozen;
      readonly headers: Readonly<Record<string, string>>;
      readonly hash: string;
    }
  | { readonly row: DueSending; readonly status: "queued"; readonly reason: string; readonly due: Date }
  | { readonly row: DueSending; readonly status: "suppressed" | "held"; readonly reason: string };

export type Stopped = Exclude<Judged, { status: "sending" }>;

/** What gates look at. */
interface StandingScene {
  readonly workspace: Workspace;
  readonly claiming: Pick<Claiming, "model" | "now">;
  readonly readied: ReadiedRows;
}
interface GateScene extends StandingScene {
  readonly claiming: Claiming;
  readonly rules: ReadonlyMap<DueSending, MailRules>;
}

/** What one gate says of those that come to it: of whom it says nothing, she passes. Each asks for all of them at once. */
export type Gate<Scene = GateScene> = (
  tx: Connection,
  scene: Scene,
  rows: readonly DueSending[],
) => Promise<ReadonlyMap<DueSending, Stopped>>;

/** The channel of what is said of consents and suppressions. */
const channel = "email";

/** In this order (spec/marketing.md, I5.2): what the first of them says is kept. */
const gates: readonly Gate[] = [
  ...[gone, unreachable, unwelcome, unasked, unwanted, paused],
  ...[quiet, capped, incomplete, paced, warmed],
];

/** Those that say of a message whenever it goes what they say now, as things stand. */
export const standingGates: readonly Gate<StandingScene>[] = [unreachable, unwelcome, unasked, paused, incomplete];

/** Leads mails through the gates, and writes down what will stand in those that pass. */
export async function messageGates(
  tx: Connection,
  workspace: Workspace,
  claiming: Claiming,
  due: readonly DueSending[],
): Promise<readonly Judged[]> {
  const { rows, readied } = await readyRows(tx, workspace, claiming, due);
  const rules = await rulesOf(tx, { workspace, claiming, readied }, rows);
  const stopped = await leadThrough(gates, tx, { workspace, claiming, readied, rules }, rows);
  return Promise.all(rows.map(async (row) => stopped.get(row) ?? passed(claiming, row, readied.get(row.id))));
}

/** What the first of some gates that says anything says of mails. */
export async function leadThrough<Scene>(
  gates: readonly Gate<Scene>[],
  tx: Connection,
  scene: Scene,
  rows: readonly DueSending[],
): Promise<ReadonlyMap<DueSending, Stopped>> {
  const stopped = new Map<DueSending, Stopped>();
  for (const gate of gates) {
    const open = rows.filter((row) => !stopped.has(row));
    if (open.length === 0) break;
    for (const [row, said] of await gate(tx, scene, open)) stopped.set(row, said);
  }
  return stopped;
}

async function passed(claiming: Claiming, row: DueSending, readied: Readied | undefined): Promise<Judged> {
  const headers = { ...row.headers, ...(row.purpose === null ? {} : listHeaders(claiming, row)) };
  const frozen = readied ? await frozenBy(claiming, row, readied) : {};
  return { row, status: "sending", frozen, headers, hash: hashOf(row, frozen, headers) };
}

async function frozenBy(
  { key, origin }: Claiming,
  { id, asked }: DueSending,
  { form, values, language }: Readied,
): Promise<Frozen> {
  const put = await putIn(form, { ...values, ...linksOf({ key, origin, sending: id, form }) });
  return { ...put, language, asked: { ...asked, form: form.hash, values } };
}

/** What a mail said, as a number: it can be held against what somebody shows us. */
function hashOf(row: DueSending, frozen: Frozen, headers: Readonly<Record<string, string>>): string {
  const said = [
    row.message_id,
    frozen.subject ?? row.subject,
    frozen.text ?? row.text,
    frozen.html ?? row.html,
    headers,
  ];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

/** There is no such message any more, or no address that a mail could go to. */
async function unreachable(_: Connection, { readied }: StandingScene, rows: readonly DueSending[]) {
  const asking = rows.filter(({ message }) => message !== null);
  const whyNot = (row: DueSending) => (readied.has(row.id) ? "address" : "message");
  return new Map(asking.flatMap((row) => (row.address === "" ? [[row, never(row, whyNot(row))] as const] : [])));
}

/** What a text needs is empty: a person fills it, or leaves the mail. */
async function incomplete(_: Connection, { readied }: StandingScene, rows: readonly DueSending[]) {
  return new Map(
    rows.flatMap((row) => {
      const { missing = [] } = readied.get(row.id) ?? {};
      if (missing.length === 0) return [];
      return [[row, { row, status: "held" as const, reason: `missing.${missing.join(", ")}`.slice(0, 300) }] as const];
    }),
  );
}

/** Nothing at all is sent to an address that is suppressed, or to its domain. */
async function unwelcome(tx: Connection, { workspace }: StandingScene, rows: readonly DueSending[]) {
  const found = await suppressed(
    tx,
    workspace,
    channel,
    rows.map(({ address }) => address),
  );
  return new Map(rows.flatMap((row) => (found.has(row.address) ? [[row, never(row, "suppressed")] as const] : [])));
}

/** Grounds on which one writes to people who have said nothing. */
const grounds: ReadonlySet<string> = new Set(["contract", "legitimate"]);

/** What has a purpose goes to those who agree to it, by its ground also to those who have not objected. */
async function unasked(tx: Connection, { workspace, claiming }: StandingScene, rows: readonly DueSending[]) {
  const said = new Map<DueSending, Stopped>();
  const { model, now } = claiming;
  const kinds = Map.groupBy(
    rows.filter(({ purpose }) => purpose !== null),
    ({ purpose }) => purpose!,
  );
  for (const [anchor, them] of kinds) {
    const purpose = [...model.purposes.values()].find((it) => it.$anchor === anchor || it.$id === anchor);
    if (!purpose) {
      for (const row of them) said.set(row, never(row, "purpose"));
      continue;
    }
    const addresses = them.map(({ address }) => address);
    const states = await consentsOf(tx, { workspace, model, now }, { channel, purpose: purpose.$id, addresses });
    for (const row of them) {
      const state = states.get(row.address) ?? "none";
      if (state === "granted" || (state === "none" && grounds.has(purpose.basis))) continue;
      said.set(row, never(row, `consent.${state}`));
    }
  }
  return said;
}

/** The run that asked for it has been left since, by its record, for its goal or by somebody's hand. */
async function unwanted(tx: Connection, { workspace: { schema } }: GateScene, rows: readonly DueSending[]) {
  const left = await leftRuns(
    tx,
    schema,
    rows.flatMap(({ run }) => run ?? []),
  );
  return new Map(rows.flatMap((row) => (left.has(row.run ?? "") ? [[row, never(row, "left")] as const] : [])));
}

/** Who has asked for a pause, or for no more than so many a week, gets nothing more that has a purpose. */
async function paused(tx: Connection, { workspace, claiming }: StandingScene, rows: readonly DueSending[]) {
  const asked = rows.filter(({ purpose }) => purpose !== null);
  if (asked.length === 0) return new Map();
  const { rows: found } = await tx.query(
    `select p.address, p.paused_until, p.weekly, case when p.weekly is null then 0 else (
         select count(*)::integer from ${workspace.schema}._sending s
         where s.address = p.address and s.ended_at > $2::timestamptz - interval '7 days' and s.status = 'accepted' and s.purpose is not null)
       end as sent
     from ${workspace.schema}._mail_choice p where p.address = any($1::text[])`,
    [asked.map(({ address }) => address), claiming.now],
  );
  const choices = new Map((found as Choice[]).map((it) => [it.address, it]));
  return new Map(
    asked.flatMap((row) => {
      const { paused_until: until = null, weekly = null, sent = 0 } = choices.get(row.address) ?? {};
      if (until !== null && new Date(until) > claiming.now) return [[row, never(row, "paused")] as const];
      return weekly !== null && sent >= weekly ? [[row, never(row, "enough")] as const] : [];
    }),
  );
}

interface Choice {
  readonly address: string;
  readonly paused_until: string | null;
  readonly weekly: number | null;
  readonly sent: number;
}

const never = (row: DueSending, reason: string): Stopped => ({ row, status: "suppressed", reason });

/** The record that a mail is about is no longer there. */
async function gone(
  tx: Connection,
  { workspace, claiming }: GateScene,
  rows: readonly DueSending[],
): Promise<ReadonlyMap<DueSending, Stopped>> {
  const about = rows.filter(({ record, entity }) => record !== null && claiming.model.entities.has(entity ?? ""));
  const kinds = [...Map.groupBy(about, ({ entity }) => entity!)];
  if (kinds.length === 0) return new Map();
  const { rows: found } = await tx.query(
    kinds
      .map(
        ([name], at) =>
          `select id from ${workspace.schema}.${identifier(name)} where deleted_at is null and id = any($${at + 1}::uuid[])`,
      )
      .join(" union all "),
    kinds.map(([, them]) => them.map(({ record }) => record)),
  );
  const there = new Set(found.map(({ id }) => id as string));
  return new Map(about.flatMap((row) => (there.has(row.record!) ? [] : [[row, never(row, "gone")] as const])));
}
