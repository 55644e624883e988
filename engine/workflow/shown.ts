import type { StateNode, WorkflowDocument } from "schemas";
import { covers, type Access, type EntityAccess } from "../access.ts";
import type { Path } from "../expression/tree.ts";
import { transitionsOf } from "./order.ts";

/**
 * A workflow as far as a reader may know it: the states of the regions that she sees a record stand in, and the moves
 * that she may make. What it asks before a move and does after one is for those who may change it. Nothing where she
 * sees no state at all.
 */
export function shownWorkflow(access: Access, workflow: WorkflowDocument): WorkflowDocument | undefined {
  if (access.admin) return workflow;
  const own = access.entity(workflow.meta.entity);
  if (!own) return undefined;
  const shown = new Set(
    own.entity.stateFields.flatMap((field) =>
      field.property.workflow === workflow.id && own.readable(field).kind !== "none"
        ? [field.property.region ?? mainRegion]
        : [],
    ),
  );
  if (shown.size === 0) return undefined;
  const { $schema, id, type, initial, on, states, meta } = workflow;
  const { id: anchor, title, format, kind, entity, events } = meta;
  return {
    ...($schema ? { $schema } : {}),
    id,
    ...(type ? { type } : {}),
    ...(initial === undefined ? {} : { initial }),
    ...(on ? { on: shownMoves(own, workflow, on) } : {}),
    states: Object.fromEntries(
      Object.entries(states).flatMap(([key, state]) =>
        type !== "parallel" || shown.has(state.meta.main ? mainRegion : key)
          ? [[key, shownState(own, workflow, state)]]
          : [],
      ),
    ),
    meta: {
      id: anchor,
      title,
      format,
      kind,
      entity,
      events: Object.fromEntries(Object.entries(events).filter(([event]) => maySend(own, workflow, event))),
    },
  };
}

type Moves = NonNullable<StateNode["on"]>;

/** The main region has no name: its state field says none. */
const mainRegion = Symbol("main");

function shownState(own: EntityAccess, workflow: WorkflowDocument, state: StateNode): StateNode {
  const { type, history, target, initial, states, on, tags, meta } = state;
  const { requires, ...told } = meta;
  const below = Object.entries(states ?? {}).map(([key, it]) => [key, shownState(own, workflow, it)] as const);
  const given = Object.entries({ type, history, target, initial, tags }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(states ? { states: Object.fromEntries(below) } : {}),
    ...(on ? { on: shownMoves(own, workflow, on) } : {}),
    meta: { ...told, ...(requires ? { requires: requires.filter((name) => knows(own, name)) } : {}) },
  };
}

function shownMoves(own: EntityAccess, workflow: WorkflowDocument, on: Moves): Moves {
  return Object.fromEntries(
    transitionsOf(on).flatMap(([event, them]) => {
      if (!maySend(own, workflow, event)) return [];
      const moves = them.map(({ target, meta: { id, title, form } }) => ({
        ...(target === undefined ? {} : { target }),
        meta: {
          id,
          ...(title === undefined ? {} : { title }),
          ...(form ? { form: form.filter(({ field }) => knows(own, field)) } : {}),
        },
      }));
      return [[event, moves as unknown as Moves[string]]];
    }),
  );
}

const maySend = (own: EntityAccess, { meta }: WorkflowDocument, event: string) =>
  meta.events[event]?.source === "user" && own.event(event).kind !== "none";

function knows(own: EntityAccess, name: string): boolean {
  const field = own.entity.fields.get(name);
  return field !== undefined && (own.readable(field).kind !== "none" || own.writable(field).kind !== "none");
}

/**
 * Whether a reader may be told what stands at the end of a path, whichever record it begins at: where each of its fields
 * is shown wherever its record is, and all records are shown to her that it leads through.
 */
export function mayTell(access: Access | undefined, path: Path): boolean {
  if (!access) return true;
  return path.every(({ field, list, to }, at) => {
    const through = field ?? list?.reference;
    if (!through) return true;
    const own = access.entity(through.entity);
    if (!own || !covers(own.readable(through), own.rule("read"))) return false;
    const leads = list?.entity ?? (at < path.length - 1 ? to : undefined);
    return leads === undefined || access.entity(leads)?.rule("read").kind === "all";
  });
}
