import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { schemas, type AnyDocument, type Kind } from "schemas";
import { newAjv, wanted } from "../ajv.ts";
import { fault, type Fault } from "../problem.ts";
import { at, near } from "./place.ts";

let ajv: ReturnType<typeof newAjv> | undefined;

/** A thing that was handed in as a document, as far as its outside can be read. */
export interface Shape {
  readonly kind: string;
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Given only where there is no fault. */
  readonly document?: AnyDocument;
}

/** Holds a document against the JSON Schema of its kind. Garbage of any form is told, never thrown. */
export function shapeOf(given: unknown, index: number): Shape {
  if (!isObject(given)) return refused("document", String(index), "is no JSON object");
  const schema = Object.hasOwn(given, "$schema") ? given.$schema : "urn:trellis:workflow:1";
  const kind = typeof schema === "string" ? (/^urn:trellis:([a-z-]+):1$/.exec(schema)?.[1] ?? schema) : "document";
  const key = kind === "workflow" ? "id" : "$id";
  const name = typeof given[key] === "string" ? given[key] : String(index);
  const validate = validatorOf(kind);
  if (!validate) {
    const place = { path: at([kind.slice(0, 80), name, "$schema"]), ...near(kind, Object.keys(schemas)) };
    return { kind, name, faults: [fault("document.kind_unknown", { kind: kind.slice(0, 80), ...place })] };
  }
  if (validate(given)) return { kind, name, faults: [], document: given as unknown as AnyDocument };
  return { kind, name, faults: told(validate.errors ?? [], [kind, name]) };
}

/** What holds documents of a kind against its schema: made when the first of them comes, for that takes its time. */
function validatorOf(kind: string): ValidateFunction | undefined {
  if (!Object.hasOwn(schemas, kind)) return undefined;
  if (!ajv) {
    ajv = newAjv({ known: true });
    for (const schema of Object.values(schemas)) ajv.addSchema(schema);
  }
  return ajv.getSchema(schemas[kind as Kind].$id);
}

function told(errors: readonly ErrorObject[], place: readonly string[]): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    if (["anyOf", "oneOf", "if", "propertyNames"].includes(error.keyword) && errors.length > 1) continue;
    const one = toldOne(error, at(place));
    faults.set(`${one.path} ${one.detail}`, one);
  }
  return [...faults.values()];
}

function toldOne(error: ErrorObject, place: string): Fault {
  const path = place + error.instancePath;
  if (error.keyword === "additionalProperties") {
    const name = String(error.params.additionalProperty);
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
    return fault("document.malformed", { wanted: wanted(error), path: path + at([name]), ...near(name, known) });
  }
  const name = error.propertyName ?? (isName(error) ? String(error.data) : undefined);
  if (name !== undefined && error.keyword === "pattern" && name.length > 40)
    return fault("name.too_long", { name: name.slice(0, 80), path: error.propertyName ? path + at([name]) : path });
  if (error.propertyName !== undefined)
    return fault("document.malformed", { wanted: `has a malformed name`, path: path + at([error.propertyName]) });
  return fault("document.malformed", { wanted: wanted(error), path });
}

const isName = ({ keyword, schema, data }: ErrorObject) =>
  keyword === "pattern" && typeof data === "string" && String(schema).endsWith("{0,39}$");

function refused(kind: string, name: string, sentence: string): Shape {
  return { kind, name, faults: [fault("document.malformed", { wanted: sentence, path: at([kind, name]) })] };
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
