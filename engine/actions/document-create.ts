import { keepSchema, type ActionType } from "./action-type.ts";

interface Lines {
  readonly entity: string;
  readonly match: Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
}

interface Params {
  readonly title: string;
  readonly name?: string;
  readonly text?: readonly (string | null)[];
  readonly lines?: Lines;
  readonly keep?: Readonly<Record<string, string>>;
}

/** No document has more lines than this. */
const linesMost = 500;

/**
 * Makes a PDF of a title, paragraphs and, with `lines`, a table of the records that have these values, the oldest first,
 * and attaches it to the record. The paragraphs stand above the table; `keep` may take `/id` and `/name` of the file.
 */
export const documentCreate: ActionType<Params> = {
  name: "document.create",
  label: "Make a PDF",
  icon: "file-text",
  mode: "outbox",
  repeats: () => "idempotent",
  params: {
    type: "object",
    properties: {
      title: { type: "string", minLength: 1, maxLength: 200 },
      name: { type: "string", minLength: 1, maxLength: 120 },
      text: { type: "array", items: { type: "string", maxLength: 5000 }, maxItems: 100 },
      lines: {
        type: "object",
        properties: {
          entity: { type: "string", "x-entity": true },
          match: { type: "object", minProperties: 1, "x-values-of": "entity", "x-read": true },
          columns: { type: "array", items: { type: "string", "x-field": [] }, minItems: 1, maxItems: 12 },
        },
        required: ["entity", "match", "columns"],
        additionalProperties: false,
      },
      keep: keepSchema,
    },
    required: ["title"],
    additionalProperties: false,
  },
  asks: ({ lines }) => lines && { ask: "records", entity: lines.entity, match: lines.match, most: linesMost },
  effects: ({ title, name, text = [], lines, keep }, { answer }) => {
    const rows = (answer ?? []) as readonly Readonly<Record<string, unknown>>[];
    const table = lines && {
      entity: lines.entity,
      columns: lines.columns,
      rows: rows.toReversed().map((row) => lines.columns.map((column) => row[column] ?? null)),
    };
    return [
      {
        do: "document.create",
        name: name ?? null,
        repeats: "idempotent",
        params: { title, name: name ?? title, text: text.map((it) => it ?? ""), ...(table ? { table } : {}) },
        ...(keep ? { keep } : {}),
      },
    ];
  },
  examples: {
    valid: [
      { title: "Offer" },
      {
        title: "Offer",
        name: "offer",
        text: ["Dear Ada"],
        lines: { entity: "thing", match: { of: "r1" }, columns: ["name"] },
      },
    ],
    invalid: [
      {},
      { title: "" },
      { title: "x", lines: { entity: "thing", match: {}, columns: ["name"] } },
      { title: "x", text: "y" },
    ],
  },
};
