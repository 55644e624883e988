import type { Action, Delay, WorkflowDocument } from "schemas";
import { nameFor, newAnchor } from "../../design/entity.ts";
import { command, moveOf, placeOf, takeMove, type Made } from "../tree.ts";
import { declareEvent, putMove } from "./moves.ts";
import { leading, standBeside } from "./states.ts";

/** Lets a state act when a record has stood in it for some time. */
export function addWait(
  document: WorkflowDocument,
  state: string,
  title: string,
  delay: Delay,
  actions: readonly Action[] = [],
): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, state);
    if (!place || place.node.type === "history") return undefined;
    const id = newAnchor("tr");
    const name = declareDelay(draft, title, delay);
    putMove(
      place.node,
      { delay: name },
      { ...(actions.length > 0 ? { actions: [...actions] } : {}), meta: { id, title } },
    );
    return id;
  });
}

/** What is waited for and for how long, in words. */
export interface EventOrTime {
  readonly event: string;
  readonly late: string;
  readonly delay: Delay;
}

/** Lets a state wait for an event of its own, but no longer than so long: each way leads to a new state. */
export function addEventOrTime(document: WorkflowDocument, state: string, { event, late, delay }: EventOrTime): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, state);
    if (!place || place.node.type === "history") return undefined;
    const outOfTime = standBeside(draft, state, late);
    const come = standBeside(draft, state, event);
    const from = placeOf(draft, state)?.node;
    if (!outOfTime || !come || !from) return undefined;
    putMove(from, { event: declareEvent(draft, event) }, leading(come, event));
    putMove(from, { delay: declareDelay(draft, delay.title ?? late, delay) }, leading(outOfTime, late));
    return come.meta.id;
  });
}

/** Lets a transition be taken after a wait of its own instead of what took it before. */
export function waitFor(document: WorkflowDocument, move: string, title: string, delay: Delay): Made {
  return command(document, (draft) => {
    const holder = moveOf(draft, move)?.from?.node;
    const transition = holder && takeMove(draft, move);
    if (!transition) return undefined;
    putMove(holder, { delay: declareDelay(draft, title, delay) }, transition);
    return move;
  });
}

/** Makes a wait longer, shorter, or of another kind, wherever it is used. */
export function setDelay(document: WorkflowDocument, name: string, delay: Delay): Made {
  return command(document, (draft) => {
    if (!draft.meta.delays?.[name]) return undefined;
    draft.meta.delays[name] = structuredClone(delay);
    return draft.meta.id;
  });
}

function declareDelay(draft: WorkflowDocument, title: string, delay: Delay): string {
  const name = nameFor(delay.title ?? title, Object.keys(draft.meta.delays ?? {}));
  draft.meta.delays = { ...draft.meta.delays, [name]: structuredClone(delay) };
  return name;
}
