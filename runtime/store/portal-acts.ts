import {
  askedOf,
  fault,
  languageKept,
  Problem,
  problem,
  readAsked,
  recordsIn,
  refuse,
  workflowsOf,
  type Answers,
  type Entity,
  type FormQuestion,
  type Offer,
  type Values,
} from "engine";
import type { PortalDocument, PortalEvent, PortalRecords } from "schemas";
import type { Connection } from "../database/pool.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { operate, type Scene } from "./operation.ts";
import { keepWritten } from "./portal-talk.ts";
import type { PortalAt, Visitor } from "./portal-visitor.ts";
import { createRecords, isId } from "./records.ts";
import { offersFor, send } from "./step.ts";
import { writeWhatHolds } from "./write.ts";

const textMost = 20_000;

/** What was sent from a page: answers by their names, and what tells this sending from every other. */
export interface SentFrom {
  readonly names: readonly string[];
  readonly answers: Answers;
  readonly once: string;
  readonly files: readonly SentFile[];
}

/** A file that was sent along, read and allowed. */
export interface SentFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Acting {
  readonly portal: PortalDocument;
  readonly records: PortalRecords;
  readonly entity: Entity;
}

/** What a portal says of an entity by the newest model. Throws where it says nothing. */
function actingIn(scene: Pick<Scene, "model">, portal: PortalDocument, name: string): Acting {
  const newest = scene.model.portals.get(portal.$id);
  const records = newest && recordsIn(newest, name);
  const entity = scene.model.entities.get(name);
  if (!newest || newest.open === false || !records || !entity) throw problem("portal.missing", {});
  return { portal: newest, records, entity };
}

/** Does something as a visitor, as one operation. The same sending works once, however often it comes. */
async function act(
  { workspace, portal, now }: PortalAt,
  { principal }: Visitor,
  once: string,
  work: (tx: Connection, scene: Scene) => Promise<string>,
): Promise<string> {
  const told = { kind: "portal", title: portal.title, now };
  const { result } = await operate(workspace, principal, told, async (tx, scene) => {
    const { rowCount } = await tx.query(
      `insert into ${workspace.schema}._spent (challenge, hash, at) values ($1, $2, $3) on conflict (challenge) do nothing`,
      [`portal ${principal.id} ${once}`, "", now],
    );
    return rowCount === 1 ? work(tx, scene) : "";
  });
  return result;
}

/** Keeps in which language a visitor has chosen to be spoken to, where her entity has a field for it: the house's own doing. */
export async function keepLanguage({ workspace, portal, now }: PortalAt, { principal }: Visitor, language: string) {
  const told = { kind: "portal", title: portal.title, now };
  await operate(workspace, principal, told, async (tx, given) => {
    const scene = { ...given, access: undefined };
    const entity = entityOf(scene, portal.person.entity);
    const after = languageKept(scene.model, entity, language);
    if (Object.keys(after).length === 0) return;
    await writeWhatHolds(tx, scene, [{ act: "update", entity: entity.name, id: principal.id, after }]);
  });
}

/** Only what is asked for is taken: whatever else is sent along is refused by its name. */
function onlyAsked(sent: SentFrom, questions: readonly FormQuestion[]): void {
  const known = new Set(questions.map(({ name }) => name));
  refuse(
    sent.names
      .filter((name) => !known.has(name))
      .map((name) => fault("portal.not_asked", { name: name.slice(0, 80).toWellFormed(), path: "" })),
  );
}

/** The record that a visitor sees, locked. */
async function lockSeen(tx: Connection, scene: Scene, entity: Entity, id: string): Promise<Values> {
  const seen = scene.access?.entity(entity.name)?.rule("read") ?? { kind: "none" };
  const rows = await lockRecords(tx, scene, entity, { ids: isId(id) ? [id] : [], trash: "without", seen });
  const record = rows.get(id);
  if (!record) throw problem("record.missing", { entity: entity.name });
  return record;
}

/**
 * Makes a record of what a visitor was asked for, hers where the portal says by which field. It has to be one that she
 * sees. Answers its id; nothing where this sending has been here before.
 */
