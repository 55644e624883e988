import { machineOf, running, withdraw } from "engine";
import type { Connection } from "../database/pool.ts";
import { cascadeFailure } from "./cascade.ts";
import type { Workspace } from "../workspace.ts";
import { flush } from "./commit.ts";
import { engineScene, type Due } from "./due.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { lockRunById, snapshotOf, type Moved } from "./run.ts";
import { settle } from "./settle.ts";
import { plain, writeMoves } from "./step.ts";

/**
 * Ends a run that cannot go on and tells whoever began it of the error, where that waits for errors: then no person need
 * look at it. Answers whether it was so. The record is locked by whoever asks.
 */
export async function failed(tx: Connection, scene: Scene, due: Due, error: string): Promise<boolean> {
  const run = await lockRunById(tx, scene, due.run);
  if (!run || run.status !== "active" || run.parent === null) return false;
  const parent = await lockRunById(tx, scene, run.parent);
  const [machine, above] = [
    machineOf(scene.model, run.workflow, run.version),
    parent && machineOf(scene.model, parent.workflow, parent.version),
  ];
  if (!machine || !parent || !above) return false;
  const waits = running(above, snapshotOf(parent)).find(({ id }) => id === run.invocation);
  if (!waits?.onError?.length) return false;
  const rows = await lockRecords(tx, scene, entityOf(scene, due.entity), { ids: [due.record], trash: "without" });
  const found = rows.get(due.record);
  if (!found) return false;
  const step = withdraw(
    machine,
    snapshotOf(run),
    run.timers.map(({ name }) => name),
  );
  const event = { type: "failed", data: { error } };
  const move: Moved = { run: run.id, record: due.record, revision: run.revision + 1, event, before: run, step };
  const before = plain(found);
  const told = { code: "run.failed", detail: error };
  const all = await cascadeFailure(tx, scene, machine, { move, record: before, error: told });
  await writeMoves(tx, scene, machine, { move, before: found, given: {} }, all);
  await keepOperation(tx, scene, { kind: "effect", title: `${machine.document.meta.title}: ${error}`.slice(0, 200) });
  return true;
}

/** The same for a run whose move has been tried in vain; where whoever began it cannot take the error either, nothing is done. */
export async function gaveUp(
  tx: Connection,
  workspace: Workspace,
  due: Due,
  { now, error }: { readonly now: Date; readonly error: string },
): Promise<boolean> {
  const scene: Scene = { ...engineScene(workspace, workspace.model, now), staged: [] };
  await tx.query("savepoint failing");
  try {
    const told = await failed(tx, scene, due, error);
    await settle(tx, scene);
    await flush(tx, scene);
    return told;
  } catch {
    await tx.query("rollback to savepoint failing");
    return false;
  } finally {
    await tx.query("release savepoint failing");
  }
}
