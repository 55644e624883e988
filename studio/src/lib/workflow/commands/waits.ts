import type { Action, Delay, WorkflowDocument } from "schemas";
import { nameFor, newAnchor } from "../../design/entity.ts";
import { command, moveOf, placeOf, takeMove, type Made } from "../tree.ts";
import { putMove } from "./moves.ts";

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
