import { schemaFault } from "../ajv.ts";
import type { JsonSchema } from "../field-types/field-type.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { ownOutputs } from "../task.ts";
import { isExpression } from "../values.ts";
import type { Invoking, InvocationType } from "./invocation-type.ts";

/**
 * A person does or decides something. `form` is a JSON Schema of what they answer; `due` an ISO 8601 duration from the
 * moment of the step, or a wait of the workflow: one by business hours or by a clock for instance. One of `assignee`,
 * `role` and `queue` says who does it; without any, the owner of the record.
 */
export const humanTask: InvocationType = {
  name: "human.task",
  label: "A task for a person",
  icon: "user",
  input: {
    type: "object",
    properties: {
      kind: { enum: ["work", "approval"], default: "work" },
      title: { type: "string", minLength: 1, maxLength: 200 },
      description: { type: "string", maxLength: 4000 },
      assignee: { type: "string", "x-field": ["user"] },
      role: { type: "string", minLength: 1 },
      queue: { type: "string", minLength: 1 },
      form: { type: "object" },
      due: {
        anyOf: [
          { type: "string", format: "duration" },
          {
            type: "object",
            properties: { delay: { type: "string" } },
            required: ["delay"],
            additionalProperties: false,
          },
        ],
      },
      priority: { enum: ["low", "normal", "high", "urgent"], default: "normal" },
    },
    required: ["title"],
    additionalProperties: false,
  },
  examples: {
    valid: [
      { title: "Look it over", role: "manager", due: "P2D" },
      { kind: "approval", title: "May it go?", form: { type: "object" }, due: { delay: "answer" }, priority: "high" },
    ],
    invalid: [{}, { title: "" }, { title: "x", due: "soon" }, { title: "x", due: {} }, { title: "x", kind: "wish" }],
  },
  faults: (invoking) => [...doers(invoking), ...formFaults(invoking), ...dueFaults(invoking)],
};

const wanting = (wanted: string, path: string, hint?: string): Fault =>
  fault("workflow.invoke", { wanted, path, ...(hint === undefined ? {} : { hint }) });

function doers({ input, model, path }: Invoking): readonly Fault[] {
  const named = ["assignee", "role", "queue"].filter((name) => input[name] !== undefined);
  const { role } = input;
  const roles = ["admin", ...model.roles.keys()];
  return [
    ...named.slice(1).map((name) => wanting("one who does it: a person, a role or a queue", `${path}/${name}`)),
    ...(typeof role === "string" && !roles.includes(role)
      ? [wanting(`a role that there is, which "${role}" is not`, `${path}/role`, nearest(role, roles))]
      : []),
  ];
}

/** A form is a JSON Schema of an object; where an expression stands in it, it is known at the step alone. */
function formFaults({ input: { form }, path }: Invoking): readonly Fault[] {
  if (typeof form !== "object" || form === null || isExpression(form)) return [];
  const at = `${path}/form`;
  if ((form as { type?: unknown }).type !== "object") return [wanting("a form that is of an object", at)];
  const named = Object.keys((form as { properties?: object }).properties ?? {}).filter((it) => ownOutputs.includes(it));
  if (named.length > 0)
    return named.map((it) =>
      wanting(`another name of a question: "${it}" tells who did the task`, `${at}/properties/${it}`),
    );
  const fault = schemaFault(withoutExpressions(form) as JsonSchema);
  return fault === undefined ? [] : [wanting(`a form that is a JSON Schema: ${fault}`, at)];
}

function withoutExpressions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExpressions);
  if (typeof value !== "object" || value === null) return value;
  const plain = Object.entries(value).filter(([, it]) => !isExpression(it));
  return Object.fromEntries(plain.map(([name, it]) => [name, withoutExpressions(it)]));
}

function dueFaults({ input: { due }, document, path }: Invoking): readonly Fault[] {
  const { delay } = typeof due === "object" && due !== null ? (due as { delay?: unknown }) : {};
  const delays = Object.keys(document.meta.delays ?? {});
  if (typeof delay !== "string" || delays.includes(delay)) return [];
  const wanted = `a wait of the workflow, which "${delay}" is not`;
  return [wanting(wanted, `${path}/due/delay`, nearest(delay, delays))];
}
