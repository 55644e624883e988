import {
  accessFor,
  activeStates,
  leafIn,
  machineOf,
  movesOf,
  problem,
  readTimerName,
  statesOf,
  type Machine,
  type Model,
} from "engine";
import type { WorkflowDocument } from "schemas";
import { readBack } from "./read-back.ts";
import { isId } from "./records.ts";
import type { ReadScene } from "./read.ts";
import { timersOf } from "./timers.ts";

/** A state as people read it. */
interface Named {
  readonly key: string;
  readonly title: string;
}

/** Where a record stands in its workflow, what it waits for, and how it came there, the newest step first. */
export interface RunStory {
  readonly workflow: string;
  readonly title: string;
  /** The leaf of the main region, and all states around and beside it. */
  readonly state: Named;
  readonly within: readonly Named[];
  readonly since: string;
  readonly waits: readonly {
    readonly delay: string;
    readonly title: string;
    readonly state: Named;
    readonly due_at: string;
    /** It rings no more by itself: the record is in the trash, or its move has failed five times. */
    readonly held: boolean;
    readonly error: string | null;
  }[];
  readonly steps: readonly {
    readonly revision: number;
    readonly at: string;
    readonly by: string | null;
    readonly operation: string;
    /** What caused it: an event of the workflow, a wait that was over, a publish, or its beginning. */
    readonly cause: { readonly type: string; readonly title: string };
    readonly from: Named | null;
    readonly to: Named;
    readonly transitions: readonly { readonly id: string; readonly title: string | null }[];
    /** The version of the model under which it was made. */
    readonly version: number;
  }[];
}

export const stepsMax = 100;

/** What a step is told by, of the journal. */
export const stepColumns =
  "revision, at, by, operation, event, from_state, to_state, transitions, (before->>'version')::int as before";

/** Tells a record's way through its workflow to who may read the record and the field that shows where it stands. */
export async function readRunStory(scene: ReadScene, name: string, id: string): Promise<RunStory> {
  const { workspace } = scene;
  const [record] = await readBack(scene, name, isId(id) ? [id] : []);
  if (!record) throw problem("record.missing", { entity: name });
  const { model } = workspace;
  const machine = readableMachine(model, scene, name, JSON.parse(record.text));
  const { rows } = await workspace.pool.query(
    `select r.id, r.version, r.value, r.entered_at, ${timersOf(workspace.schema, ", 'held', t.held, 'error', t.error")}
     from ${workspace.schema}._run r where r.record = $1 and r.workflow = $2`,
    [id, machine.id],
  );
  const run = rows[0] as StoryRun | undefined;
  if (!run) throw problem("run.missing", {});
  const steps = await workspace.pool.query(
    `select ${stepColumns} from ${workspace.schema}._journal
     where run = $1 order by revision desc limit ${stepsMax}`,
    [run.id],
  );
  return storyOf(machine.document, run, steps.rows as StoryStep[]);
}

/** A run as its story is told of it. */
export interface StoryRun {
  readonly id: string;
  readonly version: number;
  readonly value: unknown;
  readonly entered_at: string;
  readonly timers: readonly { name: string; due_at: string; held: boolean; error: string | null }[];
}

/** A step of a run as the journal has it. */
export interface StoryStep {
  readonly revision: number;
  readonly at: string;
  readonly by: string | null;
  readonly operation: string;
  readonly event: {
    readonly type: string;
    readonly data?: { readonly delay?: string; readonly event?: string };
  };
  readonly from_state: string | null;
  readonly to_state: string;
  readonly transitions: readonly string[];
  /** The version under which the step before it was made; null of a beginning. */
  readonly before: number | null;
}

/** Whoever cannot read on this record where it stands does not learn how it came there. */
function readableMachine(
  model: Model,
  { principal }: ReadScene,
  name: string,
  record: { readonly _masked?: readonly string[] },
): Machine {
  const own = accessFor(model, principal).entity(name);
  const field = own?.entity.stateFields.find(({ property }) => property.region === undefined);
  const machine = field && machineOf(model, String(field.property.workflow));
  if (!own || !field || !machine) throw problem("run.missing", {});
  if (own.readable(field).kind === "none" || record._masked?.includes(field.name)) throw problem("run.missing", {});
  return machine;
}

/** Tells of a run by its document. */
export function storyOf(document: WorkflowDocument, run: StoryRun, steps: readonly StoryStep[]): RunStory {
  const states = statesOf(document);
  const named = (key: string): Named => ({
    key,
    title: states.find((it) => it.key === key)?.state.meta.title ?? key,
  });
  const leaf = leafIn(document, run.value);
  const moves = movesOf(document);
  const titleOf = (id: string) => moves.find(({ transition }) => transition.meta.id === id)?.transition.meta.title;
  const delayTitle = (delay: string) => document.meta.delays?.[delay]?.title ?? delay;
  return {
    workflow: document.id,
    title: document.meta.title,
    state: named(leaf),
    within: activeStates(document, run.value).flatMap(({ key }) => (key === leaf ? [] : [named(key)])),
    since: run.entered_at,
    waits: run.timers.map(({ name, due_at, held, error }) => {
      const { delay, state } = readTimerName(name);
      const key = states.find((it) => it.state.meta.id === state)?.key ?? state;
      return {
        delay,
        title: delayTitle(delay),
        state: named(key),
        due_at: new Date(due_at).toISOString(),
        held,
        error,
      };
    }),
    steps: steps.map(({ event, from_state, to_state, transitions, before: _, ...step }, at) => ({
      ...step,
      version: steps[at - 1]?.before ?? run.version,
      cause: { type: event.type, title: causeOf(document, event, delayTitle) },
      from: from_state === null ? null : named(from_state),
      to: named(to_state),
      transitions: transitions.map((id) => ({ id, title: titleOf(id) ?? null })),
    })),
  };
}

const causes: Readonly<Record<string, string>> = {
  begin: "The record was made",
  place: "The record was brought in",
  publish: "The workflow was changed",
  goal: "Its goal was reached",
  exit: "It left",
  "publish.processes": "What the changed workflow asks for was begun",
};

function causeOf(
  { meta }: WorkflowDocument,
  { type, data }: StoryStep["event"],
  delayTitle: (delay: string) => string,
) {
  if (type === "timer") return delayTitle(data?.delay ?? "");
  const why = type === "goal" || type === "exit" ? meta.events[data?.event ?? ""]?.title : undefined;
  return why === undefined ? (meta.events[type]?.title ?? causes[type] ?? type) : `${causes[type]!}: ${why}`;
}
