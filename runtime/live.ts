import type { Model } from "engine";
import { rolesLent } from "./auth/principal.ts";
import type { Clock } from "./clock.ts";
import { sqlState } from "./database/begin.ts";
import {
  eventsBehind,
  happenedBehind,
  headOf,
  standingOf,
  type Happened,
  type Head,
  type LiveEvent,
  type Position,
  type Watcher,
} from "./store/live.ts";
import { newestOf, sightOf, type Sight } from "./store/live-sight.ts";
import { presenceIn } from "./store/presence.ts";
import { PresenceBook } from "./presence.ts";
import type { Workspace } from "./workspace.ts";

/** What a connection is told. Never values: who wants them asks for them, and is answered by her rights. */
export type LiveMessage =
  | {
      readonly type: "changed" | "gone";
      readonly entity: string;
      readonly id: string;
      readonly version: number;
      readonly operation: string;
    }
  /** What one shows is to be read again: all of it, or all records of an entity. */
  | { readonly type: "reset"; readonly entity?: string }
  /** Somebody else came to a record that one looks at, went, or edits another field of it. */
  | { readonly type: "presence"; readonly entity: string; readonly id: string }
  | { readonly type: "model"; readonly version: number }
  | { readonly type: "notified" };

/** One who listens. `send` takes the place in the order along, where the message has one. */
export interface Listener {
  readonly watcher: Watcher;
  readonly roles: readonly string[];
  readonly since: Position | undefined;
  readonly send: (message: LiveMessage, at?: Position) => void;
  readonly close: () => void;
}

interface Connection extends Listener {
  /** What was over when it came; nothing where it goes on from a place in the order. */
  readonly saw: Head | undefined;
  roles: readonly string[];
  notified: string | null | undefined;
  /** When the last share with her that is over ended. */
  ended: string | null | undefined;
  model: number;
  caughtUp: boolean;
  /** Records that it was told of and has not been told to forget. */
  readonly sent: Set<string>;
}

const pollMs = 400;
const batch = 1000;
/** More changes of one entity at once are told as one. */
const singly = 100;
const sentMost = 20_000;
export const listenersMost = 20;

/** The entities and fields from which the scopes of rights are worked out. */
const rightsFields: Readonly<Record<string, readonly string[]>> = {
  user: ["manager", "active", "queue_of"],
  team: ["parent"],
};

/**
 * Tells who listens to a workspace what has changed, as far as she may know. One reader for all listeners of this
 * process; it owns nothing, so any number of processes tell theirs. It runs while somebody listens.
 */
export class Feed {
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #connections = new Set<Connection>();
  readonly #presence = new PresenceBook();
  #after: Position | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;

  constructor(workspace: Workspace, clock: Clock, report: (error: unknown) => void) {
    this.#workspace = workspace;
    this.#clock = clock;
    this.#report = report;
  }

