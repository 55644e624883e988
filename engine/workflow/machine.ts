import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import { assign, enqueueActions, setup, type AnyStateMachine } from "xstate";
import type { Effect } from "../effect.ts";
import { checkExpression, type Checked } from "../expression/check.ts";
import { evaluate, holds, type Environment } from "../expression/evaluate.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Path } from "../expression/tree.ts";
import type { Entity, Field, Model } from "../model.ts";
import { isExpression } from "../values.ts";
import { resolveAction } from "./params.ts";
import { leavesOf, type Leaf } from "./states.ts";

/** What surrounds a run while it moves: its record, who moves it, and when. */
export interface RunScene {
  readonly record: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
  readonly now: string;
  readonly today: string;
  readonly related?: NonNullable<Environment["related"]>;
  readonly listed?: NonNullable<Environment["listed"]>;
}

/** A workflow made ready to run: XState's machine, and what it is about. */
export interface Machine {
  readonly id: string;
  readonly document: WorkflowDocument;
  readonly entity: Entity;
  /** The field that shows where a record stands. */
  readonly stateField: Field | undefined;
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly compiled: AnyStateMachine;
  readonly expression: (cel: string) => Checked | undefined;
  /** What its expressions read beyond the record itself. */
  readonly paths: readonly Path[];
  /** The fields that must be filled when these transitions (`meta.id`) are taken. */
  asks(taken: readonly string[]): readonly string[];
}

/** What the kernel hangs into the context while it works, and takes out before anything is kept. */
export interface Working {
  readonly record: RunScene["record"];
  readonly scene: RunScene;
  readonly effects: readonly Effect[];
  /** `meta.id` of the transitions taken. */
  readonly taken: readonly string[];
}

const machines = new WeakMap<Model, Map<string, Machine>>();

/** The machine of a workflow under a model; built once. */
export function machineOf(model: Model, name: string): Machine | undefined {
  const known = machines.get(model) ?? new Map<string, Machine>();
  machines.set(model, known);
  const document = model.workflows.get(name);
  const machine = known.get(name) ?? (document && compileMachine(model, document));
  if (machine) known.set(name, machine);
  return machine;
}

/** Builds the machine of a document, one that is pinned by running records for instance. */
export function compileMachine(model: Model, document: WorkflowDocument): Machine | undefined {
  const entity = model.entities.get(document.meta.entity);
  if (!entity) return undefined;
  const scope = workflowScope(model, document);
  const known = new Map<string, Checked | undefined>();
  const expression = (cel: string) => {
    if (!known.has(cel)) known.set(cel, checkExpression(cel, scope).expression);
    return known.get(cel);
  };
  return {
    id: document.id,
    document,
    entity,
    stateField: entity.stateFields.find(({ property }) => property.workflow === document.id),
    leaves: new Map(leavesOf(document).map((leaf) => [leaf.key, leaf])),
    paths: celsIn(document)
      .flatMap((cel) => expression(cel)?.paths ?? [])
      .filter(({ length, 0: first }) => length > 1 || first?.list),
    asks: (taken) => asksOf(document, taken),
    compiled: setupFor(model, document, expression).createMachine(configOf(document) as object),
    expression,
  };
}

/** XState's setup for a document: with it `createMachine(document)` behaves in any place as it does here. */
export function setupFor(model: Model, document: WorkflowDocument, expression: Machine["expression"]) {
  const types = new Set(actionsIn(document).map(({ type }) => type));
  return setup({
    guards: {
      expr: ({ context, event }, params) => {
        const checked = expression(String((params as { cel?: unknown } | undefined)?.cel));
        return checked !== undefined && holds(checked, environmentOf(context, event));
      },
    },
    actions: {
      ...Object.fromEntries([...types].map((type) => [type, performed(model, type, expression)])),
      $take: assign(({ context }, params) => {
        const working = workingOf(context);
        return working ? { $scene: { ...working, taken: [...working.taken, (params as { id: string }).id] } } : {};
      }),
    } as Record<string, any>,
  });
}

