import { aggregateBody, facetsBody, type DescribedEntity, type JsonSchema } from "engine";
import type { Arguments, Tool } from "./tool.ts";

const text = (description: string): JsonSchema => ({ type: "string", minLength: 1, description });
const values = (description: string): JsonSchema => ({ type: "object", description });

const entity = text("The name of an entity, as describe_model has it.");
const id = text("The id of a record.");
const version = { type: "integer", minimum: 1, description: "The version of the record that you have read." };
const fields = text("Names of fields, separated by commas; all that you may read without it.");
const expand = text(
  "References to answer as records, separated by commas; `company.owner` for two hops, four at most.",
);
const filter = text("A condition in CEL over the fields of the entity, across references too.");
const sort = text("Names of fields, separated by commas; a minus before a name turns its order around.");

const input = (properties: Readonly<Record<string, JsonSchema>>, ...required: readonly string[]): JsonSchema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

const record = ({ entity, id }: Arguments) => `${entityAt({ entity })}/${encodeURIComponent(id)}`;
const entityAt = ({ entity }: Arguments) => `/api/records/${encodeURIComponent(entity)}`;
const match = ({ version }: Arguments) => ({ "if-match": `"${version}"` });

/** The arguments that a query of the API takes by the same names. */
function query(given: Arguments, ...names: readonly string[]): string {
  const asked = names.flatMap((name) => (given[name] === undefined ? [] : [[name, String(given[name])]]));
  return asked.length === 0 ? "" : `?${new URLSearchParams(asked).toString()}`;
}

