import {
  canBeLikeBy,
  duplicateRulesOn,
  fault,
  knowable,
  mayBecomeLike,
  mayDespite,
  problem,
  type Fault,
  type PlannedWrite,
  type ReadDuplicateRule,
  type RowRule,
} from "engine";
import { likeness, type writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { flush, type Part } from "./commit.ts";
import { hasGuessed } from "./guesses.ts";
import { authorOf, type Scene } from "./operation.ts";
import { rowsOf } from "./rows.ts";
import type { Found } from "./rules.ts";

/** The records of an operation that may have become like others, by their entities. */
export type AlikeNotes = Map<string, Set<string>>;

/** Notes which of the records that were written may have become like others. */
export function noteAlike({ model, alike }: Scene, writes: readonly PlannedWrite[]): void {
  for (const write of writes) {
    const rules = duplicateRulesOn(model, write.entity);
    if (!rules.some((rule) => mayBecomeLike(model, rule, write))) continue;
    const ids = alike.get(write.entity) ?? new Set();
    alike.set(write.entity, ids.add(write.id));
  }
}

/** Keeps the pairs that an operation has made, at its end: one question for each rule, for however many records. */
export async function keepAlike(tx: Connection, scene: Scene): Promise<void> {
  const { model, workspace, alike, now, operation, asks } = scene;
  if (alike.size === 0) return;
  await flush(tx, scene);
  const reader = { model, schema: workspace.schema, access: undefined };
  const keeping = { now, operation, reason: asks?.despite ?? null, by: authorOf(scene) };
  for (const [entity, ids] of alike)
    for (const rule of duplicateRulesOn(model, entity))
      await comparing(tx, scene, rule, likeness.keepPairs(reader, rule, [...ids], keeping));
  alike.clear();
}

/** Runs a piece that compares records by a rule, and answers its rows. */
export async function comparing<Row>(tx: Connection, scene: Scene, { match }: ReadDuplicateRule, piece: writing.Piece) {
  if (match.some(({ by }) => by === "similar")) await tx.query(likeness.similarFrom);
  return rowsOf<Row>(tx, scene, piece);
}

/** The pairs that an operation has made are no more when it is undone; what was decided since then stays. */
export const unpaired = ({ schema }: Workspace, operation: string): Part => ({
  sql: `delete from ${schema}._alike a using ${schema}._operation o
    where o.id = $1::uuid and a.operation = o.id and (a.decided_at is null or a.decided_at <= o.at)`,
  parameters: [operation],
});

interface Placed {
  readonly at: number;
  readonly write: PlannedWrite;
}

interface Like {
  readonly at: number;
  readonly id: string;
  readonly seen: boolean;
  readonly title: string | null;
  readonly owner: string | null;
}

/**
 * What stands against records that are like others, where who writes them is asked: one statement for each rule. She is
 * told which ones they are as far as she may know of them, and of the others that there are some, or besides whose.
 */
export async function alikeFaults(tx: Connection, scene: Scene, placed: readonly Placed[]): Promise<Found> {
  const { model, access, asks, causes, workspace } = scene;
  if (!asks || !access || causes) return [];
  const found: (readonly [number, readonly Fault[]])[] = [];
  for (const [name, them] of Map.groupBy(placed, ({ write }) => write.entity))
    for (const rule of duplicateRulesOn(model, name)) {
      const ours = them.filter(({ write }) => isAsked(scene, rule, write));
      if (ours.length === 0) continue;
      const rights = access.entity(name);
      const knows: RowRule = rights ? knowable(model, rights, rule) : { kind: "none" };
      if (knows.kind !== "all" && (await hasGuessed(tx, scene))) throw problem("record.guessed", {});
      const reader = { model, schema: workspace.schema, access };
      const written = ours.map(({ write: { id, record } }) => ({ id, record }));
      const rows = await comparing<Like>(tx, scene, rule, likeness.likeOurs(reader, rule, written, knows));
      for (const [at, like] of Map.groupBy(rows, (row) => row.at)) {
        const it = ours[at]!;
        found.push([it.at, [alikeFault(rule, it.write, like, hasReason(scene, rule, it.write, true))]]);
      }
    }
  return found;
}

function isAsked(scene: Scene, rule: ReadDuplicateRule, write: PlannedWrite): boolean {
  const { model } = scene;
  if (!mayBecomeLike(model, rule, write) || !canBeLikeBy(model, rule, write.record)) return false;
  if (rule.match.some(({ field }) => write.unsound?.has(field.name))) return false;
  return !hasReason(scene, rule, write, typeof scene.asks?.despite === "string");
}

/** Whether a record is stored though it is like others: there is a reason, and who writes it may give one. */
function hasReason({ access }: Scene, rule: ReadDuplicateRule, { act }: PlannedWrite, given: boolean): boolean {
  const rights = access?.entity(rule.entity.name);
  return given && rights !== undefined && mayDespite(rights, rule, act === "create" ? "create" : "update");
}

function alikeFault(
  { document, entity, match }: ReadDuplicateRule,
  { path = "" }: PlannedWrite,
  like: readonly Like[],
  ask: boolean,
) {
  const unseen = like.filter(({ seen }) => !seen);
  const owners = document.tell === "owner" ? unseen.flatMap(({ owner }) => owner ?? []) : [];
  const alike = {
    rule: document.$id,
    entity: entity.name,
    ask,
    records: like.flatMap(({ seen, id, title }) => (seen ? [{ id, name: title }] : [])),
    hidden: unseen.length > 0,
    owners: [...new Set(owners)].sort(),
  };
  const place = { path: `${path}/${match[0]?.field.name ?? ""}` };
  return { ...fault("record.alike", { entity: entity.title, ask, ...place }), alike };
}
