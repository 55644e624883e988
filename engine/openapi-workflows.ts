import { failure, json, orNull, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const number = { type: "number" };
const count = { type: "integer" };
const moment = { type: "string", format: "date-time" };
const object = (properties: Part, required: readonly string[] = Object.keys(properties)): Part => ({
  type: "object",
  properties,
  required,
});
const counts = (description: string): Part => ({ type: "object", additionalProperties: count, description });
const by = (what: string, schema: Part): Part => ({ type: "object", additionalProperties: schema, description: what });

const stay = object({ count, mean_ms: number, median_ms: number });
const state = object({ count, entered: count, left: count, spent_ms: orNull(number), stay: orNull(stay) });
const left = object({ event: orNull(text), title: orNull(text), count });
const runs = object({
  ...{ begun: count, active: count, done: count, goal: count },
  ...{ left: { type: "array", items: left }, stopped: count, conversion: orNull(number) },
});
const dryRun = object({
  since: moment,
  until: moment,
  records: { ...count, description: "Looked at." },
  cases: { ...count, description: "Begun." },
  barred: counts("Had what the workflow is for already (`goal`), or are of those who leave it (`exit`)."),
  runs,
  states: by("By key. `stay` is of those that have left.", state),
  transitions: by("By `meta.id`.", object({ count, percent: orNull(number) })),
  effects: counts("What would have gone out or been made: `notify`, `record.create call`, `message.send welcome`."),
  capped: counts("What caps would have left out."),
  gates: by(
    "What gates would make of mails, by the keys of the states at which they are sent.",
    object({
      sent: { ...count, description: "Would go, at once or later." },
      later: counts("How many of these would wait, by the gate: `quiet`, `cap`."),
      never: counts("How many would not go, by the gate: `suppressed`, `consent.none`, `missing` and the like."),
    }),
  ),
  waits: counts("Waits that were over."),
  refused: counts("Moves that could not be made."),
  assumed: object({
    events: { type: "array", items: text, description: "Nobody has sent them." },
    invocations: { type: "array", items: text, description: "Nothing of it has ended." },
  }),
});
const queued = object({ operation: { ...text, format: "uuid" }, runs: count });

/** What admins ask of workflows. */
export const workflowAdminPaths: Part = {
  "/api/workflows/{id}/dry-run": {
    post: {
      tags: ["Workspace"],
      operationId: "dry_run",
      summary:
        "What a workflow would come to over many records, each played as a fresh case by a virtual clock; nothing is stored, nothing is sent",
      parameters: [{ name: "id", in: "path", required: true, schema: text }],
      requestBody: {
        required: true,
        ...json(
          object(
            {
              document: {
                type: "object",
                additionalProperties: true,
                description: "A draft; without it, what is live.",
              },
              filter: { ...text, description: "A condition in CEL: these records begin, whoever they are." },
              segment: {
                ...text,
                description:
                  "Its members begin. Without a filter and a segment those do on which the workflow itself would begin.",
              },
              from: { ...moment, description: "When they begin; now where it is left out." },
              span: { ...text, default: "P90D", description: "How long they are played, in ISO 8601: a year at most." },
              background: { type: "boolean", default: false, description: "As a job, however few they are." },
            },
            [],
          ),
        ),
      },
      responses: {
        200: { description: "What it came to", ...json(dryRun) },
        202: { description: "A job works it out: its operation holds it as `detail.result`", ...json(queued) },
        ...failure,
      },
    },
  },
};
