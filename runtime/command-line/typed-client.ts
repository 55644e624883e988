interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
}

interface Transition {
  readonly target?: string;
}

interface Node {
  readonly states?: Readonly<Record<string, Node>>;
  readonly on?: Readonly<Record<string, readonly Transition[]>>;
}

interface Described {
  readonly version: number;
  readonly entities: readonly {
    readonly name: string;
    readonly title: string;
    readonly fields: readonly { readonly field: string; readonly workflow?: string }[];
  }[];
  readonly workflows: readonly (Node & { readonly id: string })[];
}

/**
 * A client of one file for a workspace as its OpenAPI description and its model have it: types of records, of what can be
 * written and sent, the events that are legal in each state, and functions that ask the server.
 */
export function clientText(description: { components: { schemas: Record<string, Schema> } }, model: Described): string {
  const { schemas } = description.components;
  const types = Object.entries(schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  const entities = model.entities.filter(({ name }) => schemas[pascal(name)]);
  const clients = entities.map(
    ({ name }) => `  readonly ${JSON.stringify(name)}: ${entityType(schemas, pascal(name))};`,
  );
  const legal = entities.flatMap(({ name, fields }) => {
    const id = fields.find(({ field, workflow }) => field === "state" && workflow !== undefined)?.workflow;
    const workflow = model.workflows.find((it) => it.id === id);
    const states = workflow ? legalIn(workflow, []) : [];
    return states.length === 0 ? [] : [`  ${JSON.stringify(name)}: {\n${states.join("\n")}\n  },`];
  });
  return [
    `// Written by "trellis types" from version ${model.version} of the workspace. Write it again when that changes.`,
    ...types,
    "/** The events that are drawn from each state, by entity; guards and rights are asked of the server: `events(id)`. */",
    `export const legalEvents = {\n${legal.join("\n")}\n} as const;\n`,
    `export interface Workspace {\n${clients.join("\n")}\n}\n`,
    runtimeText(entities.map(({ name }) => name)),
  ].join("\n");
}

const pascal = (name: string) => name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase());

function entityType(schemas: Readonly<Record<string, Schema>>, name: string): string {
  const or = (suffix: string) => (schemas[`${name}${suffix}`] ? `${name}${suffix}` : "never");
  return `Entity<${name}, ${or("New")}, ${or("Patch")}, ${or("Event")}>`;
}

/** The events from a state, its own and those of the states around it. */
function legalIn(node: Node, around: readonly string[]): readonly string[] {
  return Object.entries(node.states ?? {}).flatMap(([key, state]) => {
    const events = [...Object.keys(state.on ?? {}), ...around];
    if (state.states) return legalIn(state, events);
    return [`    ${JSON.stringify(key)}: ${JSON.stringify([...new Set(events)])},`];
  });
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "unknown";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((it) => JSON.stringify(it)).join(" | ") || "never";
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(typeOf))].join(" | ") || "never";
  const named = Array.isArray(schema.type) ? (schema.type as readonly string[]) : [schema.type];
  return named.map((type) => simple(type as string | undefined, schema)).join(" | ");
}

function simple(type: string | undefined, schema: Schema): string {
  if (type === "string" || type === "boolean" || type === "null") return type;
  if (type === "integer" || type === "number") return "number";
  if (type === "array") return `readonly (${schema.items ? typeOf(schema.items) : "unknown"})[]`;
  if (type !== "object") return "unknown";
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0)
    return schema.additionalProperties === false ? "Record<string, never>" : "Record<string, unknown>";
  const members = properties.map(([name, it]) => {
    const optional = schema.required?.includes(name) ? "" : "?";
    return `${JSON.stringify(name)}${optional}: ${typeOf(it)};`;
  });
  return `{ ${members.join(" ")} }`;
}

/** The part of the client that is the same for every workspace. */
function runtimeText(names: readonly string[]): string {
  return `export interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
}

export interface Asked {
  readonly filter?: string;
  readonly sort?: string;
  readonly search?: string;
  readonly expand?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Entity<Row extends { id: string; version: number }, New, Patch, Event> {
  list(asked?: Asked): Promise<Page<Row>>;
  get(id: string): Promise<Row>;
  create(values: New): Promise<Row>;
  patch(record: Pick<Row, "id" | "version">, values: Patch): Promise<Row>;
  fire(id: string, event: Event): Promise<Row>;
  events(id: string): Promise<readonly { readonly type: string; readonly allowed: boolean }[]>;
}

/** What the server refuses, with all faults at once. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.problem = problem;
  }
}

/** A workspace, asked with an API key. */
export function connect(url: string, key: string): Workspace {
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await globalThis.fetch(url.replace(/\\/$/, "") + path, {
      method,
      headers: { authorization: "Bearer " + key, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (!response.ok) throw new Refused(json as Problem);
    return json;
  };
  const entity = (name: string) => {
    const home = "/api/records/" + name;
    return {
      list: (asked: Asked = {}) => {
        const query = new URLSearchParams(Object.entries(asked).map(([key, value]) => [key, String(value)]));
        return send("GET", home + "?" + query.toString());
      },
      get: (id: string) => send("GET", home + "/" + id),
      create: (values: unknown) => send("POST", home, values),
      patch: (record: { id: string; version: number }, values: unknown) =>
        send("PATCH", home + "/" + record.id, values, { "if-match": '"' + String(record.version) + '"' }),
      fire: (id: string, event: unknown) => send("POST", home + "/" + id + "/events", event),
      events: (id: string) => send("GET", home + "/" + id + "/events"),
    };
  };
  const names = ${JSON.stringify(names)};
  return Object.fromEntries(names.map((name) => [name, entity(name)])) as unknown as Workspace;
}
`;
}
