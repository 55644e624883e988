import type { StateNode, WorkflowDocument } from "schemas";
import { Inexpressible } from "./scxml-reason.ts";
import { actionsOf, type Sending } from "./scxml-actions.ts";
import { conditionOf, eventOf, keyOf, literalOf, plain, variableOf } from "./scxml-words.ts";
import type { Element } from "./scxml-xml.ts";

const states = new Set(["state", "parallel", "final", "history"]);
const known = new Set([
  ...states,
  ...["scxml", "datamodel", "data", "initial", "transition", "onentry", "onexit", "raise", "log", "assign", "send"],
  ...["script", "cancel", "param", "content", "donedata"],
]);

const unknown: Readonly<Record<string, string>> = {
  if: "an action under a condition",
  foreach: "actions in a loop",
  invoke: "invoking another document, which talks back to it",
};

const all = (element: Element): readonly Element[] => [element, ...element.children.flatMap(all)];
const held = ({ children }: Element) => children.filter(({ tag }) => states.has(tag));
const idOf = ({ attributes }: Element) => attributes.id ?? "";
const metaOf = (id: string, title = id) => ({ id, title: title || id });
const stateId = (id: string) => `id_${keyOf(id)}_s`;

interface Place {
  readonly id: string;
  readonly tag: string;
}

/** What is known of an SCXML document as a whole, and what is found on the way through it. */
interface Reading {
  readonly id: string;
  readonly root: Element;
  /** The states around each, from the outside in. */
  readonly around: ReadonlyMap<string, readonly Place[]>;
  readonly variables: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
  /** What is sent from outside of the run's own step: a region beside holds each until its time has come. */
  readonly sent: Sending[];
  /** States on the way of transitions that leave a parallel state for its inside, by the key of what holds them. */
  readonly thresholds: Map<string, Record<string, unknown>>;
  /** A number that no other has. */
  next(): number;
}

/**
 * An SCXML document as a process named `id` about records of an entity; it declares `others` as events besides. Throws
 * `Inexpressible` where it says more than the format can.
 */
export function workflowOf(
  scxml: Element,
  id: string,
  entity: string,
  others: readonly string[] = [],
): WorkflowDocument {
  const it = readingOf(scxml, id, others);
  const main = { initial: firstOf(it, it.root), states: nodesOf(it, it.root) };
  const first = initialStep(it, it.root);
  const whole = { ...main, ...(first ? { initial: first.key } : {}), states: { ...main.states, ...first?.states } };
  const data = all(it.root).filter(({ tag }) => tag === "data");
  const kept = it.sent.flatMap(({ held }) => Object.keys(held));
  const types = [...[...it.events].map((name) => eventOf(id, name)), ...it.sent.flatMap((one) => one.types)];
  return {
    $schema: "urn:trellis:workflow:1",
    id,
    context: Object.fromEntries([
      ...data.map((one) => [variableOf(idOf(one)), literalOf(one.attributes.expr)] as const),
      ...kept.map((name) => [name, null] as const),
    ]),
    ...(it.sent.length === 0
      ? whole
      : {
          type: "parallel",
          states: {
            main: { ...whole, meta: { id: "id_main", title: "Main", main: true } },
            ...Object.fromEntries(it.sent.map((one, at) => [`sender_${at}`, senderOf(one, at)])),
          },
        }),
    meta: {
      id: `wf_${id}`,
      title: id,
      format: "wf/1",
      kind: "process",
      entity,
      events: Object.fromEntries([...new Set(types)].map((type) => [type, { title: type.slice(-80), source: "user" }])),
      delays: Object.fromEntries(it.sent.map(({ delay }, at) => [`sent_${at}`, { duration: delay }])),
    },
  } as unknown as WorkflowDocument;
}

function readingOf(scxml: Element, id: string, others: readonly string[]): Reading {
  let count = 0;
  const next = () => count++;
  const around = new Map<string, readonly Place[]>();
  const prepared = (given: Element, path: readonly Place[]): Element => {
    if (!known.has(given.tag)) throw new Inexpressible(unknown[given.tag] ?? given.tag);
    if (given.tag === "content" && given.children.length > 0) throw new Inexpressible("data that is no value");
    const unnamed = states.has(given.tag) && given.attributes.id === undefined;
    const attributes = unnamed ? { ...given.attributes, id: `unnamed${next()}` } : given.attributes;
    const named = { ...given, attributes };
    if (states.has(given.tag)) around.set(idOf(named), path);
    const below = states.has(given.tag) ? [...path, { id: idOf(named), tag: given.tag }] : path;
    return { ...named, children: given.children.map((child) => prepared(child, below)) };
  };
  const root = prepared(scxml, []);
  const elements = all(root);
  const data = elements.filter(({ tag }) => tag === "data");
  if (data.some(({ attributes }) => attributes.src ?? attributes["#text"]))
    throw new Inexpressible("data that is written elsewhere, or as text");
  const named = elements.flatMap(({ tag, attributes: { event, eventexpr } }) =>
    ["transition", "raise", "send"].includes(tag) ? [event ?? eventexpr?.replaceAll("'", "") ?? ""] : [],
  );
  const events = [...others, ...named.flatMap((them) => them.trim().split(/\s+/))];
  return {
    id,
    root,
    around,
    variables: new Set(data.map(idOf)),
    events: new Set(events.filter((name) => name !== "" && !name.endsWith("*"))),
    sent: [],
    thresholds: new Map(),
    next,
  };
}

