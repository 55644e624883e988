import type { Effect } from "engine";
import type { Performer } from "./performer.ts";

/** Whose turn it was. The row is there and locked since it was asked who is next. */
export const rotationTurn: Performer<Extract<Effect, { do: "rotation.turn" }>> = {
  parts: (_tx, { workspace, now }, _entity, asked) => {
    const last = new Map(asked.map(({ effect }) => [effect.rotation, effect.to]));
    const sql = `update ${workspace.schema}._rotation as t set last = r.last, at = $3::timestamptz
      from unnest($1::text[], $2::uuid[]) as r(name, last) where t.name = r.name`;
    return [{ sql, parameters: [[...last.keys()], [...last.values()], now] }];
  },
};
