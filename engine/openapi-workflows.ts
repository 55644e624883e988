import { failure, json, orNull, query, type Part } from "./openapi-parts.ts";

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

const any: Part = {};
const list = (items: Part, description?: string): Part => ({
  type: "array",
  items,
  ...(description === undefined ? {} : { description }),
});
const values = by("By the names of fields.", any);
const document = { type: "object", additionalProperties: true, description: "A draft; without it, what is live." };

const times = { mean: number, median: number, p90: number };
const map = object({
  ...{ cases: count, events: count },
  nodes: list(object({ name: text, count, cases: count, starts: count, ends: count })),
  edges: list(
    object({ from: text, to: text, count, cases: count, ...times }),
    "What directly follows what; in seconds.",
  ),
  variants: { ...count, description: "How many ways there were." },
  ways: list(object({ trace: list(text), count }), "The most frequent of them."),
  throughput: orNull(object({ ...times, min: number, p25: number, p75: number, max: number })),
});

const mails = object({
  ...{ accepted: count, suppressed: count, rejected: count, bounced: count },
  ...{ opened: count, clicked: count, robots: count, unsubscribed: count },
});
const runCounts = object({
  runs,
  mails: by("By the names of messages.", mails),
  states: by("By key.", object({ count, entered: count, left: count, spent_ms: orNull(number) })),
  transitions: by("By `meta.id`.", object({ count, percent: orNull(number) })),
});

const ground = object({
  text: orNull(text),
  holds: { type: "boolean" },
  values: list(object({ title: text, value: any })),
});
const reason = object({
  ...{ transition: text, title: orNull(text), by: { enum: ["event", "wait", "end", "itself"] }, key: text, name: text },
  ...{ from: orNull(text), to: orNull(text), open: { type: "boolean" }, grounds: list(ground) },
});
const playedStep = object({
  at: moment,
  cause: object({ kind: { enum: ["begin", "event", "wait", "end"] }, name: text, title: text }),
  ...{ from: orNull(text), to: text },
  taken: list(object({ id: text, title: orNull(text) })),
  passage: object({ entered: list(text), left: list(text), whole: list(text) }),
  effects: list({ type: "object", additionalProperties: true }, "What would go out or be written; nothing of it does."),
  refused: { ...orNull(text), description: "Why it was not taken." },
  why: list(reason),
});
const played = object({
  ...{ now: moment, record: values, state: text, value: any, context: values, status: text },
  timers: list(object({ name: text, due: moment })),
  steps: list(playedStep),
  running: list(object({ id: text, src: text })),
  reasons: list(reason, "Every way out of where it stands, and why it is open or not."),
});
const script = list(
  {
    oneOf: [
      object({ send: text, data: any, values }, ["send"]),
      object({ wait: { ...text, description: "A span in ISO 8601." } }),
      object({ change: values }),
      object({ end: { ...text, description: "An invocation." }, output: any, error: any }, ["end"]),
    ],
  },
  "What is done to the case, one thing after the other.",
);

const question = {
  oneOf: [
    object({ of: { const: "record" }, entity: text, id: text }),
    object({ of: { const: "list" }, entity: text, reference: text, id: text }),
    object({ of: { const: "mail" }, message: text, id: text }),
    object({ of: { const: "ask" }, ask: { type: "object", additionalProperties: true } }),
  ],
};

const logged = object({ case: text, activity: text, at: moment, resource: text }, ["case", "activity", "at"]);
const deviation = object({ case: text, at: count, activity: text, state: text, why: text });
const heldAgainst = object({
  map,
  conformance: object({
    ...{ cases: count, fitting: count, taken: count, events: count },
    deviations: list(deviation, "The first of all cases that part with the workflow, one by one."),
    partings: list(
      object({ state: text, activity: text, why: text, cases: count }),
      "Where cases part with the workflow, the most frequent first.",
    ),
    ways: { ...count, description: "In how many ways they do; not all may be told." },
  }),
  resources: list(object({ name: text, events: count, cases: count })),
  proposal: { type: "object", additionalProperties: true, description: "A workflow that takes the whole log." },
});

