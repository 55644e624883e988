import type { Transition, WorkflowDocument } from "schemas";
import type { ProblemCode } from "../../problem.ts";

/** An edit of a document that mends what a rule says. */
export interface Fix {
  readonly name: "remove" | "otherwise" | "remember" | "time_out";
  readonly edit: (document: WorkflowDocument) => WorkflowDocument;
}

const stepsOf = (path: string) =>
  path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const at = (document: unknown, steps: readonly string[]): any =>
  steps.reduce<any>((value, step) => value?.[step], document);

/** Takes a branch away, and what held it where it was the last. */
function withoutBranch(document: WorkflowDocument, path: string): WorkflowDocument {
  const draft = structuredClone(document) as WorkflowDocument;
  const steps = stepsOf(path.replace(/\/guard(\/.*)?$/, ""));
  const index = Number(steps.at(-1));
  const held = at(draft, steps.slice(0, -1)) as Transition[];
  held.splice(index, 1);
  for (let depth = steps.length - 1; depth > 0; depth--) {
    const value = at(draft, steps.slice(0, depth)) as object;
    if (
      Object.keys(value).length > 0 ||
      !["on", "after", "always", "onDone"].some((it) => steps.slice(0, depth).includes(it))
    )
      break;
    delete at(draft, steps.slice(0, depth - 1))[steps[depth - 1]!];
  }
  return draft;
}

/** The last branch is taken where no other is. */
function otherwise(document: WorkflowDocument, path: string): WorkflowDocument {
  const draft = structuredClone(document) as WorkflowDocument;
  const last = (at(draft, stepsOf(path)) as { guard?: unknown }[]).at(-1);
  delete last?.guard;
  return draft;
}

const contextName = /context\.([a-z][a-z0-9_]*)/g;

/** A run begins with the names that a guard reads, empty. */
function remembering(document: WorkflowDocument, path: string): WorkflowDocument {
  const cel = String(at(document, stepsOf(path)));
  const names = [...cel.matchAll(contextName)].map(([, name]) => [name!, null] as const);
  return { ...document, context: { ...Object.fromEntries(names), ...document.context } };
}

/** Whoever waits for a person goes on as if she were done after a week. */
function timedOut(document: WorkflowDocument, path: string): WorkflowDocument {
  const draft = structuredClone(document) as any;
  const state = at(draft, stepsOf(path).slice(0, -1));
  const target = state.invoke?.onDone?.[0]?.target;
  const name = "person_waits";
  draft.meta.delays = { [name]: { duration: "P7D" }, ...draft.meta.delays };
  state.after = {
    ...state.after,
    [name]: [{ ...(target ? { target } : {}), meta: { id: `tr_${state.meta.id}_waits` } }],
  };
  return draft;
}

const fixes: {
  readonly [Code in ProblemCode]?: readonly [
    Fix["name"],
    (document: WorkflowDocument, path: string) => WorkflowDocument,
  ];
} = {
  "workflow.never": ["remove", withoutBranch],
  "workflow.covered": ["remove", withoutBranch],
  "workflow.shadowed": ["remove", withoutBranch],
  "workflow.gap": ["otherwise", otherwise],
  "workflow.context": ["remember", remembering],
  "workflow.endless_wait": ["time_out", timedOut],
};

/** A fault as it travels. */
interface Told {
  readonly code: string;
  readonly path: string;
}

/** What mends a fault of a workflow, where an edit is known that does. */
export function fixOf(document: WorkflowDocument, { code, path }: Told): Fix | undefined {
  const [name, edit] = fixes[code as ProblemCode] ?? [];
  if (name === undefined || !edit) return undefined;
  if (name === "time_out" && !at(document, stepsOf(path).slice(0, -1))?.invoke?.onDone) return undefined;
  return { name, edit: (given) => edit(given, path) };
}
