import type { Effect, Machine, OutgoingEffect, RecordWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "../store/commit.ts";
import type { Scene } from "../store/operation.ts";
import { outgoing } from "../store/outgoing.ts";
import type { Moved } from "../store/run.ts";
import { compensate } from "./compensate.ts";
import { eventSend } from "./event-send.ts";
import { messageSend } from "./message-send.ts";
import { factTell } from "./fact-tell.ts";
import { notify } from "./notify.ts";
import type { Asked, Performer } from "./performer.ts";
import { runBegin } from "./run-begin.ts";
import { recordChange } from "./record-change.ts";
import { recordCreate } from "./record-create.ts";
import { rotationTurn } from "./rotation-turn.ts";
import { timed } from "./timed.ts";

type Own = Exclude<Effect, OutgoingEffect>;

/** How each kind of effect is performed; what leaves the database is written into the outbox, all of it alike. */
const performers: { readonly [Do in Own["do"]]: Performer<Extract<Own, { do: Do }>> } = {
  // In the snapshot, and in the patch of the record, that the kernel gives back.
  "context.set": {},
  raise: {},
  "record.update": {},
  "record.create": recordCreate,
  "record.change": recordChange,
  notify,
  "event.send": eventSend,
  "fact.tell": factTell,
  "run.begin": runBegin,
  "rotation.turn": rotationTurn,
  compensate,
};

const performerOf = (kind: Effect["do"]): Performer<any> => {
  if (kind === "message.send") return messageSend;
  return Object.hasOwn(performers, kind) ? performers[kind as Own["do"]] : outgoing;
};

/** The records that are written because of moves. */
export function effectWrites(scene: Scene, moved: readonly Moved[]): readonly RecordWrite[] {
  return askedBy(moved).flatMap((asked) => performerOf(asked.effect.do).writes?.(scene, asked) ?? []);
}

/** What moves leave in the engine's own tables; `machine` is that of runs that say nothing of their own. */
export async function effectParts(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  moved: readonly Moved[],
): Promise<readonly Part[]> {
  const { asked, parts: sent } = await timed(tx, scene, machine, askedBy(moved));
  const parts: Part[] = [...sent];
  for (const [performer, them] of Map.groupBy(asked, ({ effect }) => performerOf(effect.do)))
    parts.push(...((await performer.parts?.(tx, scene, machine.entity.name, them)) ?? []));
  return parts;
}

const askedBy = (moved: readonly Moved[]) =>
  moved.flatMap((move) => move.step.effects.map((effect, ordinal): Asked<Effect> => ({ effect, move, ordinal })));
