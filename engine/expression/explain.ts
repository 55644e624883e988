import type { Checked } from "./check.ts";
import { evaluateNode, type Environment } from "./evaluate.ts";
import { below, type Node, type Path, type PathNode } from "./tree.ts";

/** One of the conditions that must hold together. */
export interface Clause {
  readonly text: string;
  readonly holds: boolean;
  /** What it reads, and what stands there. */
  readonly values: readonly {
    readonly path: Path;
    readonly name: string;
    readonly title: string;
    readonly value: unknown;
  }[];
}

/** Whether a condition holds, clause by clause: what a person needs to see to know why. */
export function explain(
  checked: Checked,
  environment: Environment,
): { readonly holds: boolean; readonly clauses: readonly Clause[] } {
  const clauses = conjuncts(checked.node).map((node) => ({
    text: checked.text.slice(node.start, node.end),
    holds: evaluateNode(node, environment) === true,
    values: reads(node).map((path) => ({
      path: path.steps,
      name: path.steps.map(({ name }) => name).join("."),
      title: path.steps.map(({ name, field }) => field?.title ?? name).join(" › "),
      value: evaluateNode(path, environment),
    })),
  }));
  return { holds: clauses.every((clause) => clause.holds), clauses };
}

/** Every path that a condition walks, from wherever it begins. */
export const pathsIn = ({ node }: Checked): readonly Path[] => reads(node).map(({ steps }) => steps);

/** The fields of the record itself that a condition wants filled and that are empty. */
export function emptyInputs(checked: Checked, environment: Environment): readonly string[] {
  const failing = conjuncts(checked.node).filter((node) => evaluateNode(node, environment) !== true);
  const empty = failing
    .flatMap(reads)
    .filter(
      ({ root, steps }) =>
        root === "record" && steps.length > 0 && (environment.record?.[steps[0]!.name] ?? null) === null,
    );
  return [...new Set(empty.map(({ steps }) => steps[0]!.name))];
}

function conjuncts(node: Node): readonly Node[] {
  return node.op === "and" ? node.args.flatMap(conjuncts) : [node];
}

function reads(node: Node): readonly PathNode[] {
  if (node.op === "path") return node.steps.length > 0 ? [node] : [];
  return below(node).flatMap(reads);
}
