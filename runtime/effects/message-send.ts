import type { OutgoingEffect } from "engine";
import { newId } from "../id.ts";
import { messageIdOf, senderOf } from "../store/sendings.ts";
import { storable } from "../store/mails.ts";
import type { Performer } from "./performer.ts";

const columns = `id uuid, effect_key text, message_id text, purpose text, record uuid, from_address text, from_name text,
  reply_to text, message text, run uuid, asked jsonb, due_at timestamptz`;
const names =
  "id, effect_key, message_id, purpose, record, from_address, from_name, reply_to, message, run, asked, due_at";

/**
 * What runs send: rows of the ledger of mails, written with the step. Where it goes and what it says is read when it goes.
 * A move that was undone and is made again sends again.
 */
export const messageSend: Performer<OutgoingEffect> = {
  parts: (_tx, { workspace, model, now, operation }, entity, asked) => {
    const rows = asked.flatMap(
      ({ effect: { name, keep, params }, move: { run, record, revision, step }, ordinal, at = now }) => {
        const message = model.messages.get(String(params.message));
        if (!message) return [];
        const from = message.from ?? senderOf(model);
        const effect_key = `${run}:${revision}:${ordinal}`;
        return [
          {
            id: newId(now),
            effect_key,
            message_id: messageIdOf(workspace.schemaName, `${effect_key}:${operation}`, from.address),
            purpose: model.purposes.get(message.purpose ?? "")?.$anchor ?? null,
            record,
            from_address: from.address.toLowerCase(),
            from_name: from.name ?? null,
            reply_to: message.reply_to ?? null,
            message: message.$anchor,
            run,
            asked: { name, ...(keep ? { keep } : {}), ...(step.zone === undefined ? {} : { zone: step.zone }) },
            due_at: at,
          },
        ];
      },
    );
    if (rows.length === 0) return [];
    const { schema } = workspace;
    return [
      {
        sql: `insert into ${schema}._sending (${names}, entity, status, address, domain, to_addresses, headers, at, operation)
          select r.id, case when exists (select from ${schema}._sending s where s.effect_key = r.effect_key)
              then r.effect_key || ':' || $2::text else r.effect_key end,
            r.message_id, r.purpose, r.record, r.from_address, r.from_name, r.reply_to, r.message, r.run, r.asked, r.due_at,
            $3::text, 'queued', '', '', '{}', '{"auto-submitted": "auto-generated"}', $4::timestamptz, ($2::text)::uuid
          from jsonb_to_recordset($1::jsonb) as r(${columns}) on conflict (effect_key) do nothing`,
        parameters: [storable(rows), operation, entity, now],
      },
    ];
  },
};
