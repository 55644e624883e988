import calendar from "./calendar.schema.json" with { type: "json" };
import connection from "./connection.schema.json" with { type: "json" };
import entity from "./entity.schema.json" with { type: "json" };
import expression from "./expression.schema.json" with { type: "json" };
import intake from "./intake.schema.json" with { type: "json" };
import layout from "./layout.schema.json" with { type: "json" };
import role from "./role.schema.json" with { type: "json" };
import template from "./template.schema.json" with { type: "json" };
import test from "./test.schema.json" with { type: "json" };
import translation from "./translation.schema.json" with { type: "json" };
import valueSet from "./value-set.schema.json" with { type: "json" };
import view from "./view.schema.json" with { type: "json" };
import workflow from "./workflow.schema.json" with { type: "json" };
import workspace from "./workspace.schema.json" with { type: "json" };

/** The JSON Schema of an expression, to which the others refer. */
export const expressionSchema = expression;

/** The JSON Schema of every kind of document, by the name of the kind. */
export const schemas = {
  calendar,
  connection,
  entity,
  intake,
  layout,
  role,
  template,
  test,
  translation,
  "value-set": valueSet,
  view,
  workflow,
  workspace,
} as const;

/** The kinds of documents. */
export type Kind = keyof typeof schemas;

export type {
  Action,
  AnyDocument,
  CalendarDocument,
  CalendarException,
  Choice,
  ConnectionDocument,
  Delay,
  EntityDocument,
  EventDeclaration,
  Expression,
  ExpressionGuard,
  FieldRights,
  Guard,
  IntakeDocument,
  Invocation,
  LayoutDocument,
  Property,
  RightGuard,
  Rights,
  RoleDocument,
  RolloutGuard,
  Rule,
  Scope,
  StateNode,
  Subject,
  TemplateDocument,
  TestDocument,
  Transition,
  TranslatedLabel,
  TranslationDocument,
  ValueSetDocument,
  ViewDocument,
  WeekHours,
  WorkflowDocument,
  WorkspaceDocument,
} from "./generated/index.ts";