/** What agents may do here, by name. */
export const tools: Readonly<Record<string, Tool>> = Object.fromEntries(
  (
    [
      {
        name: "describe_model",
        title: "Describe the model",
        description:
          "Which entities there are and what may be done with them; with `entity`, its fields, the lists of records that point at it, and its workflow with states and events. Begin here.",
        does: "reads",
        input: input({ entity }),
        ask: () => ({ method: "GET", path: "/api/model" }),
        tell: (model, given) => (given.entity === undefined ? outline(model) : detail(model, given.entity)),
      },
      {
        name: "search",
        title: "Search",
        description:
          "Finds records of all entities by the words that are written in them, in any order: entity, id and name of each.",
        does: "reads",
        input: input({ words: text("Words to look for; what stands in quotation marks is one.") }, "words"),
        ask: ({ words }) => ({ method: "GET", path: `/api/search?${new URLSearchParams({ q: words }).toString()}` }),
      },
      {
        name: "list_records",
        title: "List records",
        description:
          "A page of records of an entity: `items`, `next` (a cursor, null at the end) and, where asked for, `count`.",
        does: "reads",
        input: input(
          {
            entity,
            filter,
            sort,
            fields,
            expand,
            search: text("Words that a record must hold, each of them."),
            limit: { type: "integer", minimum: 1, maximum: 500, description: "Records on the page; 50 without it." },
            cursor: text("`next` of the page before."),
            count: { type: "string", enum: ["capped", "exact", "estimate"] },
          },
          "entity",
        ),
        ask: (given) => ({
          method: "GET",
          path:
            entityAt(given) + query(given, "filter", "sort", "fields", "expand", "search", "limit", "cursor", "count"),
        }),
      },
      {
        name: "get_record",
        title: "Read a record",
        description: "One record with its version.",
        does: "reads",
        input: input({ entity, id, fields, expand }, "entity", "id"),
        ask: (given) => ({ method: "GET", path: record(given) + query(given, "fields", "expand") }),
      },
      {
        name: "record_history",
        title: "Read the history of a record",
        description: "Who changed what of a record, and when; the newest first.",
        does: "reads",
        input: input({ entity, id, cursor: text("`next` of the page before.") }, "entity", "id"),
        ask: (given) => ({ method: "GET", path: `${record(given)}/history${query(given, "cursor")}` }),
      },
      {
        name: "aggregate_records",
        title: "Count and sum records",
        description:
          'Groups records and measures each group: `{"group": ["stage"], "measures": {"n": "count()", "won": "sum(amount)"}, "having": "n > 1", "totals": true}`. A group may be `{"field": "close_date", "by": "quarter"}`.',
        does: "reads",
        input: input({ entity, ...aggregateBody.properties }, "entity", "measures"),
        ask: ({ entity, ...body }) => ({ method: "POST", path: `${entityAt({ entity })}/aggregate`, body }),
      },
      {
        name: "count_values",
        title: "Count the values of fields",
        description:
          'Which values records have in some fields, and how many have each: `{"fields": ["industry", "owner.name"]}`. With `chosen`, each field is counted among the records that the others have left.',
        does: "reads",
        input: input({ entity, ...facetsBody.properties }, "entity", ...facetsBody.required),
        ask: ({ entity, ...body }) => ({ method: "POST", path: `${entityAt({ entity })}/facets`, body }),
      },
      {
        name: "create_records",
        title: "Create records",
        description: "Makes records, all of them or none, as one operation that can be undone.",
        does: "adds",
        input: input(
          { entity, records: { type: "array", minItems: 1, items: values("Values by the names of fields.") } },
          "entity",
          "records",
        ),
        ask: (given) => ({ method: "POST", path: entityAt(given), body: given.records }),
      },
      {
        name: "update_record",
        title: "Change a record",
        description: "Changes the fields that are given; null empties one. A state is moved by send_event instead.",
        does: "changes",
        input: input(
          { entity, id, version, values: values("New values by the names of fields.") },
          "entity",
          "id",
          "version",
          "values",
        ),
        ask: (given) => ({ method: "PATCH", path: record(given), body: given.values, headers: match(given) }),
      },
      {
        name: "trash_record",
        title: "Move a record to the trash",
        description: "Moves a record, and what goes along with it, to the trash; undo_operation brings it back.",
        does: "changes",
        input: input({ entity, id, version }, "entity", "id", "version"),
        ask: (given) => ({ method: "DELETE", path: record(given), headers: match(given) }),
      },
      {
        name: "list_events",
        title: "List the moves of a record",
        description:
          "The events that its workflow offers: whether you may send each, why not, and what its form asks for.",
        does: "reads",
        input: input({ entity, id }, "entity", "id"),
        ask: (given) => ({ method: "GET", path: `${record(given)}/events` }),
      },
      {
        name: "send_event",
        title: "Move a record",
        description: "Sends an event of its workflow to a record, with the values of the event's form.",
        does: "changes",
        input: input(
          {
            entity,
            id,
            type: text("The type of the event, `deal.win` for instance."),
            values: values("Values of the form."),
            data: { description: "The payload that the event declares." },
            run: text("The run that is meant, as list_events has it, where a record goes through several."),
          },
          "entity",
          "id",
          "type",
        ),
        ask: ({ type, values, data, run, ...at }) => ({
          method: "POST",
          path: `${record(at)}/events`,
          body: { type, values, data, run },
        }),
      },
      {
        name: "list_tasks",
        title: "List tasks",
        description:
          "Tasks that workflows have people do: yours and those you may take, what is due soonest first; `record` for those of one record. `form` is the JSON Schema of the answer.",
        does: "reads",
        input: input({
          of: { enum: ["todo", "mine", "open", "all"] },
          due: { enum: ["overdue", "day", "week"] },
          entity,
          record: id,
          cursor: text("`next` of the page before."),
        }),
        ask: (given) => ({
          method: "GET",
          path: `/api/tasks${query(given, "of", "due", "entity", "record", "cursor")}`,
        }),
      },
      {
        name: "complete_task",
        title: "Do a task",
        description: "Answers a task by the values of its form; its workflow goes on by them.",
        does: "changes",
        input: input({ id: text("The id of a task."), values: values("Answers by the names of the form.") }, "id"),
        ask: ({ id, values }) => ({
          method: "POST",
          path: `/api/tasks/${encodeURIComponent(id)}/complete`,
          body: { values },
        }),
      },
      {
        name: "who_sees_record",
        title: "Who sees a record",
        description:
          "Who sees a record and why; with `of`, what one person may do with it, with each field and event, and why not the rest.",
        does: "reads",
        input: input({ entity, id, of: text("The id of a user.") }, "entity", "id"),
        ask: (given) => ({ method: "GET", path: `${record(given)}/access${query(given, "of")}` }),
      },
      {
        name: "share_record",
        title: "Share a record",
        description:
          "Shares a record with a person or a team to be read or changed; without `level` it is shared with her no more. What is part of the record goes along.",
        does: "changes",
        input: input(
          { entity, id, with: text("The id of a user or a team."), level: { enum: ["read", "write"] } },
          "entity",
          "id",
          "with",
        ),
        ask: ({ with: grantee, level, ...at }) => ({
          method: level === undefined ? "DELETE" : "PUT",
          path: `${record(at)}/shares/${encodeURIComponent(grantee)}`,
          ...(level === undefined ? {} : { body: { level } }),
        }),
      },
      {
        name: "undo_operation",
        title: "Undo an operation",
        description: "Takes back what a write has done; records that were changed since are left alone and named.",
        does: "changes",
        input: input({ operation: text("The `operation` that a write answered.") }, "operation"),
        ask: ({ operation }) => ({ method: "POST", path: `/api/operations/${encodeURIComponent(operation)}/undo` }),
      },
    ] satisfies readonly Tool[]
  ).map((tool) => [tool.name, tool]),
);

interface Told {
  readonly entities: readonly DescribedEntity[];
  readonly workflows: readonly { readonly id: string; readonly meta: { readonly entity: string } }[];
  readonly workspace: object;
  readonly user: { readonly name: string; readonly roles: readonly string[] };
}

function outline({ entities, workspace, user }: Told) {
  return {
    workspace,
    you: { name: user.name, roles: user.roles },
    entities: entities.map(({ name, title, plural, rights, fields }) => ({
      name,
      title,
      plural,
      rights: Object.entries(rights).flatMap(([right, given]) => (given ? [right] : [])),
      fields: fields.filter(({ system }) => !system).map((field) => field.name),
    })),
  };
}

/** Nothing where the caller may know of no such entity. */
function detail({ entities, workflows }: Told, name: string) {
  const entity = entities.find((it) => it.name === name);
  return entity && { entity, workflows: workflows.filter(({ meta }) => meta.entity === name) };
}
