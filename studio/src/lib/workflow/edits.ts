import { movesOf, placesOf, type WorkflowMove, type WorkflowPlace } from "engine";
import type { Action, Delay, EntityDocument, StateNode, Transition, WorkflowDocument } from "schemas";
import { nameFor, newAnchor } from "../design/entity.ts";

/** A workflow after a command, and what it made or leaves chosen. */
export interface Made {
  readonly document: WorkflowDocument;
  readonly chosen: string;
}

/** A workflow taken apart: every state and every transition where it stands, by its identity. */
export interface Opened {
  readonly document: WorkflowDocument;
  readonly places: readonly WorkflowPlace[];
  readonly moves: readonly WorkflowMove[];
}

/** Takes a workflow apart for reading. */
export function opened(document: WorkflowDocument): Opened {
  const places = placesOf(document);
  return { document, places, moves: movesOf(document, places) };
}

/** A copy that a command may change. */
const copied = (document: WorkflowDocument) => opened(structuredClone(document));

const placeOf = ({ places }: Opened, id: string) => places.find(({ node }) => node.meta.id === id);
const moveOf = ({ moves }: Opened, id: string) => moves.find(({ transition }) => transition.meta.id === id);

/** A state that goes in between: the transition leads to it, and a new one from it to where that led. */
export function addStateOn(given: WorkflowDocument, transition: string, title: string): Made {
  const work = copied(given);
  const move = moveOf(work, transition);
  const beside = move?.from ?? move?.target;
  if (!move || !beside) return { document: given, chosen: transition };
  const { key, node } = newState(work, title);
  insert(siblings(work, beside.parent), key, node, beside.key);
  const { target } = move;
  move.transition.target = `#${node.meta.id}`;
  if (target) leave(work, node, target, target.node.meta.title);
  return { document: tidy(work.document), chosen: node.meta.id };
}

/** A state behind another, with a transition that leads there. */
export function addStateAfter(given: WorkflowDocument, state: string, title: string): Made {
  const work = copied(given);
  const from = placeOf(work, state);
  if (!from) return { document: given, chosen: state };
  const { key, node } = newState(work, title);
  insert(siblings(work, from.parent), key, node, from.key);
  leave(work, from.node, { node } as WorkflowPlace, title);
  return { document: tidy(work.document), chosen: node.meta.id };
}

/** A transition between two states, by an event of its own. */
export function addTransition(given: WorkflowDocument, from: string, to: string, title: string): Made {
  const work = copied(given);
  const [start, end] = [placeOf(work, from), placeOf(work, to)];
  if (!start || !end) return { document: given, chosen: from };
  const made = leave(work, start.node, end, title);
  return { document: work.document, chosen: made.meta.id };
}

/** A reminder to the owner when a record has stood in a state for a while (ISO 8601 duration). */
export function addReminder(given: WorkflowDocument, state: string, duration: string, words: Reminder): Made {
  const work = copied(given);
  const place = placeOf(work, state);
  if (!place) return { document: given, chosen: state };
  const delays = (work.document.meta.delays ??= {});
  const name = nameFor(words.delay, Object.keys(delays));
  delays[name] = { title: words.delay, duration };
  const reminder: Transition = {
    actions: [{ type: "notify", params: { to: { cel: "record.owner" }, title: { cel: words.cel } } }],
    meta: { id: newAnchor("tr"), title: words.title },
  };
  (place.node.after ??= {})[name] = [reminder];
  return { document: work.document, chosen: reminder.meta.id };
}

/** How a reminder is called, and the expression of what it says. */
export interface Reminder {
  readonly title: string;
  readonly delay: string;
  readonly cel: string;
}

/** What of a state is changed by hand. `undefined` takes a part away. */
export interface StateChange {
  readonly title?: string;
  readonly key?: string;
  readonly probability?: number | undefined;
  readonly requires?: readonly string[];
  readonly end?: boolean;
  readonly outcome?: "won" | "lost" | undefined;
  readonly first?: true;
  readonly entry?: readonly Action[];
  readonly exit?: readonly Action[];
}