const tally = object({
  cases: count,
  entered: counts("How often each state was entered."),
  standing: counts("In which state cases stand at the end."),
  effects: counts("What would have gone out or been made."),
  waits: counts("Waits that were over."),
  breaches: { ...count, description: "Whole budgets of clocks that were used up." },
  refused: counts("Events of the past that were not taken."),
});
const backtested = object({ since: moment, until: moment, live: tally, draft: orNull(tally) });
const background = { type: "boolean", default: false, description: "As a job, however few they are." };
const byJob = {
  202: { description: "A job works it out: its operation holds it as `detail.result`", ...json(queued) },
};

interface Question {
  readonly body?: Part;
  readonly parameter?: Part;
  readonly later?: object;
}

/** Something that is asked of a workflow, or of all of them. */
function asked(
  operationId: string,
  summary: string,
  answer: Part,
  { body, parameter, later = {} }: Question = {},
): Part {
  return {
    tags: ["Workspace"],
    operationId,
    summary,
    ...(parameter ? { parameters: [parameter] } : {}),
    ...(body ? { requestBody: { required: true, ...json(body) } } : {}),
    responses: { 200: { description: "What it came to", ...json(answer) }, ...later, ...failure },
  };
}
const ofOne = { parameters: [{ name: "id", in: "path", required: true, schema: text }] };

/** What whoever sees where records stand asks of workflows. */
export const workflowPaths: Part = {
  "/api/workflows/{id}/map": {
    ...ofOne,
    get: asked("process_map", "What the runs of a workflow did, over the records that the reader sees", map, {
      parameter: query("since", "Only what happened within these days, `P90D` for instance."),
    }),
  },
};

/** What admins ask of workflows. */
export const workflowAdminPaths: Part = {
  "/api/workflows/{id}/counts": {
    ...ofOne,
    get: asked("run_counts", "How many runs stand where, and how they came there, as counters have it", runCounts),
  },
  "/api/workflows/{id}/simulate": {
    ...ofOne,
    post: asked("simulate_case", "Plays one case by a virtual clock; nothing is stored, nothing is sent", played, {
      body: object(
        {
          document,
          record: { ...values, description: "Whom the case is of; nobody there is asked for more." },
          state: { ...text, description: "Where it is put, as an import would; else it begins." },
          now: moment,
          script,
        },
        [],
      ),
    }),
  },
  "/api/workflows/known": {
    post: asked(
      "known_to_cases",
      "What cases that are played would find in other records as they stand",
      object({ answers: list(object({ value: any }, []), "In the order of the questions.") }),
      { body: object({ questions: list(question) }) },
    ),
  },
  "/api/workflows/{id}/conformance": {
    ...ofOne,
    post: asked(
      "hold_log_against",
      "Holds a log from elsewhere against a workflow; nothing of it is kept",
      heldAgainst,
      {
        body: object({ events: { ...list(logged), maxItems: 50_000 } }),
      },
    ),
  },
  "/api/workflows/{id}/backtest": {
    ...ofOne,
    post: asked(
      "backtest",
      "What the past of all runs would have come to, by the workflow that is live and by a draft of it",
      backtested,
      { body: object({ since: { ...text, default: "P90D" }, document, background }, []), later: byJob },
    ),
  },
  "/api/workflows/{id}/dry-run": {
    ...ofOne,
    post: asked(
      "dry_run",
      "What a workflow would come to over many records, each played as a fresh case by a virtual clock; nothing is stored, nothing is sent",
      dryRun,
      {
        body: object(
          {
            document,
            filter: { ...text, description: "A condition in CEL: these records begin, whoever they are." },
            segment: {
              ...text,
              description:
                "Its members begin. Without a filter and a segment those do on which the workflow itself would begin.",
            },
            from: { ...moment, description: "When they begin; now where it is left out." },
            span: { ...text, default: "P90D", description: "How long they are played, in ISO 8601: a year at most." },
            background,
          },
          [],
        ),
        later: byJob,
      },
    ),
  },
};
