import type { StateNode, Transition, WorkflowDocument } from "schemas";
import { transitionsOf } from "../order.ts";
import { delayText, fixedMs, type WorkflowFormat } from "./format.ts";

const dayMs = 86_400_000;

/**
 * A machine for XState and Stately, without our implementations of guards and actions. Waits stand in milliseconds: a
 * name without an implementation would be over at once. One that hangs on the record is a day long and says so.
 */
export const xstate: WorkflowFormat = {
  name: "xstate",
  label: "XState, Stately",
  extension: "js",
  mediaType: "text/javascript",
  write: (document) =>
    `import { createMachine } from "xstate";\n\nexport const machine = createMachine(${JSON.stringify(plainConfig(document), null, 2)});\n`,
};

/** A workflow as the config of XState, as JSON. */
export function plainConfig(document: WorkflowDocument): object {
  const { id, description, type, initial, states, on, context, meta } = document;
  return {
    id,
    ...(description === undefined ? {} : { description }),
    ...(type ? { type } : { initial }),
    context: context ?? {},
    ...(on ? { on } : {}),
    states: statesOf(document, states),
    options: { maxIterations: 1000 },
    meta,
  };
}

const statesOf = (document: WorkflowDocument, states: WorkflowDocument["states"]) =>
  Object.fromEntries(Object.entries(states).map(([key, state]) => [key, stateOf(document, state)]));

function stateOf(document: WorkflowDocument, { states, after, meta, ...rest }: StateNode): object {
  return {
    ...rest,
    id: meta.id,
    ...(after ? { after: inMs(document, after) } : {}),
    ...(states ? { states: statesOf(document, states) } : {}),
    meta,
  };
}

function inMs(document: WorkflowDocument, after: NonNullable<StateNode["after"]>) {
  const waits: Record<string, Transition[]> = {};
  for (const [name, transitions] of transitionsOf(after)) {
    const delay = document.meta.delays?.[name];
    const ms = delay && fixedMs(delay);
    const note = ms === undefined ? { description: `Waits: ${delayText(name, delay)}. A day stands for it here.` } : {};
    (waits[ms ?? dayMs] ??= []).push(...transitions.map((it) => ({ ...note, ...it })));
  }
  return waits;
}
