import { movesOf, placesOf, workflowFix, type WorkflowFix } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Fault } from "../api.ts";
import { removeMove } from "./commands/moves.ts";
import { removeState, setEnd } from "./commands/states.ts";
import { isEnd, type Made } from "./tree.ts";

/** A fault at the state or transition where it stands, with what mends it where something does. */
export interface FaultAt {
  /** The identity of the state or transition; that of the workflow where it is of the whole. */
  readonly id: string;
  readonly fault: Fault;
  readonly fix?: {
    readonly name: "end" | "hint" | WorkflowFix["name"];
    readonly run: (document: WorkflowDocument) => Made;
  };
}

/** Faults by the innermost state or transition that their path leads to. */
export function faultsAt(document: WorkflowDocument, faults: readonly Fault[]): readonly FaultAt[] {
  const places = placesOf(document);
  const things = [
    ...places.map(({ node, path }) => ({ id: node.meta.id, path })),
    ...movesOf(document, places).map(({ transition, path }) => ({ id: transition.meta.id, path })),
  ].sort((one, other) => other.path.length - one.path.length);
  return faults.map((fault) => {
    const found = things.find(({ path }) => fault.path === path || fault.path.startsWith(`${path}/`));
    const fix = found && fixOf(document, fault, found.id);
    return { id: found?.id ?? document.meta.id, fault, ...(fix ? { fix } : {}) };
  });
}

function fixOf(document: WorkflowDocument, fault: Fault, id: string): FaultAt["fix"] {
  const { code, path, hint } = fault;
  if (code === "workflow.dead_end") return { name: "end", run: (it) => setEnd(it, id, "other") };
  if (code === "workflow.unreachable") {
    const place = placesOf(document).find(({ node }) => node.meta.id === id);
    return place && !isEnd(place.node) ? { name: "remove", run: (it) => removeState(it, id) } : undefined;
  }
  if (code === "workflow.shadowed") return { name: "remove", run: (it) => removeMove(it, id) };
  const known = workflowFix(document, fault);
  if (known) return { name: known.name, run: (it) => ({ document: known.edit(it), select: id }) };
  if (hint === undefined || typeof valueAt(document, path) !== "string") return undefined;
  return { name: "hint", run: (it) => ({ document: replaced(it, path, hint), select: id }) };
}

const stepsOf = (path: string) =>
  path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

function valueAt(document: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
}

function replaced(document: WorkflowDocument, path: string, value: string): WorkflowDocument {
  const draft = structuredClone(document);
  const steps = stepsOf(path);
  const last = steps.pop()!;
  const holder = valueAt(draft, steps.map((step) => `/${step}`).join("")) as Record<string, unknown>;
  holder[last] = value;
  return draft;
}
