/* Written by `pnpm run types` from the JSON Schemas beside it. */
import calendar from "../calendar.schema.json" with { type: "json" };
import connection from "../connection.schema.json" with { type: "json" };
import conversion from "../conversion.schema.json" with { type: "json" };
import dashboard from "../dashboard.schema.json" with { type: "json" };
import duplicateRule from "../duplicate-rule.schema.json" with { type: "json" };
import entity from "../entity.schema.json" with { type: "json" };
import form from "../form.schema.json" with { type: "json" };
import intake from "../intake.schema.json" with { type: "json" };
import layout from "../layout.schema.json" with { type: "json" };
import mailbox from "../mailbox.schema.json" with { type: "json" };
import message from "../message.schema.json" with { type: "json" };
import portal from "../portal.schema.json" with { type: "json" };
import purpose from "../purpose.schema.json" with { type: "json" };
import queue from "../queue.schema.json" with { type: "json" };
import report from "../report.schema.json" with { type: "json" };
import role from "../role.schema.json" with { type: "json" };
import score from "../score.schema.json" with { type: "json" };
import segment from "../segment.schema.json" with { type: "json" };
import slaPolicy from "../sla-policy.schema.json" with { type: "json" };
import snippet from "../snippet.schema.json" with { type: "json" };
import survey from "../survey.schema.json" with { type: "json" };
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
  conversion,
  dashboard,
  "duplicate-rule": duplicateRule,
  entity,
  form,
  intake,
  layout,
  mailbox,
  message,
  portal,
  purpose,
  queue,
  report,
  role,
  score,
  segment,
  "sla-policy": slaPolicy,
  snippet,
  survey,
  template,
  test,
  translation,
  "value-set": valueSet,
  view,
  workflow,
  workspace,
} as const;
