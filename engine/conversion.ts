import type { ConversionDocument, Made, MadeMatch } from "schemas";
import type { EntityAccess } from "./access.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { evaluate, holds, type Environment } from "./expression/evaluate.ts";
import { recordScope } from "./expression/scope.ts";
import type { Path } from "./expression/tree.ts";
import { withFormulas } from "./formulas.ts";
import { choicesOf, type Entity, type Field, type Model } from "./model.ts";
import { isExpression, type Values } from "./values.ts";

/** `{"made": "…"}`: what stands in a value points at what is made, or found, by that name. */
export interface PointsAtMade {
  readonly made: string;
}

/** Whether a value of a conversion names what it makes. */
export function pointsAtMade(value: unknown): value is PointsAtMade {
  return typeof value === "object" && value !== null && "made" in value && typeof value.made === "string";
}

/** What one record becomes by one entry of a conversion, before it is known what is found. */
export interface Becoming {
  /** Nothing is made where its condition does not hold. */
  readonly wanted: boolean;
  /** What a record that stands already would hold, in the order in which it is looked for; empty values find none. */
  readonly looks: readonly (Pick<MadeMatch, "field"> & { readonly as: "text" | "domain"; readonly value: string })[];
  /** By their fields; some name what is made before (`PointsAtMade`). */
  readonly values: Values;
}

/** The fields of the made entity that carry over what a field of the converted one holds, by name and type; not what tells records apart. */
export function carriedFields(
  model: Model,
  { alike = true, values = {} }: Made,
  from: Entity,
  to: Entity,
): readonly Field[] {
  if (!alike) return [];
  return [...to.fields.values()].filter((field) => {
    const source = from.fields.get(field.name);
    const unique = field.property.unique === true;
    if (!source || field.system || field.readOnly || unique || Object.hasOwn(values, field.name)) return false;
    return isCarried(model, source, field);
  });
}

/** Whether every value of one field may stand in another. */
function isCarried(model: Model, from: Field, to: Field): boolean {
  if (from.type.computed || from.type.type(from.property).kind !== to.type.type(to.property).kind) return false;
  if (from.targets.length > 0) return from.targets.every((it) => to.targets.includes(it));
  const offered = new Set(choicesOf(model, to.property).map(({ value }) => value));
  return choicesOf(model, from.property).every(({ value }) => offered.has(value));
}

/** What a record becomes by one entry. `writable` says which fields of the made one may be filled at all. */
export function becoming(
  model: Model,
  conversion: ConversionDocument,
  made: Made,
  environment: Environment,
  access?: EntityAccess,
): Becoming {
  const from = model.entities.get(conversion.entity)!;
  const to = model.entities.get(made.entity)!;
  const within = withFormulas(model, from, environment);
  const checked = (cel: string) => read(model, from, cel);
  const worth = (value: unknown) => (isExpression(value) ? worked(checked(value.cel), within) : value);
  const carried = carriedFields(model, made, from, to).filter((it) => access?.writable(it, "create").kind !== "none");
  const given = Object.entries(made.values ?? {}).map(([name, value]) => [
    name,
    textFor(to.fields.get(name), worth(value)),
  ]);
  const values = {
    ...Object.fromEntries(carried.map(({ name }) => [name, environment.record?.[name] ?? null])),
    ...(Object.fromEntries(given) as Values),
  };
  const condition = made.when && checked(made.when.cel);
  return {
    wanted: !made.when || (condition !== undefined && holds(condition, within)),
    looks: (made.match ?? []).flatMap(({ field, value, as = "text" }) => {
      const text = matchText(worth(value), as);
      return text === "" ? [] : [{ field, as, value: text }];
    }),
    values: Object.fromEntries(Object.entries(values).filter(([, value]) => (value ?? null) !== null)),
  };
}

const worked = (checked: Checked | undefined, environment: Environment) =>
  checked ? evaluate(checked, environment) : null;

/** A number in a field of texts is written out. */
const textFor = (field: Field | undefined, value: unknown) =>
  typeof value === "number" && field?.type.type(field.property).kind === "text" ? String(value) : value;

/** A value as it is compared: in small letters, without what stands around it; of an address its domain. */
export function matchText(value: unknown, as: "text" | "domain"): string {
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  return as === "text" ? text : (/^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(?:www\.)?([^/:?#]+)/.exec(text)?.[1] ?? "");
}

/** Whether a record may be converted, as its document says. */
export function convertible(model: Model, conversion: ConversionDocument, environment: Environment): boolean {
  const from = model.entities.get(conversion.entity)!;
  const condition = conversion.when && read(model, from, conversion.when.cel);
  return !conversion.when || (condition !== undefined && holds(condition, withFormulas(model, from, environment)));
}

/** What the expressions of a conversion read beyond the record itself. */
export function conversionPaths(model: Model, conversion: ConversionDocument): readonly Path[] {
  const from = model.entities.get(conversion.entity);
  const texts = celsIn(conversion);
  return from
    ? texts
        .flatMap((cel) => read(model, from, cel)?.paths ?? [])
        .filter(({ length, 0: first }) => length > 1 || first?.list)
    : [];
}

function celsIn(value: unknown): readonly string[] {
  if (isExpression(value)) return [value.cel];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(celsIn) : [];
}

const known = new WeakMap<Model, Map<string, Checked | undefined>>();

function read(model: Model, entity: Entity, cel: string): Checked | undefined {
  const own = known.get(model) ?? new Map<string, Checked | undefined>();
  known.set(model, own);
  const key = `${entity.name} ${cel}`;
  if (!own.has(key)) own.set(key, checkExpression(cel, recordScope(model, entity.name)).expression);
  return own.get(key);
}
