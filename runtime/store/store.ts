import type { Clock } from "../clock.ts";
import type { Workspace } from "../workspace.ts";

/** The rows of one workspace: runs what the engine has planned. */
export class Store {
  readonly workspace: Workspace;
  readonly clock: Clock;

  constructor(workspace: Workspace, clock: Clock) {
    this.workspace = workspace;
    this.clock = clock;
  }
}
