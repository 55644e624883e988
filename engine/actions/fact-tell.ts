import { idOf, type ActionType } from "./action-type.ts";

type Other = string | { readonly id: string } | null;

/**
 * Tells that something has happened to the record, or to another one: it stands in its timeline, and workflows that wait
 * for it or begin by it hear of it. Each step tells it once. Nothing is told where there is no other.
 */
export const factTell: ActionType<{
  type: string;
  entity?: string;
  record?: Other;
  data?: Readonly<Record<string, unknown>>;
}> = {
  name: "fact.tell",
  label: "Tell what happened",
  icon: "zap",
  mode: "tx",
  params: {
    type: "object",
    properties: {
      type: { type: "string", pattern: "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$", maxLength: 80 },
      entity: { type: "string", "x-entity": true },
      record: { type: "string", minLength: 1 },
      data: { type: "object" },
    },
    required: ["type"],
    additionalProperties: false,
  },
  lacks: ({ entity, record }) =>
    (entity === undefined) === (record === undefined) ? undefined : entity === undefined ? "entity" : "record",
  effects: ({ type, entity, record, data = {} }, scene) => {
    const id = entity === undefined ? String(scene.record.id) : idOf(record);
    return id === null ? [] : [{ do: "fact.tell", type, entity: entity ?? scene.entity, record: id, data }];
  },
  examples: {
    valid: [{ type: "thing.sold" }, { type: "thing.sold", entity: "thing", record: "t1", data: { price: 3 } }],
    invalid: [{}, { type: "sold" }, { type: "thing.sold", entity: "thing" }],
  },
};
