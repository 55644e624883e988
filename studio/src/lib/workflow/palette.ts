import {
  checkExpression,
  flowFaults,
  isExpression,
  isTask,
  movesOf,
  placesOf,
  resolveAction,
  workflowScope,
  type Model,
} from "engine";
import type { WorkflowDocument } from "schemas";
import { words } from "../words/index.ts";
import { addBranch, addMove, removeMove, setActions } from "./commands/moves.ts";
import { addTask } from "./commands/invocations.ts";
import { addState, appendState, insertState, removeState, setInitial } from "./commands/states.ts";
import { addHistory, addInside, addRegion, nest, unnest, unnestFault } from "./commands/structure.ts";
import { addEventOrTime, addWait } from "./commands/waits.ts";
import { actionKinds, begun, needsEvent, type ActionKind } from "./kinds.ts";
import { isEnd, isRegion, moveOf, placeOf, type Made } from "./tree.ts";

/** Something that can be added or done at one place of a workflow. */
export interface Offer {
  readonly name: string;
  readonly title: string;
  readonly icon: string;
  /** Something that is done on the way, and no state. */
  readonly acts?: true;
  /** Why it is not legal here. */
  readonly refused?: string | undefined;
  /** Whether it makes something that takes the title that was typed. */
  readonly takesTitle?: true;
  readonly run: (document: WorkflowDocument, title: string) => Made;
}

/** What may be done at a place, the most likely first; what is not legal there with its reason. */
export function offersAt(document: WorkflowDocument, id: string, model: Model | undefined): readonly Offer[] {
  const move = moveOf(document, id);
  if (move) return [...moveOffers(document, id), ...actionOffers(document, id, model)];
  const place = placeOf(document, id);
  if (place) return [...stateOffers(document, id, model)];
  const last = placesOf(document).findLast(({ node, parent }) => !isEnd(node) && (parent?.path ?? "") === "");
  return [
    {
      name: "state",
      title: words.palette.stateBeside,
      icon: "plus",
      takesTitle: true,
      run: (it, title) => addState(it, last?.node.meta.id ?? "", title),
    },
    regionOffer(undefined),
  ];
}

function moveOffers(document: WorkflowDocument, id: string): readonly Offer[] {
  const move = moveOf(document, id)!;
  const stays = move.transition.target === undefined;
  return [
    {
      name: "state",
      title: words.palette.stateBetween,
      icon: "plus",
      refused: stays ? words.palette.refusals.stays : move.done ? words.palette.refusals.done : undefined,
      takesTitle: true,
      run: (it, title) => insertState(it, id, title),
    },
    {
      name: "branch",
      title: words.palette.branch,
      icon: "git-branch",
      refused: move.done ? words.palette.refusals.done : undefined,
      takesTitle: true,
      run: (it, title) => addBranch(it, id, title),
    },
    { name: "remove", title: words.palette.removeMove, icon: "trash", run: (it) => removeMove(it, id) },
  ];
}

/** What may be done on a transition: every action that there is. */
function actionOffers(document: WorkflowDocument, id: string, model: Model | undefined): readonly Offer[] {
  return actionKinds(model).map((kind) => ({
    name: `action ${kind.name}`,
    title: kind.label,
    icon: kind.icon,
    acts: true,
    refused: model && actionFault(kind, document, model),
    run: (it) => setActions(it, id, "actions", [...(moveOf(it, id)?.transition.actions ?? []), begun(kind, it)]),
  }));
}

/**
 * Why an action cannot be taken in a workflow: it needs what is not there, or the checker says so of what it begins with.
 * What it lacks yet is asked for when it is there.
 */
function actionFault(kind: ActionKind, document: WorkflowDocument, model: Model): string | undefined {
  if (needsEvent(kind) && Object.keys(document.meta.events).length === 0) return words.palette.refusals.noEvents;
  const params: Readonly<Record<string, unknown>> = resolveAction(model, begun(kind, document))?.params ?? {};
  const { entity } = params;
  if (typeof entity === "string" && !model.entities.has(entity)) return words.palette.refusals.noEntity(entity);
  const scope = workflowScope(model, document);
  return Object.values(params)
    .filter(isExpression)
    .flatMap(({ cel }) => checkExpression(cel, scope).faults)[0]?.detail;
}

