import { randomBytes } from "node:crypto";
import { openPool } from "../runtime/database/pool.ts";
import { newId } from "../runtime/id.ts";

/** A database of its own. */
export interface Database {
  readonly url: string;
  drop(): Promise<void>;
}

/** Makes a database on a server that is named by the address of any of its databases. */
export async function makeDatabase(server: string): Promise<Database> {
  const name = `trellis_${newId(new Date()).replaceAll("-", "").slice(0, 12)}${randomBytes(4).toString("hex")}`;
  const control = openPool(server, () => undefined, 1);
  await control.query(`create database ${name}`);
  await control.end();
  const drop = async () => {
    const pool = openPool(server, () => undefined, 1);
    await pool.query(`drop database if exists ${name} with (force)`);
    await pool.end();
  };
  return { url: server.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`), drop };
}
