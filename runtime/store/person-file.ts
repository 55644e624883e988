import { personAddress, type Values } from "engine";
import { newId } from "../id.ts";
import { zip } from "../zip.ts";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { alongOf, erasedOf, personEntity } from "./erase.ts";
import { filled, type Erased } from "./erase-steps.ts";
import { engineScene } from "./due.ts";
import { getRecord, type ReadScene } from "./read.ts";
import { traces } from "./traces.ts";

const rowsMost = 20_000;
const fileBytesMost = 100 * 1024 * 1024;

/**
 * Everything that is kept of a person, as a zip of one JSON document and her files (GDPR articles 15 and 20), as of one
 * moment. What is too much for one file is said in `left_off`, by what it is of.
 */
export async function personFile(scene: ReadScene, name: string, id: string): Promise<Buffer> {
  const { workspace, model, now } = scene;
  const entity = personEntity(scene, name);
  await getRecord(scene, name, id, { fields: "id" });
  return transaction(workspace.pool, "report", async (tx) => {
    const at = engineScene(workspace, model, now);
    const along = await alongOf(tx, at, entity, id, true);
    const erased = await erasedOf(workspace, entity, along);
    const [person, ...others] = along.map(({ entity: of, record }): Values => ({
      entity: of.name,
      ...shownOf(record),
    }));
    const told = await tracesOf(tx, erased);
    const files = await filesOf(tx, erased);
    const document = {
      about: {
        id: newId(now),
        at: now.toISOString(),
        entity: name,
        address: person?.[personAddress(entity)?.name ?? ""] ?? null,
      },
      record: person,
      records: others,
      ...told.kinds,
      left_off: [...told.leftOff, ...files.leftOff],
    };
    const json = Buffer.from(`${JSON.stringify(document, null, 2)}\n`, "utf8");
    return zip(new Map<string, Uint8Array>([["person.json", json], ...files.found]));
  });
}

/** A record without what the engine has noted on it for itself. */
const shownOf = (record: Values): Values =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !field.startsWith("_")));

async function tracesOf(tx: Connection, erased: Erased) {
  const kinds: Record<string, unknown[]> = {};
  const leftOff: string[] = [];
  for (const { name, table, key, where, told, set } of traces) {
    // What is emptied when it is over and goes when it is not is told once.
    if (told === undefined || (table === "_sending" && set === undefined)) continue;
    const { rows } = await tx.query(
      ...filled(`select ${told} from {ws}.${table} where ${where} order by ${key} limit ${rowsMost + 1}`, erased),
    );
    if (rows.length > rowsMost) leftOff.push(name);
    (kinds[name] ??= []).push(...rows.slice(0, rowsMost).map((row) => ({ of: table.slice(1), ...row })));
  }
  return { kinds, leftOff };
}

async function filesOf(tx: Connection, erased: Erased) {
  const found: [string, Uint8Array][] = [];
  const leftOff: string[] = [];
  const files = traces.find(({ table }) => table === "_file")!;
  const { rows } = await tx.query(
    ...filled(
      `select id, name, size_bytes from {ws}._file where ${files.where} order by at, id limit ${rowsMost}`,
      erased,
    ),
  );
  let bytes = 0;
  for (const { id, name, size_bytes } of rows as { id: string; name: string; size_bytes: string }[]) {
    bytes += Number(size_bytes);
    if (bytes > fileBytesMost) {
      leftOff.push(`files/${id}`);
      continue;
    }
    const chunks = await tx.query(`select bytes from ${erased.schema}._file_chunk where file = $1 order by part`, [id]);
    const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? "";
    found.push([`files/${id}${ending}`, Buffer.concat(chunks.rows.map((row: { bytes: Buffer }) => row.bytes))]);
  }
  return { found, leftOff };
}