  /** How many connections a user has to this process. */
  count(user: string): number {
    return [...this.#connections].filter(({ watcher }) => watcher.user === user).length;
  }

  /** Begins to tell a listener. From when on it is told is settled when this resolves. Answers how it ends. */
  async add(listener: Listener): Promise<() => void> {
    const came = await headOf(this.#workspace.pool);
    this.#after ??= came.position;
    if (this.#presence.empty) this.#presence.changes(await this.#present());
    const connection: Connection = {
      ...listener,
      saw: listener.since ? undefined : came,
      notified: undefined,
      ended: undefined,
      model: this.#workspace.model.version,
      caughtUp: listener.since === undefined,
      sent: new Set(),
    };
    this.#connections.add(connection);
    this.nudge();
    return () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#rest();
    };
  }

  /** Looks now instead of at the next tick. */
  nudge(): void {
    if (this.#connections.size === 0) return;
    this.#again = true;
    this.#round ??= this.#look().finally(() => {
      this.#round = undefined;
      clearTimeout(this.#timer);
      if (this.#connections.size > 0) this.#timer = setTimeout(() => this.nudge(), pollMs);
    });
  }

  /** Ends every connection. */
  async stop(): Promise<void> {
    for (const connection of [...this.#connections]) connection.close();
    this.#connections.clear();
    this.#rest();
    await this.#round;
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#after = undefined;
    this.#presence.forget();
  }

  async #look(): Promise<void> {
    while (this.#again && this.#connections.size > 0) {
      this.#again = false;
      try {
        await this.#once();
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** Who may still listen is read before anything is told, so a right that was taken is not used once more. */
  async #once(): Promise<void> {
    const { pool, model } = this.#workspace;
    const after = (this.#after ??= (await headOf(pool)).position);
    const events = await eventsBehind(pool, this.#workspace, after, batch);
    await this.#standing();
    for (const connection of this.#connections) {
      if (connection.model === model.version) continue;
      connection.model = model.version;
      connection.send({ type: "model", version: model.version });
    }
    for (const connection of [...this.#connections].filter(({ caughtUp }) => !caughtUp))
      await this.#catchUp(connection, after);
    await this.#tell(events, [...this.#connections], model);
    await this.#tellPresence();
    const last = events.at(-1);
    if (last) this.#after = { xid: last.xid, id: last.id };
    if (events.length === batch) this.#again = true;
  }

  /** Who looks at a record, or has just looked, sees it: she is told that something is different there, and not what. */
  async #tellPresence(): Promise<void> {
    for (const { entity, id, users } of this.#presence.changes(await this.#present()))
      for (const connection of this.#connections)
        if (users.has(connection.watcher.user)) connection.send({ type: "presence", entity, id });
  }

  #present() {
    return presenceIn(this.#workspace.pool, this.#workspace, this.#clock.now());
  }

  async #standing(): Promise<void> {
    // Who comes while this is read is asked about the next time.
    const there = [...this.#connections];
    const watchers = there.map(({ watcher }) => watcher);
    const { users, proofs, lent } = await standingOf(
      this.#workspace.pool,
      this.#workspace,
      watchers,
      this.#clock.now(),
    );
    for (const connection of there) {
      const { user, actor, key, session, narrowed } = connection.watcher;
      const found = users.get(user);
      const proof = key ?? session;
      const acts = actor === undefined || (users.has(actor) && lent.has(`${actor} ${user}`));
      if (!found || !acts || (proof !== undefined && !proofs.has(proof))) {
        this.#connections.delete(connection);
        connection.close();
        continue;
      }
      const roles = rolesLent(found.roles, narrowed);
      if ([...roles].sort().join() !== [...connection.roles].sort().join()) {
        connection.roles = roles;
        reset(connection);
      } else if (connection.ended !== undefined && connection.ended !== found.ended) reset(connection);
      connection.ended = found.ended;
      if (connection.notified !== undefined && connection.notified !== found.notified)
        connection.send({ type: "notified" });
      connection.notified = found.notified;
    }
  }

  /** What a connection missed while it was away; too much of it is told as one. */
  async #catchUp(connection: Connection, until: Position): Promise<void> {
    connection.caughtUp = true;
    const { pool, model } = this.#workspace;
    const missed = await eventsBehind(pool, this.#workspace, connection.since ?? until, batch);
    if (missed.length === batch) return reset(connection);
    await this.#tell(
      missed.filter((it) => before(it, until)),
      [connection],
      model,
    );
  }

  /**
   * Who came when some of the events were over hears of the others alone: what she saw before them, she saw behind those.
   */
  async #tell(events: readonly LiveEvent[], connections: readonly Connection[], model: Model): Promise<void> {
    const transactions = [...new Set(events.map(({ xid }) => xid))];
    const late = connections.filter(({ saw }) => saw && transactions.some((xid) => saw.includes(xid)));
    for (const it of late)
      await this.#tellAll(
        events.filter(({ xid }) => !it.saw?.includes(xid)),
        [it],
        model,
      );
    await this.#tellAll(
      events,
      connections.filter((it) => !late.includes(it)),
      model,
    );
  }

  async #tellAll(events: readonly LiveEvent[], connections: readonly Connection[], model: Model): Promise<void> {
    if (events.length === 0 || connections.length === 0) return;
    const since = await happenedBehind(this.#workspace.pool, this.#workspace, events.at(-1)!, batch);
    if (events.some(movesRights)) connections.forEach(reset);
    const regards = new Set(events.flatMap((event) => event.rightsOf));
    for (const connection of connections) if (regards.has(connection.watcher.user)) reset(connection);
    for (const group of Map.groupBy(connections, ({ roles }) => [...roles].sort().join()).values()) {
      const sight = await this.#sight(events, since, group, model);
      for (const connection of group)
        if (sight) tellOne(connection, events, sight);
        else reset(connection);
    }
  }

  /** What those who share their roles see of the records of these events; nothing where the tables have moved since. */
  async #sight(
    events: readonly LiveEvent[],
    since: readonly Happened[],
    group: readonly Connection[],
    model: Model,
  ): Promise<Sight | undefined> {
    const users = [...new Set(group.map(({ watcher }) => watcher.user))];
    try {
      return await sightOf(this.#workspace, events, {
        model,
        roles: group[0]!.roles,
        users,
        now: this.#clock.now(),
        since,
      });
    } catch (error) {
      if (!moved.has(sqlState(error) ?? "")) throw error;
      return undefined;
    }
  }
}

/** The feeds of all workspaces of this process. */
export class Live {
  readonly #feeds = new Map<string, Feed>();

  constructor(workspaces: ReadonlyMap<string, Workspace>, clock: Clock, report: (error: unknown) => void) {
    for (const [name, workspace] of workspaces) this.#feeds.set(name, new Feed(workspace, clock, report));
  }

  /** The feed of a workspace that this process serves. */
  of({ name }: Workspace): Feed {
    return this.#feeds.get(name)!;
  }

  /** Ends every connection, so that the server can close. */
  async stop(): Promise<void> {
    await Promise.all([...this.#feeds.values()].map((feed) => feed.stop()));
  }
}

/** The tables have moved under a statement that was made by an older model. */
const moved = new Set(["42703", "42P01", "0A000"]);

/** Whether an event tells somebody something: what only moves sums that she does not read is none of hers. */
function isHers({ watcher: { user } }: Connection, event: LiveEvent, { seen, rolledUp }: Sight): boolean {
  const place = `${user} ${event.record}`;
  const read = rolledUp.get(event);
  return !read || read.has(place) || !seen.has(place);
}

/**
 * Tells in the order of events, whatever their entity; what a connection was told of last, it need not be told again. Who
 * saw a record before the events and does not see it any more is told that it is gone, however she had come to see it.
 */
function tellOne(connection: Connection, events: readonly LiveEvent[], sight: Sight): void {
  const hers = newestOf(events.filter((it) => isHers(connection, it, sight)));
  const messages = [...hers, ...sight.along].flatMap((event) => {
    const { entity, record, version, operation, xid, id } = event;
    const place = `${entity} ${record}`;
    const type = typeOf(connection, event, sight);
    if (type === "changed") connection.sent.add(place);
    else if (type === "gone" || !event.along) connection.sent.delete(place);
    return type ? [{ message: { type, entity, id: record, version, operation } as const, at: { xid, id } }] : [];
  });
  const many = new Set([
    ...sight.many,
    ...[...Map.groupBy(messages, ({ message }) => message.entity)].flatMap(([entity, { length }]) =>
      length > singly ? [entity] : [],
    ),
  ]);
  for (const { message, at } of messages) if (!many.has(message.entity)) connection.send(message, at);
  for (const entity of many) connection.send({ type: "reset", entity }, messages.at(-1)?.at);
  if (connection.sent.size > sentMost) reset(connection);
}

/** What becomes of the record of an event, for her who listens; nothing where she is told nothing of it. */
function typeOf(
  { watcher: { user }, sent }: Connection,
  { entity, record, along }: LiveEvent,
  { seen, before }: Sight,
): "changed" | "gone" | undefined {
  const [trashed, shown] = [seen.get(`${user} ${record}`), before.get(`${user} ${record}`) === false];
  if (along) return trashed === false && !shown ? "changed" : trashed === undefined && shown ? "gone" : undefined;
  if (trashed === false) return "changed";
  return trashed || shown || sent.has(`${entity} ${record}`) ? "gone" : undefined;
}

function reset(connection: Connection): void {
  connection.sent.clear();
  connection.send({ type: "reset" });
}

/** Whether an event may have changed who sees what without changing a role. */
function movesRights({ entity, fields }: LiveEvent): boolean {
  return entity === "user_team" || fields.some((field) => rightsFields[entity]?.includes(field));
}

function before(one: Position, other: Position): boolean {
  const [left, right] = [BigInt(one.xid), BigInt(other.xid)];
  return left === right ? one.id <= other.id : left < right;
}
