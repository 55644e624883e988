import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import type { DueSending } from "./send-claim.ts";
import { leadThrough, standingGates } from "./send-gates.ts";
import { readyRows } from "./send-ready.ts";

/** What a row of the ledger says of a mail that nobody has asked for yet. */
const unasked = {
  ...{ effect_key: "", message_id: "", address: "", domain: "", to_addresses: [], cc_addresses: [] },
  ...{ from_address: "", from_name: null, reply_to: null, subject: null, text: null, html: null, headers: {} },
  ...{ in_reply_to: null, refs: [], broadcast: null, run: null, asked: null, attempts: 0, at: "", operation: "" },
} as const;

/**
 * Why a message to records would be stopped, by their ids: the reason of the first gate that says so now and would say so
 * whenever it goes. Of the others nothing is said, and of records that are not there.
 */
export async function stoppedAhead(
  tx: Connection,
  { workspace, model, now }: Pick<Scene, "workspace" | "model" | "now">,
  name: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const message = model.messages.get(name);
  if (!message) return new Map();
  const { $anchor, entity } = message;
  const purpose = model.purposes.get(message.purpose ?? "")?.$anchor ?? null;
  const claiming = { model, now };
  const meant = ids.map((id): DueSending => ({ ...unasked, id, message: $anchor, record: id, entity, purpose }));
  const { rows, readied } = await readyRows(tx, workspace, claiming, meant);
  const there = rows.filter(({ id }) => readied.has(id));
  const stopped = await leadThrough(standingGates, tx, { workspace, claiming, readied }, there);
  return new Map([...stopped].map(([{ id }, { reason }]) => [id, reason]));
}
