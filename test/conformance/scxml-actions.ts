import { Inexpressible } from "./scxml-reason.ts";
import { assignmentsOf, celOf, content, datumOf, eventOf, plain, quotedIn, spanOf, variableOf } from "./scxml-words.ts";
import type { Element } from "./scxml-xml.ts";

/** What is sent later, or from outside of the step: it is armed, perhaps taken back, and told when its time has come. */
export interface Sending {
  readonly delay: string;
  readonly arm: string;
  readonly cancel: string | undefined;
  /** The event that tells it. */
  readonly send: object;
  /** What is kept of its data until then, by the name in the context. */
  readonly held: Readonly<Record<string, unknown>>;
  /** The events that it needs beside those of the SCXML document. */
  readonly types: readonly string[];
}

/** What actions are read with, and where what is sent later is noted. */
export interface Acting {
  readonly id: string;
  readonly variables: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
  readonly sent: Sending[];
}

/** Executable content as actions of ours. Throws `Inexpressible`. */
export function actionsOf(it: Acting, them: readonly Element[]): readonly object[] {
  return them.flatMap((element) => {
    const act = Object.hasOwn(acts, element.tag) ? acts[element.tag] : undefined;
    if (!act) throw new Inexpressible(element.tag);
    return act(it, element);
  });
}

const acts: Readonly<Record<string, (it: Acting, element: Element) => readonly object[]>> = {
  log: () => [],
  raise: (it, element) => [raised(it, element.attributes.event ?? "", dataOf(it, element))],
  assign: ({ variables }, { attributes: { location = "", expr = "" }, children }) => {
    if (!variables.has(location)) throw new Inexpressible("a place in a variable");
    if (children.length > 0) throw new Inexpressible("a value that is no expression");
    return [kept({ [variableOf(location)]: { cel: celOf(expr, variables) } })];
  },
  script: ({ variables }, { attributes }) => {
    if (attributes.src !== undefined) throw new Inexpressible("a script that does more than assign");
    const them = assignmentsOf(attributes["#text"] ?? "", variables);
    return them.map(({ name, cel }) => kept({ [variableOf(name)]: { cel } }));
  },
  cancel: ({ id }, { attributes: { sendid } }) => {
    if (sendid === undefined) throw new Inexpressible("sending elsewhere, or to what is worked out");
    return [{ type: "raise", params: { event: cancelOf(id, sendid) } }];
  },
  send: sending,
};

const kept = (values: object) => ({ type: "set", params: { values } });
const cancelOf = (id: string, name: string) => `${id}.cancel_${plain(name)}`;

function raised({ id }: Acting, event: string, data: object = {}): object {
  const some = Object.keys(data).length > 0;
  return { type: "raise", params: { event: eventOf(id, event), ...(some ? { data } : {}) } };
}

function sending(it: Acting, element: Element): readonly object[] {
  const { event, eventexpr, target, type, delay, delayexpr, id, namelist: _, ...others } = element.attributes;
  const name = event ?? (eventexpr === undefined ? undefined : quotedIn(eventexpr));
  const foreign = type !== undefined && !type.endsWith("#SCXMLEventProcessor");
  const elsewhere = target !== undefined && target !== "#_internal";
  const worked = Object.keys(others).filter((key) => key !== "#text");
  if (name === undefined || elsewhere || foreign || worked.length > 0)
    throw new Inexpressible("sending elsewhere, or to what is worked out");
  const data = dataOf(it, element);
  if (target === "#_internal") return [raised(it, name, data)];
  const at = it.sent.length;
  const keys = Object.keys(data);
  const held = Object.fromEntries(keys.map((key) => [`held_${at}_${key}`, data[key]]));
  const later = Object.fromEntries(keys.map((key) => [key, { cel: `context.held_${at}_${key}` }]));
  const arm = `${it.id}.send_${at}`;
  const cancel = id === undefined ? undefined : cancelOf(it.id, id);
  const types = [arm, ...(cancel === undefined ? [] : [cancel])];
  it.sent.push({ delay: spanOf(delay ?? delayexpr), arm, cancel, send: raised(it, name, later), held, types });
  return [...(keys.length > 0 ? [kept(held)] : []), { type: "raise", params: { event: arm } }];
}

/** What an event brings: named values, or one as a whole. */
function dataOf({ variables }: Acting, { attributes, children }: Element): Readonly<Record<string, unknown>> {
  const listed = attributes.namelist?.trim().split(/\s+/) ?? [];
  const worked = (text: string) => ({ cel: celOf(text, variables) });
  return Object.fromEntries([
    ...listed.map((name) => [datumOf(name), worked(name)]),
    ...children.map((child): readonly [string, unknown] => {
      const { name = "", expr, location } = child.attributes;
      if (child.tag === "param") return [datumOf(name), worked(expr ?? location ?? "")];
      if (child.tag !== "content" || child.children.length > 0) throw new Inexpressible("data that is no value");
      return [content, expr === undefined ? said(child.attributes["#text"] ?? "") : worked(expr)];
    }),
  ]);
}

/** A value as it stands: a number is one, everything else is text. */
const said = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text.replaceAll(/\s+/g, " "));
