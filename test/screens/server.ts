import { openTestServer } from "../database.ts";
import { dropPlanted } from "../planted.ts";

/** One database server for all screens of a run; those who start products find it by `TRELLIS_TEST_SERVER`. */
export default async function setup() {
  const server = await openTestServer();
  process.env.TRELLIS_TEST_SERVER = server.url;
  process.env.TRELLIS_TEST_RUN = server.run;
  return async () => {
    await dropPlanted(server);
    await server.close();
  };
}
