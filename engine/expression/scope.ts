import type { SegmentDocument, WorkflowDocument } from "schemas";
import type { Entity, Field, Model } from "../model.ts";
import type { Type } from "./type.ts";

/** The names that an expression may use. */
export interface Scope {
  readonly model: Model;
  /** Whose fields are bare names. */
  readonly entity?: Entity | undefined;
  /** Other names that begin a path. */
  readonly roots: ReadonlyMap<string, Type>;
  /** Fields without it are not there: a reader must not learn that they are. */
  readonly visible?: ((field: Field) => boolean) | undefined;
  /** The segments that `in_segment` may name, by their names their anchors; without it there are none. */
  readonly segments?: ReadonlyMap<string, string> | undefined;
}

const user: Type = { kind: "record", entities: ["user"] };

/** Inside a record of an entity: its fields by their names, `user` who asks, `me` who comes by a portal, `now` and `today`. */
export function recordScope(model: Model, entity: string, visible?: (field: Field) => boolean): Scope {
  const me: readonly [string, Type][] =
    model.me === undefined ? [] : [["me", { kind: "record", entities: [model.me] }]];
  return { model, entity: model.entities.get(entity), roots: new Map([["user", user], ...me]), visible };
}

/** Where many records are chosen: their fields, and the segments of their entity that `knows` lets through. */
export function filterScope(
  model: Model,
  entity: string,
  visible?: (field: Field) => boolean,
  knows: (segment: SegmentDocument) => boolean = () => true,
): Scope {
  const own = [...model.segments.values()].filter((it) => it.entity === entity && knows(it));
  return { ...recordScope(model, entity, visible), segments: new Map(own.map(({ $id, $anchor }) => [$id, $anchor])) };
}

/** Inside a workflow: `record`, `context`, `event`, `user`, `now` and `today`. */
export function workflowScope(model: Model, workflow: WorkflowDocument): Scope {
  const event: Type = {
    kind: "map",
    members: { type: { kind: "text" }, data: { kind: "json" }, output: { kind: "json" }, error: { kind: "json" } },
  };
  const roots: [string, Type][] = [
    ["record", { kind: "record", entities: [workflow.meta?.entity ?? ""] }],
    ["context", { kind: "json" }],
    ["event", event],
    ["user", user],
  ];
  return { model, roots: new Map(roots) };
}
