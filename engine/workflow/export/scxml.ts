import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import { timerName } from "../waits.ts";
import { transitionsOf } from "../order.ts";
import { guardText } from "../guards.ts";
import { placesOf, targetOf, type Place } from "../places.ts";
import { fixedMs, type WorkflowFormat } from "./format.ts";

/**
 * The part of a workflow that SCXML says: states, transitions, raised events and waits of a fixed length. Guards are in
 * our expression language; actions that SCXML does not know, and waits that hang on the record, stand in our namespace.
 */
export const scxml: WorkflowFormat = {
  name: "scxml",
  label: "SCXML",
  extension: "scxml",
  mediaType: "application/scxml+xml",
  write: (document) => {
    const { id, type, initial, states, on, meta } = document;
    const root = { ...(type ? { type } : {}), initial, states, on, meta: { id: meta.id, title: meta.title } };
    const scene = { document, places: placesOf(document) };
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<scxml${attributes({
        xmlns: "http://www.w3.org/2005/07/scxml",
        "xmlns:trellis": "urn:trellis:workflow:1",
        version: "1.0",
        name: id,
        initial: meta.id,
        datamodel: "urn:trellis:expression:1",
      })}>`,
      // The root of SCXML takes no transitions: what holds everywhere stands on a state around all others.
      ...indented(stateXml(scene, root as StateNode, undefined)),
      "</scxml>",
      "",
    ].join("\n");
  },
};

interface Scene {
  readonly document: WorkflowDocument;
  readonly places: readonly Place[];
}

function stateXml(scene: Scene, state: StateNode, place: Place | undefined): readonly string[] {
  const { id } = state.meta;
  if (state.type === "history") {
    const target = idOf(scene, state.target, place) ?? "";
    const body = [`<transition${attributes({ target })}/>`];
    return element("history", { id, type: state.history ?? "shallow" }, body);
  }
  const tag = state.type === "parallel" || state.type === "final" ? state.type : "state";
  const first = state.initial === undefined ? undefined : state.states?.[state.initial]?.meta.id;
  const waits = transitionsOf(state.after).map(([delay]) => delay);
  const entry = [...actionsXml(state.entry), ...waits.map((delay) => waitXml(scene, delay, id))];
  const exit = [...waits.map((delay) => `<cancel${attributes({ sendid: timerName(delay, id) })}/>`)];
  const leaving = [...exit, ...actionsXml(state.exit)];
  const { invoke } = state;
  const moves = (them: unknown, event?: string) =>
    ((them ?? []) as readonly Transition[]).flatMap((it) => moveXml(scene, it, { event, state, place }));
  return element(tag, { id, initial: tag === "state" ? first : undefined }, [
    ...(entry.length > 0 ? element("onentry", {}, entry) : []),
    ...(leaving.length > 0 ? element("onexit", {}, leaving) : []),
    ...(invoke ? [`<invoke${attributes({ id: invoke.id, type: "urn:trellis:workflow:1", src: invoke.src })}/>`] : []),
    ...moves(state.always),
    ...transitionsOf(state.on).flatMap(([event, them]) => moves(them, event)),
    ...transitionsOf(state.after).flatMap(([delay, them]) => moves(them, timerName(delay, id))),
    ...moves(state.onDone, `done.state.${id}`),
    ...moves(invoke?.onDone, `done.invoke.${invoke?.id ?? ""}`),
    ...moves(invoke?.onError, `error.invoke.${invoke?.id ?? ""}`),
    ...scene.places.filter(({ parent }) => parent === place).flatMap((inner) => stateXml(scene, inner.node, inner)),
  ]);
}

interface Moving {
  readonly event: string | undefined;
  readonly state: StateNode;
  readonly place: Place | undefined;
}

/** What leads inside leaves nothing unless it says so; a state without others that leads to itself stays where it is. */
function moveXml(scene: Scene, transition: Transition, { event, state, place }: Moving): readonly string[] {
  const told = idOf(scene, transition.target, place);
  const stays = told === state.meta.id && transition.reenter !== true;
  const inner = state.initial === undefined ? undefined : state.states?.[state.initial]?.meta.id;
  const target = stays ? inner : told;
  const type = target !== undefined && transition.reenter !== true ? "internal" : undefined;
  const cond = transition.guard && guardText(transition.guard);
  return element("transition", { event, cond, target, type }, actionsXml(transition.actions));
}

const idOf = ({ places }: Scene, target: string | undefined, place: Place | undefined) =>
  target === undefined ? undefined : targetOf(target, place, places)?.node.meta.id;

function waitXml({ document }: Scene, delay: string, id: string): string {
  const declared = document.meta.delays?.[delay];
  const ms = declared && fixedMs(declared);
  const event = timerName(delay, id);
  return ms === undefined
    ? `<trellis:wait${attributes({ event, delay, says: JSON.stringify(declared ?? {}) })}/>`
    : `<send${attributes({ event, id: event, delay: `${ms}ms` })}/>`;
}

const actionsXml = (actions: readonly Action[] | undefined): readonly string[] =>
  (actions ?? []).map(({ type, params = {} }) =>
    type === "raise"
      ? `<raise${attributes({ event: String(params.event) })}/>`
      : `<trellis:action${attributes({ type, params: JSON.stringify(params) })}/>`,
  );

function element(tag: string, given: Readonly<Record<string, string | undefined>>, body: readonly string[]) {
  const open = `<${tag}${attributes(given)}`;
  return body.length === 0 ? [`${open}/>`] : [`${open}>`, ...indented(body), `</${tag}>`];
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);

const attributes = (given: Readonly<Record<string, string | undefined>>) =>
  Object.entries(given)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${escaped(value)}"`]))
    .join("");

const escaped = (text: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[\n\r\t]/g, " ");
