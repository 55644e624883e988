import type { DescribedField, JsonSchema, priorities, TaskAct, TaskStatus } from "engine";

interface Person {
  readonly id: string;
  readonly name: string;
}

/** A task that a workflow has somebody do, as the server tells it. */
export interface Task {
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
  readonly form: JsonSchema | null;
  readonly entity: string;
  readonly record: string;
  readonly record_name: string | null;
  readonly may: readonly TaskAct[];
}

export interface TaskPage {
  readonly items: readonly Task[];
  readonly next: string | null;
}

/** Whether a task wanted to be done before now. */
export const overdue = ({ due_at }: Task, now: number) => due_at !== null && Date.parse(due_at) < now;

const dayMs = 86_400_000;

/** The shelves of a list: what is late, what is due within a day and a week, the rest. */
export const shelves = ["overdue", "day", "week", "later", "undated"] as const;
export type Shelf = (typeof shelves)[number];

/** The shelf on which a task lies. */
export function shelfOf({ due_at }: Task, now: number): Shelf {
  if (due_at === null) return "undated";
  const left = Date.parse(due_at) - now;
  return left < 0 ? "overdue" : left <= dayMs ? "day" : left <= 7 * dayMs ? "week" : "later";
}

/** Who has a task, or whom it waits for. */
export const doerOf = ({ claimed_by, assignee, queue, role }: Task) =>
  claimed_by?.name ?? assignee?.name ?? queue?.name ?? role ?? "";

/** The fields of an answer, as the widgets of records take them. */
export function answerFields(form: JsonSchema | null): readonly DescribedField[] {
  const required = (form?.required ?? []) as readonly string[];
  return Object.entries((form?.properties ?? {}) as Readonly<Record<string, JsonSchema>>).map(([name, schema]) => ({
    ...shapeOf(schema),
    name,
    title: String(schema.title ?? name),
    ...(schema.description === undefined ? {} : { description: String(schema.description) }),
    required: required.includes(name),
    readOnly: false,
    writable: true,
    system: false,
    targets: [],
  }));
}

function shapeOf(schema: JsonSchema): Pick<DescribedField, "field" | "widget" | "choices"> {
  const of = (name: string) => ({ field: name, widget: name });
  const choices = choicesIn(schema);
  if (choices) return { ...of("select"), choices };
  const many = schema.type === "array" ? choicesIn((schema.items ?? {}) as JsonSchema) : undefined;
  if (many) return { ...of("multi_select"), choices: many };
  if (schema.type === "boolean") return of("boolean");
  if (schema.type === "integer") return of("integer");
  if (schema.type === "number") return of("decimal");
  if (schema.format === "date") return of("date");
  if (schema.format === "date-time") return of("date_time");
  return of(schema.contentMediaType === undefined ? "text" : "long_text");
}

function choicesIn(schema: JsonSchema): DescribedField["choices"] | undefined {
  const titled = (schema.oneOf ?? []) as readonly { readonly const?: unknown; readonly title?: string }[];
  if (titled.length > 0 && titled.every((it) => "const" in it))
    return titled.map((it) => ({ value: String(it.const), title: it.title ?? String(it.const) }));
  const values = schema.enum as readonly unknown[] | undefined;
  return values?.map((value) => ({ value: String(value), title: String(value) }));
}

/** What was entered, as the form wants it: numbers as numbers, and nothing for what was left empty. */
export function answersOf(fields: readonly DescribedField[], entered: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    fields.flatMap(({ name, field }) => {
      const value = entered[name] ?? null;
      if (value === null || value === "") return [];
      const number = field === "decimal" || field === "integer" ? Number(value) : undefined;
      return [[name, number === undefined || Number.isNaN(number) ? value : number]];
    }),
  );
}
