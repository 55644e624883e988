import { readModel, type KeptVersion, type Model } from "engine";
import { identifier } from "engine/sql";
import type { AnyDocument } from "schemas";
import { Beliefs } from "./auth/beliefs.ts";
import type { Person } from "./auth/principal.ts";
import type { Connection, Pool } from "./database/pool.ts";
import { keptJson, modelWith } from "./store/kept.ts";
import { Turns } from "./turns.ts";

const pollMs = 1000;
const channel = "trellis_model";

/** A workspace as this process sees it: where its rows lie, and the model by which they are read. */
export class Workspace {
  readonly name: string;
  /** The schema's name as SQL writes it. */
  readonly schema: string;
  /** The schema's name as the catalogue has it. */
  readonly schemaName: string;
  readonly pool: Pool;
  /** The same database for those who only look, with the limits of a look. */
  readonly looks: Pool;
  /** Who is at work in it and who waits: half of what is at work may be one caller's. */
  readonly turns: Turns;
  /** The same of requests that bring a lot: a few at once use the machine whole, and more would only use more memory. */
  readonly heavyTurns = new Turns({ each: 3, all: 6, lineMax: 200, waitingMax: 2000, waitMs: 30_000 });
  /** The same of files, which come as slowly as their senders' lines are: they keep only each other waiting. */
  readonly fileTurns = new Turns({ each: 4, all: 16, lineMax: 200, waitingMax: 2000, waitMs: 30_000 });
  /** The same of those who look at pages for anybody, by the address that they come from. */
  readonly visitorTurns: Turns;
  /** Who asks: users by what proves them. */
  readonly people = new Beliefs<Person>();
  /** So many rows are read along an order, whatever is looked for, in less time than one waits for. */
  manyRows = 100_000;
  #model: Model = readModel([]);
  #access = 0;

  constructor(name: string, schema: string, pool: Pool, looks = pool) {
    this.name = name;
    this.schema = identifier(schema);
    this.schemaName = schema;
    this.pool = pool;
    this.looks = looks;
    const { max } = pool.options;
    this.turns = new Turns({ each: max, all: max * 2, lineMax: 200, waitingMax: 2000, waitMs: 10_000 });
    this.visitorTurns = new Turns({ each: Math.ceil(max / 2), all: max, lineMax: 50, waitingMax: 500, waitMs: 10_000 });
  }

  /** All turns of the workspace. */
  get lanes(): readonly Turns[] {
    return [this.turns, this.heavyTurns, this.fileTurns, this.visitorTurns];
  }

  /** The newest model that this process has read; frozen, to be held for the length of a request. */
  get model(): Model {
    return this.#model;
  }

  /** Grows with every change of rights that is no change of the model. */
  get accessVersion(): number {
    return this.#access;
  }

  /**
   * Reads the model again when the database has a newer one, all of it in one statement, so that documents and number
   * belong together. An older answer that comes late is dropped.
   */
  async refresh(): Promise<Model> {
    const { rows } = await this.pool.query(
      `select s.model, s.access,
         case when s.model <> $1 then (select coalesce(json_agg(d.body order by d.kind, d.name), '[]') from ${this.schema}._document d)
         end as documents,
         case when s.model <> $1 then ${keptJson(this.schema)} end as kept
       from ${this.schema}._state s`,
      [this.#model.version],
    );
    const state = rows[0] as State | undefined;
    if (!state) throw new Error(`Workspace "${this.name}" has lost its state.`);
    this.#access = state.access;
    if (state.documents && state.model > this.#model.version)
      this.#model = modelWith(state.documents, state.model, state.kept ?? []);
    return this.#model;
  }
}

/** What tells whether a model is the newest, and what it is made of where it is not. */
interface State {
  readonly model: number;
  readonly access: number;
  readonly documents: readonly AnyDocument[] | null;
  readonly kept: readonly KeptVersion[] | null;
}

/** Keeps the models of all workspaces of this process fresh: told by the database, and by asking each second. */
export class ModelWatch {
  readonly #workspaces: readonly Workspace[];
  readonly #report: (error: unknown) => void;
  #listener: Connection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(workspaces: readonly Workspace[], report: (error: unknown) => void) {
    this.#workspaces = workspaces;
    this.#report = report;
  }

  start(): void {
    void this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#listener?.release(true);
    this.#listener = undefined;
  }

  async #tick(): Promise<void> {
    try {
      await this.#listen();
      await Promise.all(this.#workspaces.map((workspace) => workspace.refresh()));
    } catch (error) {
      this.#report(error);
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#tick(), pollMs);
  }

  /** A notification is a hint alone: what it misses, the next tick finds. */
  async #listen(): Promise<void> {
    const [first] = this.#workspaces;
    if (this.#listener || !first) return;
    const listener = await first.pool.connect();
    listener.on("error", () => this.#lose(listener));
    listener.on("notification", ({ payload }) => {
      const told = this.#workspaces.find(({ name }) => name === payload);
      told?.refresh().catch(this.#report);
    });
    await listener.query(`listen ${channel}`);
    if (this.#stopped) listener.release(true);
    else this.#listener = listener;
  }

  #lose(listener: Connection): void {
    if (this.#listener !== listener) return;
    this.#listener = undefined;
    listener.release(true);
  }
}

/** Tells every process that a workspace has a new model. To be called when the switch has been committed. */
export async function tellModel(pool: Pool, workspace: string): Promise<void> {
  await pool.query("select pg_notify($1, $2)", [channel, workspace]);
}
