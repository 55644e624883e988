import { addressFieldOf, type Entity, type Model } from "engine";
import type { MailboxDocument, SnippetDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";
import { eventsOf } from "./policy.ts";

/** Fields of an entity that take a text. */
export const textsOf = (entity: Entity | undefined) => writable(entity).filter(({ type }) => texts.has(type.name));
const texts: ReadonlySet<string> = new Set(["text", "long_text"]);

/** Fields that point at one kind of records that have an address: who writes is found among them. */
export const sendersOf = (model: Model | undefined, entity: Entity | undefined) =>
  writable(entity).filter(({ targets }) => {
    const target = targets.length === 1 ? model?.entities.get(targets[0]!) : undefined;
    return target !== undefined && addressFieldOf(target) !== undefined;
  });

/** The reference to whoever writes: to people where one leads to them, else to whatever has an address. */
export const likelySender = (model: Model | undefined, entity: Entity | undefined) => {
  const found = sendersOf(model, entity);
  return found.find(({ targets }) => model?.entities.get(targets[0]!)?.document.person !== undefined) ?? found[0];
};

/** An address for a new mailbox at the domain of the others, that none of them has. */
export function freeAddress(title: string, others: readonly Pick<MailboxDocument, "address">[]): string {
  const domain = others[0]?.address.split("@")[1] ?? "example.com";
  const name =
    title
      .normalize("NFKD")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 16) || "service";
  const taken = new Set(others.map(({ address }) => address));
  const numbered = [name, ...others.map((_, at) => `${name}-${String(at + 2)}`)];
  return numbered.map((it) => `${it}@${domain}`).find((it) => !taken.has(it)) ?? `${name}@${domain}`;
}

/** Own fields that somebody may write. */
export const writable = (entity: Entity | undefined) =>
  [...(entity?.fields.values() ?? [])].filter(({ readOnly, system }) => !readOnly && !system);

/** The events of an entity's own workflows. */
export const ownEvents = (model: Model | undefined, entity: string): readonly string[] => {
  const own = [...(model?.workflows.values() ?? [])].filter(({ meta }) => meta.entity === entity);
  return eventsOf(model, entity).filter((type) => own.some(({ meta }) => Object.hasOwn(meta.events, type)));
};

/** A new mailbox: the subject becomes the name of the record, whoever writes is found by her address. */
export function newMailbox(title: string, { address, entity, model, taken }: MailboxStart): MailboxDocument {
  const [body] = textsOf(entity).filter(({ type }) => type.name === "long_text");
  const sender = likelySender(model, entity);
  return {
    $schema: "urn:trellis:mailbox:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("mbx"),
    title,
    address,
    entity: entity.name,
    fields: {
      subject: entity.nameField?.name ?? textsOf(entity)[0]?.name ?? "title",
      ...(body ? { body: body.name } : {}),
      ...(sender ? { sender: sender.name } : {}),
    },
  };
}

interface MailboxStart {
  readonly address: string;
  readonly entity: Entity;
  readonly model: Model;
  readonly taken: readonly string[];
}

/** A mail to try a mailbox with, as a server would bring it. */
export const sampleMail = ({ address }: Pick<MailboxDocument, "address">): string =>
  [
    "From: Hana Mori <hana@customer.example>",
    `To: ${address}`,
    "Subject: The laser stops after ten minutes",
    `Message-ID: <${newAnchor("try")}@customer.example>`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    "",
    "It has done so since Monday. What can we do?",
    "",
    "Hana",
  ].join("\n");

/** A new text to answer with. */
export const newSnippet = (title: string, entity: string, text: string, taken: readonly string[]): SnippetDocument => ({
  $schema: "urn:trellis:snippet:1",
  $id: nameFor(title, taken),
  $anchor: newAnchor("snp"),
  title,
  entity,
  text,
});

/** A text with another one put where the caret stands. */
export const inserted = (text: string, at: number, more: string): string =>
  `${text.slice(0, at)}${more}${text.slice(at)}`;
