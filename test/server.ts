import type { TestProject } from "vitest/node";
import { openTestServer } from "./database.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the databases of this run are made. */
    databaseUrl: string;
  }
}

/** One database server for the whole run. */
export default async function setup(project: TestProject) {
  const server = await openTestServer();
  project.provide("databaseUrl", server.url);
  return () => server.close();
}
