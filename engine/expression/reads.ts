import { formulasOf } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import type { Checked } from "./check.ts";
import { below, type Node, type Path, type Step } from "./tree.ts";

/** What an expression over a record hangs on: a field of the records that `chain` leads to from that one. */
export interface Read {
  /** The entity of the records whose writes count. */
  readonly entity: string;
  readonly field: string;
  readonly chain: Path;
}

/** Where a path begins: with an entity, behind a chain of steps from the record. */
interface Base {
  readonly entity: Entity;
  readonly chain: Path;
}

/** Everything that an expression over records of an entity hangs on, by formulas too. */
export function readsIn(model: Model, entity: Entity, { node }: Checked): readonly Read[] {
  const found: Read[] = [];
  const walk = (steps: Path, { entity, chain }: Base): Base | undefined => {
    let here: Base | undefined = { entity, chain };
    for (const step of steps) {
      if (!here) return undefined;
      note(step, here);
      const to: Entity | undefined = model.entities.get(step.to ?? "");
      here = to && { entity: to, chain: [...here.chain, step] };
    }
    return here;
  };
  const note = (step: Step, { entity, chain }: Base) => {
    if (step.list) {
      // What is in the trash has no lists.
      if (chain.length > 0) found.push({ entity: entity.name, field: "deleted_at", chain });
      found.push({ entity: step.list.entity, field: step.list.reference.name, chain: [...chain, step] });
    } else found.push({ entity: entity.name, field: step.name, chain });
    const formula = step.field && formulasOf(model, entity).get(step.name);
    if (formula) visit(formula.node, { entity, chain }, new Map());
  };
  const visit = (node: Node, root: Base, variables: ReadonlyMap<string, Base>) => {
    if (node.op === "path") {
      const base = node.root === "record" ? root : variables.get(node.root);
      if (base) walk(node.steps, base);
    } else if (node.op === "some" && node.list.op === "path") {
      const base = node.list.root === "record" ? root : variables.get(node.list.root);
      const inner = base && walk(node.list.steps, base);
      if (inner) visit(node.condition, root, new Map(variables).set(node.variable, inner));
    } else for (const child of below(node)) visit(child, root, variables);
  };
  visit(node, { entity, chain: [] }, new Map());
  return found;
}
