import type { Connection } from "../database/pool.ts";
import { machinesOn } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { lockRuns } from "./run.ts";
import { send, waitsFor } from "./step.ts";

/** An event for a record, with the values of its form and what it brings along. */
interface ToldEvent {
  readonly entity: string;
  readonly record: string;
  readonly type: string;
  readonly values?: unknown;
  readonly data?: unknown;
}

/**
 * Sends a record an event, where one of its runs waits for it and who works may send it; otherwise nothing happens.
 * Answers whether it was sent.
 */
export async function sendWhereOffered(
  tx: Connection,
  scene: Scene,
  { entity: name, record, type, values, data }: ToldEvent,
): Promise<boolean> {
  const entity = entityOf(scene, name);
  const machine = machinesOn(scene.model, entity).find(({ document }) => Object.hasOwn(document.meta.events, type));
  if (!machine) return false;
  if (scene.access && (scene.access.entity(name)?.event(type) ?? { kind: "none" }).kind === "none") return false;
  const runs = await lockRuns(tx, scene, record, [machine.id]);
  const waiting = runs.filter((run) => waitsFor(scene.model, run, type));
  if (waiting.length === 0) return false;
  const sent = {
    type,
    values,
    data,
    version: undefined,
    run: waiting[0]!.id,
    source: "integration",
  } as const;
  await send(tx, scene, name, record, sent);
  return true;
}
