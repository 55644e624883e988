import type { JsonSchema } from "../field-types/field-type.ts";
import type { Entity, Model } from "../model.ts";
import { isExpression } from "../values.ts";

/** Something that a parameter names, as the schema of its action says, and where it stands in the parameters. */
export interface ParamName {
  readonly what: "entity" | "field" | "value" | "event" | "sent" | "document" | "condition";
  readonly name: string;
  /** Of a field, of the field whose value it is, of what is sent, and of a condition: whose it is; nothing where that is not known. */
  readonly of?: Entity | undefined;
  /** Of a field: the types that it may have; any where there are none. */
  readonly types?: readonly string[];
  /** Of a value: it is compared and not written. */
  readonly reads?: boolean;
  /** Of a document: its kind; of a connection also its channel. */
  readonly kind?: string;
  readonly channel?: string;
  readonly steps: readonly (string | number)[];
}

/** Whose fields are meant: the run's own entity, and the one that is named nearest. */
interface About {
  readonly model: Model;
  readonly own: Entity | undefined;
  readonly target: Entity | undefined;
}

/**
 * What parameters name: entities (`x-entity`), fields of the entity that is named beside them or around them, else of
 * the run's own (`x-field`, with `x-of` of a given one), values of fields (`x-values-of`), events of the workflow
 * (`x-event`), conditions over the fields of the entity that is named beside (`x-condition-of`), events that runs of the entity named beside wait for (`x-sent`), documents (`x-document`). Expressions name what they name themselves.
 */
export function paramNames(
  schema: JsonSchema,
  value: unknown,
  about: About,
  steps: readonly (string | number)[] = [],
): readonly ParamName[] {
  if (isExpression(value) || value === null || value === undefined) return [];
  if (typeof value === "string") return named(schema, value, about, steps);
  if (Array.isArray(value))
    return value.flatMap((item, at) => paramNames((schema.items ?? {}) as JsonSchema, item, about, [...steps, at]));
  if (typeof value !== "object") return [];
  const given = value as Readonly<Record<string, unknown>>;
  if (schema["x-values-of"] !== undefined) {
    const of = schema["x-values-of"] === "record" ? about.own : about.target;
    const reads = schema["x-read"] === true;
    return Object.keys(given).map((name) => ({ what: "value", name, of, reads, steps: [...steps, name] }));
  }
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const inside = { ...about, target: targetIn(schema, properties, given, about) };
  return Object.entries(given).flatMap(([key, item]) =>
    Object.hasOwn(properties, key) ? paramNames(properties[key]!, item, inside, [...steps, key]) : [],
  );
}

function targetIn(
  schema: JsonSchema,
  properties: Readonly<Record<string, JsonSchema>>,
  given: Readonly<Record<string, unknown>>,
  { model, target }: About,
): Entity | undefined {
  if (typeof schema["x-of"] === "string") return model.entities.get(schema["x-of"]);
  const beside = Object.keys(properties).find((key) => properties[key]?.["x-entity"] === true);
  const name = beside === undefined ? undefined : given[beside];
  return typeof name === "string" ? model.entities.get(name) : target;
}

function named(
  schema: JsonSchema,
  name: string,
  { target }: About,
  steps: readonly (string | number)[],
): readonly ParamName[] {
  if (schema["x-entity"] === true) return [{ what: "entity", name, steps }];
  if (schema["x-event"] === true) return [{ what: "event", name, steps }];
  if (schema["x-condition-of"] !== undefined) return [{ what: "condition", name, of: target, steps }];
  if (schema["x-sent"] === true) return [{ what: "sent", name, of: target, steps }];
  if (Array.isArray(schema["x-field"]))
    return [{ what: "field", name, of: target, types: schema["x-field"] as string[], steps }];
  const { "x-document": kind, "x-channel": channel } = schema;
  if (typeof kind !== "string") return [];
  return [{ what: "document", name, kind, ...(typeof channel === "string" ? { channel } : {}), steps }];
}

/** The names of the documents of a kind, of connections those of a channel. */
export function documentsOf(model: Model, kind: string, channel?: string): readonly string[] {
  if (kind === "connection")
    return [...model.connections.values()].flatMap((it) => (it.channel === channel ? [it.$id] : []));
  if (kind === "message") return [...model.messages.keys()];
  if (kind === "survey") return [...model.surveys.keys()];
  if (kind === "workflow")
    return [...model.workflows.values()].flatMap(({ id, meta }) => (meta.kind === "pipeline" ? [] : [id]));
  if (kind === "calendar") return [...model.calendars.keys()];
  return kind === "role" ? ["admin", ...model.roles.keys()] : [];
}