/** An action of a document: what it asks for is kept in order, and seen by what follows in the same step. */
function performed(model: Model, type: string, expression: Machine["expression"]) {
  return enqueueActions(({ context, event, enqueue }: any, given: unknown) => {
    const working = workingOf(context);
    const resolved = resolveAction(model, { type, params: (given ?? {}) as Record<string, unknown> });
    if (!working || !resolved) return;
    const params = worked(resolved.params, expression, environmentOf(context, event));
    const effects = resolved.type.effects(params, { now: working.scene.now });
    for (const effect of effects) {
      if (effect.do === "raise") enqueue.raise({ type: effect.event, data: effect.data });
      else enqueue.assign(({ context: now }: { context: unknown }) => after(now, effect));
    }
  });
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
export function worked(value: unknown, expression: Machine["expression"], environment: Environment): any {
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

/** The document as XState's config: each transition says that it was taken, and no loop of them goes on for ever. */
function configOf({ id, initial, states, on, context, meta }: WorkflowDocument): unknown {
  const first = ({ input }: { input?: object }) => ({ ...context, ...input });
  return {
    id,
    initial,
    context: first,
    meta,
    states: mapped(states),
    ...(on ? { on: eventsOf(on) } : {}),
    options: { maxIterations: 1000 },
  };
}

function mapped(states: WorkflowDocument["states"]): unknown {
  return Object.fromEntries(Object.entries(states).map(([key, state]) => [key, stateConfig(state)]));
}

function stateConfig({ states, on, always, meta, ...rest }: StateNode): unknown {
  return {
    ...rest,
    meta,
    ...(states ? { states: mapped(states) } : {}),
    ...(on ? { on: eventsOf(on) } : {}),
    ...(always ? { always: always.map(marked) } : {}),
  };
}

function eventsOf(on: NonNullable<StateNode["on"]>): unknown {
  return Object.fromEntries(
    Object.entries(on).map(([event, transitions]) => [event, (transitions as Transition[]).map(marked)]),
  );
}

function marked(transition: Transition): unknown {
  return {
    ...transition,
    actions: [{ type: "$take", params: { id: transition.meta.id } }, ...(transition.actions ?? [])],
  };
}

/** Every action that a document names. */
export function actionsIn(document: WorkflowDocument): readonly Action[] {
  const ofTransitions = (them: readonly Transition[] | undefined) =>
    (them ?? []).flatMap(({ actions }) => actions ?? []);
  const ofState = ({ entry, exit, on, always, states }: StateNode): readonly Action[] => [
    ...(entry ?? []),
    ...(exit ?? []),
    ...Object.values(on ?? {}).flatMap((them) => ofTransitions(them as Transition[])),
    ...ofTransitions(always as Transition[] | undefined),
    ...Object.values(states ?? {}).flatMap(ofState),
  ];
  return [
    ...Object.values(document.on ?? {}).flatMap((them) => ofTransitions(them as Transition[])),
    ...Object.values(document.states).flatMap(ofState),
  ];
}

/** Every expression that a document holds. */
function celsIn(value: unknown): readonly string[] {
  if (isExpression(value)) return [value.cel];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(celsIn) : [];
}

/** Fields that transitions ask for as required, and those that the states they name require. */
function asksOf(document: WorkflowDocument, taken: readonly string[]): readonly string[] {
  const transitions = transitionsIn(document).filter(({ meta }) => taken.includes(meta.id));
  const leaves = leavesOf(document);
  const states = transitions.flatMap(({ target }) => leaves.filter(({ key }) => key === target?.split(".").at(-1)));
  return [
    ...transitions.flatMap(({ meta }) => (meta.form ?? []).flatMap(({ field, required }) => (required ? [field] : []))),
    ...states.flatMap(({ state }) => state.meta.requires ?? []),
  ];
}

/** Every transition of a document. */
export function transitionsIn({ on, states }: Pick<StateNode, "on" | "states">): readonly Transition[] {
  const own = Object.values(on ?? {}).flat() as Transition[];
  const inner = Object.values(states ?? {}).flatMap((state) => [
    ...((state.always ?? []) as Transition[]),
    ...transitionsIn(state),
  ]);
  return [...own, ...inner];
}
