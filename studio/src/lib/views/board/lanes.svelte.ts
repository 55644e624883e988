import { get, listPath, post, type Page, type RecordRow } from "#lib/api.ts";
import type { Stage } from "#lib/model.svelte.ts";

/** A column of a board: a state, the first of its records, and how many there are in all. */
export interface Lane {
  readonly stage: Stage;
  readonly items: readonly RecordRow[];
  readonly next: string | null;
  readonly n: number;
  readonly sum: unknown;
}

/** What a board shows. */
export interface LanesAsked {
  readonly entity: string;
  readonly state: string;
  readonly stages: readonly Stage[];
  readonly filter: string;
  readonly search: string;
  readonly sort: string;
  readonly measure: string | undefined;
  /** The conditions of the view's colours. */
  readonly colours: string | undefined;
}

const perLane = 30;
const perEnd = 10;

/** The columns of a board: one page of each, counts and sums over all. */
export class Lanes {
  all = $state.raw<readonly Lane[]>([]);
  loading = $state(true);
  fault = $state("");
  #asked: LanesAsked | undefined;

  async ask(asked: LanesAsked): Promise<void> {
    this.#asked = asked;
    this.fault = "";
    try {
      const lanes = await read(asked);
      if (this.#asked === asked) this.all = lanes;
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
  }

  async again(): Promise<void> {
    if (this.#asked) await this.ask(this.#asked);
  }

  /** The next page of one column. */
  async more({ stage, next }: Lane): Promise<void> {
    if (!this.#asked || !next) return;
    const page = await get<Page>(pagePath(this.#asked, stage, next));
    this.all = this.all.map((it) =>
      it.stage.key === stage.key ? { ...it, items: [...it.items, ...page.items], next: page.next } : it,
    );
  }
}

async function read(asked: LanesAsked): Promise<readonly Lane[]> {
  const { entity, state, stages, filter, search, measure } = asked;
  const measures = { n: "count()", ...(measure ? { sum: `sum(${measure})` } : {}) };
  const [{ body }, pages] = await Promise.all([
    post<{ rows: Record<string, unknown>[] }>(`/api/records/${entity}/aggregate`, {
      group: [state],
      measures,
      filter,
      search,
    }),
    Promise.all(stages.map((stage) => get<Page>(pagePath(asked, stage)))),
  ]);
  return stages.map((stage, index) => {
    const measured = body.rows.find((row) => row[state] === stage.key);
    const { items, next } = pages[index]!;
    return { stage, items, next, n: Number(measured?.n ?? 0), sum: measured?.sum };
  });
}

function pagePath({ entity, state, filter, search, sort, colours }: LanesAsked, stage: Stage, cursor?: string): string {
  const only = [filter, `${state} == '${stage.key}'`].filter(Boolean).join(" && ");
  return listPath(entity, { filter: only, search, sort, colours, limit: stage.end ? perEnd : perLane, cursor });
}
