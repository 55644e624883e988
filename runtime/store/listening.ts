import { listeningIn, lookBackMs } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import { askerOf, type Scene } from "./operation.ts";
import type { Moved, StoredRun } from "./run.ts";

const rows: Filling = {
  table: "_listening",
  each: { run: "uuid", event: "text", key: "text" },
  all: { since: "timestamptz" },
  conflict: "on conflict (run, event) do nothing",
};

/** What runs wait for by a key after moves, and no more what they do not. */
export function listeningParts({ schema }: Pick<Workspace, "schema">, moved: readonly Moved[], now: Date) {
  const touched = moved.filter(
    ({ before, step }) => before?.context.$listens !== undefined || step.snapshot.context.$listens !== undefined,
  );
  return listeningRows(
    schema,
    touched.map(({ run, step }) => ({ id: run, context: step.snapshot.context })),
    now,
  );
}

/** What runs wait for as they stand: nothing less, nothing more. */
export function listeningRows(
  schema: string,
  runs: readonly Pick<StoredRun, "id" | "context">[],
  now: Date,
): readonly Part[] {
  if (runs.length === 0) return [];
  const cells = runs.flatMap(({ id, context }) =>
    Object.entries(listeningIn(context)).map(([event, key]) => [id, event, key]),
  );
  const others: Part = {
    sql: `delete from ${schema}._listening where run = any($1::uuid[])
      and not ((run::text || ' ' || event || ' ' || key) = any($2::text[]))`,
    parameters: [runs.map(({ id }) => id), cells.map((cell) => cell.join(" "))],
  };
  return [others, ...inserted(schema, rows, cells, [now])];
}

/** An event from elsewhere: whom it is for, by their key, and what it brings along. */
export interface Arrived {
  /** Its own, under which it comes once. */
  readonly id: string;
  readonly entity: string;
  readonly event: string;
  readonly key: string;
  readonly data: unknown;
}

const arrivals: Filling = {
  table: "_heard",
  each: { id: "text", event: "text", key: "text", data: "jsonb", entity: "text", until: "timestamptz", source: "text" },
  all: { by: "uuid", at: "timestamptz", operation: "uuid" },
  conflict: "on conflict (id) do nothing",
};

/** Writes down events for runs that wait for them, or begin to within their look-back. They hear of them afterwards. */
export function arrivedParts(
  scene: Scene,
  arrived: readonly (Arrived & { readonly workflow: WorkflowDocument; readonly source: "integration" | "run" })[],
) {
  const { workspace, now } = scene;
  const cells = arrived.map(({ id, event, key, data, entity, workflow, source }) => {
    const until = new Date(now.getTime() + lookBackMs(workflow, event));
    return [id, event, key, JSON.stringify(data ?? null), entity, until, source];
  });
  return inserted(workspace.schema, arrivals, cells, [askerOf(scene), now, scene.operation]);
}
