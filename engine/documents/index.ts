import type { AnyDocument, Kind } from "schemas";
import type { Known } from "../check/field.ts";
import { kindOf, type Model } from "../model.ts";
import type { Fault } from "../problem.ts";
import { calendar } from "./calendar.ts";
import { connection } from "./connection.ts";
import { conversion } from "./conversion.ts";
import { dashboard } from "./dashboard.ts";
import type { DocumentKind, Mention, Part } from "./document-kind.ts";
import { duplicateRule } from "./duplicate-rule.ts";
import { entity } from "./entity.ts";
import { form } from "./form.ts";
import { intake } from "./intake.ts";
import { layout } from "./layout.ts";
import { portal } from "./portal.ts";
import { purpose } from "./purpose.ts";
import { mailbox } from "./mailbox.ts";
import { message } from "./message.ts";
import { queue } from "./queue.ts";
import { report } from "./report.ts";
import { role } from "./role.ts";
import { slaPolicy } from "./sla-policy.ts";
import { snippet } from "./snippet.ts";
import { score } from "./score.ts";
import { segment } from "./segment.ts";
import { survey } from "./survey.ts";
import { template } from "./template.ts";
import { test } from "./test.ts";
import { translation } from "./translation.ts";
import { valueSet } from "./value-set.ts";
import { view } from "./view.ts";
import { workflow } from "./workflow.ts";
import { workspace } from "./workspace.ts";

/** What the engine knows of the kinds of documents, by their names. */
export const documentKinds: { readonly [Each in Kind]: DocumentKind<any> } = {
  calendar,
  connection,
  conversion,
  dashboard,
  "duplicate-rule": duplicateRule,
  entity,
  form,
  intake,
  layout,
  message,
  portal,
  purpose,
  "sla-policy": slaPolicy,
  mailbox,
  queue,
  report,
  role,
  snippet,
  score,
  segment,
  survey,
  template,
  test,
  translation,
  "value-set": valueSet,
  view,
  workflow,
  workspace,
};

/** What is wrong with a document among the others of its model. */
export function checkDocument(document: AnyDocument, model: Model, known: Known): readonly Fault[] {
  return documentKinds[kindOf(document)].check?.(document, model, known) ?? [];
}

/** Every name in a document that the model knows. */
export function mentionsOf(document: AnyDocument, model: Model): readonly Mention[] {
  return documentKinds[kindOf(document)].mentions(document, model);
}

/** A document in its parts. */
export function partsOf(document: AnyDocument, model: Model): readonly Part[] {
  return documentKinds[kindOf(document)].parts(document, model);
}
