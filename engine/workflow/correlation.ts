import { durationOf } from "../expression/literal.ts";
import { evaluate, type Environment } from "../expression/evaluate.ts";
import type { Entity, Model } from "../model.ts";
import type { WorkflowDocument } from "schemas";
import { candidates, type Snapshot } from "./kernel.ts";
import { documentsIn } from "./kept.ts";
import { keyOf } from "./key.ts";
import { endingEvents } from "./listening.ts";
import type { Machine } from "./machine.ts";

/** The keys by which a run waits for events from elsewhere, by the events. */
export type Listening = Readonly<Record<string, string>>;

/** What a run waits for, as its context keeps it. */
export const listeningIn = (context: Snapshot["context"] | undefined): Listening =>
  (context?.$listens ?? {}) as Listening;

/**
 * The context of a run with what it waits for where it stands: a key is worked out when the wait begins and holds until
 * it ends. A workflow that correlates nothing has its context as it is.
 */
export function withListening(machine: Machine, at: Snapshot, before: Listening, environment: Environment) {
  const { $listens: _, ...context } = at.context;
  const correlated = correlatedIn(machine.document);
  if (correlated.length === 0 || at.status !== "active") return correlated.length === 0 ? at.context : context;
  const ending = endingEvents(machine.document);
  const listens = correlated.flatMap(([event, cel]) => {
    if (candidates(machine, at, event).length === 0 && !ending.includes(event)) return [];
    const checked = machine.expression(cel);
    const key = before[event] ?? keyOf(checked && evaluate(checked, { ...environment, context }));
    return key === undefined ? [] : [[event, key]];
  });
  return listens.length === 0 ? context : { ...context, $listens: Object.fromEntries(listens) as Listening };
}

const correlatedIn = ({ meta }: WorkflowDocument): readonly (readonly [string, string])[] =>
  Object.entries(meta.events).flatMap(([type, { correlation }]) =>
    correlation ? [[type, correlation.cel] as const] : [],
  );

/** The workflow of an entity by which an event finds runs, and who sends it. */
export function correlates(model: Model, entity: Entity | undefined, event: string) {
  const found = documentsIn(model).find(
    ({ meta }) => meta.entity === entity?.name && meta.events[event]?.correlation !== undefined,
  );
  return found && { workflow: found, source: found.meta.events[event]!.source };
}

/** How long an event is kept for runs that begin to wait for it, in milliseconds. */
export function lookBackMs({ meta }: WorkflowDocument, event: string): number {
  return Number(durationOf(meta.events[event]?.look_back ?? "PT5M") ?? 0) * 1000;
}
