import type { JsonSchema } from "engine";

/** What a tool was given; it holds against the tool's `input`. */
export type Arguments = Readonly<Record<string, any>>;

/** A request to our own API. */
export interface Asked {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Something that an agent may do. It is a request to the API, so its rights, its checks and its limits are those of
 * everybody else who asks; nothing is done beside it.
 */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: JsonSchema;
  /** What it does to records. */
  readonly does: "reads" | "adds" | "changes";
  readonly ask: (given: Arguments) => Asked;
  /** What is told of the answer, where that is not all of it. */
  readonly tell?: (answer: any, given: Arguments) => unknown;
}
