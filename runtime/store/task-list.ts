import {
  accessFor,
  fault,
  isMoment,
  machineOf,
  mayAct,
  mayTell,
  priorities,
  problem,
  refuse,
  stateInvoking,
  taskStatuses,
  type Access,
  type Fault,
  type Machine,
  type TaskAct,
  type TaskStatus,
} from "engine";
import { taskDues, taskScopes, tasksStatement, type TaskQuery } from "engine/sql";
import { isId } from "./records.ts";
import { readerOf, reading, rowsOf, type ReadScene } from "./read.ts";

/** Somebody as she is shown. */
interface Person {
  readonly id: string;
  readonly name: string;
}

/** A task as whoever sees its record reads it. */
export interface TaskTold {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly kind: "work" | "approval";
  readonly priority: (typeof priorities)[number];
  readonly status: TaskStatus;
  readonly due_at: string | null;
  readonly assignee: Person | null;
  readonly role: string | null;
  readonly queue: Person | null;
  readonly claimed_by: Person | null;
  readonly form: object | null;
  readonly entity: string;
  readonly record: string;
  readonly record_name: string | null;
  readonly workflow: string;
  readonly invocation: string;
  readonly at: string;
  readonly ended_at: string | null;
  readonly output: object | null;
  readonly done_by: Person | null;
  /** For whom it was done, where by another in her place. */
  readonly done_for: Person | null;
  /** What whoever asks may do with it. */
  readonly may: readonly TaskAct[];
}

interface TaskRow extends Omit<TaskTold, "priority" | "may"> {
  /** The version of the model by which its run goes. */
  readonly version: number;
  readonly priority: number;
  readonly among: boolean;
}

export interface TaskPage {
  readonly items: readonly TaskTold[];
  readonly next: string | null;
}

/** What may be asked of the list of tasks, by name. */
const names = ["of", "status", "due", "entity", "record", "limit", "cursor"];
const limitMost = 200;

interface Asked extends Omit<TaskQuery, "roles"> {
  readonly entity: string | undefined;
}

/** Reads a query; tells all that is wrong with it. */
export function readTaskQuery(given: Readonly<Record<string, string>>): Asked {
  const faults: Fault[] = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => fault("query.unknown", { name: name.slice(0, 80), path: `/${name.slice(0, 80)}` }));
  const choice = <Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined => {
    const value = given[name];
    if (value === undefined || choices.includes(value as Choice)) return value as Choice | undefined;
    faults.push(fault("query.choice", { choices: choices.join(", "), path: `/${name}` }));
    return undefined;
  };
  const scope = choice("of", taskScopes) ?? "todo";
  const status = choice("status", ["active", ...taskStatuses, "all"] as const) ?? "active";
  const due = choice("due", taskDues);
  const limit = Number(given.limit ?? "50");
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMost)
    faults.push(fault("query.limit", { max: limitMost, path: "/limit" }));
  const after = given.cursor === undefined ? undefined : readCursor(given.cursor);
  if (given.cursor !== undefined && !after) faults.push(fault("cursor.stale", { path: "/cursor" }));
  if (given.record !== undefined && !isId(given.record))
    faults.push(fault("query.choice", { choices: "ids of records", path: "/record" }));
  refuse(faults);
  const statuses = { active: ["open", "claimed"], all: [] }[status as "active" | "all"] ?? [status];
  return { scope, statuses, due, record: given.record, after, limit, entity: given.entity };
}

function readCursor(text: string): { readonly due: string; readonly id: string } | undefined {
  const [due = "", id = ""] = text.split("~");
  return (due === "infinity" || isMoment(due)) && isId(id) ? { due, id } : undefined;
}

/** A page of the tasks that the reader may see, what is due soonest first. */
export async function listTasks(scene: ReadScene, asked: Asked): Promise<TaskPage> {
  const found = await readTasks(scene, { ...asked, limit: asked.limit + 1 });
  const items = found.slice(0, asked.limit);
  const last = items.at(-1);
  return { items, next: last && found.length > items.length ? `${last.due_at ?? "infinity"}~${last.id}` : null };
}

/** One task. Throws where the reader does not see its record. */
export async function readTask(scene: ReadScene, id: string): Promise<TaskTold> {
  const task = await findTask(scene, id);
  if (!task) throw problem("task.missing", {});
  return task;
}

/** One task, where the reader sees its record. */
export async function findTask(scene: ReadScene, id: string): Promise<TaskTold | undefined> {
  const one = { scope: "all", statuses: [], id, limit: 1, entity: undefined } as const;
  return isId(id) ? (await readTasks(scene, one))[0] : undefined;
}

async function readTasks(given: ReadScene, { entity, ...query }: Asked): Promise<readonly TaskTold[]> {
  const rights = (model: ReadScene["model"]) => accessFor(model, given.principal);
  const newest = given.workspace.model;
  return reading({ ...given, model: newest, access: rights(newest) }, rights, async (scene) => {
    const { model, access, principal } = scene;
    if (entity !== undefined && !access.entity(entity)) throw problem("entity.unknown", { entity, path: "/entity" });
    const names = new Set([...model.workflows.values()].map(({ meta }) => meta.entity));
    const entities = [...names].flatMap((name) =>
      access.entity(name) && (entity === undefined || entity === name) ? (model.entities.get(name) ?? []) : [],
    );
    if (entities.length === 0) return [];
    const rows = await rowsOf<TaskRow>(
      scene,
      tasksStatement(readerOf(scene), entities, { ...query, roles: principal.roles }),
    );
    return rows.map((row) => told(scene, row));
  });
}

function told({ model, access, principal }: ReadScene, { among, version, ...row }: TaskRow): TaskTold {
  const { status, assignee, claimed_by } = row;
  const standing = { status, assignee: assignee?.id ?? null, claimedBy: claimed_by?.id ?? null, among };
  const may = mayAct(standing, { id: principal.id, admin: access.admin });
  const known = may.length > 0 || [row.assignee, row.claimed_by, row.done_by].some((it) => it?.id === principal.id);
  const machine = machineOf(model, row.workflow, version);
  return {
    ...row,
    priority: priorities[row.priority] ?? "normal",
    may,
    ...(known || tellsAll(access, machine, row.invocation)
      ? {}
      : { title: titleOf(machine, row.invocation), description: null, form: null, output: null }),
  };
}

/** What a task says may hold what its record does not show to everybody. */
function tellsAll(access: Access, machine: Machine | undefined, invocation: string): boolean {
  if (access.admin) return true;
  if (!machine) return false;
  const input = stateInvoking(machine, invocation)?.invoke?.input;
  return machine.reads(input).every((path) => mayTell(access, path));
}

const titleOf = (machine: Machine | undefined, invocation: string) =>
  (machine && stateInvoking(machine, invocation)?.meta.title) ?? invocation;
