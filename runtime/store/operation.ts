import { accessFor, modelFor, problem, RollupBook, type Access, type Model, type Principal } from "engine";
import { inTurn, sqlState, transactionInLine } from "../database/begin.ts";
import type { Connection, Query } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { queriesOf, stage, type Part } from "./commit.ts";
import { laneOf, type Lane } from "./lane.ts";
import type { AlikeNotes } from "./alike.ts";
import type { Fact } from "./facts.ts";
import { constraintProblem } from "./constraints.ts";
import { noteOperation } from "./idempotency.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import type { ScoreNotes } from "./score-notes.ts";
import { SegmentNotes } from "./segment-notes.ts";
import type { Beginning, NotedChange } from "./noted.ts";
import { settle } from "./settle.ts";

/** What everything that is written needs to know: by which model, for whom, when, and as part of what. */
export interface Scene {
  readonly workspace: Workspace;
  readonly model: Model;
  /** The rights that bound what is written; without them it is the engine's own doing. */
  readonly access: Access | undefined;
  /** Who is told why something was refused, where the engine does it for somebody: what she may not read is not told her. */
  readonly told?: Access | undefined;
  readonly principal: Principal;
  readonly now: Date;
  readonly operation: string;
  readonly reason: string | null;
  /** Who writes is asked about records that are alike; unless she says why it is stored all the same. */
  readonly asks?: Asks | undefined;
  /** How soon what it sends out of the house goes; without it as everything does. */
  readonly lane?: Lane;
  /** What has led to what is written, where that was other records: how many one because of the other, and from how many. */
  readonly causes?: { readonly steps: number; readonly first: number };
  /** Counts what the operation has written. */
  readonly written: { rows: number };
  /** What the operation makes of the roll-ups of other records; written at its end. */
  readonly rollups: RollupBook;
  /** The records that it has changed and that workflows listen to; heeded at its end. */
  readonly changes: Map<string, NotedChange>;
  /** What has happened to records by what it was told; heeded at its end. */
  readonly facts: Fact[];
  /** What it does that segments may hang on; kept at its end. */
  readonly segments: SegmentNotes;
  /** What it does that scores hang on; kept before them. */
  readonly scores: ScoreNotes;
  /** Processes that steps have asked for on other records; begun at its end. */
  readonly begins: Beginning[];
  /** Its records that may have become like others; the pairs are kept at its end. */
  readonly alike: AlikeNotes;
  /** Where the operation is one write alone: what is committed together with its row. */
  readonly staged?: Part[];
}

/** How somebody is asked about records that are alike: with her reason for storing what is. */
export interface Asks {
  readonly despite: string | null;
}

/** The part of a scene in which nothing has been done yet. */
export const nothingDone = () => ({
  written: { rows: 0 },
  rollups: new RollupBook(),
  changes: new Map<string, NotedChange>(),
  facts: [] as Fact[],
  segments: new SegmentNotes(),
  scores: new Map() as ScoreNotes,
  begins: [] as Beginning[],
  alike: new Map() as AlikeNotes,
});

/** The engine itself, where it acts on nobody's behalf: when a wait is over for instance. */
export const engineItself: Principal = { id: "", name: "Trellis", roles: [], via: "engine" };

/** The person who does it, be it in another's place; nobody where it is the engine itself. */
export function authorOf({ principal }: Pick<Scene, "principal">): string | null {
  return principal.actor?.id ?? askerOf({ principal });
}

/** The person of the house by whose rights it is done; nobody where it is the engine itself, or somebody outside. */
export function askerOf({ principal }: Pick<Scene, "principal">): string | null {
  return principal.id === "" || principal.portal !== undefined ? null : principal.id;
}

/** Who writes, and when: what is made for somebody by another is hers. */
export function writingOf({ principal, now }: Pick<Scene, "principal" | "now">) {
  return { by: authorOf({ principal }), now, ...(principal.actor ? { owner: principal.id } : {}) };
}

/** What an operation is called, and how it is run. */
export interface OperationTold {
  readonly kind: string;
  readonly title: string;
  readonly now: Date;
  readonly reason?: string | null;
  /** Who writes is asked about records that are alike; unless she says why it is stored all the same. */
  readonly asks?: Asks | undefined;
  /** Many records: longer limits. */
  readonly bulk?: boolean;
  /** The operation that this undoes. */
  readonly undoes?: string;
  /** Part of an operation that stands already, one batch of an import for instance; its row is its owner's to keep. */
  readonly operation?: string;
  /** The engine's own doing, bounded by nobody's rights. */
  readonly unbounded?: boolean;
  /** One write and nothing more: it may be committed in one step with the operation's row. */
  readonly sole?: boolean;
}

