import type { Effect } from "engine";
import { newId } from "../id.ts";
import { inserted, type Filling } from "../store/insertion.ts";
import type { Performer } from "./performer.ts";

const notifications: Filling = {
  table: "_notification",
  each: { id: "uuid", for_user: "uuid", title: "text", body: "text", record: "uuid" },
  all: { at: "timestamptz", entity: "text", operation: "uuid" },
};

/** What people are told by a move. */
export const notify: Performer<Extract<Effect, { do: "notify" }>> = {
  parts: (_tx, { workspace, now, operation }, entity, asked) => {
    const cells = asked.map(({ effect, move }) => [newId(now), effect.to, effect.title, effect.body, move.record]);
    return inserted(workspace.schema, notifications, cells, [now, entity, operation]);
  },
};
