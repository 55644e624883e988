import pg from "pg";
import type { Query } from "./pool.ts";
import { watched } from "./watched.ts";

type Done = (error: Error | undefined, result: pg.QueryResult) => void;

/**
 * A connection that sends statements as they are. The driver copies each that comes as an object by the descriptors of
 * its properties, which takes longer than all else that it does with a statement of a few values.
 */
export class Client extends pg.Client {
  override query(...[asked, values, done]: any[]): any {
    if (typeof asked.submit === "function") return super.query(asked);
    if (typeof done === "function") return super.query(queryOf(asked, values, done));
    return watched(asked, () => this.#answered(asked, values));
  }

  #answered(asked: string | Query, values: unknown[] | undefined): Promise<pg.QueryResult> {
    return new Promise<pg.QueryResult>((answer, fail) => {
      super.query(queryOf(asked, values, (error, result) => (error ? fail(error) : answer(result))));
    }).catch((error: unknown) => {
      // From where it was asked, not from where the answer was read.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    });
  }
}

function queryOf(asked: string | Query, values: unknown[] | undefined, done: Done): pg.Query {
  if (typeof asked === "string") return Object.assign(new pg.Query(asked, values), { callback: done });
  const query = new pg.Query(asked.text, (asked.values as unknown[] | undefined) ?? values);
  return Object.assign(query, { callback: done }, asked.name === undefined ? undefined : { name: asked.name });
}
