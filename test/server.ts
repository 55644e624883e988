import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { openEmbedded } from "../runtime/database/embedded.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the databases of this run are made. */
    databaseUrl: string;
  }
}

/** One database server for the whole run: our own, or the one that `DATABASE_URL` names. */
export default async function setup(project: TestProject) {
  const given = process.env.DATABASE_URL;
  if (given) {
    project.provide("databaseUrl", given);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "trellis-test-"));
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
  project.provide("databaseUrl", server.url("postgres"));
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
