import { check } from "engine";
import type { AnyDocument, StateNode, WorkflowDocument } from "schemas";
import { Inexpressible } from "./scxml-reason.ts";

const roundsMost = 6;
let count = 0;

/**
 * A workflow as the checks of a publish let it pass, without another behaviour: an end is called one, what nothing leads
 * to gets a door that nobody opens, and a guard that is the same always hangs on a value that is the same always. Throws
 * `Inexpressible` where a check refuses it for something else.
 */
export function publishable(given: WorkflowDocument, entity: AnyDocument): WorkflowDocument {
  const document: any = structuredClone(given);
  for (let round = 0; round < roundsMost; round++) {
    const faults = check([entity, document]);
    if (faults.length === 0) return document as WorkflowDocument;
    for (const { code, path, detail } of faults) {
      const mend = Object.hasOwn(mends, code) ? mends[code] : undefined;
      const steps = path.split("/").slice(3);
      if (!mend) throw new Inexpressible(`the check of a publish: ${code} (${detail})`);
      mend(document, steps);
    }
  }
  throw new Inexpressible("the check of a publish");
}

const mends: Readonly<Record<string, (document: any, steps: readonly string[]) => void>> = {
  "workflow.dead_end": (document, steps) => (at(document, steps).tags = ["end"]),
  "workflow.final": (document, steps) => {
    const holder = at(document, steps.slice(0, -3));
    holder.onDone = [{ meta: { id: fresh() } }];
  },
  "workflow.unreachable": (document, steps) => {
    const state = at(document, steps) as StateNode;
    const holder = at(document, steps.slice(0, -2));
    const type = `${document.id}.door`;
    document.meta.events[type] = { title: "Door", source: "user" };
    holder.on = { ...holder.on, [type]: [{ target: `#${state.meta.id}`, meta: { id: fresh() } }] };
  },
  "workflow.never": (document, steps) => open(document, at(document, steps.slice(0, steps.indexOf("guard")))),
  "workflow.covered": (document, steps) => before(document, steps.slice(0, steps.indexOf("guard"))),
  "workflow.shadowed": before,
};

/** Those that stand before one in its list hold as they do, and the check cannot know of it. */
function before(document: any, steps: readonly string[]): void {
  const index = Number(steps.at(-1));
  for (const one of at(document, steps.slice(0, -1)).slice(0, index)) closed(document, one);
}

const guard = (cel: string) => ({ type: "expr", params: { cel } });
const told = (transition: any): string | undefined => transition.guard?.params.cel;

/** The name of a value of the context that is true always. */
function truth(document: any): string {
  const name = `truth_${count++}`;
  (document.context ??= {})[name] = true;
  return `context.${name}`;
}

/** Holds whenever it did, as far as anybody knows less often. */
function closed(document: any, transition: any): void {
  const cel = told(transition);
  transition.guard = guard(`${truth(document)} == true${cel === undefined ? "" : ` && (${cel})`}`);
}

/** Holds whenever it did, as far as anybody knows more often. */
function open(document: any, transition: any): void {
  transition.guard = guard(`${truth(document)} != true || (${told(transition)})`);
}

const at = (document: any, steps: readonly string[]): any =>
  steps.reduce((here, step) => here[decoded(step)], document);
const decoded = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");

const fresh = (): string => `tr_mend${count++}`;