/** The events that a descriptor means: a name means all that begin with it. */
function meant({ events }: Reading, descriptor: string): readonly string[] {
  const name = descriptor.replace(/\.?\*$/, "");
  return [...events].filter((it) => name === "" || it === name || it.startsWith(`${name}.`));
}

function nodesOf(it: Reading, holder: Element): Record<string, unknown> {
  const inner = held(holder).filter(({ tag }) => holder.tag !== "parallel" || tag !== "history");
  const nodes = Object.fromEntries(inner.map((one) => nodeOf(it, one, holder)));
  return { ...nodes, ...it.thresholds.get(idOf(holder)) };
}

/** A state with its key. A region holds states always, and what remembers regions stands in a state around them. */
function nodeOf(it: Reading, element: Element, holder: Element): readonly [string, StateNode] {
  const id = idOf(element);
  const node = element.tag === "history" ? historyOf(it, element) : stateOf(it, element);
  if (holder.tag === "parallel" && element.tag !== "history" && held(element).length === 0) {
    const only = { [keyOf(id)]: { meta: metaOf(`id_${plain(id)}_only`) } };
    return [`r_${plain(id)}`, { ...node, initial: keyOf(id), states: only } as StateNode];
  }
  const doors = element.tag === "parallel" ? held(element).filter(({ tag }) => tag === "history") : [];
  if (doors.length === 0) return [keyOf(id), node];
  const wrapped = {
    initial: keyOf(id),
    states: { [keyOf(id)]: node, ...Object.fromEntries(doors.map((one) => [keyOf(idOf(one)), historyOf(it, one)])) },
    meta: metaOf(`id_${plain(id)}_around`),
  };
  return [`w_${plain(id)}`, wrapped as unknown as StateNode];
}

function historyOf(it: Reading, element: Element): StateNode {
  const [transition] = element.children.filter(({ tag }) => tag === "transition");
  const target = transition?.attributes.target ?? "";
  if (target.includes(" ") || !it.around.has(target)) throw new Inexpressible("history with several targets");
  if (transition?.children.some(({ tag }) => tag !== "log")) throw new Inexpressible("history that does something");
  const history = element.attributes.type === "deep" ? "deep" : "shallow";
  const id = idOf(element);
  return { type: "history", history, target: `#${stateId(target)}`, meta: metaOf(stateId(id), id) } as StateNode;
}

function stateOf(it: Reading, element: Element): StateNode {
  const id = idOf(element);
  const inner = held(element);
  const on: Record<string, unknown[]> = {};
  const always: unknown[] = [];
  for (const child of element.children.filter(({ tag }) => tag === "transition")) {
    const names = child.attributes.event?.trim().split(/\s+/) ?? [];
    if (names.length === 0) always.push(transitionOf(it, child, element));
    for (const name of new Set(names.flatMap((one) => meant(it, one))))
      (on[eventOf(it.id, name)] ??= []).push(transitionOf(it, child, element));
  }
  const first = inner.length > 0 && element.tag !== "parallel" ? initialStep(it, element) : undefined;
  const initial = inner.length > 0 && element.tag !== "parallel" ? (first?.key ?? firstOf(it, element)) : undefined;
  const done = inner.length > 0 ? doneOf(it, element) : [];
  return {
    ...(element.tag === "parallel" ? { type: "parallel" } : element.tag === "final" ? { type: "final" } : {}),
    ...(inner.length > 0 ? { states: { ...nodesOf(it, element), ...first?.states } } : {}),
    ...(initial === undefined ? {} : { initial }),
    entry: [...executable(it, element, "onentry"), ...toldBy(it, element)],
    exit: executable(it, element, "onexit"),
    on,
    ...(always.length > 0 ? { always } : {}),
    ...(done.length > 0 ? { onDone: done } : {}),
    meta: metaOf(stateId(id), id),
  } as unknown as StateNode;
}

const executable = (it: Reading, element: Element, tag: string) =>
  element.children.filter((one) => one.tag === tag).flatMap(({ children }) => actionsOf(it, children));

/** What is told when a state is done: by the engine's own word, unless its final state tells it with data. */
function doneOf(it: Reading, element: Element): readonly unknown[] {
  const name = `done.state.${idOf(element)}`;
  if (!it.events.has(name) || held(element).some((one) => donedata(one))) return [];
  const tell = { type: "raise", params: { event: eventOf(it.id, name) } };
  return [{ actions: [tell], meta: { id: `tr_m${it.next()}` } }];
}