/** Changes a state. A new key keeps what leads there. */
export function changeState(given: WorkflowDocument, id: string, change: StateChange): WorkflowDocument {
  const work = copied(given);
  const place = placeOf(work, id);
  if (!place) return given;
  const { node } = place;
  if (change.title !== undefined) node.meta.title = change.title;
  if ("probability" in change) put(node.meta, "probability", change.probability);
  if ("outcome" in change) put(node.meta, "outcome", change.outcome);
  if (change.requires) put(node.meta, "requires", change.requires.length > 0 ? [...change.requires] : undefined);
  if (change.end !== undefined) {
    const others = (node.tags ?? []).filter((tag) => tag !== "end" && !(change.end && tag === "open"));
    put(node, "tags", change.end ? [...others, "end"] : others.length > 0 ? others : undefined);
    if (!change.end) delete node.meta.outcome;
  }
  for (const when of ["entry", "exit"] as const)
    if (change[when]) put(node, when, change[when].length > 0 ? [...change[when]] : undefined);
  if (change.first) begin(work, place);
  if (change.key !== undefined && change.key !== place.key) rename(work, place, change.key);
  return work.document;
}

/** What of a transition is changed by hand. `undefined` takes a part away. */
export interface MoveChange {
  readonly title?: string;
  readonly to?: string;
  readonly guard?: string | undefined;
  readonly refused?: string | undefined;
  readonly form?: readonly { readonly field: string; readonly required?: boolean }[];
  readonly actions?: readonly Action[];
}

/** Changes a transition. */
export function changeMove(given: WorkflowDocument, id: string, change: MoveChange): WorkflowDocument {
  const work = copied(given);
  const move = moveOf(work, id);
  if (!move) return given;
  const { transition } = move;
  if (change.title !== undefined) {
    transition.meta.title = change.title;
    const alone = work.moves.filter(({ event }) => event !== undefined && event === move.event).length === 1;
    const declared = move.event === undefined ? undefined : work.document.meta.events[move.event];
    if (alone && declared && change.title !== "") declared.title = change.title;
  }
  if (change.to !== undefined) transition.target = `#${change.to}`;
  if ("guard" in change)
    put(transition, "guard", change.guard ? { type: "expr", params: { cel: change.guard } } : undefined);
  if ("refused" in change) put(transition.meta, "refused", change.refused);
  if (change.form)
    put(transition.meta, "form", change.form.length > 0 ? change.form.map((it) => ({ ...it })) : undefined);
  if (change.actions) put(transition, "actions", change.actions.length > 0 ? [...change.actions] : undefined);
  return work.document;
}

/** Changes how long a wait is. */
export function changeDelay(given: WorkflowDocument, name: string, delay: Delay): WorkflowDocument {
  const document = structuredClone(given);
  (document.meta.delays ??= {})[name] = delay;
  return document;
}

/** Why something cannot be taken away; nothing where it can. */
export function whyKept(document: WorkflowDocument, id: string): "last" | "missing" | undefined {
  const work = opened(document);
  const place = placeOf(work, id);
  if (!place) return moveOf(work, id) ? undefined : "missing";
  return Object.keys(siblings(work, place.parent)).length === 1 ? "last" : undefined;
}

