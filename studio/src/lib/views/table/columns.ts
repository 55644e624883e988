import type { DescribedEntity, DescribedField } from "engine";
import type { ViewDocument } from "schemas";
import type { Workspace } from "#lib/model.svelte.ts";

/** One column of a table: a field of its records, or one at the end of a path over references. */
export interface Column {
  readonly path: string;
  readonly field: DescribedField;
  readonly title: string;
}

const shownMost = 7;
const figures = new Set(["money", "integer", "decimal", "percent", "formula", "rollup"]);
/** What moves by its workflow, or needs more room than a cell has. */
const elsewhere = new Set(["state", "json", "long_text", "multi_select"]);

/** The columns of a view; without any of its own, the first fields of the entity. */
export function columnsOf(workspace: Workspace, entity: DescribedEntity, { columns }: ViewDocument): readonly Column[] {
  const first = entity.fields.filter(({ system }) => !system).slice(0, shownMost);
  return (columns ?? first.map(({ name }) => name)).flatMap((path) => {
    const found = workspace.path(entity.name, path);
    return found ? [{ path, ...found }] : [];
  });
}

/** Whether values of a field stand under each other as figures do. */
export const isFigure = ({ field }: DescribedField) => figures.has(field);

/** Whether a cell of this column can be written where it stands. */
export const isWritten = ({ path, field }: Column) =>
  !path.includes(".") && field.writable && !elsewhere.has(field.field);
