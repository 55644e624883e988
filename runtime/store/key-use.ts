import type { Model } from "engine";
import type { Context, MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

const flushMs = 10_000;
const notedMost = 10_000;

interface Use {
  readonly key: string;
  readonly entity: string;
  readonly field: string;
  readonly day: string;
  at: string;
}

/**
 * Remembers which key used which entity and which of its fields by name. Requests write to memory; a timer writes to
 * the database, once for all of them. What a killed process had not written is lost: the plan asks for days, not seconds.
 */
export class KeyUse {
  readonly #workspace: Workspace;
  readonly #noted = new Map<string, Use>();
  #timer: NodeJS.Timeout | undefined;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Notes a request of a key. `names` are words of the request; those that are fields count. */
  note({
    key,
    model,
    entity,
    names,
    now,
  }: {
    key: string;
    model: Model;
    entity: string;
    names: readonly string[];
    now: Date;
  }): void {
    const found = model.entities.get(entity);
    if (!found) return;
    const fields = names.flatMap((name) => found.fields.get(name)?.anchor ?? []);
    const at = now.toISOString();
    for (const field of fields.length > 0 ? fields : [""]) {
      const use = { key, entity: found.anchor, field, day: at.slice(0, 10), at };
      const place = `${key} ${use.entity} ${field} ${use.day}`;
      if (this.#noted.size < notedMost || this.#noted.has(place)) this.#noted.set(place, use);
    }
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), flushMs).unref();
  }

  /** Writes what was noted. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const uses = [...this.#noted.values()];
    this.#noted.clear();
    if (uses.length === 0) return;
    const { pool, schema } = this.#workspace;
    await pool.query(
      `insert into ${schema}._key_use (key, entity, field, day, used_at)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::timestamptz[])
       on conflict (key, entity, field, day) do update set used_at = excluded.used_at`,
      [
        uses.map(({ key }) => key),
        uses.map(({ entity }) => entity),
        uses.map(({ field }) => field),
        uses.map(({ day }) => day),
        uses.map(({ at }) => at),
      ],
    );
  }
}

const books = new WeakMap<Workspace, KeyUse>();

/** The book of a workspace in this process. */
export function keyUseOf(workspace: Workspace): KeyUse {
  const book = books.get(workspace) ?? new KeyUse(workspace);
  books.set(workspace, book);
  return book;
}

/** Notes what a key asks of records; requests of people leave no trace here. */
export const notesKeys: MiddlewareHandler<App> = async (c, next) => {
  const entity = c.req.param("entity");
  await next();
  if (entity === undefined || c.res.status >= 400) return;
  noteKey(c, entity, c.req.method === "GET" ? namesIn(c.req.query()) : []);
};

/** Notes that the key which asks used an entity, and fields of it by these names; without names, the whole record. */
export function noteKey(c: Context<App, any>, entity: string, names: readonly string[]): void {
  const { key } = c.get("principal");
  const [model, now] = [c.get("model"), c.get("now")];
  if (key !== undefined) keyUseOf(c.get("workspace")).note({ key, model, entity, names, now });
}

/** The words of a plan or a request that may be names of fields. */
export function wordsIn(given: unknown): readonly string[] {
  return [...new Set(JSON.stringify(given).match(/[a-z][a-z0-9_]*/g) ?? [])];
}

/** The words of a query that may be names of fields; where `fields` is not given, the whole record is read. */
export function namesIn(query: Readonly<Record<string, string>>): readonly string[] {
  if (query.fields === undefined) return [];
  return wordsIn([query.fields, query.filter, query.sort, query.expand]);
}

/** The keys that used one of the entities or fields in the last 30 days; a whole record has all fields. */
export async function keysThatUse(
  db: Queryable,
  workspace: Workspace,
  going: readonly { readonly entity: string; readonly field: string | null }[],
  now: Date,
) {
  if (going.length === 0) return [];
  await keyUseOf(workspace).flush();
  const { rows } = await db.query(
    `select u.key, max(u.used_at) as used_at from ${workspace.schema}._key_use u
       join unnest($1::text[], $2::text[]) as g (entity, field)
         on g.entity = u.entity and (g.field is null or u.field = g.field or u.field = '')
     where u.day > $3::date group by u.key`,
    [going.map(({ entity }) => entity), going.map(({ field }) => field), new Date(now.getTime() - 30 * 86_400_000)],
  );
  const used = new Map((rows as { key: string; used_at: string }[]).map((row) => [row.key, row.used_at]));
  const keys = await db.query(
    `select id, name, prefix from trellis.api_key where id = any($1::uuid[]) and revoked_at is null order by name`,
    [[...used.keys()]],
  );
  return (keys.rows as { id: string; name: string; prefix: string }[]).map((key) => ({
    ...key,
    used_at: used.get(key.id) ?? "",
  }));
}
