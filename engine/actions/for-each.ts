import type { ActionType } from "./action-type.ts";

type Values = Readonly<Record<string, unknown>>;

interface Params {
  readonly entity: string;
  readonly match: Values;
  /** A condition over the record of the list. */
  readonly where?: string;
  readonly most?: number;
  readonly set?: Values;
  readonly create?: { readonly entity: string; readonly link: string; readonly values: Values };
}

/** No list is longer than one step can write. */
const mostOfAll = 500;

/**
 * Does something for each record that has these values and for which the condition `where` holds, over its own fields; a
 * hundred at most unless `most` says more: changes it (`set`),
 * or creates another one whose field `link` points at it. A related list is what points at the record.
 */
export const forEach: ActionType<Params> = {
  name: "for_each",
  label: "For each record of a list",
  icon: "list",
  mode: "tx",
  right: "update",
  params: {
    type: "object",
    properties: {
      entity: { type: "string", "x-entity": true },
      match: { type: "object", minProperties: 1, "x-values-of": "entity", "x-read": true },
      where: { type: "string", minLength: 1, maxLength: 2000, "x-condition-of": "entity" },
      most: { type: "integer", minimum: 1, maximum: mostOfAll },
      set: { type: "object", minProperties: 1, "x-values-of": "entity" },
      create: {
        type: "object",
        properties: {
          entity: { type: "string", "x-entity": true },
          link: { type: "string", minLength: 1, "x-field": ["reference"] },
          values: { type: "object", "x-values-of": "entity" },
        },
        required: ["entity", "link", "values"],
        additionalProperties: false,
      },
    },
    required: ["entity", "match"],
    additionalProperties: false,
  },
  lacks: ({ set, create }) => (set || create ? undefined : "set"),
  asks: ({ entity, match, where, most = 100 }) => ({
    ask: "records",
    entity,
    match,
    ...(where === undefined ? {} : { where }),
    most: Math.min(most, mostOfAll),
  }),
  effects: ({ entity, set, create }, { answer }) =>
    (answer as readonly { readonly id: string }[]).flatMap(({ id }) => [
      ...(set ? [{ do: "record.change", entity, id, values: set } as const] : []),
      ...(create
        ? [{ do: "record.create", entity: create.entity, values: { ...create.values, [create.link]: id } } as const]
        : []),
    ]),
  examples: {
    valid: [
      { entity: "thing", match: { about: "r1" }, set: { done: true } },
      { entity: "thing", match: { about: "r1" }, where: "size > 3", set: { done: true } },
      { entity: "part", match: { of: "r1" }, most: 5, create: { entity: "thing", link: "about", values: {} } },
    ],
    invalid: [{}, { entity: "thing", match: { about: "r1" } }, { entity: "thing", match: {}, set: { done: true } }],
  },
};
