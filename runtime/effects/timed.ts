import { documentOf, sendAt, sendingActions, sendingRules, timesSending, type Effect, type Machine } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { flush, type Part } from "../store/commit.ts";
import { inserted, type Filling } from "../store/insertion.ts";
import type { Scene } from "../store/operation.ts";
import type { Asked } from "./performer.ts";

const sendings: Filling = {
  table: "_sent",
  each: { run: "uuid", record: "uuid", channel: "text", at: "timestamptz" },
  all: { operation: "uuid" },
};

/** What is asked for, each with when it is carried out; and the rows by which caps count. */
interface Timed {
  readonly asked: readonly Asked<Effect>[];
  readonly parts: readonly Part[];
}

/** Something of which its workflow says when it is sent. */
interface Bound {
  readonly it: Asked<Effect>;
  readonly document: WorkflowDocument;
}

/**
 * When what moves ask for is sent: quiet hours, windows and caps of their workflows have it wait, or leave it out. A mail is
 * held against the same again when it goes. What was sent before is read with one statement for all of it, and only where a cap counts it.
 */
export async function timed(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  asked: readonly Asked<Effect>[],
): Promise<Timed> {
  const bound = asked.flatMap((it) => boundOf(scene, machine, it));
  if (bound.length === 0) return { asked, parts: [] };
  const sent = await sentBefore(
    tx,
    scene,
    bound.filter(isCounted).map(({ it }) => it.move.record),
  );
  const times = new Map<Asked<Effect>, string | null>();
  const cells: unknown[][] = [];
  for (const one of bound) {
    const { it, document } = one;
    const { run, record, step } = it.move;
    const channel = it.effect.do;
    const known = sent.get(`${record} ${channel}`) ?? [];
    const zone = step.zone ?? scene.model.workspace.time_zone;
    const { calendars } = scene.model;
    const sending = { zone, calendar: (name: string) => calendars.get(name), sent: known };
    const at = sendAt({ ...sendingRules(document, channel), ...sending, now: scene.now.toISOString() });
    times.set(it, at);
    if (at === null || !isCounted(one)) continue;
    sent.set(`${record} ${channel}`, [...known, at]);
    cells.push([run, record, channel, at]);
  }
  const kept = asked.flatMap((it) => {
    const at = times.get(it);
    if (at === undefined) return [it];
    return at === null ? [] : [{ ...it, at: new Date(at) }];
  });
  return { asked: kept, parts: inserted(scene.workspace.schema, sendings, cells, [scene.operation]) };
}

function boundOf({ model }: Scene, machine: Machine, it: Asked<Effect>): readonly Bound[] {
  if (!sendingActions.includes(it.effect.do)) return [];
  const { before, born } = it.move;
  const document = before
    ? documentOf(model, before.workflow, before.version)
    : model.workflows.get(born?.workflow ?? machine.id);
  return document && timesSending(document) ? [{ it, document }] : [];
}

/** Mails are counted where they go: by their address, in the ledger (`send-caps.ts`). */
const isCounted = ({ it, document }: Bound): boolean =>
  it.effect.do !== "message.send" && (document.meta.caps ?? []).some(({ channel }) => channel === it.effect.do);

/** When records, and those that were joined into them, were or will be written to, by record and way. */
async function sentBefore(tx: Connection, scene: Scene, records: readonly string[]): Promise<Map<string, string[]>> {
  if (records.length === 0) return new Map();
  await flush(tx, scene);
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select s.record, s.channel, s.at from ${schema}._sent s where s.record = any($1::uuid[])
     union all select c.joined, s.channel, s.at from ${schema}._conversation c join ${schema}._sent s on s.record = c.record
       where c.joined = any($1::uuid[])`,
    [records],
  );
  const found = new Map<string, string[]>();
  for (const { record, channel, at } of rows as { record: string; channel: string; at: string }[]) {
    const key = `${record} ${channel}`;
    found.set(key, [...(found.get(key) ?? []), new Date(at).toISOString()]);
  }
  return found;
}
