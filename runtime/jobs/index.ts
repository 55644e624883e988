import type { Clock } from "../clock.ts";
import { waitingSearches, workOnSearch } from "../store/alike-search.ts";
import { waitingPlays, workOnPlay } from "../store/play-job.ts";
import { waitingErasures, workOnErasure } from "../store/erase.ts";
import { waitingExports, workOnExport } from "../store/export.ts";
import { workOnImport } from "../store/import-job.ts";
import { sweepGone, waitingSweep } from "../store/gone.ts";
import { waitingImports } from "../store/import.ts";
import { claimIndexes, waitingIndexes } from "../store/indexes.ts";
import { waitingPassages, workOnPassages } from "../store/passages.ts";
import { resumePublish, waitingPublishes } from "../store/publish-resume.ts";
import { checkSums, waitingCheck } from "../store/rollup-check.ts";
import type { Workspace } from "../workspace.ts";
import { Jobs, type Task, type Waiting } from "./jobs.ts";

/** What is done in the background: where its work waits, and how it is done. */
interface Kind {
  readonly waiting: (workspace: Workspace, now: Date) => Promise<readonly string[]>;
  readonly work: (workspace: Workspace, clock: Clock, id: string, stopping: AbortSignal) => Promise<void>;
}

const kinds: Readonly<Record<string, Kind>> = {
  alike: { waiting: waitingSearches, work: workOnSearch },
  plays: { waiting: waitingPlays, work: workOnPlay },
  import: { waiting: waitingImports, work: workOnImport },
  erasure: { waiting: waitingErasures, work: workOnErasure },
  export: { waiting: waitingExports, work: workOnExport },
  indexes: { waiting: waitingIndexes, work: (workspace, clock) => claimIndexes(workspace, clock.now()) },
  passages: {
    waiting: waitingPassages,
    work: (workspace, clock, id) => workOnPassages(workspace, clock.now(), id),
  },
  publish: { waiting: waitingPublishes, work: resumePublish },
  rollups: { waiting: waitingCheck, work: (workspace, clock) => checkSums(workspace, clock.now()) },
  sweep: { waiting: waitingSweep, work: (workspace, clock) => sweepGone(workspace, clock.now()) },
};

/** The worker of this process, for all kinds and all workspaces. */
export function openJobs(
  workspaces: ReadonlyMap<string, Workspace>,
  clock: Clock,
  report: (error: unknown) => void,
  pollMs?: number,
): Jobs {
  const [first] = workspaces.values();
  if (!first) throw new Error("There is no workspace.");
  const tasks = Object.entries(kinds).map(([name, { work }]): [string, Task] => [
    name,
    async ({ workspace, id }, stopping) => {
      const there = workspaces.get(workspace);
      if (there) await work(there, clock, id, stopping).catch(report);
    },
  ]);
  const waiting = async (): Promise<readonly Waiting[]> => {
    const asked = [...workspaces.values()].flatMap((workspace) =>
      Object.entries(kinds).map(async ([task, kind]) =>
        (await kind.waiting(workspace, clock.now())).map((id) => ({ task, workspace: workspace.name, id })),
      ),
    );
    return (await Promise.all(asked)).flat();
  };
  return new Jobs({ pool: first.pool, tasks: Object.fromEntries(tasks), waiting, report, pollMs });
}
