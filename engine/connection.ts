import type { ConnectionDocument, IntakeDocument } from "schemas";
import { fault, type Fault } from "./problem.ts";
import type { Model } from "./model.ts";

/** What happens to records of every entity; the events of its workflows happen besides. */
export const recordEvents = [
  "record.created",
  "record.updated",
  "record.trashed",
  "record.restored",
  "record.removed",
] as const;

/** Headers of a call that the gate and the engine write themselves, in small letters. */
export const ownHeaders = ["host", "content-length", "connection", "transfer-encoding", "idempotency-key"] as const;

/** The same, and those that say what the body of a call is: a secret in their place would be read as something else. */
export const noProofs: ReadonlySet<string> = new Set([...ownHeaders, "accept", "content-type"]);

const heard = new WeakMap<Model, Map<string, readonly ConnectionDocument[]>>();

/** The connections that want to be told of an event of an entity. */
export function listenersTo(model: Model, entity: string, type: string): readonly ConnectionDocument[] {
  if (model.connections.size === 0) return [];
  const known = heard.get(model) ?? new Map<string, readonly ConnectionDocument[]>();
  heard.set(model, known);
  const key = `${entity} ${type}`;
  const found = known.get(key) ?? [...model.connections.values()].filter((it) => listensTo(it, entity, type));
  known.set(key, found);
  return found;
}

/** Whether a connection wants to be told of an event of an entity. */
export function listensTo({ entities }: ConnectionDocument, entity: string, type: string): boolean {
  const subject = Object.hasOwn(entities, entity) ? entities[entity] : undefined;
  return subject !== undefined && (subject.events?.includes(type) ?? true);
}

/** What an intake makes of what was posted: values by the names of fields. A place where nothing stands gives none. */
export function readIntake({ values }: IntakeDocument, posted: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, { from, value }]) => {
      const found = from === undefined ? undefined : standsAt(posted, from);
      const given = found === undefined ? value : found;
      return given === undefined ? [] : [[name, given]];
    }),
  );
}

/** A fault of a value, told at the place from which the value came. */
export function atItsSource({ values }: IntakeDocument, told: Fault): Fault {
  const [, name = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(told.path) ?? [];
  const from = Object.hasOwn(values, name) ? values[name]?.from : undefined;
  return from === undefined ? told : { ...told, path: from + rest };
}

/** The fault of a message that says nothing of what finds its record. */
export const unmatched = ({ match = "", values }: IntakeDocument): Fault =>
  fault("intake.unmatched", { field: match, path: values[match]?.from ?? "" });

/** The value at a JSON Pointer (RFC 6901); `undefined` where nothing stands. */
export function standsAt(value: unknown, pointer: string): unknown {
  let stand = value;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof stand !== "object" || stand === null || !Object.hasOwn(stand, key)) return undefined;
    stand = (stand as Record<string, unknown>)[key];
  }
  return stand;
}
