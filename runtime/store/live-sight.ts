import { accessOf, sightReads, type Model } from "engine";
import { bind, leadingStatement, rowsBefore, type Reader } from "engine/sql";
import type { Workspace } from "../workspace.ts";
import { isOfRollups, seenBy, type Happened, type LiveEvent, type Watched } from "./live.ts";
import { slotsOf } from "./read.ts";

/** What those who share their roles see of what happened, each by `<user> <record>`. */
export interface Sight {
  /** The records of events; the value says whether they are in the trash. */
  readonly seen: ReadonlyMap<string, boolean>;
  /**
   * The same as it was before the events, of those that are not seen by everybody now and of those of `along`; of a record
   * that they made, as it was when it was made.
   */
  readonly before: ReadonlyMap<string, boolean>;
  /** Of each event of roll-ups alone, where one of them is read. */
  readonly rolledUp: ReadonlyMap<LiveEvent, ReadonlyMap<string, boolean>>;
  /** Events of other records that may be seen since, or not any more, for what they hang on has changed. */
  readonly along: readonly LiveEvent[];
  /** Entities of which more than can be told one by one hang on what has changed. */
  readonly many: ReadonlySet<string>;
}

/** Those who are told, and what has happened since that they are not told yet. */
type Group = Pick<Watched, "model" | "roles" | "users" | "now"> & { readonly since: readonly Happened[] };

/** So many records of an entity are looked at for hanging on what has changed. */
const alongMost = 5000;

/** What a group sees of the records of events, and saw before them. */
export async function sightOf(workspace: Workspace, events: readonly LiveEvent[], group: Group): Promise<Sight> {
  const { since } = group;
  const before = rowsBeforeThem(workspace, group.model, [...events, ...since]);
  const { along, many, hanging } = await alongWith(workspace, events, group, before);
  const [seen, past] = [new Map<string, boolean>(), new Map<string, boolean>()];
  for (const [entity, them] of Map.groupBy([...newestOf(events), ...along], (event) => event.entity)) {
    const records = them.map(({ record }) => record);
    const now = await seenBy(workspace, { ...group, entity, records });
    for (const [place, trashed] of now) seen.set(place, trashed);
    const hidden = them.filter((it) => it.along || group.users.some((user) => !now.has(`${user} ${it.record}`)));
    if (hidden.length === 0) continue;
    const then = { ...group, entity, records: hidden.map(({ record }) => record), before };
    for (const [place, trashed] of await seenBy(workspace, then)) past.set(place, trashed);
    for (const { records, later } of madeAmong(events, hidden, hanging)) {
      const made = { ...group, entity, records, before: rowsBeforeThem(workspace, group.model, [...later, ...since]) };
      for (const [place, trashed] of await seenBy(workspace, made)) past.set(place, trashed);
    }
  }
  return { seen, before: past, rolledUp: await rolledUpIn(workspace, events, group), along, many };
}

/**
 * Those of some records that these events made, and which later ones of them may have hidden: with those later ones, as
 * often as an operation made some.
 */
function madeAmong(events: readonly LiveEvent[], hidden: readonly LiveEvent[], hanging: ReadonlySet<string>) {
  const ids = new Set(hidden.map(({ record }) => record));
  const made = events.filter((event) => event.made && ids.has(event.record));
  return [...Map.groupBy(made, ({ operation }) => operation)].flatMap(([operation, them]) => {
    const later = events.slice(events.findLastIndex((event) => event.operation === operation) + 1);
    const changed = new Set(later.map(({ record }) => record));
    const records = them.map(({ record }) => record).filter((it) => changed.has(it) || hanging.has(it));
    return records.length > 0 && later.length > 0 ? [{ records, later }] : [];
  });
}

/** The last event of each record, in the order of events. */
export function newestOf(events: readonly LiveEvent[]): readonly LiveEvent[] {
  const last = new Map(events.map((event) => [`${event.entity} ${event.record}`, event]));
  return events.filter((event) => last.get(`${event.entity} ${event.record}`) === event);
}

async function rolledUpIn(workspace: Workspace, events: readonly LiveEvent[], group: Group) {
  const rolledUp = new Map<LiveEvent, ReadonlyMap<string, boolean>>();
  const rolled = events.filter((event) => isOfRollups(group.model, event));
  for (const them of Map.groupBy(rolled, ({ entity, fields }) => [entity, ...fields].join()).values()) {
    const { entity, fields } = them[0]!;
    const records = [...new Set(them.map(({ record }) => record))];
    const places = await seenBy(workspace, { ...group, entity, records, fields });
    for (const event of them) rolledUp.set(event, places);
  }
  return rolledUp;
}

/** The rows of the entities of events as they were before these. */
function rowsBeforeThem({ schema }: Workspace, { entities }: Model, events: readonly Happened[]): Reader["before"] {
  const operations = [...new Set(events.map(({ operation }) => operation))];
  return new Map(
    [...Map.groupBy(events, ({ entity }) => entity)].flatMap(([name, them]) => {
      const entity = entities.get(name);
      const ids = [...new Set(them.map(({ record }) => record))];
      return entity ? [[name, rowsBefore({ schema }, entity, ids, operations)] as const] : [];
    }),
  );
}

/**
 * Records of which what did change decides who sees them: those that did not change themselves are told behind the last
 * event; those that did are `hanging`.
 */
async function alongWith(
  workspace: Workspace,
  events: readonly LiveEvent[],
  { model, roles, now }: Group,
  before: Reader["before"],
): Promise<Pick<Sight, "along" | "many"> & { readonly hanging: ReadonlySet<string> }> {
  const access = accessOf(model, roles);
  const own = new Set(events.map(({ record }) => record));
  const along: LiveEvent[] = [];
  const many = new Set<string>();
  const hanging = new Set<string>();
  const last = events.at(-1)!;
  for (const { name } of model.entities.values()) {
    const rights = access.entity(name);
    const ways = (rights ? sightReads(model, rights, access.roles) : []).flatMap((read) => {
      const ids = events.filter((event) => bearsOn(event, read)).map(({ record }) => record);
      return ids.length > 0 ? [{ chain: read.chain, ids: [...new Set(ids)] }] : [];
    });
    if (!rights || ways.length === 0) continue;
    const reader = { model, schema: workspace.schema, access: undefined };
    const { sql, parameters } = leadingStatement([reader, { ...reader, before }], rights.entity, ways, alongMost + 1);
    const principal = { id: "", name: "", roles, via: "engine" } as const;
    const { rows } = await workspace.pool.query(sql, [...bind(parameters, slotsOf({ model, principal, now }))]);
    if (rows.length > alongMost) many.add(name);
    else
      for (const { id, version } of rows as { id: string; version: number }[])
        if (own.has(id)) hanging.add(id);
        else along.push({ ...last, made: false, entity: name, record: id, version, fields: [], along: true });
  }
  return { along, many, hanging };
}

/** Whether an event may have changed what is read: the field, or whether the record is there at all. */
const bearsOn = ({ entity, fields }: LiveEvent, read: { readonly entity: string; readonly field: string }) =>
  entity === read.entity && fields.some((field) => field === read.field || field === "deleted_at");
