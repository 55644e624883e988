import type { DescribedEntity, DescribedField } from "engine";
import type { ViewDocument } from "schemas";
import type { Workspace } from "#lib/model.svelte.ts";
import { columnPaths } from "../looked.ts";

/** One column of a table: a field of its records, or one at the end of a path over references. */
export interface Column {
  readonly path: string;
  readonly field: DescribedField;
  readonly title: string;
}

const figures = new Set(["money", "integer", "decimal", "percent", "formula", "rollup"]);
/** What moves by its workflow, or needs more room than a cell has. */
const elsewhere = new Set(["state", "json", "long_text", "multi_select"]);

/** The columns of a view, as far as its reader has their fields. */
export function columnsOf(workspace: Workspace, entity: DescribedEntity, view: ViewDocument): readonly Column[] {
  return columnPaths(view, entity).flatMap((path) => {
    const found = workspace.path(entity.name, path);
    return found ? [{ path, ...found }] : [];
  });
}

/** Whether values of a field stand under each other as figures do. */
export const isFigure = ({ field }: DescribedField) => figures.has(field);

/** Whether a cell of this column can be written where it stands. */
export const isWritten = ({ path, field }: Column) =>
  !path.includes(".") && field.writable && !elsewhere.has(field.field);
