import { ownHeaders } from "../connection.ts";
import type { Repeats } from "../effect.ts";
import type { JsonSchema } from "../field-types/field-type.ts";
import { keepSchema, type ActionType } from "./action-type.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Headers = Readonly<Record<string, unknown>>;

interface Call {
  readonly method: Method;
  readonly url: string;
  readonly body?: unknown;
}

interface Params extends Call {
  readonly name?: string;
  readonly connection?: string;
  readonly headers?: Headers;
  readonly timeout?: string;
  readonly keep?: Readonly<Record<string, string>>;
  readonly repeats?: Repeats;
  readonly check?: string;
  readonly tries?: number;
  readonly undo?: Call;
}

const method: JsonSchema = { enum: ["GET", "POST", "PUT", "PATCH", "DELETE"] };
const url: JsonSchema = { type: "string", minLength: 1, maxLength: 2000 };
const call = { method, url, body: {} };

const notGiven = ownHeaders.flatMap((name) => [name, name.replaceAll(/\b[a-z]/g, (it) => it.toUpperCase())]);

/** What HTTP itself lets be repeated (RFC 9110, section 9.2.2). */
const repeatable: ReadonlySet<Method> = new Set(["GET", "PUT", "DELETE"]);

const repeatsOf = ({ method, repeats }: Pick<Call, "method"> & { readonly repeats?: Repeats | undefined }): Repeats =>
  repeats ?? (repeatable.has(method) ? "idempotent" : "unsafe");

/**
 * Asks another system over HTTP, by a connection whose secret goes along and whose address `url` is read against, or at
 * a whole address without a secret. The body travels as JSON. Its effect key goes along as `Idempotency-Key`; where the
 * other side does not know it, `repeats` says so: `check_then_act` with an address `check` that answers 2xx where it was
 * done and 404 where not, or `unsafe`. What the answer says is kept in the context, and `event.data.output` has it.
 */
export const httpCall: ActionType<Params> = {
  name: "http.call",
  label: "Call another system",
  icon: "globe",
  mode: "outbox",
  sends: true,
  repeats: repeatsOf,
  reads: (call) => call.method === "GET" && repeatsOf(call) === "idempotent",
  params: {
    type: "object",
    properties: {
      name: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
      connection: { type: "string", "x-document": "connection", "x-channel": "http" },
      ...call,
      headers: {
        type: "object",
        propertyNames: { pattern: "^[A-Za-z0-9-]{1,64}$", not: { enum: notGiven } },
      },
      timeout: { type: "string", format: "duration" },
      keep: keepSchema,
      repeats: { enum: ["idempotent", "check_then_act", "unsafe"] },
      check: url,
      tries: { type: "integer", minimum: 1, maximum: 20 },
      undo: { type: "object", properties: call, required: ["method", "url"], additionalProperties: false },
    },
    required: ["method", "url"],
    additionalProperties: false,
  },
  lacks: ({ repeats, check }) => (repeats === "check_then_act" && check === undefined ? "check" : undefined),
  effects: ({ name = null, keep, repeats, tries, undo, ...params }) => [
    {
      do: "http.call",
      name,
      repeats: repeatsOf({ repeats, ...params }),
      params,
      ...(keep ? { keep } : {}),
      ...(tries === undefined ? {} : { tries }),
      ...(undo ? { undo: { ...undo, connection: params.connection, headers: params.headers } } : {}),
    },
  ],
  examples: {
    valid: [
      { method: "GET", url: "https://example.com/rates", keep: { rate: "/usd" } },
      {
        method: "POST",
        url: "/orders",
        connection: "erp",
        repeats: "idempotent",
        undo: { method: "DELETE", url: "/orders/{/id}" },
      },
      { method: "POST", url: "/orders", repeats: "check_then_act", check: "/orders/1" },
    ],
    invalid: [
      {},
      { method: "FETCH", url: "/x" },
      { method: "GET", url: "" },
      { method: "GET", url: "/x", keep: { "9": "/a" } },
      { method: "POST", url: "/x", repeats: "check_then_act" },
      { method: "GET", url: "/x", headers: { Host: "elsewhere" } },
    ],
  },
};
