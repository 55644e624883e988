import type { Effect, NotifiedGroup } from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { inserted, type Filling } from "../store/insertion.ts";
import type { Performer } from "./performer.ts";

const notifications: Filling = {
  table: "_notification",
  each: { id: "uuid", for_user: "uuid", title: "text", body: "text", record: "uuid", at: "timestamptz", run: "uuid" },
  all: { entity: "text", operation: "uuid" },
};

/** What people are told by a move. */
export const notify: Performer<Extract<Effect, { do: "notify" }>> = {
  parts: async (tx, { workspace, now, operation }, entity, asked) => {
    const groups = asked.flatMap(({ effect: { group } }) => group ?? []);
    const members = groups.length === 0 ? none : await membersOf(tx, workspace.schema, groups);
    const cells = asked.flatMap(({ effect: { to, group, title, body }, move: { record, run }, at }) => {
      const people = group ? (members.get(nameOf(group)) ?? []) : to === null ? [] : [to];
      return people.map((person) => [newId(now), person, title, body, record, at ?? now, at ? run : null]);
    });
    return inserted(workspace.schema, notifications, cells, [entity, operation]);
  },
};

const none: ReadonlyMap<string, readonly string[]> = new Map();
const nameOf = (group: NotifiedGroup) => ("role" in group ? `role ${group.role}` : `queue ${group.queue}`);

/** The people of groups who work here, by the name of the group. A queue is known by its name or its id. */
async function membersOf(tx: Connection, schema: string, groups: readonly NotifiedGroup[]) {
  const roles = groups.flatMap((it) => ("role" in it ? it.role : []));
  const queues = groups.flatMap((it) => ("queue" in it ? it.queue : []));
  const { rows } = await tx.query(
    `select 'role ' || g.name as "group", u.id from unnest($1::text[]) as g(name)
       join ${schema}."user" u on g.name = any(u.roles)
     where u.active and u.deleted_at is null and u.queue_of is null
     union
     select 'queue ' || g.name as "group", u.id from unnest($2::text[]) as g(name)
       join ${schema}."user" q on q.queue_of is not null and q.deleted_at is null and (q.name = g.name or q.id::text = g.name)
       join ${schema}.user_team m on m.team = q.queue_of and m.deleted_at is null
       join ${schema}."user" u on u.id = m."user"
     where u.active and u.deleted_at is null and u.queue_of is null
     order by 1, 2`,
    [roles, queues],
  );
  const found = Map.groupBy(rows as { group: string; id: string }[], ({ group }) => group);
  return new Map([...found].map(([group, them]) => [group, them.map(({ id }) => id)]));
}
