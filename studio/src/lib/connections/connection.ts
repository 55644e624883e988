import { kindOf, nameOf, recordEvents, workflowsOf, type Entity, type Field, type Model } from "engine";
import type { ConnectionDocument, IntakeDocument } from "schemas";
import { words } from "../words/index.ts";

/** A connection or an intake as it is bound to this installation, and how it fares. */
export interface Bound {
  readonly kind: "connection" | "intake";
  readonly name: string;
  readonly title: string;
  readonly owner: { readonly id: string; readonly name: string | null } | null;
  readonly active: boolean;
  /** Why it was stopped by itself. */
  readonly stopped: "gone" | "owner" | null;
  /** How the other side fares: `open` while nobody asks it, `half_open` when one is about to find out. */
  readonly circuit?: { readonly state: "closed" | "open" | "half_open" };
  readonly waiting?: number;
  readonly delivered?: number;
  readonly failed?: number;
  readonly done?: number;
  readonly refused?: number;
  readonly last_at?: string | null;
}

export type State = keyof typeof words.connectionStates;

/** How a document stands: not published, not bound to anybody, or as its binding says. */
export function stateOf(bound: Bound | undefined): State {
  if (!bound) return "draft";
  if (!bound.owner) return "unbound";
  if (bound.active) return "active";
  return bound.stopped ?? "paused";
}

/** The mark of a state, beside its word. */
export const stateIcons: Readonly<Record<State, string>> = {
  draft: "pencil",
  unbound: "minus",
  active: "check",
  paused: "hourglass",
  gone: "warning",
  owner: "warning",
};

/** The path of what is asked of a document's binding. */
export const pathOf = (document: ConnectionDocument | IntakeDocument) =>
  `/api/${kindOf(document)}s/${encodeURIComponent(nameOf(document))}`;

/** The events that workflows of an entity declare, with their titles. Regions of one workflow share theirs. */
export function movesOf(model: Model, entity: Entity): readonly (readonly [type: string, title: string])[] {
  const moves = workflowsOf(model, entity).flatMap(({ meta }) => Object.entries(meta.events));
  return [...new Map(moves.map(([type, { title }]) => [type, title] as const))];
}

/** All that can be told of an entity, with titles. */
export function eventsOf(model: Model, entity: Entity): readonly (readonly [type: string, title: string])[] {
  return [...recordEvents.map((type) => [type, titleOfEvent(type)] as const), ...movesOf(model, entity)];
}

/** The title of an event of records; of another its type. */
export const titleOfEvent = (type: string) => words.recordEventNames[type] ?? type;

/** Whether a field finds one record at most by a text. */
export const findsOne = ({ property, type }: Field) => property.unique === true && type.type(property).kind === "text";

/** What a typed text means for a field: a number, a truth value or a list is written as in JSON. */
export function literalOf(field: Field | undefined, text: string): unknown {
  if (text.trim() === "") return undefined;
  const wanted = field?.type.value(field.property).type;
  if (wanted === undefined || wanted === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A value as one types it. */
export const typed = (value: unknown) =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
