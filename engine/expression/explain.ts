import type { Checked } from "./check.ts";
import { evaluateNode, foundBy, type Environment } from "./evaluate.ts";
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

/** The lists of records of an entity of which a condition wants one. */
export function wantedOf({ node }: Checked, entity: string): readonly (Node & { readonly op: "some" })[] {
  return conjuncts(node).filter(
    (it): it is Node & { readonly op: "some" } =>
      it.op === "some" && it.how === "any" && (it.list as PathNode).steps.at(-1)?.list?.entity === entity,
  );
}

/** The ids of the records of an entity by which a condition holds: those that it finds in lists of which it wants one. */
export function holdsBy(checked: Checked, environment: Environment, entity: string): readonly string[] {
  const ids = wantedOf(checked, entity).flatMap((it) => foundBy(it, environment).map(({ id }) => String(id)));
  return [...new Set(ids)];
}

/** Every path that a condition walks, from wherever it begins. */
export const pathsIn = ({ node }: Checked): readonly Path[] => reads(node).map(({ steps }) => steps);

const none: ReadonlySet<string> = new Set();

/** The fields of the record itself that a condition wants filled and that are empty; without what hangs on `open` ones. */
export function emptyInputs(
  checked: Checked,
  environment: Environment,
  open: ReadonlySet<string> = none,
): readonly string[] {
  const empty = failing(checked, environment, open)
    .flatMap(reads)
    .filter(
      ({ root, steps }) =>
        root === "record" && steps.length > 0 && (environment.record?.[steps[0]!.name] ?? null) === null,
    );
  return [...new Set(empty.map(({ steps }) => steps[0]!.name))];
}

/** Whether a condition fails whatever stands in the `open` places of the record: by a clause that reads none of them. */
export function failsBeside(checked: Checked, environment: Environment, open: ReadonlySet<string>): boolean {
  return failing(checked, environment, open).length > 0;
}

function failing({ node }: Checked, environment: Environment, open: ReadonlySet<string>): readonly Node[] {
  const isOpen = ({ root, steps }: PathNode) => root === "record" && leadsThrough(steps, open);
  return conjuncts(node).filter((it) => evaluateNode(it, environment) !== true && !reads(it).some(isOpen));
}

/** Whether a path of a record comes by one of these places: fields, or with dots what they lead to. */
export function leadsThrough(path: Path, places: ReadonlySet<string>): boolean {
  if (places.size === 0) return false;
  return path.some((_, at) =>
    places.has(
      path
        .slice(0, at + 1)
        .map(({ name }) => name)
        .join("."),
    ),
  );
}

function conjuncts(node: Node): readonly Node[] {
  return node.op === "and" ? node.args.flatMap(conjuncts) : [node];
}

function reads(node: Node): readonly PathNode[] {
  if (node.op === "path") return node.steps.length > 0 ? [node] : [];
  return below(node).flatMap(reads);
}
