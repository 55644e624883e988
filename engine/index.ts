export { dailyInputs, dailyOf, dailyOn, type Daily, type Keeping } from "./reports/daily.ts";
export { besides, fault, Problem, problem, refuse, type Fault, type Place, type ProblemCode } from "./problem.ts";
export { anchorOf, choicesOf, kindOf, nameOf, readModel } from "./model.ts";
export type { Entity, Field, Inverse, Model } from "./model.ts";
export { acceptedLanguages, isLanguage, isTimeZone, languageFor, tagsIn } from "./locale.ts";
export {
  labelRows,
  labelsOf,
  modelFor,
  modelIn,
  ownTranslation,
  spokenLanguage,
  translatedLanguages,
  translationFor,
  translationsIn,
  withLabels,
  type Label,
  type LabelRow,
} from "./translation.ts";
export { readTranslationFile, translationFile, type FiledLabel } from "./translation-file.ts";
export { nearest } from "./nearest.ts";
export { wordsMax, wordsOf } from "./words.ts";
export {
  readImportPlan,
  type ColumnPlan,
  type ImportMapping,
  type ImportPlan,
  type MappedColumn,
} from "./import/plan.ts";
export {
  conversionOf,
  convertRow,
  type CellProblem,
  type Conversion,
  type ConvertedRow,
  type Naming,
} from "./import/convert.ts";
export { suggestColumns, type Suggestion } from "./import/suggest.ts";
export { addToReport, emptyReport, type ImportProblem, type ImportReport } from "./import/report.ts";
export { misfits } from "./ajv.ts";
export { entitySchema, isEmpty, pointer, validatorOf, type Validator } from "./entity-schema.ts";
export { isMoment } from "./field-types/moments.ts";
export { fieldTypes, type FieldTypeName } from "./field-types/index.ts";
export type { FieldType, FieldOf, JsonSchema, ReadHints, RowSql, Sql } from "./field-types/field-type.ts";
export { numbered } from "./field-types/auto-number.ts";
export type { Money } from "./field-types/money.ts";
export type { Pointer } from "./field-types/reference.ts";
export { inverseOf, type Change, type Lock, type Mappings, type Move, type ValueMapping } from "./change.ts";
export type { PlanAnswer, PlannedFix, PlannedMove, PlannedSample, PlannedBreak, Phase } from "./plan-answer.ts";
export {
  addressesOf,
  addressOf,
  consentActions,
  consentChannels,
  consentStanding,
  type ConsentAction,
  type ConsentChannel,
  type ConsentState,
  type ConsentStep,
  type RecordAddress,
} from "./consent.ts";
export * from "./public-form.ts";
export { leavesIn, personsOf, portalModel, portalRole, publicState, recordsIn } from "./portal.ts";
export { isUtm, normalUtm, utmNames, utmOf, type UtmName } from "./utm.ts";
export { choiceValues, isHeld, movesValues, plan, same as sameDocument, type Gone } from "./plan.ts";
export * from "./survey.ts";
export { addressFieldOf, senderEntityOf } from "./check/mailbox.ts";
export { addressesKept, besideAddresses, foundBy, mailFieldsOf } from "./mail-fields.ts";
export { documentKinds, mentionsOf, partsOf } from "./documents/index.ts";
export type { DocumentKind, Mention, Part } from "./documents/document-kind.ts";
export { followRenames, keepNames, type DocumentRewrite, type Kept } from "./references/keep-names.ts";
export { differenceIn, type ToldDocument } from "./references/differences.ts";
export { goingUses, readsOfRetyped, type Going } from "./references/going.ts";
export { addressAt, usesOf, usesWithin, type Use } from "./references/uses.ts";
export { mappingFaults, readMappings } from "./mappings.ts";
export { savedOf, savedViewFaults, viewOf, type SavedView } from "./saved-view.ts";
export { check, shapeFaults } from "./check.ts";
export { readSound } from "./check/sound.ts";
export { compareVersions } from "./check/template.ts";
export {
  defaultsOf,
  isExpression,
  normalValues,
  readNew,
  readPatch,
  readPlayed,
  type Asking,
  type ReadValues,
  type Values,
} from "./values.ts";
export { nothingRead, setAside } from "./values.ts";
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
  extendedKind,
  installOrder,
  type Extension,
  type Samples,
  type TemplateLayer,
  type TemplatePackage,
} from "./template.ts";
export { layTemplates, type Conflict, type Decision, type Laid, type Upgrading } from "./upgrade.ts";
export { exportTemplate, fileText, folderOf, packageFolders, pathOf, type ExportTold } from "./template-export.ts";
export * from "./person.ts";
export { fromKept, keptEntity, toKept } from "./kept-values.ts";
export {
  circleOf,
  readSegment,
  segmentNamed,
  segmentsAsked,
  segmentsIn,
  segmentsOn,
  type ReadSegment,
  type SegmentClauseRead,
} from "./segment/segment.ts";
export {
  crossingOf,
  given as givenPoints,
  leftOf,
  totalOf,
  type Pool as ScorePool,
  type Pools,
} from "./score/decay.ts";
export {
  behave,
  fitOf,
  nothingYet,
  scoresOf,
  scoresOn,
  seesScore,
  standingOf,
  type Behaviour,
  type Score,
  type ScoreStanding,
} from "./score/score.ts";
export { seesSegment } from "./segment/seen.ts";
export { dateReached } from "./segment/entry.ts";
export { canBeLike, canBeLikeBy, duplicateRulesOn, knowable, mayBecomeLike, mayDespite } from "./likeness.ts";
export type { ReadDuplicateRule } from "./likeness.ts";
export { inputsOfSegment, watchesOn, type Watch } from "./segment/watch.ts";
export { checkExpression, type Checked } from "./expression/check.ts";
export { evaluate, holds, type Environment } from "./expression/evaluate.ts";
export { emptyInputs, explain, holdsBy, type Clause } from "./expression/explain.ts";
export { recordScope, workflowScope, type Scope as ExpressionScope } from "./expression/scope.ts";
export type { Path, Step } from "./expression/tree.ts";
export type { Type } from "./expression/type.ts";
export { functions } from "./functions/index.ts";
export { sharingOf, type Sharing } from "./sharing.ts";
export { sightReads } from "./sight.ts";
export {
  accessFor,
  accessOf,
  adminRole,
  asksAbout,
  either,
  both,
  covers,
  isNeverHidden,
  limitingRoles,
  sharableWith,
  veiledFields,
  rights,
  type Access,
  type EntityAccess,
  type NamedScope,
  type Principal,
  type Right,
  type RowRule,
} from "./access.ts";
export { isOpen } from "./open-rule.ts";
export * as businessTime from "./calendar/door.ts";
export {
  clockText,
  dayNumber,
  dayText,
  hoursOf,
  readSpan,
  spanText,
  weekdays,
  type Schedule,
  type Span,
} from "./calendar/hours.ts";
export { zoneNamed, zoneOf, type Zone } from "./calendar/zone.ts";
export { keepClocks, nextAlarm, readKept, shownValues, type Alarm, type KeptClock } from "./sla/keep.ts";
export { movesClocks, policiesOn, promisedIn, scheduleOf, slaPaths, targetText, type SlaPolicy } from "./sla/policy.ts";
export { choose, obstacleFor, type Agent, type Obstacle, type Work } from "./routing/choose.ts";
export { queueFor, queuePaths, queuesOf, rankOf, readQueue, relaxed, skillsFor, type Queue } from "./routing/queue.ts";
export { segmentsOf, type Segment } from "./sla/explain.ts";
export { atItsSource, listenersTo, listensTo, readIntake, recordEvents, standsAt, unmatched } from "./connection.ts";
export { openApi } from "./openapi.ts";
export {
  activeStates,
  allLeavesOf,
  leafIn,
  leavesBelow,
  leavesOf,
  regionsOf,
  stateKeys,
  statesOf,
  standing,
  valueAt,
  type Leaf,
} from "./workflow/states.ts";
export {
  actionsIn,
  movesOf,
  placesOf,
  type Move as WorkflowMove,
  type Place as WorkflowPlace,
} from "./workflow/places.ts";
export { foundKeys, matchKey, planRow, type ReadyRow, type RowOutcome } from "./import/batch.ts";
export { describeModel, type DescribedEntity, type DescribedField, type Description } from "./describe.ts";
export { clearedFields, clearsFields } from "./conditions.ts";
export { formOf, hasConditions, type FormField, type RecordForm } from "./form.ts";
export { becoming, carriedFields, conversionPaths, convertible, pointsAtMade, type Becoming } from "./conversion.ts";
export { withFormulas, withReaders } from "./formulas.ts";
export { brokenAmong, brokenRules, contested, rulesOver, type Rule as EntityRule } from "./rules.ts";
export { dayIn, hasRules, hasWorkedDefaults, rulePaths, workedDefaults } from "./rules.ts";
export {
  entityAccess,
  planList,
  planShape,
  readerScope,
  readFilter,
  visibleFields,
  type CountKind,
  type Expansion,
  type ListPlan,
  type OrderKey,
  type Shape,
} from "./query.ts";
export { RollupBook, rollupsOf, rollupsOver, type Rollup, type RollupChange } from "./rollup.ts";
export { aggregateBody, facetsBody } from "./openapi-reports.ts";
export { planFacets, type Facet, type FacetPlan } from "./facets.ts";
export { planAggregate, type AggregatePlan, type GroupKey } from "./report.ts";
export type { Measure } from "./measures.ts";
export * as analysis from "./analysis/door.ts";
export * as reports from "./reports/door.ts";
export { beginsOf, invocationOf, invocations, isTask } from "./invocations/index.ts";
export { folded } from "./workflow/fold.ts";
export {
  againFrom,
  beginsByHand,
  beginsBy,
  broughtBy,
  endedBy,
  endingEvents,
  heard,
  listenedPaths,
  listens,
  type Changed,
  type Earlier,
  type Heard,
  type NotAgain,
} from "./workflow/listening.ts";
export * from "./workflow/sending.ts";
export { correlates, listeningIn, lookBackMs, type Listening } from "./workflow/correlation.ts";
export { keyOf } from "./workflow/key.ts";
export { workflowsOf } from "./workflow/of-entity.ts";
export { invokedAt, invokedNow, stateInvoking } from "./workflow/invoked.ts";
export {
  answerFaults,
  mayAct,
  outputOf,
  priorities,
  taskAsked,
  taskStatuses,
  type TaskAct,
  type TaskAsked,
  type TaskStatus,
} from "./task.ts";
export { actions } from "./actions/index.ts";
export { reportsOf, type ActionType } from "./actions/action-type.ts";
export { resourcesOf, tracesOf, type LogEvent, type LogResource, type Trace } from "./discovery/log.ts";
export { readLogEvents, readLogFile, suggestLogColumns, type LogColumns, type LogFile } from "./discovery/log-file.ts";
export { discover, type MapEdge, type MapNode, type ProcessMap } from "./discovery/process-map.ts";
export * from "./discovery/conformance.ts";
export { begunKey, keysOf, proposeWorkflow } from "./discovery/propose.ts";
export { planMap, type MapPlan } from "./discovery/question.ts";
export {
  advanceCase,
  beginCase,
  changeCase,
  endForCase,
  later,
  runningIn,
  sendToCase,
  whyOfCase,
  type Beginning,
  type PlayedCase,
  type PlayedStep,
  type Playing,
} from "./simulation/case.ts";
export { Known, playKnowing, type CaseQuestion, type Told } from "./simulation/known.ts";
export * from "./simulation/dry-run.ts";
export { playScript, playStep, readScript, scriptOver, testOf, type ScriptStep } from "./simulation/script.ts";
export {
  addTally,
  backtest,
  daysOf,
  emptyTally,
  type Counts,
  type Happened,
  type History,
  type Tally,
} from "./simulation/backtest.ts";
export { reasonsOf, type Ground, type Reason } from "./workflow/why.ts";
export { faultyLinks, type LinkFault } from "./message-links.ts";
export {
  addressField,
  blockWords,
  mailLinks,
  messageReading,
  messageTexts,
  variablesIn,
  type MessageReading,
  type Variable,
} from "./message.ts";
export { languageGaps, languageOfMessage, messageIn, messageLanguages } from "./message-language.ts";
export type { Effect, NotifiedGroup, OutgoingEffect, Repeats } from "./effect.ts";
export { durationMs } from "./duration.ts";
export { Unanswered, type Ask } from "./workflow/ask.ts";
export { documentsOf, paramNames } from "./workflow/param-names.ts";
export { checkMessage } from "./check/message.ts";
export { checkWorkflow } from "./workflow/check.ts";
export { findings, rules, workflowAdvice, type Finding, type Rule } from "./workflow/rules/index.ts";
export { fixOf as workflowFix, type Fix as WorkflowFix } from "./workflow/rules/fixes.ts";
export { requiredAt, type WitnessStep } from "./workflow/rules/ways.ts";
export { flowFaults } from "./workflow/check-flow.ts";
export { reportsIn, resolveAction, type ResolvedAction } from "./workflow/params.ts";
export { entityHindrances } from "./workflow/alike.ts";
export { endedAt, finish, withdraw } from "./workflow/withdraw.ts";
export { takeUp, type TakenUp } from "./workflow/take-up.ts";
export { endingOf, passageOf, stoodIn, type Passage, type Stood } from "./workflow/passages.ts";
export {
  accept as acceptEvent,
  begin,
  candidates,
  complete,
  fire,
  hear,
  place,
  report,
  running,
  step,
  type Ending,
  type Report,
  type RunEvent,
  type Snapshot,
  type Step as RunStep,
} from "./workflow/kernel.ts";
export { readTimerName, timerName, waits } from "./workflow/waits.ts";
export {
  foresee,
  isOutcome,
  outcomesOf,
  type Act as ForeseenAct,
  type Foreseen,
  type Outcome,
  type Question,
} from "./workflow/foresee.ts";
export { fireForeseen } from "./workflow/foreseen.ts";
export type { Invocations, Invoked, Timer, TimerChanges } from "./workflow/queued.ts";
export { jump } from "./workflow/jump.ts";
export { celOf, guardText, shareOf } from "./workflow/guards.ts";
export { compileMachine, goesBy, machineOf, machinesFor, transitionsIn, type Machine } from "./workflow/machine.ts";
export * from "./workflow/kept.ts";
export { emptyIn, unfilled } from "./workflow/asked.ts";
export { readingOf, type Reading, type RunScene } from "./workflow/reading.ts";
export { workflowFormats } from "./workflow/export/index.ts";
export { plainConfig } from "./workflow/export/xstate.ts";
export type { WorkflowFormat } from "./workflow/export/format.ts";
export { sceneInput, setupFor, xstateConfig } from "./workflow/setup.ts";
export { clockTerms } from "./workflow/delay.ts";
export { guardsInto } from "./workflow/entrances.ts";
export { dueBy, follow, followed, isWaitKey, retimed, waitKey } from "./workflow/retimed.ts";
export {
  newInvocations,
  newWaits,
  inSameStates,
  relocate,
  type Relocated,
  type Standing,
  type StateMapping,
} from "./workflow/relocate.ts";
export { offered, type Offer } from "./workflow/offer.ts";
export { stateOrder, transitionsOf } from "./workflow/order.ts";
export { mayTell } from "./workflow/shown.ts";
