import type { MailboxDocument } from "schemas";
import { eventAddress } from "../address.ts";
import { checkMailbox, senderEntityOf } from "../check/mailbox.ts";
import { recordScope } from "../expression/scope.ts";
import type { Entity, Model } from "../model.ts";
import type { DocumentKind, Mention, Steps } from "./document-kind.ts";
import { chosen, entityName, expression, fieldName, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A mailbox names its entity, the fields that mails fill, those of the sender, events, and what says that a record is done. */
export const mailbox: DocumentKind<MailboxDocument> = {
  check: (document, model, known) => checkMailbox(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const sender = senderEntityOf(model, document);
    const { fields, copied = {}, new_sender, done, reply_event } = document;
    const event = (type: string | undefined, steps: Steps) =>
      type === undefined ? [] : named(type, eventAddress(model, document.entity, type), steps);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldName(entity, fields.subject, ["fields", "subject"]),
      ...fieldName(entity, fields.body, ["fields", "body"], { spare: true }),
      ...fieldName(entity, fields.sender, ["fields", "sender"], { spare: true }),
      ...valuesGiven(model, entity, document.values, ["values"]),
      ...Object.entries(copied).flatMap(([name, from]) => [
        ...named(name, entity?.fields.get(name)?.address, ["copied", name], { key: true, spare: true }),
        ...fieldName(sender, from, ["copied", name]),
      ]),
      ...fieldName(sender, new_sender?.name, ["new_sender", "name"]),
      ...valuesGiven(model, sender, new_sender?.values, ["new_sender", "values"]),
      ...event(reply_event, ["reply_event"]),
      ...(entity && done ? expression(done.when, recordScope(model, entity.name), ["done", "when"]) : []),
      ...fieldName(entity, done?.at, ["done", "at"], { spare: true }),
      ...fieldName(entity, done?.follows, ["done", "follows"], { spare: true }),
      ...event(done?.event, ["done", "event"]),
    ];
  },
  parts: (document) => [whole(document, document.title, document.$id)],
  said: (document) => saidOf(itself, document),
};

/** Fields by their names as keys, and choices among the values that they are given. */
export function valuesGiven(
  model: Model,
  entity: Entity | undefined,
  values: Readonly<Record<string, unknown>> | undefined,
  steps: Steps,
): readonly Mention[] {
  return Object.entries(values ?? {}).flatMap(([name, value]) => {
    const field = entity?.fields.get(name);
    return [
      ...named(name, field?.address, [...steps, name], { key: true, spare: true }),
      ...chosen(model, field, value, [...steps, name]),
    ];
  });
}