function stateOffers(document: WorkflowDocument, id: string, model: Model | undefined): readonly Offer[] {
  const place = placeOf(document, id)!;
  const { node } = place;
  const door = node.type === "history" ? words.palette.refusals.history : undefined;
  const region = isRegion(document, place) ? words.palette.refusals.region : undefined;
  const final = node.type === "final" ? words.palette.refusals.final : undefined;
  const flat = unnestFault(document, id);
  const holdsDoor = Object.values(node.states ?? {}).some(({ type }) => type === "history");
  const only = placesOf(document).filter(({ parent }) => !parent).length === 1 && !place.parent;
  return [
    {
      name: "state",
      title: words.palette.stateAfter,
      icon: "plus",
      refused: door ?? final ?? region,
      takesTitle: true,
      run: (it, title) => appendState(it, id, title),
    },
    {
      name: "remind",
      title: words.palette.remindAfter,
      icon: "hourglass",
      refused: door ?? final,
      run: (it) => remind(it, id, model),
    },
    {
      name: "event or time",
      title: words.eventOrTime,
      icon: "zap",
      refused: door ?? final ?? region ?? (isEnd(node) ? words.palette.refusals.end : undefined),
      takesTitle: true,
      run: (it, event) => addEventOrTime(it, id, { event, late: words.outOfTime, delay: aWeek() }),
    },
    {
      name: "asked",
      title: words.askSomebody,
      icon: "user",
      refused:
        door ??
        final ??
        region ??
        (isEnd(node) ? words.palette.refusals.end : node.invoke ? words.palette.refusals.invokes : undefined),
      run: (it) => addTask(it, id, node.meta.title),
    },
    {
      name: "inside",
      title: words.palette.stateInside,
      icon: "layers",
      refused:
        door ??
        final ??
        (node.type === "parallel"
          ? words.palette.refusals.parallel
          : isEnd(node)
            ? words.palette.refusals.end
            : undefined),
      takesTitle: true,
      run: (it, title) => addInside(it, id, title),
    },
    {
      name: "nest",
      title: words.palette.around,
      icon: "group",
      refused: door ?? final ?? region,
      takesTitle: true,
      run: (it, title) => nest(it, id, title),
    },
    {
      name: "unnest",
      title: words.palette.unnest,
      icon: "minus",
      refused: flat ? words.palette.refusals.unnest[flat] : undefined,
      run: (it) => unnest(it, id),
    },
    { ...regionOffer(id), refused: door ?? final ?? (isEnd(node) ? words.palette.refusals.end : undefined) },
    {
      name: "history",
      title: words.palette.history,
      icon: "history",
      refused: node.states
        ? holdsDoor
          ? words.palette.refusals.holdsHistory
          : node.type === "parallel"
            ? words.palette.refusals.parallel
            : undefined
        : words.palette.refusals.holdsNone,
      run: (it) => addHistory(it, id, words.palette.whereItStood),
    },
    {
      name: "initial",
      title: words.palette.beginHere,
      icon: "flag",
      refused: door ?? region,
      run: (it) => setInitial(it, id),
    },
    {
      name: "remove",
      title: words.palette.removeState,
      icon: "trash",
      refused: only ? words.palette.refusals.last : undefined,
      run: (it) => removeState(it, id),
    },
  ];
}

const regionOffer = (id: string | undefined): Offer => ({
  name: "region",
  title: words.palette.region,
  icon: "columns",
  takesTitle: true,
  run: (it, title) =>
    addRegion(it, id, { first: words.palette.firstRegion, region: title, state: words.palette.newState }),
});

const aWeek = () => ({ title: words.oneWeek, duration: "P7D" });

/**
 * The reminder with which one begins: after two weeks, to the owner; where the state has a role or a queue do something,
 * to everybody there.
 */
export function remind(document: WorkflowDocument, id: string, model: Model | undefined): Made {
  const entity = model?.entities.get(document.meta.entity);
  const record = entity?.nameField ? `record.${entity.nameField.name}` : `'${entity?.title ?? ""}'`;
  const state = placeOf(document, id)?.node.meta.title.replaceAll("'", "’") ?? "";
  const { invoke } = placeOf(document, id)?.node ?? {};
  const { role, queue } = (invoke && isTask(invoke.src) ? invoke.input : {}) as Readonly<Record<string, unknown>>;
  const to = typeof role === "string" ? { role } : typeof queue === "string" ? { queue } : undefined;
  const title = to ? words.reminderAll : words.reminderTitle;
  return addWait(document, id, title, { title: words.twoWeeks, duration: "P14D" }, [
    {
      type: "notify",
      params: { ...(to ?? { to: { cel: "record.owner" } }), title: { cel: words.reminderCel(record, state) } },
    },
  ]);
}

/** The states that a transition may lead to from another, and why not to the rest: the checker's own words. */
export function connections(document: WorkflowDocument, from: string): readonly Offer[] {
  return placesOf(document)
    .filter(({ node }) => node.meta.id !== from)
    .map(({ node }) => {
      const run = (it: WorkflowDocument) => addMove(it, from, node.meta.id, node.meta.title);
      const made = run(document);
      const places = placesOf(made.document);
      const moves = movesOf(made.document, places);
      const path = moves.find(({ transition }) => transition.meta.id === made.select)?.path ?? "";
      const fault = flowFaults(made.document, places, moves).find((it) => path !== "" && it.path.startsWith(path));
      return { name: node.meta.id, title: node.meta.title, icon: "reference", refused: fault?.detail, run };
    });
}