/** Without a state and all that leads there or leaves it, or without a transition. */
export function remove(given: WorkflowDocument, id: string): WorkflowDocument {
  if (whyKept(given, id)) return given;
  const work = copied(given);
  const place = placeOf(work, id);
  const within = (other: WorkflowPlace | undefined): boolean =>
    other !== undefined && (other.node.meta.id === id || within(other.parent));
  const gone = work.moves.filter(({ transition, target, from }) =>
    place ? within(from) || (transition.target !== undefined && within(target)) : transition.meta.id === id,
  );
  const events = new Set(gone.flatMap(({ event }) => event ?? []));
  const delays = new Set(gone.flatMap(({ delay }) => delay ?? []));
  const all = new Set(gone.map(({ transition }) => transition.meta.id));
  for (const holder of [work.document, ...work.places.map(({ node }) => node)]) without(holder as StateNode, all);
  if (place) {
    const states = siblings(work, place.parent);
    delete states[place.key];
    const holder = place.parent?.node ?? work.document;
    if (holder.initial === place.key) {
      const next = Object.keys(states).find((key) => states[key]!.type !== "history");
      put(holder, "initial", next);
    }
  }
  const left = opened(work.document).moves;
  const raised = JSON.stringify(work.document);
  for (const event of events)
    if (!left.some((it) => it.event === event) && !raised.includes(`"event":"${event}"`))
      delete work.document.meta.events[event];
  for (const delay of delays) if (!left.some((it) => it.delay === delay)) delete work.document.meta.delays?.[delay];
  if (work.document.meta.delays && Object.keys(work.document.meta.delays).length === 0)
    delete work.document.meta.delays;
  return work.document;
}

/** A state as JSON for the clipboard. */
export function copyState(document: WorkflowDocument, id: string): string | undefined {
  const place = placeOf(opened(document), id);
  return place && JSON.stringify({ trellis: "state", key: place.key, state: place.node }, null, 2);
}

/** A copied state behind another, with identities of its own; what it led to that is not here stays behind. */
export function pasteState(given: WorkflowDocument, after: string, text: string): Made | undefined {
  let read: { trellis?: unknown; key?: unknown; state?: unknown };
  try {
    read = JSON.parse(text) as typeof read;
  } catch {
    return undefined;
  }
  const work = copied(given);
  const beside = placeOf(work, after);
  const state = read.state as StateNode | undefined;
  if (read.trellis !== "state" || typeof state?.meta?.title !== "string" || state.states || !beside) return undefined;
  const node: StateNode = { meta: { ...state.meta, id: newAnchor("st") } };
  if (state.tags) node.tags = state.tags;
  if (state.entry) node.entry = state.entry;
  if (state.exit) node.exit = state.exit;
  const key = nameFor(String(read.key ?? state.meta.title), keys(work));
  insert(siblings(work, beside.parent), key, node, beside.key);
  leave(work, beside.node, { node } as WorkflowPlace, node.meta.title);
  return { document: tidy(work.document), chosen: node.meta.id };
}

/** A pipeline of three states for an entity that has none, and the entity with the field that shows where it stands. */
export function newWorkflow(
  entity: EntityDocument,
  title: string,
  words: { readonly open: string; readonly done: string; readonly finish: string; readonly stage: string },
  taken: readonly string[],
): readonly [WorkflowDocument, EntityDocument] {
  const id = nameFor(title, taken);
  const event = `${entity.$id}.${nameFor(words.finish, [])}`;
  const done = newAnchor("st");
  const workflow: WorkflowDocument = {
    $schema: "urn:trellis:workflow:1",
    id,
    context: {},
    initial: "open",
    states: {
      open: {
        on: { [event]: [{ target: `#${done}`, meta: { id: newAnchor("tr"), title: words.finish } }] },
        tags: ["open"],
        meta: { id: newAnchor("st"), title: words.open },
      },
      done: { tags: ["end"], meta: { id: done, title: words.done, outcome: "won" } },
    },
    meta: {
      id: newAnchor("wf"),
      title,
      format: "wf/1",
      kind: "pipeline",
      entity: entity.$id,
      events: { [event]: { title: words.finish, source: "user" } },
    },
  };
  const field = nameFor(words.stage, Object.keys(entity.properties));
  const property = { $anchor: newAnchor("fld"), field: "state", title: words.stage, workflow: id };
  return [workflow, { ...entity, properties: { ...entity.properties, [field]: property } }];
}

const keys = ({ places }: Opened) => places.map(({ key }) => key);

function siblings({ document }: Opened, parent: WorkflowPlace | undefined): Record<string, StateNode> {
  return (parent ? (parent.node.states ??= {}) : document.states) as Record<string, StateNode>;
}