const donedata = ({ children }: Element) => children.find(({ tag }) => tag === "donedata");

function toldBy(it: Reading, element: Element): readonly unknown[] {
  const data = donedata(element);
  const parent = it.around.get(idOf(element))?.at(-1);
  if (!data || !parent) return [];
  const attributes = { event: `done.state.${parent.id}` };
  return actionsOf(it, [{ tag: "raise", attributes, children: data.children }]);
}

function transitionOf(it: Reading, element: Element, source: Element): unknown {
  const { target, cond, type } = element.attributes;
  if (target?.trim().includes(" ")) throw new Inexpressible("several targets");
  if (target !== undefined && !it.around.has(target)) throw new Inexpressible("a target that is not there");
  const within = target === undefined ? [] : it.around.get(target)!;
  // A parallel state is left even by a transition that calls itself internal.
  const stays = type === "internal" && source.tag !== "parallel" && has(within, idOf(source));
  return {
    ...(target === undefined ? {} : { target: `#${over(it, source, target, stays)}` }),
    ...(target === undefined || stays ? {} : { reenter: true }),
    ...(cond === undefined ? {} : { guard: { type: "expr", params: { cel: conditionOf(cond, it.variables) } } }),
    actions: actionsOf(it, element.children),
    meta: { id: `tr_m${it.next()}` },
  };
}

/**
 * The `meta.id` to which a transition leads. One from inside of a parallel state to its inside goes out of it first, to a
 * threshold from which it comes in again at once: an edge from region to region is nothing that the format draws.
 */
function over(it: Reading, source: Element, target: string, stays: boolean): string {
  const outside = it.around.get(target)!;
  const around = it.around.get(idOf(source))!;
  const from = stays ? [...around, { id: idOf(source), tag: source.tag }] : around;
  const common = from.filter(({ id }) => has(outside, id));
  if (common.at(-1)?.tag !== "parallel") return stateId(target);
  const holder = common.findLast(({ tag }) => tag !== "parallel")?.id ?? idOf(it.root);
  const at = it.next();
  const onward = [{ target: `#${stateId(target)}`, meta: { id: `tr_m${it.next()}` } }];
  const threshold = { [`via_${at}`]: { always: onward, meta: metaOf(`id_via_n${at}`) } };
  it.thresholds.set(holder, { ...it.thresholds.get(holder), ...threshold });
  return `id_via_n${at}`;
}

const has = (them: readonly Place[], id: string) => them.some((it) => it.id === id);

const drawnIn = (element: Element) => element.children.find(({ tag }) => tag === "initial")?.children[0];
const wantedIn = (element: Element) =>
  drawnIn(element)?.attributes.target ?? element.attributes.initial ?? idOf(held(element)[0]!);

/** The key of the first state, where it is one of those that stand directly inside. */
function firstOf(it: Reading, element: Element): string {
  const first = wantedIn(element);
  const child = held(element).find((one) => idOf(one) === first);
  return child?.tag === "parallel" && held(child).some(({ tag }) => tag === "history")
    ? `w_${plain(first)}`
    : keyOf(first);
}

/** A first state on the way to one that lies deeper, or on a way that does something: it is gone as soon as it is there. */
function initialStep(it: Reading, element: Element): { key: string; states: Record<string, unknown> } | undefined {
  const drawn = drawnIn(element);
  const first = wantedIn(element);
  const child = held(element).find((one) => idOf(one) === first);
  if (child && child.tag !== "history" && !drawn?.children.some(({ tag }) => tag !== "log")) return undefined;
  if (!it.around.has(first)) throw new Inexpressible("several targets");
  const key = `first_${it.next()}`;
  const meta = { id: `tr_m${it.next()}` };
  const onward = [{ target: `#${stateId(first)}`, actions: actionsOf(it, drawn?.children ?? []), meta }];
  return { key, states: { [key]: { always: onward, meta: metaOf(`id_${key}_n`) } } };
}

/** A region that holds what was sent until its time has come. */
function senderOf({ arm, cancel, send }: Sending, at: number) {
  const meta = (name: string) => metaOf(`id_${name}_n${at}`, name);
  const to = (target: string, id: string, more: object = {}) => [
    { target: `${target}_${at}`, ...more, meta: { id: `tr_${id}_n${at}` } },
  ];
  return {
    initial: `idle_${at}`,
    states: {
      [`idle_${at}`]: { on: { [arm]: to("armed", "arm") }, meta: meta("idle") },
      [`armed_${at}`]: {
        after: { [`sent_${at}`]: to("idle", "sent", { actions: [send] }) },
        ...(cancel === undefined ? {} : { on: { [cancel]: to("idle", "cancel") } }),
        meta: meta("armed"),
      },
    },
    meta: meta("sender"),
  };
}
