import { post } from "#lib/api.ts";
import { number } from "#lib/format.ts";
import type { Workspace } from "#lib/model.svelte.ts";
import { follow } from "#lib/operation.ts";
import { words } from "#lib/words/index.ts";

interface Work<Done> {
  readonly status: string;
  readonly rows: number;
  readonly done: number;
  readonly detail: { readonly result?: Done; readonly why?: string };
}

/** A workflow that the server plays over many cases: what it came to, and how far it is where that takes long. */
export class PlayJob<Done> {
  found = $state.raw<Done | undefined>();
  progress = $state("");
  problem = $state("");
  working = $state(false);

  readonly #workspace: Workspace;
  readonly #left = new AbortController();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Whoever asked is gone; what has become a job goes on without her. */
  leave(): void {
    this.#left.abort();
  }

  async play(path: string, body: object): Promise<void> {
    this.working = true;
    this.problem = "";
    this.progress = "";
    try {
      const answer = await post<Done>(path, body);
      this.found = answer.operation === undefined ? answer.body : await this.#worked(answer.operation);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.working = false;
  }

  #worked(operation: string): Promise<Done | undefined> {
    const ended = ({ status, rows, done, detail }: Work<Done>) => {
      this.progress = words.backtestProgress(number(done, this.#workspace), number(rows, this.#workspace));
      if (status === "failed" || status === "cancelled") throw new Error(detail.why ?? status);
      return detail.result;
    };
    return follow(operation, ended, this.#left.signal);
  }
}
