import { movesOf, placesOf, type JsonSchema } from "engine";
import type { Invocation, WorkflowDocument } from "schemas";
import { nameFor } from "../../design/entity.ts";
import { command, placeOf, takeMove, type Made } from "../tree.ts";
import { putMove } from "./moves.ts";

/**
 * Has a person do something while a record stands in a state. The ways out of the state stay as they are; but in a
 * journey, which nobody moves by hand, the one that waited for a person's event is taken when the task is done.
 */
export function addTask(document: WorkflowDocument, state: string, title: string): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, state)?.node;
    if (!node || node.invoke) return undefined;
    const taken = placesOf(draft).flatMap(({ node: it }) => it.invoke?.id ?? []);
    node.invoke = { id: nameFor(title, taken), src: "human.task", input: { title } };
    const [way, more] = movesOf(draft).filter(
      ({ from, event, transition }) =>
        from?.node === node && draft.meta.events[event ?? ""]?.source === "user" && transition.target !== undefined,
    );
    const onward = way && !more && draft.meta.kind === "journey" ? takeMove(draft, way.transition.meta.id) : undefined;
    if (onward) putMove(node, { invoked: "done" }, onward);
    return state;
  });
}

/** Changes what a state's invocation is given; what is undefined goes. */
export function setInput(document: WorkflowDocument, state: string, input: Readonly<Record<string, unknown>>): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, state)?.node;
    if (!node?.invoke) return undefined;
    const next = Object.entries({ ...node.invoke.input, ...input }).filter(([, value]) => value !== undefined);
    node.invoke = { ...node.invoke, input: Object.fromEntries(next) };
    return state;
  });
}

/** Takes away what a state invokes, and the ways that its end would have taken. */
export function removeInvocation(document: WorkflowDocument, state: string): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, state)?.node;
    if (!node) return undefined;
    delete node.invoke;
    return state;
  });
}

/** A question of a task's form. */
export interface Question {
  readonly name: string;
  readonly title: string;
  readonly kind: QuestionKind;
  readonly choices: readonly string[];
  readonly required: boolean;
}

export const questionKinds = ["text", "long", "number", "yes", "date", "choice"] as const;
export type QuestionKind = (typeof questionKinds)[number];

const shapes: Readonly<Record<QuestionKind, (choices: readonly string[]) => JsonSchema>> = {
  text: () => ({ type: "string" }),
  long: () => ({ type: "string", contentMediaType: "text/plain" }),
  number: () => ({ type: "number" }),
  yes: () => ({ type: "boolean" }),
  date: () => ({ type: "string", format: "date" }),
  choice: (choices) => ({ enum: [...choices] }),
};

/** The questions of a task's form, as far as rows can show them; nothing where the form holds more. */
export function questionsOf({ input }: Invocation): readonly Question[] | undefined {
  const form = (input?.form ?? { type: "object" }) as JsonSchema;
  const { properties = {}, required = [] } = form as {
    properties?: Readonly<Record<string, JsonSchema>>;
    required?: readonly string[];
  };
  const questions = Object.entries(properties).map(([name, schema]): Question | undefined => {
    const { title, ...shape } = schema;
    const choices = (Array.isArray(shape.enum) ? shape.enum : []).map(String);
    const kind = questionKinds.find((it) => JSON.stringify(shapes[it](choices)) === JSON.stringify(shape));
    return kind && { name, title: String(title ?? name), kind, choices, required: required.includes(name) };
  });
  const plain = Object.keys(form).every((it) =>
    ["type", "properties", "required", "additionalProperties"].includes(it),
  );
  return plain && questions.every((it) => it !== undefined) ? questions : undefined;
}

/** Asks these questions, in this order. */
export function setQuestions(document: WorkflowDocument, state: string, questions: readonly Question[]): Made {
  const properties = questions.map(({ name, title, kind, choices }) => [name, { title, ...shapes[kind](choices) }]);
  const required = questions.filter((it) => it.required).map(({ name }) => name);
  const form =
    questions.length === 0
      ? undefined
      : {
          type: "object",
          properties: Object.fromEntries(properties),
          ...(required.length > 0 ? { required } : {}),
          additionalProperties: false,
        };
  return setInput(document, state, { form });
}
