import { transaction } from "../database/begin.ts";
import { storeFile } from "../store/files.ts";
import { cleanName } from "../file-name.ts";
import { drawDocument, unprintable, type Drawn } from "../document.ts";
import type { Carrier } from "./carrier.ts";

/** Documents that runs make: a file of the record, once, under the id of its effect. */
export const documentCreate: Carrier = {
  prepare: async ({ workspace, now, font }) => {
    const { pool, schema, model } = workspace;
    return async ({ id, record, entity, asked }) => {
      const { title, name, text, table } = asked.params as unknown as Drawn & { readonly name: string };
      const listed = table && model.entities.get(table.entity);
      const heads = table?.columns.map((column) => listed?.fields.get(column)?.title ?? column);
      const drawn: Drawn = { title, text, ...(table && heads ? { table: { ...table, columns: heads } } : {}) };
      if (font === undefined && unprintable(drawn)) return { came: "refused", why: "font" };
      const bytes = await drawDocument(drawn, { at: now(), font });
      const file = { id, name: `${cleanName(name, "document")}.pdf` };
      const of = { entity, record };
      const stored = { ...file, type: "application/pdf", by: null, acting: null, at: now(), of };
      await transaction(pool, "write", (tx) => storeFile(tx, schema, stored, bytes));
      return { came: "done", output: file };
    };
  },
};
