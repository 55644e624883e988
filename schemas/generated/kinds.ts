/* Written by `pnpm run types` from the JSON Schemas beside it. */
import calendar from "../calendar.schema.json" with { type: "json" };
import connection from "../connection.schema.json" with { type: "json" };
import entity from "../entity.schema.json" with { type: "json" };
import intake from "../intake.schema.json" with { type: "json" };
import layout from "../layout.schema.json" with { type: "json" };
import role from "../role.schema.json" with { type: "json" };
import template from "../template.schema.json" with { type: "json" };
import test from "../test.schema.json" with { type: "json" };
import translation from "../translation.schema.json" with { type: "json" };
import valueSet from "../value-set.schema.json" with { type: "json" };
import view from "../view.schema.json" with { type: "json" };
import workflow from "../workflow.schema.json" with { type: "json" };
import workspace from "../workspace.schema.json" with { type: "json" };

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
