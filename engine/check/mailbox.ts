import type { MailboxDocument, SnippetDocument } from "schemas";
import { mailFieldsOf } from "../mail-fields.ts";
import { variablesIn } from "../message.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { fieldUnknown } from "./entity.ts";
import { conditionFaults } from "./expressions.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown, eventFaults } from "./screens.ts";

/** The entity of those who write to a mailbox: what its reference to the sender points at. */
export function senderEntityOf(model: Model, { entity, fields }: MailboxDocument): Entity | undefined {
  const reference = fields.sender === undefined ? undefined : model.entities.get(entity)?.fields.get(fields.sender);
  return reference?.targets[0] === undefined ? undefined : model.entities.get(reference.targets[0]);
}

/** The field of an entity with the address to which mails for whom a record is about go. */
export const addressFieldOf = (entity: Entity): Field | undefined => mailFieldsOf(entity)?.main;

/** What a mailbox names: an entity, fields that can take what they are given, events, and a reference to those who write. */
export function checkMailbox(model: Model, document: MailboxDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const { fields, done, reply_event, copied = {}, new_sender } = document;
  const sender = senderEntityOf(model, document);
  const place = (...steps: readonly string[]) => placeOf(document, ...steps);
  return [
    ...taking(entity, fields.subject, "a text", isText, place("fields", "subject")),
    ...taking(entity, fields.body, "a text", isText, place("fields", "body")),
    ...taking(
      entity,
      fields.sender,
      "a reference to one entity with an e-mail address",
      isSender,
      place("fields", "sender"),
    ),
    ...Object.keys(document.values ?? {}).flatMap((name) =>
      taking(entity, name, "", () => true, place("values", name)),
    ),
    ...senderFaults(document, entity, sender, { copied, new_sender }),
    ...taking(entity, done?.at, "a moment", ({ type }) => type.name === "date_time", place("done", "at"), true),
    ...taking(entity, done?.follows, "a reference to the entity itself", isItself, place("done", "follows")),
    ...(done ? conditionFaults(model, entity.name, done.when, place("done", "when")) : []),
    ...eventFaults(model, entity, reply_event === undefined ? [] : [reply_event], () => place("reply_event")),
    ...eventFaults(model, entity, done?.event === undefined ? [] : [done.event], () => place("done", "event")),
    ...serverFaults(document),
    ...(["subject", "text"] as const).flatMap((part) =>
      textFaults(entity, document.auto_reply?.[part] ?? "", ["subject", "sender"], place("auto_reply", part)),
    ),
    ...doubled(model, document),
  ];

  function isSender({ targets }: Field): boolean {
    const target = targets.length === 1 ? model.entities.get(targets[0]!) : undefined;
    return target !== undefined && addressFieldOf(target) !== undefined;
  }

  function isItself({ targets }: Field): boolean {
    return targets.length === 1 && targets[0] === entity!.name;
  }
}

const isText = (field: Field) => field.type.type(field.property).kind === "text" && field.targets.length === 0;

function taking(
  entity: Entity,
  name: string | undefined,
  wanted: string,
  fits: (field: Field) => boolean,
  path: string,
  read = false,
): readonly Fault[] {
  if (name === undefined) return [];
  const field = entity.fields.get(name);
  if (!field) return [fieldUnknown(entity, name, path)];
  if (!fits(field)) return [fault("mailbox.field", { field: name, wanted, path })];
  return field.readOnly && !read ? [fault("field.read_only", { field: name, path })] : [];
}

/** What is taken from the sender, and what a new one gets, needs a reference to her. */
function senderFaults(
  document: MailboxDocument,
  entity: Entity,
  sender: Entity | undefined,
  {
    copied,
    new_sender,
  }: { copied: Readonly<Record<string, string>>; new_sender: MailboxDocument["new_sender"] | undefined },
): readonly Fault[] {
  const wantsSender = Object.keys(copied).length > 0 || new_sender !== undefined;
  if (!sender) return wantsSender ? [fault("mailbox.sender", { path: placeOf(document, "fields") })] : [];
  return [
    ...Object.entries(copied).flatMap(([name, from]) => [
      ...taking(entity, name, "", () => true, placeOf(document, "copied", name)),
      ...(sender.fields.has(from) ? [] : [fieldUnknown(sender, from, placeOf(document, "copied", name))]),
    ]),
    ...taking(sender, new_sender?.name, "a text", isText, placeOf(document, "new_sender", "name")),
    ...Object.keys(new_sender?.values ?? {}).flatMap((name) =>
      taking(sender, name, "", () => true, placeOf(document, "new_sender", "values", name)),
    ),
  ];
}

/** What is moved goes to another folder than that from which it is read. */
function serverFaults(document: MailboxDocument): readonly Fault[] {
  const { folder = "INBOX", then, moved_to } = document.imap ?? {};
  const other = moved_to !== undefined && moved_to.toLowerCase() !== folder.toLowerCase();
  if ((then === "move") === (moved_to !== undefined) && (moved_to === undefined || other)) return [];
  return [fault("mailbox.folder", { path: placeOf(document, "imap", "moved_to") })];
}

/** Two mailboxes with one address would each take the other's mails. */
function doubled(model: Model, { $id, address }: MailboxDocument): readonly Fault[] {
  const other = [...model.mailboxes.values()].find((it) => it.address === address && it.$id !== $id);
  return other ? [fault("mailbox.address", { address, other: other.title, path: `/mailbox/${$id}/address` })] : [];
}

/** Variables of a text that nothing fills: it has the fields of the record, and what is known besides. */
function textFaults(entity: Entity, text: string, known: readonly string[], path: string): readonly Fault[] {
  return variablesIn(text).variables.flatMap(({ path: name }) =>
    known.includes(name) || entity.fields.has(name)
      ? []
      : [fault("message.variable", { name, path, ...near(name, [...known, ...entity.fields.keys()]) })],
  );
}

/** What a snippet names: an entity, fields that can be given a value, and an event. */
export function checkSnippet(model: Model, document: SnippetDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const { event, values = {}, roles = [] } = document;
  return [
    ...textFaults(entity, document.text, ["sender.name", "sender.address", "user.name"], placeOf(document, "text")),
    ...roles.flatMap((role, index) =>
      model.roles.has(role)
        ? []
        : [fault("role.unknown", { role, path: placeOf(document, "roles", index), ...near(role, model.roles.keys()) })],
    ),
    ...Object.keys(values).flatMap((name) => taking(entity, name, "", () => true, placeOf(document, "values", name))),
    ...eventFaults(model, entity, event === undefined ? [] : [event], () => placeOf(document, "event")),
  ];
}