function newState(work: Opened, title: string): { readonly key: string; readonly node: StateNode } {
  return { key: nameFor(title, keys(work)), node: { tags: ["open"], meta: { id: newAnchor("st"), title } } };
}

/** Puts a state behind the one that is called `behind`. */
function insert(states: Record<string, StateNode>, key: string, node: StateNode, behind: string): void {
  const entries = Object.entries(states);
  const at = entries.findIndex(([name]) => name === behind);
  entries.splice(at + 1, 0, [key, node]);
  for (const name of Object.keys(states)) delete states[name];
  Object.assign(states, Object.fromEntries(entries));
}

/** A way out of a state, by an event of its own. */
function leave({ document }: Opened, from: StateNode, to: WorkflowPlace, title: string): Transition {
  const { events, entity } = document.meta;
  const name = nameFor(
    title,
    Object.keys(events).map((type) => type.slice(entity.length + 1)),
  );
  const type = `${entity}.${name}`;
  events[type] = { title, source: "user" };
  const transition: Transition = { target: `#${to.node.meta.id}`, meta: { id: newAnchor("tr"), title } };
  (from.on ??= {})[type] = [transition];
  // What ends a record's way is no end any more when there is a way out of it again: that is for a person to say.
  return transition;
}

/** Lets the states around a place begin with it. */
function begin({ document }: Opened, place: WorkflowPlace): void {
  for (let at: WorkflowPlace | undefined = place; at; at = at.parent) {
    const holder = at.parent?.node ?? document;
    if (holder.type !== "parallel") holder.initial = at.key;
  }
}

function rename(work: Opened, place: WorkflowPlace, to: string): void {
  const states = siblings(work, place.parent);
  const id = `#${place.node.meta.id}`;
  for (const { transition, target } of work.moves)
    if (transition.target !== undefined && target)
      transition.target = target === place ? id : relink(target, place, transition.target);
  for (const { node } of work.places)
    if (node.type === "history" && node.target?.split(".").includes(place.key)) node.target = id;
  const holder = place.parent?.node ?? work.document;
  if (holder.initial === place.key) holder.initial = to;
  const entries = Object.entries(states).map(([key, node]) => [key === place.key ? to : key, node] as const);
  for (const key of Object.keys(states)) delete states[key];
  Object.assign(states, Object.fromEntries(entries));
}

/** A way that leads through a renamed state names its end instead. */
function relink(target: WorkflowPlace, renamed: WorkflowPlace, written: string): string {
  for (let at = target.parent; at; at = at.parent) if (at === renamed) return `#${target.node.meta.id}`;
  return written;
}

/** Takes transitions out of a state; what is left empty goes as well. */
function without(node: StateNode, gone: ReadonlySet<string>): void {
  const left = (them: readonly Transition[] | undefined) => (them ?? []).filter(({ meta }) => !gone.has(meta.id));
  for (const key of ["on", "after"] as const) {
    const given = node[key] as Record<string, Transition[]> | undefined;
    if (!given) continue;
    const entries = Object.entries(given).flatMap(([name, them]) => {
      const rest = left(them);
      return rest.length > 0 ? [[name, rest] as const] : [];
    });
    put(node, key, entries.length > 0 ? (Object.fromEntries(entries) as never) : undefined);
  }
  for (const key of ["always", "onDone"] as const)
    if (node[key]) put(node, key, left(node[key]).length > 0 ? (left(node[key]) as never) : undefined);
}

function put<Thing extends object, Key extends keyof Thing>(
  thing: Thing,
  key: Key,
  value: Thing[Key] | undefined,
): void {
  if (value === undefined) delete thing[key];
  else thing[key] = value;
}

/** A holder that began by itself says with which of several states it begins. */
function tidy(document: WorkflowDocument): WorkflowDocument {
  const holders = [document, ...placesOf(document).map(({ node }) => node)] as StateNode[];
  for (const holder of holders) {
    const first = Object.keys(holder.states ?? {})[0];
    if (first !== undefined && holder.type !== "parallel" && holder.initial === undefined) holder.initial = first;
  }
  return document;
}
