import { misfits, problem } from "engine";
import type { Arguments, Asked, Tool } from "./tool.ts";
import { tools } from "./tools.ts";

/** The versions of the Model Context Protocol that are spoken here, the newest first. */
export const protocolVersions = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;

/** A message of JSON-RPC 2.0. What has no id wants no answer. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Who asks: how her requests reach the API, and the entities that she may know. */
export interface Caller {
  readonly ask: (asked: Asked) => Promise<Response>;
  readonly entities: readonly string[];
}

const about = `Records of a CRM whose entities, fields and workflows are described by describe_model. What you see and may do is what the person whose key you use may. Every write is one operation; undo_operation takes it back. A state field moves by events alone: list_events says which are legal for a record, send_event sends one.`;

/** Reads one message; several at once are no longer part of the protocol. */
export function readMessage(given: unknown): Message {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw problem("mcp.malformed", { wanted: "one message of JSON-RPC 2.0" });
  const { jsonrpc, id, method, params = {}, ...rest } = given as Record<string, unknown>;
  if (jsonrpc !== "2.0") throw problem("mcp.malformed", { wanted: '"2.0" as jsonrpc', path: "/jsonrpc" });
  if (id !== undefined && typeof id !== "string" && typeof id !== "number")
    throw problem("mcp.malformed", { wanted: "a text or a number as id", path: "/id" });
  const isAnswer = method === undefined && ("result" in rest || "error" in rest);
  if (!isAnswer && typeof method !== "string")
    throw problem("mcp.malformed", { wanted: "the name of a method", path: "/method" });
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw problem("mcp.malformed", { wanted: "an object as params", path: "/params" });
  return {
    ...(id === undefined || isAnswer ? {} : { id }),
    ...(isAnswer ? {} : { method: method as string }),
    params: params as Record<string, unknown>,
  };
}

/** The answer to a message that wants one. */
export async function answerTo(message: Message, caller: Caller): Promise<object> {
  const { id, method = "", params } = message;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  const failed = (code: number, text: string) => ({ jsonrpc: "2.0", id, error: { code, message: text } });
  if (!handler) return failed(-32601, `There is no method "${method.slice(0, 80)}".`);
  const result = await handler(params, caller);
  return typeof result === "string" ? failed(-32602, result) : { jsonrpc: "2.0", id, result };
}

/** A text says what is wrong with the parameters. */
type Handler = (params: Message["params"], caller: Caller) => Promise<object | string>;

const methods: Readonly<Record<string, Handler>> = {
  initialize: async ({ protocolVersion }) => ({
    protocolVersion: protocolVersions.find((it) => it === protocolVersion) ?? protocolVersions[0],
    capabilities: { tools: {}, resources: {} },
    serverInfo: { name: "trellis", title: "Trellis", version: "1" },
    instructions: about,
  }),
  ping: async () => ({}),
  "tools/list": async (_, { entities }) => ({ tools: Object.values(tools).map((tool) => listed(tool, entities)) }),
  "tools/call": async ({ name, arguments: given = {} }, caller) => {
    const tool = typeof name === "string" && Object.hasOwn(tools, name) ? tools[name] : undefined;
    if (!tool) return `There is no tool "${String(name).slice(0, 80)}".`;
    const faults = misfits(tool.input, given);
    if (faults.length > 0) return told(faults.join("\n"), true);
    return call(tool, given as Arguments, caller);
  },
  "resources/list": async (_, { entities }) => ({
    resources: [
      resource(modelUri, "model", "Which entities there are and what may be done with them."),
      ...entities.map((it) => resource(`${modelUri}/${it}`, it, `The fields, lists and workflows of ${it}.`)),
    ],
  }),
  "resources/templates/list": async () => ({ resourceTemplates: [] }),
  "resources/read": async ({ uri }, caller) => readResource(String(uri), caller),
};

/** The model as resources: all of it in outline, and each entity whole. What they say is what `describe_model` says. */
const modelUri = "trellis://model";

const resource = (uri: string, name: string, description: string) => ({
  uri,
  name,
  description,
  mimeType: "application/json",
});

async function readResource(uri: string, caller: Caller): Promise<object | string> {
  const entity = uri === modelUri ? undefined : caller.entities.find((it) => uri === `${modelUri}/${it}`);
  if (uri !== modelUri && entity === undefined) return `There is no resource "${uri.slice(0, 80)}".`;
  const { content } = await call(tools.describe_model!, entity === undefined ? {} : { entity }, caller);
  return { contents: content.map(({ text }) => ({ uri, mimeType: "application/json", text })) };
}

function listed({ name, title, description, input, does }: Tool, entities: readonly string[]) {
  const { entity, ...others } = input.properties as Record<string, object>;
  const properties = entity ? { entity: { ...entity, enum: entities }, ...others } : others;
  const annotations = {
    title,
    readOnlyHint: does === "reads",
    destructiveHint: does === "changes",
    openWorldHint: false,
  };
  return { name, title, description, inputSchema: { ...input, properties }, annotations };
}

/** What the API says, refusals too: an agent mends its request by them. */
async function call(tool: Tool, given: Arguments, { ask }: Caller): Promise<Told> {
  const response = await ask(tool.ask(given));
  const text = await response.text();
  if (!response.ok) return told(text, true);
  const answer: unknown = text === "" ? null : JSON.parse(text);
  const shown = tool.tell ? tool.tell(answer, given) : answer;
  if (shown === undefined) return told(`There is no "${String(given.entity)}" that you may read.`, true);
  const operation = response.headers.get("trellis-operation");
  return told(JSON.stringify(operation === null ? shown : { operation, result: shown }), false);
}

interface Told {
  readonly content: readonly { readonly type: "text"; readonly text: string }[];
  readonly isError: boolean;
}

function told(text: string, isError: boolean): Told {
  return { content: [{ type: "text", text }], isError };
}
