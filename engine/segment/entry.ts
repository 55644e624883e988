import type { SegmentDocument, WorkflowDocument } from "schemas";
import { durationOf } from "../expression/literal.ts";
import type { Entity, Model } from "../model.ts";

/** What is told of a record whose moment comes by which a workflow begins; its data name the workflow by `meta.id`. */
export const dateReached = "date.reached";

/**
 * The records whose moment has come by which a workflow begins, as a segment that nobody sees: it is kept, built and
 * timed as any other. Nothing where the workflow begins otherwise, or its field is not there.
 */
export function entrySegment(model: Model, { id, meta }: WorkflowDocument): SegmentDocument | undefined {
  const entity = model.entities.get(meta.entity);
  const cel = entity && entryCondition(entity, meta.enrol);
  if (cel === undefined) return undefined;
  return {
    $schema: "urn:trellis:segment:1",
    $id: `${id} entry`,
    $anchor: meta.id,
    title: meta.title,
    entity: meta.entity,
    where: { cel },
  };
}

function entryCondition({ fields }: Entity, enrol: WorkflowDocument["meta"]["enrol"]): string | undefined {
  const { on, field: name, before = "PT0S", after = "PT0S" } = enrol ?? {};
  const field = fields.get(name ?? "");
  const kind = field?.type.type(field.property).kind;
  if (on !== "date" || (kind !== "moment" && kind !== "date")) return undefined;
  const seconds = Number(durationOf(after) ?? 0) - Number(durationOf(before) ?? 0);
  if (kind === "date") return `${name} + days(${Math.round(seconds / 86_400)}) <= today`;
  return `${name} + duration('${seconds < 0 ? "-" : ""}PT${Math.abs(seconds)}S') <= now`;
}
