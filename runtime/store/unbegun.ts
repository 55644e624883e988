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
  /** Of one that begins by a date of the record: it is still to come, had passed when it was written, or is empty. */
  readonly why: Unbegun["why"] | "ahead" | "passed" | "empty";
  /** When it was told the last time, null where it never was, and how often. */
  readonly at: string | null;
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

/** Why workflows, by their `meta.id`, that begin by a date of a record have not begun, or when they will once more. */
export async function readAwaited(
  { pool, schema }: Workspace,
  record: string,
  workflows: readonly string[],
): Promise<readonly NotBegun[]> {
  if (workflows.length === 0) return [];
  const { rows: found } = await pool.query(
    `select w.workflow, case when m.record is null then d.due_at end as "from", m.record is not null as passed
     from unnest($2::text[]) as w(workflow)
       left join ${schema}._segment_due d on d.segment = w.workflow and d.record = $1
       left join ${schema}._segment_member m on m.segment = w.workflow and m.record = $1
     order by w.workflow`,
    [record, workflows],
  );
  return found.map(({ workflow, from, passed }) => {
    const why = passed ? "passed" : from === null ? "empty" : "ahead";
    return { workflow, why, at: null, times: 0, from };
  });
}
