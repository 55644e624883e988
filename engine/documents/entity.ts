import type { Choice, EntityDocument, Property } from "schemas";
import { checkEntity } from "../check/entity.ts";
import { checkEntityExpressions } from "../check/expressions.ts";
import { checkMerging } from "../check/merging.ts";
import { checkRollups } from "../check/rollup.ts";
import { addressOfState, eventAddress } from "../address.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import { fieldTypes } from "../field-types/index.ts";
import type { FieldType } from "../field-types/field-type.ts";
import { anchorOf, kindOf, nameOf, type Entity, type Model } from "../model.ts";
import type { DocumentKind, Mention, Steps } from "./document-kind.ts";
import { chosen, entityName, expression, expressionsIn, fieldName, listName, named } from "./mention.ts";
import { choiceParts, itself, rest, saidOf, saidOfChoices, whole } from "./part.ts";

/** An entity names its own fields; by its fields' keywords it names entities, value sets, workflows, and what formulas read. */
export const entity: DocumentKind<EntityDocument> = {
  check: (document, model, known) => [
    ...checkEntity(model, document, known),
    ...checkEntityExpressions(model, document),
    ...checkRollups(model, document),
    ...checkMerging(model, document),
  ],
  mentions: (document, model) => {
    const own = model.entities.get(document.$id);
    const scope = recordScope(model, document.$id);
    const { activity, merge, person } = document;
    const event = merge?.event;
    return [
      ...fieldName(own, document.name_field, ["name_field"], { spare: true }),
      ...fieldName(own, activity?.about, ["activity", "about"]),
      ...fieldName(own, activity?.at, ["activity", "at"], { spare: true }),
      ...expression(activity?.done, scope, ["activity", "done"]),
      ...fieldName(own, person?.address, ["person", "address"]),
      ...fieldName(own, person?.language, ["person", "language"], { spare: true }),
      ...fieldName(own, merge?.into, ["merge", "into"]),
      ...(event === undefined ? [] : named(event, eventAddress(model, document.$id, event), ["merge", "event"])),
      ...(document.required ?? []).flatMap((name, index) => fieldName(own, name, ["required", index], { spare: true })),
      ...(document.unique ?? []).flatMap((names, index) =>
        names.flatMap((name, inner) => fieldName(own, name, ["unique", index, inner], { spare: true })),
      ),
      ...Object.entries(document.properties).flatMap(([name, property]) =>
        own ? ofProperty(model, own, name, property) : [],
      ),
      ...(document.rules ?? []).flatMap((rule, index) => [
        ...expression(rule.when, scope, ["rules", index, "when"]),
        ...expression(rule.require, scope, ["rules", index, "require"]),
      ]),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "properties", "rules"),
    ...Object.entries(document.properties).flatMap(([name, property]) => {
      const id = `#${property.$anchor}`;
      const steps = ["properties", name];
      return [
        {
          id,
          path: at(steps),
          what: "Field",
          title: property.title,
          name,
          ordered: true as const,
          values: rest(property, "$anchor", "choices"),
        },
        ...choiceParts(property.choices as undefined, [...steps, "choices"], id),
      ];
    }),
    ...(document.rules ?? []).map((rule, index) => ({
      id: `#${rule.$anchor}`,
      path: at(["rules", index]),
      what: "Rule",
      title: rule.message,
      ordered: true as const,
      values: rest(rule, "$anchor"),
    })),
  ],
  said: (document) => [
    ...saidOf(itself, { plural: `${document.title}s`, ...document }, ["title", "plural", "description"]),
    ...Object.entries(document.properties).flatMap(([name, property]) => {
      const of = { id: `#${property.$anchor}`, what: "Field", steps: ["properties", name] };
      const choices = property.choices as readonly Choice[] | undefined;
      return [...saidOf(of, property), ...saidOfChoices(choices, [...of.steps, "choices"], of.id)];
    }),
    ...(document.rules ?? []).flatMap((rule, index) =>
      saidOf({ id: `#${rule.$anchor}`, what: "Rule", steps: ["rules", index] }, rule, ["message"]),
    ),
  ],
};

/** What the keywords of a field name, as its type declares them: `x-document`, `x-list`, expressions and their scope. */
function ofProperty(model: Model, own: Entity, name: string, property: Property): readonly Mention[] {
  const type = (fieldTypes as Record<string, FieldType<any>>)[property.field];
  if (!type) return [];
  const steps: Steps = ["properties", name];
  const list = Object.entries(type.keywords.properties).find(([, schema]) => schema["x-list"] === true)?.[0];
  const scopeOf = (schema: Readonly<Record<string, unknown>>) => {
    const other = schema["x-scope"] === "list" && list ? own.inverses.get(String(property[list])) : undefined;
    return recordScope(model, other ? other.entity : own.name);
  };
  return [
    ...Object.entries(type.keywords.properties).flatMap(([key, schema]) => {
      const value = property[key];
      if (value === undefined) return [];
      if (schema["x-list"] === true) return listName(own, String(value), [...steps, key]);
      if (schema.$ref === "urn:trellis:expression:1") return expression(value, scopeOf(schema), [...steps, key]);
      return namedBy(model, schema, value, [...steps, key]);
    }),
    ...ofRegion(model, property, [...steps, "region"]),
    ...ofConditions(model, own, name, property),
    ...chosen(model, own.fields.get(name), property.default, [...steps, "default"]),
    ...expressionsIn(property.default, recordScope(model, own.name), [...steps, "default"]),
  ];
}

/** What shows a field, asks for it and narrows its choices. An offer can do without a choice as long as another stands. */
function ofConditions(model: Model, own: Entity, name: string, property: Property): readonly Mention[] {
  const steps: Steps = ["properties", name];
  const scope = recordScope(model, own.name);
  return [
    ...expression(property.visible_when, scope, [...steps, "visible_when"]),
    ...expression(property.required_when, scope, [...steps, "required_when"]),
    ...(property.offers ?? []).flatMap(({ when, choices }, index) => {
      const spare = choices.length > 1 ? { spare: true as const } : {};
      const named = chosen(model, own.fields.get(name), choices, [...steps, "offers", index, "choices"]);
      return [
        ...expression(when, scope, [...steps, "offers", index, "when"]),
        ...named.map((mention) => ({ ...mention, ...spare })),
      ];
    }),
  ];
}

/** A keyword that names documents of a kind, one or several. */
function namedBy(
  model: Model,
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
  steps: Steps,
): readonly Mention[] {
  if (Array.isArray(value)) return value.flatMap((it, index) => namedBy(model, schema, it, [...steps, index]));
  const kinds = [schema, ...((schema.anyOf as readonly Readonly<Record<string, unknown>>[] | undefined) ?? [])];
  const kind = kinds.map((it) => it["x-document"]).find((it) => it !== undefined);
  if (typeof value !== "string" || kind === undefined) return [];
  if (kind === "entity") return entityName(model, value, steps);
  const found = model.documents.find((it) => kindOf(it) === kind && nameOf(it) === value);
  return named(value, found && anchorOf(found), steps);
}

function ofRegion(model: Model, property: Property, steps: Steps): readonly Mention[] {
  const workflow = typeof property.workflow === "string" ? model.workflows.get(property.workflow) : undefined;
  if (!workflow || typeof property.region !== "string") return [];
  const address = addressOfState(workflow, property.region);
  return named(property.region, address.endsWith("#") ? undefined : address, steps);
}
