import type { StateNode, WorkflowDocument } from "schemas";

/** An element of an SCXML document. */
export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

/** Reads the elements of an XML text; what an element holds that is no element is its attribute `#text`. */
export function readXml(text: string): Element {
  const root = { tag: "", attributes: {} as Record<string, string>, children: [] as Element[] };
  const open: (typeof root)[] = [root];
  const bare = text.replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, "");
  let end = 0;
  for (const found of bare.matchAll(/<(\/?)([\w:-]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g)) {
    const [whole, closing, tag = "", given = "", empty] = found;
    const between = bare.slice(end, found.index).trim();
    end = found.index + whole.length;
    if (closing) {
      const closed = open.pop();
      if (closed && between !== "") closed.attributes["#text"] = between;
    } else {
      const pairs = [...given.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
      const attributes = Object.fromEntries(pairs.map(([, name = "", one, other]) => [name, one ?? other ?? ""]));
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
const known = new Set([
  ...states,
  ...["scxml", "datamodel", "data", "initial", "transition", "onentry", "onexit", "raise", "log", "assign", "send"],
]);

/** The key under which a state of an SCXML document stands in ours. */
export const keyOf = (id: string) => `s_${plain(id)}`;

/** Small letters alone; capitals are told apart from them. */
const plain = (name: string) => name.replaceAll(/[A-Z]/g, (it) => `x${it.toLowerCase()}`).replaceAll(/[^a-z0-9]/g, "_");

/** The type under which an event of an SCXML document stands in ours. */
export const eventOf = (name: string) =>
  `scxml.${name
    .split(".")
    .map((part) => `n_${plain(part)}`)
    .join(".")}`;

const variableOf = (id: string) => `v_${id.toLowerCase()}`;

/** A JavaScript expression over variables, literals and operators in our expression language. */
function celOf(text: string, variables: ReadonlySet<string>): string {
  const readable = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").trim();
  if (/\+\+|--/.test(readable)) throw new Inexpressible("another language's expression");
  const token = /\s+|\d+(?:\.\d+)?|'[^'\\]*'|[A-Za-z_]\w*|[=!]==?|[<>]=?|&&|\|\||[-+*/%()!]/y;
  let told = "";
  while (token.lastIndex < readable.length) {
    const found = token.exec(readable)?.[0];
    if (found === undefined) throw new Inexpressible("another language's expression");
    if (!/^[A-Za-z_]/.test(found)) told += found.replace(/^([=!])==$/, "$1=");
    else if (found === "true" || found === "false") told += found;
    else if (variables.has(found)) told += `context.${variableOf(found)}`;
    else throw new Inexpressible("another language's expression");
  }
  return told;
}

/** A condition: what is neither compared nor true or false has no truth of its own. */
function conditionOf(text: string, variables: ReadonlySet<string>): string {
  const cel = celOf(text, variables);
  if (!/[<>=]|\b(true|false)\b/.test(cel)) throw new Inexpressible("the truth of what is no condition");
  return cel;
}

/** A literal of JavaScript that JSON knows as well. */
function literalOf(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text.replaceAll("'", '"'));
  } catch {
    throw new Inexpressible("another language's expression");
  }
}

/** A second of ours for a millisecond of theirs: waits are of whole seconds. */
function spanOf(delay: string | undefined): string {
  const [, n, unit] = /^'?(\d*\.?\d+)(ms|s)'?$/.exec(delay?.trim() ?? "0s") ?? [];
  if (n === undefined) throw new Inexpressible("a delay that is worked out");
  return `PT${Number(n) * (unit === "ms" ? 1 : 1000)}S`;
}

/**
 * An SCXML document as a workflow that declares `others` as events besides. Throws `Inexpressible` where it says more
 * than the format can.
 */
export function workflowOf(scxml: Element, others: readonly string[] = []): WorkflowDocument {
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
  const all = (element: Element): readonly Element[] => [element, ...element.children.flatMap(all)];
  const elements = all(root);
  const data = elements.filter(({ tag }) => tag === "data");
  if (data.some(({ attributes }) => attributes.src ?? attributes["#text"]))
    throw new Inexpressible("data that is written elsewhere");
  const variables = new Set(data.map(({ attributes }) => attributes.id ?? ""));
  const events = new Set([
    ...others,
    ...elements.flatMap(({ tag, attributes: { event } }) =>
      event !== undefined && (tag === "transition" || tag === "raise" || tag === "send")
        ? event
            .trim()
            .split(/\s+/)
            .filter((it) => !it.endsWith("*"))
        : [],
    ),
  ]);
  /** The events that a descriptor means: a name means all that begin with it. */
  const meant = (descriptor: string) => {
    const name = descriptor.replace(/\.?\*$/, "");
    return [...events].filter((it) => name === "" || it === name || it.startsWith(`${name}.`));
  };
  /** What is sent from outside of the run's own step: a region beside each holds it until its time has come. */
  const sent: { readonly event: string; readonly delay: string }[] = [];

  const actions = (element: Element, tag: string) =>
    element.children.filter((it) => it.tag === tag).flatMap(({ children }) => executable(children));
  const executable = (them: readonly Element[]) =>
    them
      .filter(({ tag }) => tag !== "log")
      .map(({ tag, attributes, children }) => {
        if (children.length > 0) throw new Inexpressible("data of events");
        const { event, expr, location, target, type, delay, delayexpr, ...others } = attributes;
        if (tag === "raise" || (tag === "send" && target === "#_internal" && event !== undefined))
          return { type: "raise", params: { event: eventOf(event ?? "") } };
        if (tag === "assign") {
          if (!variables.has(location ?? "")) throw new Inexpressible("a place in a variable");
          return {
            type: "set",
            params: { values: { [variableOf(location!)]: { cel: celOf(expr ?? "", variables) } } },
          };
        }
        if (tag !== "send") throw new Inexpressible(tag);
        const foreign = type !== undefined && !type.endsWith("#SCXMLEventProcessor");
        if (event === undefined || target !== undefined || foreign || Object.keys(others).length > 0)
          throw new Inexpressible("sending elsewhere, or what is worked out");
        sent.push({ event, delay: spanOf(delay ?? delayexpr) });
        return { type: "raise", params: { event: `scxml.send_${sent.length - 1}` } };
      });

  const transition = (element: Element, source: string) => {
    const { target, cond, type } = element.attributes;
    if (target?.trim().includes(" ")) throw new Inexpressible("several targets");
    if (target !== undefined && !within.has(target)) throw new Inexpressible("a target that is not there");
    const inside = target !== undefined && within.get(target)?.includes(source);
    return {
      ...(target === undefined ? {} : { target: `#id_${keyOf(target)}_s` }),
      ...(target === undefined || (inside && type === "internal") ? {} : { reenter: true }),
      ...(cond === undefined ? {} : { guard: { type: "expr", params: { cel: conditionOf(cond, variables) } } }),
      actions: executable(element.children),
      meta: { id: `tr_m${count++}` },
    };
  };

  const node = (element: Element): StateNode => {
    const id = element.attributes.id!;
    const held = element.children.filter(({ tag }) => states.has(tag));
    const meta = { id: `id_${keyOf(id)}_s`, title: id };
    if (element.tag === "history") {
      const target = element.children.find(({ tag }) => tag === "transition")?.attributes.target ?? "";
      if (target.includes(" ") || !within.has(target)) throw new Inexpressible("history with several targets");
      const history = element.attributes.type === "deep" ? "deep" : "shallow";
      return { type: "history", history, target: `#id_${keyOf(target)}_s`, meta } as StateNode;
    }
    const on: Record<string, unknown[]> = {};
    const always: unknown[] = [];
    for (const child of element.children.filter(({ tag }) => tag === "transition")) {
      const names = child.attributes.event?.trim().split(/\s+/) ?? [];
      if (names.length === 0) always.push(transition(child, id));
      for (const name of new Set(names.flatMap(meant))) (on[eventOf(name)] ??= []).push(transition(child, id));
    }
    return {
      ...(element.tag === "parallel" ? { type: "parallel" } : element.tag === "final" ? { type: "final" } : {}),
      ...(held.length > 0 ? { states: nodes(held) } : {}),
      ...(held.length > 0 && element.tag !== "parallel" ? { initial: firstOf(element, held) } : {}),
      entry: actions(element, "onentry"),
      exit: actions(element, "onexit"),
      on,
      ...(always.length > 0 ? { always } : {}),
      ...(held.length > 0 && events.has(`done.state.${id}`)
        ? {
            onDone: [
              {
                actions: [{ type: "raise", params: { event: eventOf(`done.state.${id}`) } }],
                meta: { id: `tr_m${count++}` },
              },
            ],
          }
        : {}),
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
  const main = { initial: firstOf(root, held), states: nodes(held) };
  return {
    id: "scxml",
    context: Object.fromEntries(data.map(({ attributes: { id = "", expr } }) => [variableOf(id), literalOf(expr)])),
    ...(sent.length === 0
      ? main
      : {
          type: "parallel",
          states: {
            main: { ...main, meta: { id: "id_main", title: "Main", main: true } },
            ...Object.fromEntries(sent.map(({ event }, index) => [`sender_${index}`, sender(event, index)])),
          },
        }),
    meta: {
      id: "wf_scxml",
      title: "SCXML",
      format: "wf/1",
      kind: "pipeline",
      entity: "voyage",
      events: Object.fromEntries(
        [...[...events].map(eventOf), ...sent.map((_, index) => `scxml.send_${index}`)].map((type) => [
          type,
          { title: type.slice(0, 80), source: "user" },
        ]),
      ),
      delays: Object.fromEntries(sent.map(({ delay }, index) => [`sent_${index}`, { duration: delay }])),
    },
  } as unknown as WorkflowDocument;
}

/** Whether a state is one of those that hold what was sent, and none of the SCXML document's. */
export const isSender = (key: string) => !key.startsWith("s_");

function sender(event: string, index: number) {
  const send = { type: "raise", params: { event: eventOf(event) } };
  const at = (name: string) => ({ id: `id_${name}_n${index}`, title: name });
  return {
    initial: `idle_${index}`,
    states: {
      [`idle_${index}`]: {
        on: { [`scxml.send_${index}`]: [{ target: `armed_${index}`, meta: { id: `tr_arm_n${index}` } }] },
        meta: at("idle"),
      },
      [`armed_${index}`]: {
        after: { [`sent_${index}`]: [{ target: `idle_${index}`, actions: [send], meta: { id: `tr_sent_n${index}` } }] },
        meta: at("armed"),
      },
    },
    meta: at("sender"),
  };
}
