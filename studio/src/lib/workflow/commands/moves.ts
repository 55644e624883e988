import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import { nameFor, newAnchor } from "../../design/entity.ts";
import { command, moveOf, placeOf, takeMove, targetText, type Made } from "../tree.ts";

/** What takes a transition: an event, a wait that is over, the end of what its state invokes, or nothing at all. */
export type Trigger =
  | { readonly event: string }
  | { readonly delay: string }
  | { readonly invoked: "done" | "error" }
  | { readonly always: true };

/**
 * Adds a transition from a state to another: taken when what the state has done is done, where nothing is yet; else by an
 * event of its own.
 */
export function addMove(document: WorkflowDocument, from: string, to: string, title: string): Made {
  return command(document, (draft) => {
    const [source, target] = [placeOf(draft, from), placeOf(draft, to)];
    if (!source || !target || source.node.type === "history") return undefined;
    const id = newAnchor("tr");
    const trigger = onwardFrom(draft, source.node, title);
    putMove(source.node, trigger, { target: targetText(source, target), meta: { id, title } });
    return id;
  });
}

/** Leads a transition to another state; without one it stays where it is and only acts. */
export function leadTo(document: WorkflowDocument, move: string, to: string | undefined): Made {
  return command(document, (draft) => {
    const found = moveOf(draft, move);
    const target = to === undefined ? undefined : placeOf(draft, to);
    if (!found || (to !== undefined && !target)) return undefined;
    if (target) found.transition.target = targetText(found.from, target);
    else delete found.transition.target;
    return move;
  });
}

/** Lets something else take a transition: another event, a wait, or nothing. */
export function setTrigger(document: WorkflowDocument, move: string, trigger: Trigger): Made {
  return command(document, (draft) => {
    const holder = (moveOf(draft, move)?.from?.node ?? ("event" in trigger ? draft : undefined)) as StateNode;
    const transition = holder && takeMove(draft, move);
    if (!transition) return undefined;
    putMove(holder, trigger, transition);
    return move;
  });
}

/** Lets a new event take a transition. */
export function setNewEvent(document: WorkflowDocument, move: string, title: string): Made {
  return command(document, (draft) => {
    const holder = (moveOf(draft, move)?.from?.node ?? draft) as StateNode;
    const transition = takeMove(draft, move);
    if (!transition) return undefined;
    putMove(holder, { event: declareEvent(draft, title) }, transition);
    return move;
  });
}

/** Gives a transition another title, and the event with it where it alone bore that title. */
export function renameMove(document: WorkflowDocument, move: string, title: string): Made {
  return command(document, (draft) => {
    const found = moveOf(draft, move);
    if (!found || title.trim() === "") return undefined;
    const event = found.event === undefined ? undefined : draft.meta.events[found.event];
    if (event && event.title === found.transition.meta.title) event.title = title;
    found.transition.meta.title = title;
    return move;
  });
}

/** Lets a transition be taken only where a condition holds; an empty one always. */
export function setGuard(document: WorkflowDocument, move: string, cel: string): Made {
  return command(document, (draft) => {
    const transition = moveOf(draft, move)?.transition;
    if (!transition) return undefined;
    if (cel.trim() === "") delete transition.guard;
    else transition.guard = { type: "expr", params: { cel } };
    return move;
  });
}

/** Changes what a transition asks for on the way, and what it says where it is refused. */
export function describeMove(
  document: WorkflowDocument,
  move: string,
  meta: { [Key in "form" | "refused"]?: Transition["meta"][Key] | undefined },
): Made {
  return command(document, (draft) => {
    const transition = moveOf(draft, move)?.transition;
    if (!transition) return undefined;
    const next = Object.entries({ ...transition.meta, ...meta }).filter(([, value]) => value !== undefined);
    transition.meta = Object.fromEntries(next) as unknown as Transition["meta"];
    return move;
  });
}

/** Removes a transition. */
export function removeMove(document: WorkflowDocument, move: string): Made {
  return command(document, (draft) => {
    const from = moveOf(draft, move)?.from?.node.meta.id ?? draft.meta.id;
    return takeMove(draft, move) && from;
  });
}

/** Replaces the actions of one place: on entering or leaving a state, or on a transition. */
export function setActions(
  document: WorkflowDocument,
  owner: string,
  list: "entry" | "exit" | "actions",
  actions: readonly Action[],
): Made {
  return command(document, (draft) => {
    const holder = (list === "actions" ? moveOf(draft, owner)?.transition : placeOf(draft, owner)?.node) as
      Record<string, unknown> | undefined;
    if (!holder) return undefined;
    if (actions.length > 0) holder[list] = structuredClone([...actions]);
    else delete holder[list];
    return owner;
  });
}

/** What takes a new way out of a state: the end of what it has done where nothing does yet, else an event of its own. */
export function onwardFrom(draft: WorkflowDocument, { invoke }: StateNode, title: string): Trigger {
  return invoke && !invoke.onDone ? { invoked: "done" } : { event: declareEvent(draft, title) };
}

/** A new event that people send, declared under a name that is free. */
export function declareEvent(draft: WorkflowDocument, title: string): string {
  const prefix = `${draft.meta.entity}.`;
  const taken = Object.keys(draft.meta.events).map((type) => type.replace(prefix, ""));
  const type = `${prefix}${nameFor(title, taken)}`;
  draft.meta.events[type] = { title: title.slice(0, 80), source: "user" };
  return type;
}

/** Puts a transition into a state, before the branch without a guard where it has one itself. */
export function putMove(holder: StateNode, trigger: Trigger, transition: Transition): void {
  const joined = (them: readonly Transition[] = []) => {
    const otherwise = transition.guard ? them.findIndex(({ guard }) => !guard) : -1;
    return them.toSpliced(otherwise < 0 ? them.length : otherwise, 0, transition) as never;
  };
  if ("event" in trigger) holder.on = { ...holder.on, [trigger.event]: joined(holder.on?.[trigger.event]) };
  else if ("delay" in trigger)
    holder.after = { ...holder.after, [trigger.delay]: joined(holder.after?.[trigger.delay]) };
  else if ("invoked" in trigger) {
    const list = trigger.invoked === "done" ? "onDone" : "onError";
    if (holder.invoke) holder.invoke[list] = joined(holder.invoke[list]);
  } else holder.always = joined(holder.always);
}

/** Adds a branch before a transition: the same way, taken first where its condition holds. */
export function addBranch(document: WorkflowDocument, move: string, title: string): Made {
  return command(document, (draft) => {
    const found = moveOf(draft, move);
    if (!found) return undefined;
    const holder = (found.from?.node ?? draft) as StateNode;
    const branch: Transition = {
      ...(found.transition.target === undefined ? {} : { target: found.transition.target }),
      guard: { type: "expr", params: { cel: "true" } },
      meta: { id: newAnchor("tr"), title },
    };
    const trigger: Trigger = found.event
      ? { event: found.event }
      : found.delay
        ? { delay: found.delay }
        : found.invoked
          ? { invoked: found.invoked }
          : { always: true };
    putMove(holder, trigger, branch);
    return branch.meta.id;
  });
}
