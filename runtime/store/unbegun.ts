import type { Machine, NotAgain } from "engine";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import type { Scene } from "./operation.ts";

/** A workflow that would have begun on a record, and why it did not. */
export interface Unbegun {
  readonly machine: Machine;
  readonly record: string;
  readonly why: NotAgain["why"] | "goal" | "exit";
  readonly from: string | null;
}

const rows: Filling = {
  table: "_unbegun",
  each: { record: "uuid", workflow: "text", why: "text", earliest: "timestamptz" },
  all: { at: "timestamptz", operation: "uuid" },
  conflict: `on conflict (record, workflow, why) do update set at = excluded.at, operation = excluded.operation,
    earliest = excluded.earliest, times = _unbegun.times + 1`,
};

/** Keeps the last time that a workflow did not begin for each reason, and how often it was. */
export function unbegunParts(
  { workspace: { schema }, now, operation }: Scene,
  them: readonly Unbegun[],
): readonly Part[] {
  const last = new Map(them.map((it) => [`${it.record} ${it.machine.document.meta.id} ${it.why}`, it]));
  const cells = [...last.values()].map(({ machine, record, why, from }) => [
    record,
    machine.document.meta.id,
    why,
    from,
  ]);
  return inserted(schema, rows, cells, [now, operation]);
}

/** A workflow that did not begin on a record when something told it to. */
export interface NotBegun {
  /** The `meta.id` of the workflow. */
  readonly workflow: string;
  readonly why: Unbegun["why"];
  /** When it was told the last time, and how often. */
  readonly at: string;
  readonly times: number;
  /** From when on it may begin; null for never, and where nobody knows. */
  readonly from: string | null;
}

/** Why workflows have not begun on a record, the last first. */
export async function readUnbegun({ pool, schema }: Workspace, record: string): Promise<readonly NotBegun[]> {
  const { rows: found } = await pool.query(
    `select workflow, why, at, times, earliest as "from" from ${schema}._unbegun where record = $1 order by at desc, workflow, why limit 50`,
    [record],
  );
  return found as NotBegun[];
}
