import { mailFieldsOf, planList, senderEntityOf, type Entity, type Field, type Values } from "engine";
import { bind, lockListStatement } from "engine/sql";
import type { MailboxDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { Correspondent } from "../inbound/read-mail.ts";
import type { Scene } from "./operation.ts";
import { slotsOf } from "./read.ts";
import { createRecords } from "./records.ts";
import { lockRecords } from "./rows.ts";

/** Whoever wrote a mail, as a record of the entity to which the mailbox's reference leads. */
export interface KnownSender {
  readonly id: string;
  readonly values: Values;
}

/**
 * The record of a sender among those that who works sees; one is made where the mailbox says so. Nothing where nobody
 * knows her, or where records have no reference to their senders.
 */
export async function senderOf(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  from: Correspondent,
): Promise<KnownSender | undefined> {
  const entity = senderEntityOf(scene.model, mailbox);
  const fields = entity && mailFieldsOf(entity);
  if (!entity || !fields || from.address === "") return undefined;
  const { main: address, all } = fields;
  const found = (await findBy(tx, scene, entity, all, from.address)) ?? (await made());
  if (found === undefined) return undefined;
  const rows = await lockRecords(tx, scene, entity, { ids: [found], trash: "without", loose: true });
  return { id: found, values: rows.get(found) ?? {} };

  async function made(): Promise<string | undefined> {
    const { new_sender: how } = mailbox;
    if (!how) return undefined;
    const name = from.name === "" ? from.address : from.name;
    const [id] = await createRecords(
      tx,
      scene,
      entity!.name,
      [{ ...how.values, [how.name]: name, [address.name]: from.address }],
      false,
    );
    return id;
  }
}

/** Whoever has an address among those fields that who works sees: first by the one that mails go to, then by any other. */
async function findBy(tx: Connection, scene: Scene, entity: Entity, fields: readonly Field[], address: string) {
  const { model, workspace, access } = scene;
  const rights = access?.entity(entity.name);
  if (!access || !rights) return undefined;
  const said = JSON.stringify(address);
  const names = fields.filter((field) => rights.readable(field).kind !== "none").map(({ name }) => name);
  const [main, ...others] = names;
  // As it is written first: that is found by its index.
  const looks = [main === undefined ? [] : [main], others].flatMap((them) =>
    them.length === 0
      ? []
      : [
          them.map((name) => `${name} == ${said}`).join(" || "),
          them.map((name) => `lower(${name}) == ${said}`).join(" || "),
        ],
  );
  for (const filter of looks) {
    const plan = planList(model, access, entity.name, { filter });
    const { sql, parameters } = lockListStatement({ model, schema: workspace.schema, access }, plan, undefined, 1);
    const { rows } = await tx.query(sql, [...bind(parameters, slotsOf(scene))]);
    if (rows[0]) return rows[0].id as string;
  }
  return undefined;
}
