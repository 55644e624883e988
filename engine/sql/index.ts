export { comesEarly } from "./ddl-rollup.ts";
export { ddl, ddlOf, systemTables, withSwapped } from "./ddl.ts";
export { conversionIn } from "./ddl-swap.ts";
export { oldColumns } from "./standing.ts";
export { afterId, phaseOf, sinceXid, type Proof, type Publishing, type Statement } from "./statement.ts";
export { goneColumn, goneTable, identifier, literal, structureName, tableOf } from "./names.ts";
export { constraintsOf, dayIndex, dropIndex, structuresOf, type Structure } from "./structure.ts";
export { concurrently } from "./ddl-rule.ts";
export { bigramsOf } from "./bigrams.ts";
export { Circle, isWide } from "./circle.ts";
export { compile, type CompiledStatement } from "./compile.ts";
export { newestAlikeWhere } from "./alike.ts";
export * as writing from "./write.ts";
export * as finding from "./finding.ts";
export { cellsOf, type Cells, type Columns } from "./rows.ts";
export { compileCondition, compileExpression, compileWhere, type SqlContext, type SqlValue } from "./expression.ts";
export { unfulfilledStatement } from "./guarded.ts";
export { Cache } from "../cache.ts";
export { bind, nowSlot, Slot, todaySlot, userSlot, type SlotName, type SlotValues } from "./slot.ts";
export { rowCondition } from "./access.ts";
export { Source, type Reader, type Standing } from "./source.ts";
export {
  countOf,
  countStatement,
  exportStatement,
  listStatement,
  lockListStatement,
  mayEstimate,
  recordsStatement,
  recordStatement,
  afterValues,
  hasEmptyTail,
  type After,
} from "./select.ts";
export { aggregateStatement, currencyStatement, summedStatement, ungrouped } from "./aggregate.ts";
export * as dailySql from "./daily.ts";
export { fitDaily } from "./daily-fit.ts";
export { audienceStatement, emptyStatement, lettersStatement, toldStatement, type LetterAsked } from "./letters.ts";
export { processMapStatement } from "./process-map.ts";
export { facetRecordsMost, facetStatement } from "./facets.ts";
export { sharesOn } from "./shares.ts";
export * as shown from "./shown.ts";
export * as queued from "./queued.ts";
export * as timeline from "./timeline.ts";
export * as around from "./around.ts";
export { pointingStatement } from "./pointing.ts";
export { leadingStatement, watchedStatement, type Way } from "./live.ts";
export { rowsBefore } from "./past.ts";
export * as likeness from "./likeness.ts";
export { incidentsStatement, type IncidentQuery } from "./incidents.ts";
export { taskDues, taskScopes, tasksStatement, type TaskQuery } from "./tasks.ts";
export * as rollups from "./rollup.ts";
export * as segmentSql from "./segment.ts";
export * as segmentBuild from "./segment-build.ts";
export { searchStatement } from "./search.ts";
export { fewOf, holdersStatement, nearestFirst, type PlanNode, type Sought } from "./words.ts";
export { coveredStatement, seersStatement, type Showing, type StandingTo, type Telling } from "./seers.ts";
export { converted, type Converting } from "./convert.ts";
export { breakStatements, conversionStatements, sampleStatement, type Concerned } from "./breaks.ts";
export { cohortRows, compileCohort, placesOfStep, type Cause, type Cohort } from "./cohort.ts";
export { OneByOne } from "./many.ts";
