import { makeDatabase, type Database } from "../database.ts";
import { removeData, startProduct, type Product } from "../process.ts";

/** The product behind a browser, and how it goes away with its data. */
export interface Shown extends Product {
  close(): Promise<void>;
}

/** Who acts at a screen is told at once; what comes by itself may take a second, as several products share a machine. */
const pollMs = "1000";

/** Starts the product for a browser: on the database given, on the server that `DATABASE_URL` names, else on its own. */
export async function showProduct(env: Readonly<Record<string, string>> = {}, given?: Database): Promise<Shown> {
  const server = process.env.DATABASE_URL;
  const database = given ?? (server ? await makeDatabase(server) : undefined);
  const product = await startProduct({
    env: { TRELLIS_POLL_MS: pollMs, ...env, ...(database ? { DATABASE_URL: database.url } : {}) },
  });
  const close = async () => {
    await product.stop();
    await removeData(product.folder);
    await database?.drop();
  };
  return { ...product, close };
}
