import type { FieldType } from "./field-type.ts";

/**
 * Where the record stands in its workflow: the key of the leaf, in the main region or in the one named. The column is a projection that the workflow's step
 * writes in its own transaction; nobody else does.
 */
export const state: FieldType<{ workflow: string; region?: string }> = {
  name: "state",
  label: "State",
  about: "Where a record stands in its workflow.",
  icon: "workflow",
  widget: "state",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: {
    properties: {
      workflow: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$", "x-document": "workflow" },
      region: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
    },
    required: ["workflow"],
  },
  value: () => ({ type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" }),
  type: ({ workflow, region }) => ({ kind: "state", workflow, ...(region === undefined ? {} : { region }) }),
  computed: true,
  indexed: "match",
  read: (written) => written,
  neverUnique: true,
  examples: { field: { workflow: "life" }, valid: ["begun", "in_work"], invalid: ["", "In work", 1, null] },
};
