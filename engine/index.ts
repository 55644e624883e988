export { Problem, fault, problem, refuse, type Fault, type Place, type ProblemCode } from "./problem.ts";
export {
  anchorOf,
  choicesOf,
  kindOf,
  nameOf,
  readModel,
  type Entity,
  type Field,
  type Inverse,
  type Model,
} from "./model.ts";
export { nearest } from "./nearest.ts";
export {
  readImportPlan,
  type ColumnPlan,
  type ImportMapping,
  type ImportPlan,
  type MappedColumn,
} from "./import/plan.ts";
export { convertRow, type CellProblem, type Conversion, type ConvertedRow, type Naming } from "./import/convert.ts";
export { suggestColumns, type Suggestion } from "./import/suggest.ts";
export { addToReport, emptyReport, type ImportProblem, type ImportReport } from "./import/report.ts";
export { entitySchema, isEmpty, validatorOf, type Validator } from "./entity-schema.ts";
export { fieldTypes, type FieldTypeName } from "./field-types/index.ts";
export type { FieldType, FieldOf, JsonSchema, ReadHints, RowSql, Sql } from "./field-types/field-type.ts";
export { numbered } from "./field-types/auto-number.ts";
export type { Money } from "./field-types/money.ts";
export type { Pointer } from "./field-types/reference.ts";
export { inverseOf, type Change, type Lock, type Move } from "./change.ts";
export { plan, same as sameDocument, type Gone } from "./plan.ts";
export { check, shapeFaults } from "./check.ts";
export { compareVersions } from "./check/template.ts";
export { defaultsOf, isExpression, normalValues, readNew, readPatch, type Asking, type ReadValues, type Values } from "./values.ts";
export {
  changedFields,
  isSame,
  key,
  pick,
  planWrite,
  staleFaults,
  type Act,
  type PlannedWrite,
  type RecordWrite,
  type Writing,
} from "./write.ts";
export {
  installOrder,
  layTemplate,
  type Extension,
  type Laid,
  type Samples,
  type TemplatePackage,
} from "./template.ts";
export { isHeld } from "./plan.ts";
