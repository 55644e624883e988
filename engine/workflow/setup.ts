import type { Guard, Invocation, StateNode, Transition, WorkflowDocument } from "schemas";
import { assign, enqueueActions, fromCallback, setup } from "xstate";
import type { Effect } from "../effect.ts";
import { evaluate, type Environment } from "../expression/evaluate.ts";
import type { Model } from "../model.ts";
import { isExpression } from "../values.ts";
import { Unanswered, type Ask } from "./ask.ts";
import { actOnClocks, clocksIn, type ClockActs } from "./clocks.ts";
import { guardHolds, guards } from "./guards.ts";
import { resolveAction } from "./params.ts";
import { actionsIn, movesOf, placesOf } from "./places.ts";
import { readingOf, type Reading, type RunScene, type Working } from "./reading.ts";

/**
 * XState's setup for a document: `setupFor(model, document).createMachine(xstateConfig(document))` behaves in any
 * actor, given `input: sceneInput(scene)`, as the document does here. What it invokes is inert: its end is sent, as
 * `xstate.done.actor.<id>`, by whoever plays the part of the others.
 */
export function setupFor(model: Model, document: WorkflowDocument, reading: Reading = readingOf(model, document)) {
  const { expression, ringsAt } = reading;
  const types = new Set(actionsIn(document).map(({ type }) => type));
  const sources = placesOf(document).flatMap(({ node }) => node.invoke?.src ?? []);
  const waits = movesOf(document).flatMap(({ delay }) => delay ?? []);
  return setup({
    actors: Object.fromEntries(sources.map((src) => [src, fromCallback(() => undefined)])),
    // A wait that hangs on what is empty has no end: the kernel makes no timer of it. Nor has one that is not declared,
    // which XState by itself would be through at once.
    delays: Object.fromEntries(
      waits.map((name) => [
        name,
        ({ context, event }: { context: unknown; event: unknown }) => {
          const environment = environmentOf(context, event);
          const due = ringsAt(name, environment);
          return due === null ? Number.POSITIVE_INFINITY : Date.parse(due) - Date.parse(environment.now);
        },
      ]),
    ),
    guards: Object.fromEntries(
      Object.keys(guards).map((type) => [
        type,
        ({ context, event }: { context: unknown; event: unknown }, params: unknown) =>
          guardHolds({ type, params } as Guard, {
            expression,
            environment: environmentOf(context, event),
            may: workingOf(context)?.scene.may,
          }),
      ]),
    ),
    actions: {
      ...Object.fromEntries([...types].map((type) => [type, performed(model, document, type, expression)])),
      $take: assign(({ context }, params) => {
        const working = workingOf(context);
        return working ? { $scene: { ...working, taken: [...working.taken, (params as { id: string }).id] } } : {};
      }),
      // Where a run begins nothing is asked of it: only what a transition enters asks.
      $require: assign(({ context }, params) => {
        const working = workingOf(context);
        if (!working || working.taken.length === 0) return {};
        const { fields } = params as { fields: readonly string[] };
        return { $scene: { ...working, requires: [...working.requires, ...fields] } };
      }),
      $clock: assign(({ context }, params) => {
        const working = workingOf(context);
        const now = Date.parse(working?.scene.now ?? "");
        return working ? { $clocks: actOnClocks(clocksIn(context), params as ClockActs, now) } : {};
      }),
    } as Record<string, any>,
  });
}

/** The scene as it hangs in the context while a machine works. */
export function sceneInput(scene: RunScene): { readonly $scene: Working } {
  return { $scene: { record: scene.record, scene, effects: [], taken: [], requires: [], asked: 0 } };
}

/** An action of a document: what it asks for is kept in order, and seen by what follows in the same step. */
function performed(model: Model, document: WorkflowDocument, type: string, expression: Reading["expression"]) {
  return enqueueActions(({ context, event, enqueue }: any, given: unknown) => {
    const working = workingOf(context);
    const resolved = resolveAction(model, { type, params: (given ?? {}) as Record<string, unknown> });
    if (!working || !resolved) return;
    const params = worked(resolved.params, expression, environmentOf(context, event));
    const asked = {
      now: working.scene.now,
      record: working.record,
      entity: document.meta.entity,
      workflow: document.id,
    };
    const ask = resolved.type.asks?.(params, asked);
    const answer = ask && answerTo(ask, working);
    if (ask) enqueue.assign(({ context: now }: { context: unknown }) => heard(now));
    const effects = resolved.type.effects(params, { ...asked, answer });
    for (const effect of effects) {
      if (effect.do === "raise") enqueue.raise({ type: effect.event, data: effect.data });
      else enqueue.assign(({ context: now }: { context: unknown }) => after(now, effect));
    }
  });
}

/** Where nobody answers, in a simulation for instance, there are no records and is no person. */
function answerTo(ask: Ask, { scene, asked }: Working): unknown {
  if (!scene.answers) return ask.ask === "records" ? [] : null;
  if (asked >= scene.answers.length) throw new Unanswered(ask);
  return scene.answers[asked];
}

