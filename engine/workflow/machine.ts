import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import { assign, enqueueActions, setup, type AnyStateMachine } from "xstate";
import type { Effect } from "../effect.ts";
import { checkExpression, type Checked } from "../expression/check.ts";
import { evaluate, holds, type Environment } from "../expression/evaluate.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Path } from "../expression/tree.ts";
import type { Entity, Field, Model } from "../model.ts";
import { isExpression } from "../values.ts";
import { dueAt } from "./delay.ts";
import { resolveAction } from "./params.ts";
import { movesOf, placesOf } from "./places.ts";
import { leavesOf, type Leaf } from "./states.ts";

/** What surrounds a run while it moves: its record, who moves it, and when. */
export interface RunScene {
  readonly record: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
  readonly now: string;
  readonly today: string;
  /** Whether whoever moves it may be told what stands at the end of a path; without it, all of it. */
  readonly tells?: (path: Path) => boolean;
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
  /** The fields that show where it stands in other regions, by the region. */
  readonly regionFields: ReadonlyMap<string, Field>;
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly compiled: AnyStateMachine;
  readonly expression: (cel: string) => Checked | undefined;
  /** When a wait of the document that begins now is over; null while what it hangs on is empty. */
  readonly dueAt: (delay: string, environment: Environment) => string | null;
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
  const fields = entity.stateFields.filter(({ property }) => property.workflow === document.id);
  const zone = model.workspace.time_zone;
  const due: Machine["dueAt"] = (name, environment) => {
    const delay = document.meta.delays?.[name];
    return delay ? dueAt(delay, { expression, zone }, environment) : null;
  };
  return {
    id: document.id,
    document,
    entity,
    stateField: fields.find(({ property }) => property.region === undefined),
    regionFields: new Map(
      fields.flatMap((field) => (typeof field.property.region === "string" ? [[field.property.region, field]] : [])),
    ),
    dueAt: due,
    leaves: new Map(leavesOf(document).map((leaf) => [leaf.key, leaf])),
    paths: celsIn(document)
      .flatMap((cel) => expression(cel)?.paths ?? [])
      .filter(({ length, 0: first }) => length > 1 || first?.list),
    asks: (taken) => asksOf(document, taken),
    compiled: setupFor(model, document, { expression, dueAt: due }).createMachine(configOf(document) as object),
    expression,
  };
}

/** XState's setup for a document: with it `createMachine(document)` behaves in any place as it does here. */
export function setupFor(
  model: Model,
  document: WorkflowDocument,
  { expression, dueAt }: Pick<Machine, "expression" | "dueAt">,
) {
  const types = new Set(actionsIn(document).map(({ type }) => type));
  return setup({
    // A wait that hangs on what is empty has no end: the kernel makes no timer of it.
    delays: Object.fromEntries(
      Object.keys(document.meta.delays ?? {}).map((name) => [
        name,
        ({ context, event }: { context: unknown; event: unknown }) => {
          const environment = environmentOf(context, event);
          const due = dueAt(name, environment);
          return due === null ? Number.POSITIVE_INFINITY : Date.parse(due) - Date.parse(environment.now);
        },
      ]),
    ),
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

/**
 * The document as XState's config: each transition says that it was taken, each state bears its `meta.id`, so that what
 * is remembered outlives a renaming, and no loop goes on for ever.
 */
function configOf({ id, type, initial, states, on, context, meta }: WorkflowDocument): unknown {
  const first = ({ input }: { input?: object }) => ({ ...context, ...input });
  return {
    id,
    ...(type ? { type } : { initial }),
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

function stateConfig({ states, on, always, after, onDone, meta, ...rest }: StateNode): unknown {
  return {
    ...rest,
    id: meta.id,
    meta,
    ...(states ? { states: mapped(states) } : {}),
    ...(on ? { on: eventsOf(on) } : {}),
    ...(after ? { after: eventsOf(after) } : {}),
    ...(always ? { always: (always as Transition[]).map(marked) } : {}),
    ...(onDone ? { onDone: (onDone as Transition[]).map(marked) } : {}),
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
  const places = placesOf(document);
  return [
    ...places.flatMap(({ node }) => [...(node.entry ?? []), ...(node.exit ?? [])]),
    ...movesOf(document, places).flatMap(({ transition }) => transition.actions ?? []),
  ];
}

/** Every expression that a document holds. */
function celsIn(value: unknown): readonly string[] {
  if (isExpression(value)) return [value.cel];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(celsIn) : [];
}

/** Fields that transitions ask for as required, and those that the states they lead to require. */
function asksOf(document: WorkflowDocument, taken: readonly string[]): readonly string[] {
  const moves = movesOf(document).filter(({ transition }) => taken.includes(transition.meta.id));
  return moves.flatMap(({ transition, target, from }) => [
    ...(transition.meta.form ?? []).flatMap(({ field, required }) => (required ? [field] : [])),
    ...((target !== from && target?.node.meta.requires) || []),
  ]);
}

/** Every transition of a document. */
export function transitionsIn({ on, states }: Pick<StateNode, "on" | "states">): readonly Transition[] {
  const own = Object.values(on ?? {}).flat() as Transition[];
  const inner = Object.values(states ?? {}).flatMap((state) => [
    ...((state.always ?? []) as Transition[]),
    ...(Object.values(state.after ?? {}).flat() as Transition[]),
    ...((state.onDone ?? []) as Transition[]),
    ...transitionsIn(state),
  ]);
  return [...own, ...inner];
}