export interface Operated<Result> {
  readonly operation: string;
  readonly result: Result;
  /** Rows of the look that was sent along with the commit, where it has found its way. */
  readonly seen: readonly any[] | undefined;
}

type Work<Result> = (tx: Connection, scene: Scene) => Promise<Result>;
/** What shall be looked at when it is done. */
type Look<Result> = (scene: Scene, result: Result) => Query | undefined;

const modelTriesMax = 3;

/**
 * Does something as one operation: one transaction under the workspace's shared model lock. `work` may be called more
 * than once: again with the newer model where it has changed since it was read, again where others were at the same
 * rows, and once more where another's commit broke a unique rule, so that the fault is told by field.
 */
export async function operate<Result>(
  workspace: Workspace,
  principal: Principal,
  told: OperationTold,
  work: Work<Result>,
  look?: Look<Result>,
): Promise<Operated<Result>> {
  let doubled = false;
  for (let tries = 1; ; tries++) {
    const model = modelFor(workspace.model, principal);
    try {
      return await once({ workspace, principal, told, model }, work, look);
    } catch (error) {
      if (error instanceof ModelMoved) {
        if (tries >= modelTriesMax) throw problem("model.changed", {});
        await workspace.refresh();
      } else if (sqlState(error) === "23505" && !doubled) doubled = true;
      else throw constraintProblem(model, error) ?? error;
    }
  }
}

/** The model is not the one that the work was planned by. */
class ModelMoved extends Error {}

interface Asked {
  readonly workspace: Workspace;
  readonly principal: Principal;
  readonly told: OperationTold;
  readonly model: Model;
}

async function once<Result>(
  { workspace, principal, told, model }: Asked,
  work: Work<Result>,
  look: Look<Result> | undefined,
): Promise<Operated<Result>> {
  const access = told.unbounded ? undefined : accessFor(model, principal);
  const operation = told.operation ?? newId(told.now);
  const asOne = async (tx: Connection, opened: Promise<readonly any[]>) => {
    const held = opened.then((rows) => {
      if (sharedVersion(rows) !== model.version) throw new ModelMoved();
    });
    const { now, reason = null, asks } = told;
    const fresh = { ...nothingDone(), ...(told.sole ? { staged: [] } : {}) };
    const lane = laneOf(principal, told.bulk);
    const scene: Scene = { workspace, model, access, principal, now, operation, reason, asks, lane, ...fresh };
    // The work of a moment begins before it is known that its model holds: what it has done by another is undone.
    if (!told.sole) await held;
    const [, result] = await inTurn([held, work(tx, scene)]);
    await settle(tx, scene);
    const row = told.operation === undefined ? [operationPart(scene, told)] : [];
    const last = queriesOf([...(scene.staged ?? []), ...row, ...noteOperation(operation)], model);
    return { result, last, look: look?.(scene, result) };
  };
  const kind = told.bulk ? "bulk" : "write";
  return { operation, ...(await transactionInLine(workspace.pool, kind, asOne, sharing(workspace))) };
}

/** Writes down an operation that is done. */
export async function keepOperation(
  tx: Connection,
  scene: Scene,
  told: Pick<OperationTold, "kind" | "title" | "undoes">,
): Promise<void> {
  await stage(tx, scene, [operationPart(scene, told)]);
}

function operationPart(scene: Scene, { kind, title, undoes }: Pick<OperationTold, "kind" | "title" | "undoes">): Part {
  const { workspace, now, operation, reason, written, principal } = scene;
  const { actor, portal, id, name } = principal;
  const detail = {
    ...(reason === null ? {} : { reason }),
    ...(actor ? { acting: actor.id } : {}),
    ...(portal === undefined ? {} : { person: { id, name } }),
  };
  return {
    sql: `insert into ${workspace.schema}._operation (id, kind, status, title, by, at, finished_at, rows, done, undoes, detail)
     values ($1::uuid, $2::text, 'done', $3::text, $4::uuid, $5::timestamptz, $5::timestamptz, $6::integer, $6::integer, $7::uuid, $8::jsonb)`,
    parameters: [operation, kind, title, askerOf(scene), now, written.rows, undoes ?? null, JSON.stringify(detail)],
  };
}
