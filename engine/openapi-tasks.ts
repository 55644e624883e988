import { failure, json, once, orNull, query, ref } from "./openapi-parts.ts";
import { priorities, taskActs, taskStatuses } from "./task.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const moment = { type: "string", format: "date-time" };
const object = { type: "object", additionalProperties: true };
const person = orNull({ type: "object", properties: { id, name: text }, required: ["id", "name"] });
const tags = ["Workspace"];

/** A person's task as the interface tells it. */
export const taskSchema = {
  type: "object",
  properties: {
    id,
    title: text,
    description: orNull(text),
    kind: { enum: ["work", "approval"] },
    priority: { enum: [...priorities] },
    status: { enum: [...taskStatuses] },
    due_at: orNull(moment),
    assignee: person,
    role: orNull(text),
    queue: person,
    claimed_by: person,
    form: orNull({ ...object, description: "What is answered: a JSON Schema." }),
    entity: text,
    record: id,
    record_name: orNull(text),
    workflow: text,
    invocation: text,
    at: moment,
    ended_at: orNull(moment),
    output: orNull(object),
    done_by: person,
    done_for: person,
    may: { type: "array", items: { enum: [...taskActs] }, description: "What you may do with it." },
  },
  required: ["id", "title", "status", "entity", "record", "may"],
};

const one = { 200: { description: "The task as it is now", ...json(ref("WorkflowTask")) }, ...failure };
const act = (name: string, summary: string, body?: object) => ({
  parameters: [{ name: "id", in: "path", required: true, schema: id }],
  post: {
    tags,
    operationId: `${name}_workflow_task`,
    summary,
    parameters: [once],
    ...(body ? { requestBody: { required: true, ...json(body) } } : {}),
    responses: one,
  },
});

/** What runs of workflows have people do. */
export const taskPaths = {
  "/api/tasks": {
    get: {
      tags,
      operationId: "list_workflow_tasks",
      summary: "Tasks of records that you see, what is due soonest first",
      parameters: [
        query("of", "Yours and those you may take (`todo`), yours, those you may take, all.", {
          enum: ["todo", "mine", "open", "all"],
          default: "todo",
        }),
        query("status", "What is still to be done (`active`) without it.", {
          enum: ["active", ...taskStatuses, "all"],
        }),
        query("due", "Past its moment, within a day, within a week.", { enum: ["overdue", "day", "week"] }),
        query("entity", "Of records of this entity."),
        query("record", "Of this record.", id),
        query("limit", "How many at most.", { type: "integer", minimum: 1, maximum: 200, default: 50 }),
        query("cursor", "Where the page before ended."),
      ],
      responses: {
        200: {
          description: "A page of tasks",
          ...json({
            type: "object",
            properties: { items: { type: "array", items: ref("WorkflowTask") }, next: orNull(text) },
            required: ["items", "next"],
          }),
        },
        ...failure,
      },
    },
  },
  "/api/tasks/{id}": {
    parameters: [{ name: "id", in: "path", required: true, schema: id }],
    get: { tags, operationId: "get_workflow_task", summary: "One task with its form", responses: one },
  },
  "/api/tasks/{id}/claim": act("claim", "Take a task of your role or queue; of several one has it"),
  "/api/tasks/{id}/release": act("release", "Let a task go that you have taken"),
  "/api/tasks/{id}/reassign": act("reassign", "Give a task to a person, a role or a queue", {
    type: "object",
    properties: { assignee: id, role: text, queue: id },
    additionalProperties: false,
  }),
  "/api/tasks/{id}/complete": act("complete", "Do a task; its run goes on by what you answer", {
    type: "object",
    properties: { values: { ...object, description: "The answers to its form." } },
    additionalProperties: false,
  }),
};
