import type { Access } from "../access.ts";
import { durationOf } from "../expression/literal.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, problem, refuse } from "../problem.ts";
import { entityAccess } from "../query.ts";
import { movesOf } from "../workflow/places.ts";

/** A question for the map of what the runs of a workflow did, its reader allowed to ask it. */
export interface MapPlan {
  readonly workflow: string;
  readonly entity: Entity;
  /** The field that shows where a record stands; rows whose reader does not see it are left out. */
  readonly field: Field;
  /** Steps that only these transitions make lead nowhere: reminders and the like. */
  readonly inner: readonly string[];
  /** Only what happened within so many days before now. */
  readonly days: number | null;
}

const daysMax = 3660;

/** Reads the question. A reader who never sees where records stand is told that there is no such workflow. */
export function planMap(model: Model, access: Access, name: string, query: Readonly<Record<string, string>>): MapPlan {
  const document = model.workflows.get(name);
  const rights = document && access.entity(document.meta.entity) && entityAccess(model, access, document.meta.entity);
  const field = rights?.entity.stateFields.find(
    ({ property }) => property.workflow === name && property.region === undefined,
  );
  if (!document || !rights || !field || rights.readable(field).kind === "none")
    throw problem("document.missing", { kind: "workflow", name: name.slice(0, 80) });
  const faults = Object.keys(query).flatMap((key) =>
    key === "since" ? [] : [fault("query.unknown", { name: key.slice(0, 80), path: `/${key}`, hint: "since" })],
  );
  const days = query.since === undefined ? null : Number(durationOf(query.since) ?? NaN) / 86_400;
  if (days !== null && !(days > 0 && days <= daysMax))
    faults.push(fault("report.malformed", { wanted: "a span of days, `P90D` for instance", path: "/since" }));
  refuse(faults);
  const inner = movesOf(document).filter(({ transition }) => transition.target === undefined);
  return {
    workflow: name,
    entity: rights.entity,
    field,
    inner: inner.map(({ transition }) => transition.meta.id),
    days,
  };
}
