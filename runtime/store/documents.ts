import { anchorOf, kindOf, nameOf, problem, type Mappings } from "engine";
import type { AnyDocument } from "schemas";
import { transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/** What a change holds for one address: the document to be, or null where it is to go. */
export type Drafts = Readonly<Record<string, AnyDocument | null>>;

/** A change: drafts that are checked, planned and published together. */
export interface ChangeRow {
  readonly id: string;
  readonly reason: string;
  readonly author: string | null;
  readonly created_at: string;
  readonly status: "open" | "published" | "undone" | "discarded";
  /** The version that stood when the change was begun. */
  readonly base: number;
  readonly drafts: Drafts;
  /** What becomes of values and states that go. */
  readonly mappings: Mappings;
  /** The version that the change became. */
  readonly version: number | null;
}

/** Opens a change. Nothing is published by it. */
export async function createChange(
  db: Queryable,
  { schema }: Workspace,
  change: { readonly id: string; readonly reason: string; readonly author: string; readonly now: Date },
): Promise<ChangeRow> {
  await db.query(
    `insert into ${schema}._change (id, reason, author, created_at, status, base)
     select $1, $2, $3, $4, 'open', model from ${schema}._state`,
    [change.id, change.reason, change.author, change.now],
  );
  return readChange(db, schema, change.id);
}

/** The newest changes, without their drafts. */
export async function listChanges(
  db: Queryable,
  { schema }: Workspace,
): Promise<readonly Omit<ChangeRow, "drafts" | "mappings">[]> {
  const { rows } = await db.query(
    `select id, reason, author, created_at, status, base, (progress->>'version')::int as version
     from ${schema}._change order by created_at desc, id desc limit 100`,
  );
  return rows;
}

/** One change with its drafts. */
export async function readChange(
  db: Queryable,
  schema: string,
  id: string,
  lock: "for update" | "" = "",
): Promise<ChangeRow> {
  if (!/^[0-9a-f-]{36}$/.test(id)) throw problem("change.missing", {});
  const { rows } = await db.query(
    `select id, reason, author, created_at, status, base, drafts, mappings,
       (progress->>'version')::int as version
     from ${schema}._change where id::text = $1 ${lock}`,
    [id],
  );
  if (!rows[0]) throw problem("change.missing", {});
  return rows[0] as ChangeRow;
}

/**
 * Writes one draft of an open change: the document to be, or null where it is to go. A document that is called something
 * else now has one draft all the same.
 */
export async function saveDraft(
  { pool, schema }: Workspace,
  id: string,
  draft: { readonly kind: string; readonly name: string; readonly document: AnyDocument | null },
): Promise<ChangeRow> {
  return transaction(pool, "write", async (tx) => {
    const change = await readChange(tx, schema, id, "for update");
    if (change.status !== "open") throw problem("change.closed", { status: change.status });
    const { document } = draft;
    const others = Object.entries(change.drafts).filter(
      ([, other]) => !document || !other || anchorOf(other) !== anchorOf(document),
    );
    const drafts = { ...Object.fromEntries(others), [addressOf(draft.kind, draft.name)]: document };
    await tx.query(`update ${schema}._change set drafts = $2 where id = $1`, [id, JSON.stringify(drafts)]);
    return { ...change, drafts };
  });
}

/** Gives an open change another reason or other mappings. `check` refuses what its drafts have no place for. */
export async function amendChange(
  { pool, schema }: Workspace,
  id: string,
  given: { readonly reason?: string; readonly mappings?: Mappings },
  check: (change: ChangeRow) => void,
): Promise<ChangeRow> {
  return transaction(pool, "write", async (tx) => {
    const change = await readChange(tx, schema, id, "for update");
    if (change.status !== "open") throw problem("change.closed", { status: change.status });
    const amended = { ...change, ...given };
    check(amended);
    await tx.query(`update ${schema}._change set reason = $2, mappings = $3 where id = $1`, [
      id,
      amended.reason,
      JSON.stringify(amended.mappings),
    ]);
    return amended;
  });
}

/** Gives an open change up. Nothing of it was published. */
export async function discardChange({ pool, schema }: Workspace, id: string): Promise<void> {
  await transaction(pool, "write", async (tx) => {
    const change = await readChange(tx, schema, id, "for update");
    if (change.status !== "open") throw problem("change.closed", { status: change.status });
    await tx.query(`update ${schema}._change set status = 'discarded' where id = $1`, [id]);
  });
}

/** Marks a change by what became of it. */
export async function closeChange(
  db: Queryable,
  { schema }: Workspace,
  id: string,
  status: "published" | "undone",
  version: number,
): Promise<void> {
  await db.query(`update ${schema}._change set status = $2, progress = $3::jsonb where id = $1`, [
    id,
    status,
    JSON.stringify({ version }),
  ]);
}

/** The published documents as the drafts make them. A draft takes the place of its name and of its anchor. */
export function applyDrafts(published: readonly AnyDocument[], drafts: Drafts): readonly AnyDocument[] {
  const given = Object.values(drafts).filter((draft) => draft !== null);
  const anchors = new Set(given.map(anchorOf));
  const kept = published.filter(
    (document) =>
      !Object.hasOwn(drafts, addressOf(kindOf(document), nameOf(document))) && !anchors.has(anchorOf(document)),
  );
  return [...kept, ...given];
}

/** Where a document is found among the drafts of a change. */
export function addressOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** Which template brought which document, by the document's anchor. */
export async function readOrigins(db: Queryable, schema: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query(
    `select anchor, template from ${schema}._base where anchor not like 'extend:%' order by anchor`,
  );
  return new Map((rows as { anchor: string; template: string }[]).map(({ anchor, template }) => [anchor, template]));
}
