import type { WorkflowDocument } from "schemas";
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
}

const user: Type = { kind: "record", entities: ["user"] };

/** Inside a record of an entity: its fields by their names, `user` who asks, `now` and `today`. */
export function recordScope(model: Model, entity: string, visible?: (field: Field) => boolean): Scope {
  return { model, entity: model.entities.get(entity), roots: new Map([["user", user]]), visible };
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
