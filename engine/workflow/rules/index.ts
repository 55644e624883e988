import type { WorkflowDocument } from "schemas";
import { checkExpression, type Checked } from "../../expression/check.ts";
import { workflowScope } from "../../expression/scope.ts";
import type { Model } from "../../model.ts";
import type { Fault, ProblemCode } from "../../problem.ts";
import { movesOf, placesOf } from "../places.ts";
import { inBatches, oneByOne } from "./batch.ts";
import type { Domains } from "./domain.ts";
import { repeatedEffects, unsafeEffects } from "./effects.ts";
import { fixOf, type Fix } from "./fixes.ts";
import { gaps, guardFaults, neverTaken, overlaps, triedBranches, type Tried } from "./guards.ts";
import { crossLoops } from "./impact.ts";
import { ownApprovals, unsendable } from "./people.ts";
import { endlessWaits, stuck, traps, unasked } from "./rest.ts";
import { circleFaults, contextFaults, races, remails } from "./rounds.ts";
import { longerThanParent, waitFindings } from "./waits.ts";
import { reached, witnessTo, type Graph, type WitnessStep } from "./ways.ts";

/** The rules of publishing, as the specification numbers them (section 5.4). */
export const rules = {
  R1: "What nothing leads to",
  R2: "What no end can be reached from",
  R3: "Waits without an exit",
  R4: "Cases that are left open",
  R5: "Guards that never hold, are covered or overlap",
  R6: "Circles without an event",
  R7: "Circles of waits alone",
  R8: "Names and types that are not there",
  R9: "Rights that nobody has, or too many",
  R10: "Causes of which the first decides",
  R11: "Waits that cannot be",
  R12: "Transitions out of a region",
  R13: "Effects that go out again, or stay where others are taken back",
  R14: "Workflows that begin each other",
  R15: "Time that is longer than what is around it",
  R16: "Journeys that no one statement moves",
} as const;

export type Rule = keyof typeof rules;

/** The rule that a problem of a workflow falls under. Those of its mere form fall under none. */
const ruleOf: { readonly [Code in ProblemCode]?: Rule } = {
  "workflow.unreachable": "R1",
  "workflow.shadowed": "R1",
  "workflow.dead_end": "R2",
  "workflow.trap": "R2",
  "workflow.final": "R2",
  "workflow.stuck": "R3",
  "workflow.endless_wait": "R3",
  "workflow.unasked": "R3",
  "workflow.gap": "R4",
  "workflow.never": "R5",
  "workflow.covered": "R5",
  "workflow.overlap": "R5",
  "workflow.loop": "R6",
  "workflow.circle": "R6",
  "workflow.rush": "R7",
  "workflow.remail": "R7",
  "workflow.target": "R8",
  "workflow.event": "R8",
  "workflow.context": "R8",
  "field.unknown": "R8",
  "expression.type": "R8",
  "expression.choice": "R8",
  "expression.result": "R8",
  "workflow.unsendable": "R9",
  "workflow.own_approval": "R9",
  "workflow.race": "R10",
  "workflow.delay": "R11",
  "workflow.delay_form": "R11",
  "workflow.past": "R11",
  "workflow.calendar_gap": "R11",
  "workflow.clock_change": "R11",
  "workflow.crosses": "R12",
  "workflow.repeated_effect": "R13",
  "workflow.unsafe_effect": "R13",
  "workflow.cross_loop": "R14",
  "workflow.cross_round": "R14",
  "workflow.longer": "R15",
  "workflow.one_by_one": "R16",
  "workflow.in_batches": "R16",
};

/** What a rule says of one place of a workflow, with the way that shows it and what mends it, where something does. */
export interface Finding extends Fault {
  readonly rule: Rule;
  /** The shortest way from the beginning to where it is wrong; it can be played. */
  readonly witness: readonly WitnessStep[];
  readonly fix?: Fix;
}

const graphOf = (document: WorkflowDocument): Graph => {
  const places = placesOf(document);
  return { document, places, moves: movesOf(document, places) };
};

function domainsOf(document: WorkflowDocument, model: Model): Domains {
  const scope = workflowScope(model, document);
  const known = new Map<string, Checked | undefined>();
  return {
    expression: (cel) => {
      if (!known.has(cel)) known.set(cel, checkExpression(cel, scope, { kind: "boolean" }).expression);
      return known.get(cel);
    },
    workflow: (name) => (name === document.id ? document : model.workflows.get(name)),
  };
}

/** What the rules have against publishing a workflow: it would be wrong whatever its author means. */
export function ruleFaults(document: WorkflowDocument, model: Model): readonly Fault[] {
  const [graph, domains] = [graphOf(document), domainsOf(document, model)];
  return [
    ...guardFaults(triedBranches(graph, domains)),
    ...stuck(graph, model),
    ...circleFaults(graph, model, domains),
    ...contextFaults(graph, domains),
    ...crossLoops(graph, model).filter(({ code }) => code === "workflow.cross_loop"),
  ];
}

/** What a workflow may mean as it is, and its author should look at; `now` is ISO 8601, for what lies in the past. */
export function workflowAdvice(document: WorkflowDocument, model: Model, now: string): readonly Finding[] {
  if (!model.entities.has(document.meta.entity)) return [];
  const graph = graphOf(document);
  const tried = triedBranches(graph, domainsOf(document, model));
  return findingsIn(graph, tried, [
    ...traps(graph),
    ...endlessWaits(graph),
    ...unasked(graph, model),
    ...gaps(graph, tried),
    ...overlaps(tried),
    ...remails(graph, model),
    ...unsendable(graph, model),
    ...ownApprovals(graph, model),
    ...races(graph),
    ...waitFindings(graph, model, now),
    ...repeatedEffects(graph, model),
    ...unsafeEffects(graph, model),
    ...crossLoops(graph, model).filter(({ code }) => code === "workflow.cross_round"),
    ...longerThanParent(graph, model, now),
    ...oneByOne(graph, model),
    ...inBatches(graph, model),
  ]);
}

/**
 * Faults of a workflow, as `check` or `workflowAdvice` tell them, with their rule, the way to them and what mends them.
 * Their paths lead into the document; what falls under no rule is left out.
 */
export function findings(document: WorkflowDocument, model: Model, faults: readonly Fault[]): readonly Finding[] {
  const graph = graphOf(document);
  return findingsIn(graph, triedBranches(graph, domainsOf(document, model)), faults);
}

function findingsIn(graph: Graph, tried: readonly Tried[], faults: readonly Fault[]): readonly Finding[] {
  const reachedBy = reached(graph, neverTaken(tried));
  const inner = [...graph.places].sort((one, other) => other.path.length - one.path.length);
  const at = (path: string, of: string) => path === of || path.startsWith(`${of}/`);
  return faults.flatMap((fault) => {
    const rule = ruleOf[fault.code];
    if (!rule) return [];
    const move = graph.moves.find(({ path }) => at(fault.path, path));
    const place = inner.find(({ path }) => at(fault.path, path));
    const standing = move?.from ?? place;
    const taken = move && rule !== "R1" && rule !== "R5" && move.target ? move : undefined;
    const fix = fixOf(graph.document, fault);
    return [{ ...fault, rule, witness: witnessTo(reachedBy, standing, taken), ...(fix ? { fix } : {}) }];
  });
}
