import { fault, Problem, problem, refuse, type Principal } from "engine";
import type { Clock } from "../clock.ts";
import { isAway } from "../database/away.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { askerNow, askerOf, type Asker } from "./asker.ts";
import { countBacktest, readBacktest, runBacktest, type Backtested } from "./backtest.ts";
import { countDryRun, readDryRun, runDryRun, type DryRun } from "./dry-run.ts";

/** Who wants a workflow to be played over many cases, and when. */
export interface PlayScene {
  readonly workspace: Workspace;
  readonly principal: Principal;
  readonly now: Date;
}

/** What is asked of a play; its members are checked when they are read. */
type PlayRequest = Readonly<Record<string, unknown>>;

/** A way of playing a workflow over many cases. */
interface Play<Asked, Done> {
  /** What its request may say. */
  readonly says: readonly string[];
  /** Throws all that is wrong with the request. */
  readonly read: (scene: PlayScene, workflow: string, request: PlayRequest) => Asked;
  readonly title: (asked: Asked) => string;
  /** How many cases it has. */
  readonly count: (scene: PlayScene, asked: Asked) => Promise<number>;
  /** `progress` hears again and again how many are done, and ends it where it answers false. */
  readonly run: (
    scene: PlayScene,
    asked: Asked,
    progress: (cases: number) => Promise<boolean>,
  ) => Promise<Done | undefined>;
}

const backtesting: Play<ReturnType<typeof readBacktest>, Backtested> = {
  says: ["since", "document"],
  read: ({ workspace, now }, workflow, request) => readBacktest(workspace.model, workflow, request, now),
  title: ({ live }) => `Play the past of ${live.machine.document.meta.title}`,
  count: ({ workspace }, asked) => countBacktest(workspace, asked),
  run: ({ workspace }, asked, progress) => runBacktest(workspace, asked, progress),
};

const dryRunning: Play<ReturnType<typeof readDryRun>, DryRun> = {
  says: ["document", "filter", "segment", "from", "span"],
  read: readDryRun,
  title: ({ playing }) => `Dry run of ${playing.machine.document.meta.title}`,
  count: countDryRun,
  run: runDryRun,
};

/** By the kinds of their operations. */
const plays = { backtest: backtesting, dry_run: dryRunning } as const;
type PlayKind = keyof typeof plays;
type DoneOf<Kind extends PlayKind> = (typeof plays)[Kind] extends Play<any, infer Done> ? Done : never;

/** More cases than these are not played while somebody waits for the answer. */
const casesAtOnce = 2000;
const leaseSeconds = 30;

/** What a request came to: the counts at once, or the operation that works them out and holds them as `detail.result`. */
export type PlayAnswer<Done> =
  | { readonly done: Done; readonly operation?: undefined }
  | { readonly operation: string; readonly runs: number; readonly done?: undefined };

/** Plays at once where it is short; else, or where it is wanted so, as a job whose operation tells how far it is. */
export async function askPlay<Kind extends PlayKind>(
  kind: Kind,
  scene: PlayScene,
  workflow: string,
  { background = false, ...request }: PlayRequest,
): Promise<PlayAnswer<DoneOf<Kind>>> {
  const { workspace, principal, now } = scene;
  const play = plays[kind] as Play<unknown, DoneOf<Kind>>;
  refuse([
    ...Object.keys(request)
      .filter((name) => !play.says.includes(name))
      .map((name) => fault("query.unknown", { name: name.slice(0, 80), path: `/${name}` })),
    ...(typeof background === "boolean"
      ? []
      : [fault("report.malformed", { wanted: "a boolean", path: "/background" })]),
  ]);
  const asked = play.read(scene, workflow, request);
  const runs = await play.count(scene, asked);
  if (!background && runs <= casesAtOnce) {
    const done = await play.run(scene, asked, async () => true);
    if (done) return { done };
  }
  const operation = newId(now);
  const { by, acting, narrowed } = askerOf(principal);
  await workspace.pool.query(
    `insert into ${workspace.schema}._operation (id, kind, status, title, by, at, rows, detail)
     values ($1, $2, 'queued', $3, $4, $5, $6, $7)`,
    [operation, kind, play.title(asked), by, now, runs, JSON.stringify({ workflow, ...request, acting, narrowed })],
  );
  return { operation, runs };
}

const unattended = `kind in ('backtest', 'dry_run') and (status = 'queued'
  or (status in ('running', 'cancelling') and coalesce((detail->>'lease')::timestamptz, '-infinity') < clock_timestamp()))`;

/** Plays that nobody works on. */
export async function waitingPlays({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows } = await pool.query(`select id from ${schema}._operation where ${unattended} order by at`);
  return rows.map(({ id }: { id: string }) => id);
}

interface Taken {
  readonly kind: PlayKind;
  readonly status: string;
  readonly detail: PlayRequest & Pick<Asker, "acting" | "narrowed"> & { readonly workflow: string };
  readonly by: string;
  readonly at: string;
}

/**
 * Plays from the beginning, by the rights that who asked has now, telling the operation how far it is; ends early where
 * that is to be cancelled, and is begun again where the database was away.
 */
export async function workOnPlay(workspace: Workspace, clock: Clock, id: string, stopping: AbortSignal): Promise<void> {
  const { pool, schema } = workspace;
  const lease = `detail || jsonb_build_object('lease', clock_timestamp() + interval '${leaseSeconds} seconds')`;
  const { rows } = await pool.query(
    `update ${schema}._operation set status = case status when 'cancelling' then 'cancelled' else 'running' end, detail = ${lease}
     where id = $1 and ${unattended} returning kind, status, detail, by, at`,
    [id],
  );
  const row = rows[0] as Taken | undefined;
  if (row?.status !== "running") return;
  const end = (status: string, more: object) =>
    pool.query(
      `update ${schema}._operation set status = $2, finished_at = $3, detail = (detail - 'lease') || $4::jsonb where id = $1`,
      [id, status, clock.now(), JSON.stringify(more)],
    );
  try {
    const { kind, by, at, detail } = row;
    const { acting = null, narrowed = null, workflow } = detail;
    const principal = await askerNow(pool, workspace, { by, acting, narrowed }, clock.now());
    if (!principal.roles.includes("admin")) throw problem("right.missing", { right: "look into workflows" });
    const play = plays[kind] as Play<unknown, unknown>;
    const scene = { workspace, principal, now: new Date(at) };
    const result = await play.run(scene, play.read(scene, workflow, detail), async (cases) => {
      const { rowCount } = await pool.query(
        `update ${schema}._operation set done = $2, detail = ${lease} where id = $1 and status = 'running'`,
        [id, cases],
      );
      return rowCount === 1 && !stopping.aborted;
    });
    if (result) await end("done", { result });
    else if (!stopping.aborted) await end("cancelled", {});
  } catch (error) {
    if (isAway(error)) throw error;
    await end("failed", { why: error instanceof Problem ? error.message : "The fault is ours." });
    if (!(error instanceof Problem)) throw error;
  }
}
