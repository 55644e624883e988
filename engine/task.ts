import type { ErrorObject } from "ajv/dist/2020.js";
import { newAjv, schemaFault, wanted } from "./ajv.ts";
import type { JsonSchema } from "./field-types/field-type.ts";
import { fault, type Fault } from "./problem.ts";
import type { Values } from "./values.ts";
import type { Invoked } from "./workflow/queued.ts";

/** How pressing a task is; the place in the list is what is kept. */
export const priorities = ["low", "normal", "high", "urgent"] as const;

/** A person's task as its workflow asks for it, before anybody has looked up whom it means. */
export interface TaskAsked {
  readonly invocation: string;
  readonly kind: "work" | "approval";
  readonly title: string;
  readonly description: string | null;
  /** What is answered: JSON Schema of an object. */
  readonly form: JsonSchema | null;
  readonly priority: number;
  readonly due: string | null;
  readonly assignee: string | null;
  readonly role: string | null;
  /** A queue by id or by name. */
  readonly queue: string | null;
}

/** What an invocation of a person's task asks for. What an expression gave in place of a text is left out. */
export function taskAsked({ id, input, due = null }: Invoked): TaskAsked {
  const given = (input ?? {}) as Readonly<Record<string, unknown>>;
  const { kind, title, form, priority } = given;
  const description = textOf(given.description, 4000);
  return {
    invocation: id,
    kind: kind === "approval" ? "approval" : "work",
    title: textOf(title, 200) ?? id,
    description,
    form: isForm(form) ? form : null,
    priority: Math.max(0, priorities.indexOf(String(priority ?? "normal") as (typeof priorities)[number])),
    due,
    assignee: idOf(given.assignee),
    role: textOf(given.role, 100),
    queue: idOf(given.queue),
  };
}

/** Whether a value is a JSON Schema of an object. */
function isForm(value: unknown): value is JsonSchema {
  if (typeof value !== "object" || value === null || (value as JsonSchema).type !== "object") return false;
  return schemaFault(value as JsonSchema) === undefined;
}

const textOf = (value: unknown, most: number): string | null =>
  typeof value === "string" && value !== "" ? value.slice(0, most) : null;

/** A record as expressions give one, or its id or name. */
function idOf(value: unknown): string | null {
  const { id } = typeof value === "object" && value !== null ? (value as { id?: unknown }) : { id: value };
  return textOf(id, 200);
}

/** What a task comes to, as its workflow reads it: the answers, `by` who did it, and `for` whom where in another's place. */
export function outputOf(values: Values, by: string | null, asker: string | null): Values {
  const { for: _, ...answers } = values;
  return { ...answers, by, ...(asker === by ? {} : { for: asker }) };
}

/** What every task comes to besides its answers: no question of a form is called so. */
export const ownOutputs = ["by", "for"];

/** What stands against the answers to a form, all of it. A task without a form takes none. */
export function answerFaults(form: JsonSchema | null, values: unknown): readonly Fault[] {
  const schema = form ?? { type: "object", maxProperties: 0 };
  const validate = newAjv({ known: true }).compile(schema);
  return validate(values) ? [] : (validate.errors ?? []).map((error) => answerFault(schema, error));
}

/** A fault stands at its field, be it that the field is missing. */
function answerFault(schema: JsonSchema, error: ErrorObject): Fault {
  const { keyword, instancePath, params } = error;
  const missing = keyword === "required" ? `/${String(params.missingProperty)}` : "";
  const path = `/values${instancePath}${missing}`;
  const name = path.split("/")[2];
  const known = (schema.properties ?? {}) as Readonly<Record<string, { readonly title?: string }>>;
  const title = name === undefined ? "The answer" : (known[name]?.title ?? name);
  return missing === ""
    ? fault("value.invalid", { title, wanted: keyword === "maxProperties" ? "takes no values" : wanted(error), path })
    : fault("value.missing", { title, path });
}

/** Where a task stands: nobody is at it, somebody is, it is done, or it is wanted no more. */
export type TaskStatus = "open" | "claimed" | "done" | "cancelled";
export const taskStatuses: readonly TaskStatus[] = ["open", "claimed", "done", "cancelled"];

/** A task as far as it says who may do what with it. */
export interface TaskStanding {
  readonly status: TaskStatus;
  readonly assignee: string | null;
  readonly claimedBy: string | null;
  /** Whether it waits for a role or a queue that whoever asks is of. */
  readonly among: boolean;
}

export const taskActs = ["claim", "release", "complete", "reassign"] as const;
export type TaskAct = (typeof taskActs)[number];

/**
 * What somebody may do with a task: one that was given to her she does; one of her role or queue she takes, does at once,
 * or lets go of again. Who may do it may give it to another; so may an admin, whoever it waits for.
 */
export function mayAct(task: TaskStanding, user: { readonly id: string; readonly admin: boolean }): readonly TaskAct[] {
  const { status, assignee, claimedBy, among } = task;
  if (status === "done" || status === "cancelled") return [];
  const hers = assignee === user.id || claimedBy === user.id;
  const free = among && claimedBy === null;
  const acts: Readonly<Record<TaskAct, boolean>> = {
    claim: free && !hers,
    release: claimedBy === user.id,
    complete: hers || free,
    reassign: hers || free || user.admin,
  };
  return taskActs.filter((act) => acts[act]);
}