function heard(context: unknown): Record<string, unknown> {
  const working = workingOf(context)!;
  return { $scene: { ...working, asked: working.asked + 1 } };
}

function after(context: unknown, effect: Effect): Record<string, unknown> {
  const working = workingOf(context)!;
  if (effect.do === "context.set") return effect.values;
  const record = effect.do === "record.update" ? { ...working.record, ...effect.values } : working.record;
  return { $scene: { ...working, record, effects: [...working.effects, effect] } };
}

function workingOf(context: unknown): Working | undefined {
  return (context as { $scene?: Working }).$scene;
}

function environmentOf(context: unknown, event: unknown): Environment {
  const { $scene: working, ...own } = context as { $scene?: Working };
  const { record = {}, scene } = working ?? {};
  return {
    record,
    user: scene?.user ?? {},
    context: own,
    event,
    now: scene?.now ?? "",
    today: scene?.today ?? "",
    ...(scene?.related ? { related: scene.related } : {}),
    ...(scene?.listed ? { listed: scene.listed } : {}),
  };
}

/** Parameters with every expression in them worked out. A record stands as entity and id. */
export function worked(value: unknown, expression: Reading["expression"], environment: Environment): any {
  if (Array.isArray(value)) return value.map((item) => worked(item, expression, environment));
  if (typeof value !== "object" || value === null) return value;
  if (!isExpression(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, worked(item, expression, environment)]),
    );
  const checked = expression(value.cel);
  if (!checked) return null;
  const result = evaluate(checked, environment);
  const [entity, ...others] = checked.type.kind === "record" ? checked.type.entities : [];
  return entity !== undefined && others.length === 0 && typeof result === "string" ? { entity, id: result } : result;
}

/**
 * The document as XState's config: each transition says that it was taken, each state what it wants filled and bears its `meta.id`, so that what
 * is remembered outlives a renaming, and no loop goes on for ever. What a process invokes and gives back is worked out
 * when it is asked for.
 */
export function xstateConfig(document: WorkflowDocument, { expression }: Pick<Reading, "expression">): object {
  const { id, type, initial, states, on, output, context, meta } = document;
  const valuesOf: ValuesOf =
    (values) =>
    ({ context: now, event }) =>
      worked(values ?? {}, expression, environmentOf(now, event));
  return {
    id,
    ...(type ? { type } : { initial }),
    context: ({ input }: { input?: object }) => ({ ...context, ...input }),
    output: output ? valuesOf(output) : ({ event }: Asked) => (event as { output?: unknown }).output,
    meta,
    states: mapped(states, valuesOf),
    ...(on ? { on: eventsOf(on) } : {}),
    options: { maxIterations: 1000 },
  };
}

/** What XState hands to whatever works out values. */
interface Asked {
  readonly context: unknown;
  readonly event: unknown;
}

type ValuesOf = (values: Readonly<Record<string, unknown>> | undefined) => (asked: Asked) => unknown;

function mapped(states: WorkflowDocument["states"], valuesOf: ValuesOf): unknown {
  return Object.fromEntries(Object.entries(states).map(([key, state]) => [key, stateConfig(state, valuesOf)]));
}

function stateConfig(state: StateNode, valuesOf: ValuesOf): unknown {
  const { states, on, always, after, onDone, invoke, output, meta, ...rest } = state;
  return {
    ...rest,
    entry: [
      ...(meta.requires ? [{ type: "$require", params: { fields: meta.requires } }] : []),
      ...(meta.clock ? [{ type: "$clock", params: meta.clock }] : []),
      ...(state.entry ?? []),
    ],
    id: meta.id,
    meta,
    ...(states ? { states: mapped(states, valuesOf) } : {}),
    ...(on ? { on: eventsOf(on) } : {}),
    ...(after ? { after: eventsOf(after) } : {}),
    ...(always ? { always: all(always) } : {}),
    ...(onDone ? { onDone: all(onDone) } : {}),
    ...(invoke ? { invoke: invokeConfig(invoke, valuesOf) } : {}),
    ...(output ? { output: valuesOf(output) } : {}),
  };
}

function invokeConfig({ id, src, input, onDone, onError }: Invocation, valuesOf: ValuesOf): unknown {
  return {
    id,
    src,
    input: valuesOf(input),
    ...(onDone ? { onDone: all(onDone) } : {}),
    ...(onError ? { onError: all(onError) } : {}),
  };
}

function eventsOf(on: NonNullable<StateNode["on"]>): unknown {
  return Object.fromEntries(Object.entries(on).map(([event, transitions]) => [event, all(transitions)]));
}

const all = (transitions: unknown) => (transitions as readonly Transition[]).map(marked);

function marked(transition: Transition): unknown {
  return {
    ...transition,
    actions: [{ type: "$take", params: { id: transition.meta.id } }, ...(transition.actions ?? [])],
  };
}
