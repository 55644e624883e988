import { small } from "./mails.ts";
import { readyLetters, type Readied } from "./message-letters.ts";
import { domainOf, isAddress } from "./sendings.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { Claiming, DueSending } from "./send-claim.ts";

/** What messages become for the rows that ask for one. Of a row without one nothing is said. */
export type ReadiedRows = ReadonlyMap<string, Readied>;

/**
 * Reads what the messages of rows say to their records, with one statement for each message, and tells the rows where
 * they go.
 */
export async function readyRows(
  tx: Connection,
  workspace: Workspace,
  { model, now }: Pick<Claiming, "model" | "now">,
  rows: readonly DueSending[],
): Promise<{ readonly rows: readonly DueSending[]; readonly readied: ReadiedRows }> {
  const asking = rows.filter(({ message, record }) => message !== null && record !== null);
  if (asking.length === 0) return { rows, readied: new Map() };
  const readied = new Map<string, Readied>();
  for (const [anchor, them] of Map.groupBy(asking, ({ message }) => message)) {
    const document = [...model.messages.values()].find((it) => it.$anchor === anchor);
    if (!document) continue;
    const ids = [...new Set(them.map(({ record }) => record!))];
    const found = await readyLetters(tx, { workspace, model, now }, document, ids);
    for (const { id, record } of them) {
      const one = found.get(record!);
      if (one) readied.set(id, one);
    }
  }
  const addressed = rows.map((row) => {
    const given = readied.get(row.id)?.address ?? "";
    if (row.message === null || !isAddress(given)) return row;
    const address = small(given);
    return { ...row, address, domain: domainOf(address), to_addresses: [address] };
  });
  return { rows: addressed, readied };
}
