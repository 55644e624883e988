import {
  documentOf,
  documentsIn,
  capsOn,
  openInAll,
  sendingRules,
  timesSending,
  zoneNamed,
  type Model,
  type SendingRules,
} from "engine";
import type { WorkflowDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { Claiming, DueSending } from "./send-claim.ts";
import type { Gate, Stopped } from "./send-gates.ts";
import type { ReadiedRows } from "./send-ready.ts";

/** What says when a mail goes. */
export interface MailRules extends SendingRules {
  /** The time zone of its receiver, else of the workspace. */
  readonly zone: string;
}

/** The way of workflows by which mails go, as their caps name it. */
const channel = "message.send";

/** The caps of a workflow on mails. */
export const mailCaps = (document: Pick<WorkflowDocument, "meta">) => capsOn(channel, document);

/**
 * What says when mails go: their purposes, and the workflows whose runs have asked for them. Of mails for which neither
 * says anything nothing is said: what belongs to a service goes at any time.
 */
export async function rulesOf(
  tx: Connection,
  {
    workspace,
    claiming: { model },
    readied,
  }: { readonly workspace: Workspace; readonly claiming: Claiming; readonly readied: ReadiedRows },
  rows: readonly DueSending[],
): Promise<ReadonlyMap<DueSending, MailRules>> {
  const workflows = await workflowsOf(tx, workspace, model, rows);
  const purposes = new Map(
    [...model.purposes.values()].flatMap((it) => (it.quiet_hours || it.caps ? [[it.$anchor, it]] : [])),
  );
  return new Map(
    rows.flatMap((row) => {
      const [workflow, purpose] = [workflows.get(row.run ?? ""), purposes.get(row.purpose ?? "")];
      if (!workflow && !purpose) return [];
      const zone = zoneNamed(readied.get(row.id)?.zone) ?? zoneNamed(row.asked?.zone) ?? model.workspace.time_zone;
      return [[row, { zone, ...sendingRules(workflow, channel, purpose) }]];
    }),
  );
}

/** The workflows of runs that say when they send, by the runs. */
async function workflowsOf(
  tx: Connection,
  { schema }: Workspace,
  model: Model,
  rows: readonly DueSending[],
): Promise<ReadonlyMap<string, WorkflowDocument>> {
  const runs = rows.flatMap(({ run }) => run ?? []);
  if (runs.length === 0 || !documentsIn(model).some(timesSending)) return new Map();
  const { rows: found } = await tx.query(
    `select id, workflow, version from ${schema}._run where id = any($1::uuid[])`,
    [runs],
  );
  return new Map(
    (found as { id: string; workflow: string; version: number }[]).flatMap(({ id, workflow, version }) => {
      const document = documentOf(model, workflow, version);
      return document && timesSending(document) ? [[id, document]] : [];
    }),
  );
}

/** In quiet hours of its reader, and outside of the window of its journey, a mail waits for their end. */
export const quiet: Gate = (_, { claiming: { model, now }, rules }, rows) => {
  const calendar = (name: string) => model.calendars.get(name);
  const moment = now.toISOString();
  const waiting = rows.flatMap((row): (readonly [DueSending, Stopped])[] => {
    const { hours = [], zone = "" } = rules.get(row) ?? {};
    const due = openInAll({ hours, zone, calendar }, moment);
    return due === moment ? [] : [[row, { row, status: "queued", reason: "quiet", due: new Date(due) }]];
  });
  return Promise.resolve(new Map(waiting));
};
