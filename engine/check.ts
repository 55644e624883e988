import type {
  AnyDocument,
  CalendarDocument,
  ConnectionDocument,
  EntityDocument,
  IntakeDocument,
  Kind,
  LayoutDocument,
  RoleDocument,
  TemplateDocument,
  TestDocument,
  TranslationDocument,
  ValueSetDocument,
  ViewDocument,
  WorkflowDocument,
} from "schemas";
import { checkCalendar } from "./check/calendar.ts";
import { checkConnection, checkIntake } from "./check/connections.ts";
import { checkEntity } from "./check/entity.ts";
import {
  checkConnectionExpressions,
  checkEntityExpressions,
  checkLayoutExpressions,
  checkRoleExpressions,
  checkViewExpressions,
} from "./check/expressions.ts";
import { doubleChoices, type Known } from "./check/field.ts";
import { checkIdentity, distinct } from "./check/identity.ts";
import { placeOf } from "./check/place.ts";
import { checkLayout, checkRole, checkView } from "./check/screens.ts";
import { checkRollups } from "./check/rollup.ts";
import { readSound } from "./check/sound.ts";
import { shapeOf } from "./check/shape.ts";
import { checkTemplate } from "./check/template.ts";
import { checkTest } from "./check/test.ts";
import { checkTranslation } from "./check/translation.ts";
import { kindOf, type Model } from "./model.ts";
import type { Fault } from "./problem.ts";
import { checkWorkflow } from "./workflow/check.ts";

/** What each kind of document is checked for, beyond its schema. */
const checks: { readonly [Each in Kind]?: (model: Model, document: any, known: Known) => readonly Fault[] } = {
  calendar: (_model, document: CalendarDocument) => checkCalendar(document),
  connection: (model, document: ConnectionDocument, known) => [
    ...checkConnection(model, document, known),
    ...checkConnectionExpressions(model, document),
  ],
  intake: (model, document: IntakeDocument, known) => checkIntake(model, document, known),
  entity: (model, document: EntityDocument, known) => [
    ...checkEntity(model, document, known),
    ...checkEntityExpressions(model, document),
    ...checkRollups(model, document),
  ],
  layout: (model, document: LayoutDocument, known) => [
    ...checkLayout(model, document, known),
    ...checkLayoutExpressions(model, document),
  ],
  role: (model, document: RoleDocument, known) => [
    ...checkRole(model, document, known),
    ...checkRoleExpressions(model, document),
  ],
  template: (model, document: TemplateDocument) => checkTemplate(model, document),
  test: (model, document: TestDocument, known) => checkTest(model, document, known),
  translation: (model, document: TranslationDocument) => checkTranslation(model, document),
  view: (model, document: ViewDocument, known) => [
    ...checkView(model, document, known),
    ...checkViewExpressions(model, document),
  ],
  workflow: (model, document: WorkflowDocument, known) =>
    model.entities.has(document.meta.entity) || !known("entity", document.meta.entity)
      ? checkWorkflow(document, model).map((it) => ({ ...it, path: placeOf(document) + it.path }))
      : [],
  "value-set": (_model, document: ValueSetDocument) =>
    doubleChoices(document.choices, (index) => placeOf(document, "choices", index, "value")),
};

/**
 * All problems of the documents of a workspace, taken together: `/<kind>/<name>` and a JSON Pointer each. It never
 * throws, whatever it is given; where it finds nothing, `readModel` may be trusted with them.
 */
export function check(given: readonly unknown[]): readonly Fault[] {
  const shapes = given.map(shapeOf);
  const named = new Set(shapes.map(({ kind, name }) => `${kind} ${name}`));
  const known: Known = (kind, name) => named.has(`${kind} ${name}`);
  const documents = shapes.flatMap(({ document }) => document ?? []);
  const standing = distinct(documents);
  const model = readSound(standing);
  // What a malformed document says is not known; translations of it are no fault of theirs.
  const malformed = shapes.some(({ faults }) => faults.length > 0);
  const checked = standing.filter((it) => !malformed || kindOf(it) !== "translation");
  const faults = [
    ...shapes.flatMap((shape) => shape.faults),
    ...checkIdentity(documents),
    ...checked.flatMap((document: AnyDocument) => checks[kindOf(document)]?.(model, document, known) ?? []),
  ];
  return faults.map((fault) => ({ ...fault, status: 422 }));
}

/** What is wrong with the form of one document alone; without faults, it can be held as a draft. */
export function shapeFaults(given: unknown): readonly Fault[] {
  return shapeOf(given, 0).faults;
}
