import type { TestProject } from "vitest/node";
import { openTestServer } from "./database.ts";
import { dropPlanted } from "./planted.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the databases of this run are made. */
    databaseUrl: string;
    /** What names of databases begin with that are kept for the whole run. */
    databaseRun: string;
  }
}

/** One database server for the whole run. */
export default async function setup(project: TestProject) {
  const server = await openTestServer();
  project.provide("databaseUrl", server.url);
  project.provide("databaseRun", server.run);
  return async () => {
    await dropPlanted(server);
    await server.close();
  };
}