export function makeRecord(at: PortalAt, visitor: Visitor, name: string, sent: SentFrom): Promise<string> {
  return act(at, visitor, sent.once, async (tx, scene) => {
    const { portal, records, entity } = actingIn(scene, at.portal, name);
    const { new: made, person, conversation } = records;
    if (!made) throw problem("portal.missing", {});
    const questions = askedOf(scene.model, name, made.fields);
    onlyAsked(sent, questions);
    const { values, faults } = readAsked(scene.model, name, questions, sent.answers);
    refuse(faults);
    const copied = Object.entries(made.copied ?? {}).map(([to, from]) => [to, visitor.values[from] ?? null] as const);
    const input = {
      ...{ ...values, ...made.values, ...Object.fromEntries(copied.filter(([, value]) => value !== null)) },
      ...(person === undefined ? {} : { [person]: visitor.principal.id }),
    };
    // What else follows from a new record is the house's own; that it is hers to make is asked of the row.
    const [id = ""] = await createRecords(tx, { ...scene, access: undefined }, name, [input], false);
    const seen = scene.access?.entity(name)?.rule("create") ?? { kind: "none" };
    const record = (await lockRecords(tx, scene, entity, { ids: [id], trash: "without", seen })).get(id);
    if (!record) throw problem("right.missing", { right: `create this in "${entity.plural}"` });
    const text = questions.flatMap((it) => (it.asks === "lines" ? (values[it.name] ?? []) : []))[0];
    const written = conversation && typeof text === "string" ? text : undefined;
    if (written === undefined && sent.files.length > 0) throw problem("portal.missing", {});
    if (written !== undefined)
      await keepWritten(tx, scene, {
        portal,
        visitor,
        records,
        entity,
        record,
        text: written,
        files: sent.files,
        first: true,
      });
    return id;
  });
}

/** Writes into the conversation of a record that a visitor sees. */
export function writeAnswer(at: PortalAt, visitor: Visitor, name: string, id: string, sent: SentFrom) {
  return act(at, visitor, sent.once, async (tx, scene) => {
    const { portal, records, entity } = actingIn(scene, at.portal, name);
    if (records.conversation?.answer !== true) throw problem("portal.missing", {});
    const record = await lockSeen(tx, scene, entity, id);
    const text = (sent.answers("text")[0] ?? "").replaceAll("\r\n", "\n").trim();
    if (text === "" || text.length > textMost || text.includes("\0") || !text.isWellFormed())
      throw problem("portal.value", { wanted: `a text of ${textMost} signs at most`, path: "/text" });
    await keepWritten(tx, scene, { portal, visitor, records, entity, record, text, files: sent.files, first: false });
    return id;
  });
}

/** Sends a record that a visitor sees an event that the portal gives her, with what it asks for. */
export function sendFromPortal(
  at: PortalAt,
  visitor: Visitor,
  { entity: name, id, event: type }: { readonly entity: string; readonly id: string; readonly event: string },
  sent: SentFrom,
) {
  return act(at, visitor, sent.once, async (tx, scene) => {
    const { records, entity } = actingIn(scene, at.portal, name);
    const event = records.events?.find((it) => it.event === type);
    if (!event || sent.files.length > 0) throw problem("portal.missing", {});
    await lockSeen(tx, scene, entity, id);
    const questions = askedOf(scene.model, name, event.fields ?? []);
    onlyAsked(sent, questions);
    const { values, faults } = readAsked(scene.model, name, questions, sent.answers);
    refuse(faults);
    const open = { ...scene, access: undefined };
    await send(tx, open, name, id, { type, values, data: undefined, version: undefined });
    return id;
  });
}

/** An event that a visitor may send now. */
export interface PublicOffer {
  readonly event: PortalEvent;
  readonly title: string;
}

/** What a visitor may send to a record that she sees, where it stands. */
export async function offersOf(
  { workspace, now }: PortalAt,
  { principal }: Visitor,
  { entity: name, events = [] }: PortalRecords,
  id: string,
): Promise<readonly PublicOffer[]> {
  if (events.length === 0) return [];
  const told = { kind: "look", title: "Look at moves", now, operation: id };
  const { result } = await operate(workspace, principal, told, async (tx, scene): Promise<readonly Offer[]> => {
    if (workflowsOf(scene.model, entityOf(scene, name)).length === 0) return [];
    return offersFor(tx, scene, name, id).catch((error: unknown) => {
      if (error instanceof Problem && error.faults[0].code === "run.missing") return [];
      throw error;
    });
  });
  return events.flatMap((event) => {
    const offer = result.find(({ type, allowed }) => type === event.event && allowed);
    return offer ? [{ event, title: event.title ?? offer.title }] : [];
  });
}
