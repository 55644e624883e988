import type { StateNode, WorkflowDocument } from "schemas";

/** A state that holds no others: where a record can stand. */
export interface Leaf {
  readonly key: string;
  readonly state: StateNode;
  /** The keys of the states around it, from the outside in. */
  readonly within: readonly string[];
  /** The JSON Pointer of the state in its document. */
  readonly path: string;
}

/** All leaves of a workflow, in the order of the document. */
export function leavesOf(document: WorkflowDocument): readonly Leaf[] {
  return leavesIn(document.states, [], "");
}

/** The keys of the leaves in a state: itself when it is one. */
export function leavesBelow(document: WorkflowDocument, state: string): readonly string[] {
  return leavesOf(document)
    .filter(({ key, within }) => key === state || within.includes(state))
    .map(({ key }) => key);
}

/** The keys of all states, leaves and those around them. */
export function stateKeys(document: WorkflowDocument): readonly string[] {
  return [...new Set(leavesOf(document).flatMap(({ key, within }) => [...within, key]))];
}

function leavesIn(states: WorkflowDocument["states"], within: readonly string[], path: string): readonly Leaf[] {
  return Object.entries(states).flatMap(([key, state]) => {
    const here = `${path}/states/${key}`;
    return state.states ? leavesIn(state.states, [...within, key], here) : [{ key, state, within, path: here }];
  });
}
