import type { QueueDocument } from "schemas";
import { checkExpression, type Checked } from "../expression/check.ts";
import { durationMs } from "../duration.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import { recordScope } from "../expression/scope.ts";
import type { Path } from "../expression/tree.ts";
import { withFormulas } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import { isExpression, type Values } from "../values.ts";
import type { WantedSkill } from "./choose.ts";

/** A queue made ready: its conditions checked. */
export interface Queue {
  readonly document: QueueDocument;
  readonly entity: Entity;
  readonly when: Checked;
  readonly skills: readonly { readonly when: Checked | undefined; readonly wanted: QueueSkillWanted }[];
  readonly paths: readonly Path[];
}

/** A skill that a record wants, and when less of it will do. */
export interface QueueSkillWanted extends WantedSkill {
  readonly relax?: { readonly afterMs: number; readonly level: number };
}

const known = new WeakMap<Model, ReadonlyMap<string, readonly Queue[]>>();

/** The queues of an entity in their order; read once for each model. */
export function queuesOf(model: Model, entity: string): readonly Queue[] {
  const found =
    known.get(model) ??
    Map.groupBy(
      [...model.queues.values()]
        .toSorted((one, other) => one.order - other.order)
        .flatMap((document) => readQueue(model, document) ?? []),
      (queue) => queue.entity.name,
    );
  known.set(model, found);
  return found.get(entity) ?? [];
}

/** What the queues of an entity read beyond the records themselves. */
export const queuePaths = (model: Model, entity: string): readonly Path[] =>
  queuesOf(model, entity).flatMap(({ paths }) => paths);

/** The queue in which a record is worked on; none where it is done. A record in the trash is in none. */
export function queueFor(model: Model, entity: Entity, environment: Environment): Queue | undefined {
  if ((environment.record?.deleted_at ?? null) !== null) return undefined;
  const within = withFormulas(model, entity, environment);
  return queuesOf(model, entity.name).find(({ when }) => holds(when, within));
}

/** The skills that a record wants in its queue. */
export function skillsFor(model: Model, { entity, skills }: Queue, environment: Environment) {
  const within = withFormulas(model, entity, environment);
  return skills.flatMap(({ when, wanted }) => (!when || holds(when, within) ? [wanted] : []));
}

/** The skills that are still wanted of what has waited so long, and after how long less of them will do. */
export function relaxed(skills: readonly QueueSkillWanted[], waitedMs: number) {
  const wanted = skills.flatMap(({ skill, level, relax }) => {
    const now = relax && waitedMs >= relax.afterMs ? relax.level : level;
    return now > 0 ? [{ skill, level: now }] : [];
  });
  const later = skills.flatMap(({ relax }) => (relax && waitedMs < relax.afterMs ? [relax.afterMs] : []));
  return { wanted, nextMs: later.length === 0 ? undefined : Math.min(...later) };
}

/** The place of a record among those that wait by the rank of its queue; what is not named comes last. */
export function rankOf({ document: { rank } }: Queue, record: Values): number {
  if (!rank) return 0;
  const at = rank.values.indexOf(String(record[rank.field] ?? ""));
  return at < 0 ? rank.values.length : at;
}

/** A queue made ready; nothing where its condition cannot be read. */
export function readQueue(model: Model, document: QueueDocument): Queue | undefined {
  const entity = model.entities.get(document.entity);
  const scope = entity && recordScope(model, entity.name);
  const checked = (given: unknown) =>
    scope && isExpression(given) ? checkExpression(given.cel, scope).expression : undefined;
  const when = checked(document.when);
  if (!entity || !when) return undefined;
  const skills = (document.skills ?? []).map(({ skill, level = 1, when: condition, relax }) => ({
    when: checked(condition),
    wanted: {
      skill,
      level,
      ...(relax ? { relax: { afterMs: durationMs(relax.after) ?? 0, level: relax.level } } : {}),
    },
  }));
  const all = [when, ...skills.flatMap((it) => it.when ?? [])];
  const paths = all.flatMap((it) => it.paths).filter(({ length, 0: first }) => length > 1 || first?.list);
  return { document, entity, when, skills, paths };
}
