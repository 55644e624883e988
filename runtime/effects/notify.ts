import type { Effect } from "engine";
import { newId } from "../id.ts";
import { inserted, type Filling } from "../store/insertion.ts";
import type { Performer } from "./performer.ts";

const notifications: Filling = {
  table: "_notification",
  each: { id: "uuid", for_user: "uuid", title: "text", body: "text", record: "uuid", at: "timestamptz" },
  all: { entity: "text", operation: "uuid" },
};

/** What people are told by a move. */
export const notify: Performer<Extract<Effect, { do: "notify" }>> = {
  parts: (_tx, { workspace, now, operation }, entity, asked) => {
    const cells = asked.map(({ effect: { to, title, body }, move: { record }, at = now }) => {
      return [newId(now), to, title, body, record, at];
    });
    return inserted(workspace.schema, notifications, cells, [entity, operation]);
  },
};
