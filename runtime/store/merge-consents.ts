import { addressesOf, type Entity, type RecordAddress, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import { standingOf, unsayConsents, writeConsents, type ConsentWrite } from "./consents.ts";
import type { Scene } from "./operation.ts";

/** Records of one person, as they were before they became one. */
interface Joined {
  readonly entity: Entity;
  readonly into: string;
  readonly records: readonly Values[];
  /** The one that stays, as it is now. */
  readonly after: Values;
}

/**
 * What a person has withdrawn at an address of one of her records holds for each address that she has now and that this
 * record did not know. An address of which the record itself said otherwise is left alone.
 */
export async function withdrawAlong(
  tx: Connection,
  scene: Scene,
  { entity, into, records, after }: Joined,
): Promise<void> {
  const reached = addressesOf(entity, after);
  const known = records.map((record) => addressesOf(entity, record));
  if (reached.length === 0 || scene.model.purposes.size === 0) return;
  const standing = await standingOf(tx, scene, [...reached, ...known.flat()]);
  const writes = [...scene.model.purposes.values()].flatMap(({ $id, $anchor }) => {
    const isWithdrawn = (it: RecordAddress) => standing.get(`${$anchor} ${keyOf(it)}`) === "withdrawn";
    const wanted = reached.filter((it) => {
      const strangers = known.filter((them) => !them.some((own) => keyOf(own) === keyOf(it)));
      return strangers.flat().some((other) => other.channel === it.channel && isWithdrawn(other)) && !isWithdrawn(it);
    });
    return wanted.map(({ channel, address }): ConsentWrite => {
      return { channel, address, purpose: $id, action: "withdraw", source, entity: entity.name, record: into };
    });
  });
  if (writes.length === 0) return;
  await writeConsents(tx, scene, writes);
  const { schema } = scene.workspace;
  await tx.query(
    `insert into ${schema}._moved (operation, kind, id, origin)
     select c.operation, 'consent', c.id, c.record from ${schema}._consent c
     where c.record = $1 and c.operation = $2 and c.source = $3`,
    [into, scene.operation, source],
  );
}

const source = "merge";
const keyOf = ({ channel, address }: RecordAddress) => `${channel} ${address}`;

/** Takes back what a merge has withdrawn. */
export async function unmergeConsents(tx: Connection, scene: Scene, operation: string): Promise<void> {
  const { rows } = await tx.query(
    `select id from ${scene.workspace.schema}._moved where operation = $1 and kind = 'consent'`,
    [operation],
  );
  await unsayConsents(
    tx,
    scene,
    (rows as { id: string }[]).map(({ id }) => id),
  );
}
