import type { StateNode, WorkflowDocument } from "schemas";

/** An element of an SCXML document. */
export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

/** Reads the elements of an XML text; what stands between them is of no interest here. */
export function readXml(text: string): Element {
  const root = { tag: "", attributes: {}, children: [] as Element[] };
  const open: (typeof root)[] = [root];
  for (const [, closing, tag = "", given = "", empty] of text
    .replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, "")
    .matchAll(/<(\/?)([\w:-]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g)) {
    if (closing) open.pop();
    else {
      const pairs = [...given.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
      const attributes = Object.fromEntries(pairs.map(([, name, one, other]) => [name, one ?? other ?? ""]));
      const element = { tag: tag.replace(/^.*:/, ""), attributes, children: [] as Element[] };
      open.at(-1)?.children.push(element);
      if (!empty) open.push(element);
    }
  }
  return root.children[0] ?? root;
}

/** Something that the format of workflows does not say. */
export class Inexpressible extends Error {}

const states = new Set(["state", "parallel", "final", "history"]);
const known = new Set([...states, "scxml", "initial", "transition", "onentry", "onexit", "raise", "log"]);

/** The key under which a state of an SCXML document stands in ours. */
export const keyOf = (id: string) => `s_${id.toLowerCase().replaceAll(/[^a-z0-9]/g, "_")}`;

/** An SCXML document as a workflow. Throws `Inexpressible` where it says more than the format can. */
export function workflowOf(scxml: Element): WorkflowDocument {
  let count = 0;
  const within = new Map<string, readonly string[]>();
  const named = (element: Element): Element =>
    states.has(element.tag) && element.attributes.id === undefined
      ? { ...element, attributes: { ...element.attributes, id: `unnamed${count++}` } }
      : element;
  const prepared = (given: Element, path: readonly string[]): Element => {
    const element = named(given);
    if (!known.has(element.tag)) throw new Inexpressible(element.tag);
    const { id } = element.attributes;
    if (id !== undefined && states.has(element.tag)) within.set(id, path);
    const below = id === undefined ? path : [...path, id];
    return { ...element, children: element.children.map((child) => prepared(child, below)) };
  };
  const root = prepared(scxml, []);
  const events = new Set<string>();

  const actions = (element: Element, tag: string) =>
    element.children.filter((it) => it.tag === tag).flatMap(({ children }) => executable(children));
  const executable = (them: readonly Element[]) =>
    them
      .filter(({ tag }) => tag === "raise")
      .map(({ attributes }) => {
        events.add(attributes.event ?? "");
        return { type: "raise", params: { event: attributes.event } };
      });

  const transition = (element: Element, source: string) => {
    const { target, cond, type } = element.attributes;
    if (cond !== undefined) throw new Inexpressible("cond");
    if (target?.trim().includes(" ")) throw new Inexpressible("several targets");
    if (target !== undefined && !within.has(target)) throw new Inexpressible("a target that is not there");
    const inside = target !== undefined && within.get(target)?.includes(source);
    return {
      ...(target === undefined ? {} : { target: `#id_${keyOf(target)}` }),
      ...(target === undefined || (inside && type === "internal") ? {} : { reenter: true }),
      actions: executable(element.children),
      meta: { id: `tr_${count++}` },
    };
  };

  const node = (element: Element): StateNode => {
    const id = element.attributes.id!;
    const held = element.children.filter(({ tag }) => states.has(tag));
    const meta = { id: `id_${keyOf(id)}`, title: id };
    if (element.tag === "history") {
      const target = element.children.find(({ tag }) => tag === "transition")?.attributes.target ?? "";
      if (target.includes(" ") || !within.has(target)) throw new Inexpressible("history with several targets");
      const history = element.attributes.type === "deep" ? "deep" : "shallow";
      return { type: "history", history, target: `#id_${keyOf(target)}`, meta } as StateNode;
    }
    const on: Record<string, unknown[]> = {};
    const always: unknown[] = [];
    for (const child of element.children.filter(({ tag }) => tag === "transition")) {
      const names = child.attributes.event?.trim().split(/\s+/) ?? [];
      if (names.some((name) => name.includes("*"))) throw new Inexpressible("wildcard");
      if (names.length === 0) always.push(transition(child, id));
      for (const name of names) {
        events.add(name);
        (on[name] ??= []).push(transition(child, id));
      }
    }
    return {
      ...(element.tag === "parallel" ? { type: "parallel" } : element.tag === "final" ? { type: "final" } : {}),
      ...(held.length > 0 ? { states: nodes(held) } : {}),
      ...(held.length > 0 && element.tag !== "parallel" ? { initial: firstOf(element, held) } : {}),
      entry: actions(element, "onentry"),
      exit: actions(element, "onexit"),
      on,
      ...(always.length > 0 ? { always } : {}),
      meta,
    } as unknown as StateNode;
  };
  const nodes = (held: readonly Element[]) =>
    Object.fromEntries(held.map((it) => [keyOf(it.attributes.id!), node(it)]));
  const firstOf = (element: Element, held: readonly Element[]): string => {
    const drawn = element.children.find(({ tag }) => tag === "initial")?.children[0];
    if (drawn && drawn.children.length > 0) throw new Inexpressible("actions of the initial transition");
    const first = drawn?.attributes.target ?? element.attributes.initial ?? held[0]!.attributes.id!;
    const child = held.find(({ attributes }) => attributes.id === first);
    if (!child || child.tag === "history") throw new Inexpressible("an initial state that lies deeper");
    return keyOf(first);
  };

  const held = root.children.filter(({ tag }) => states.has(tag));
  const document = { initial: firstOf(root, held), states: nodes(held) };
  return {
    id: "scxml",
    ...document,
    meta: {
      id: "wf_scxml",
      title: "SCXML",
      format: "wf/1",
      kind: "pipeline",
      entity: "voyage",
      events: Object.fromEntries([...events].map((type) => [type, { title: type, source: "user" }])),
    },
  } as unknown as WorkflowDocument;
}
