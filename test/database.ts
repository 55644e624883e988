import { randomBytes } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import { openEmbedded } from "../runtime/database/embedded.ts";
import { openPool } from "../runtime/database/pool.ts";
import { newId } from "../runtime/id.ts";
import { makeFolder } from "./folder.ts";

/** A database server for tests. */
export interface TestServer {
  /** The address of one of its databases. */
  readonly url: string;
  /** What names of databases begin with that are kept for the whole run. */
  readonly run: string;
  close(): Promise<void>;
}

/** A database of its own. */
export interface Database {
  readonly url: string;
  drop(): Promise<void>;
}

/** Our own server, which keeps nothing when the machine fails, or the one that `DATABASE_URL` names. */
export async function openTestServer(): Promise<TestServer> {
  const given = process.env.DATABASE_URL;
  const run = `trellis_planted_${process.pid}`;
  if (given) return { url: given, run, close: async () => undefined };
  const folder = await makeFolder("test");
  // The server may run as another user, who must get through.
  await chmod(folder, 0o755);
  const quick = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=256MB",
  ];
  const server = await openEmbedded(folder, quick);
  const close = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url("postgres"), run, close };
}

/** Copied as files: through the log, block by block, it takes ten times as long. */
export const copied = "strategy file_copy";

/** Makes a database on a server that is named by the address of any of its databases: empty, or a copy. */
export async function makeDatabase(server: string, template = "template1"): Promise<Database> {
  const name = `trellis_${newId(new Date()).replaceAll("-", "").slice(0, 12)}${randomBytes(4).toString("hex")}`;
  const control = openPool(server, () => undefined, 1);
  await control.query(`create database ${name} template ${template} ${copied}`);
  await control.end();
  const drop = async () => {
    const pool = openPool(server, () => undefined, 1);
    await pool.query(`drop database if exists ${name} with (force)`);
    await pool.end();
  };
  return { url: databaseOn(server, name), drop };
}

/** The address of a database by its name, on the server of another. */
export function databaseOn(server: string, name: string): string {
  return server.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
}
