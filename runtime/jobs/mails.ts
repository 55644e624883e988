import { randomInt, randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { bytesOf } from "../mail/letter.ts";
import { Mailbox } from "../mail/mailbox.ts";
import { SmtpLine, type Handed } from "../mail/smtp.ts";
import { wireOf, type Wire } from "../mail/wire.ts";
import type { MailGate } from "../outbound.ts";
import { intendDashboards } from "../store/dashboard-mails.ts";
import { anySendingDue, claimSendings, type Claimed } from "../store/send-claim.ts";
import { keepOutcomes, markBodies, reapSendings, releaseSendings, type Outcome } from "../store/send-outcome.ts";
import { secretOf } from "../store/secret.ts";
import type { Workspace } from "../workspace.ts";
import { Gathered } from "./gathered.ts";

const pollMs = 1000;
/** So many mails are claimed for each line at first, so that none waits for the next; where they go quickly, more and more. */
const aheadOfLine = 8;
const aheadMost = 64;
/** So quickly: what was claimed has left within this time. */
const quickMs = 5000;
/** Outcomes are written down together that come within this time: the next mails do not wait for that. */
const outcomesMs = 40;
/** After so many mails a connection takes leave: some servers want it so. */
const mailsOfLine = 500;
const pauseMs = 5000;
const pauseMostMs = 300_000;
/** What was claimed goes within this time, or is given back: well before its lease is over. */
const freshMs = 60_000;

export interface MailsOptions {
  readonly clock: Clock;
  readonly gate: MailGate;
  /** Where people reach the product. */
  readonly origin: () => string;
  readonly report: (error: unknown) => void;
  /** Called when something has come back that moves runs. */
  readonly told: () => void;
}

/**
 * Carries mails. The rows of `_sending` are the truth, and any number of workers share them by leases: one that dies leaves
 * behind what another can tell apart, what never went from what nobody knows of.
 */
export class Mails {
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #options: MailsOptions;
  readonly #mailboxes: ReadonlyMap<string, Mailbox>;
  readonly #worker = randomUUID();
  readonly #running = new Map<string, Promise<void>>();
  readonly #pauses = new Map<string, { readonly until: number; readonly failures: number }>();
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(workspaces: ReadonlyMap<string, Workspace>, options: MailsOptions) {
    this.#workspaces = workspaces;
    this.#options = options;
    const boxes = [...workspaces.values()].map((it) => [it.name, new Mailbox(it, () => options.clock.now())] as const);
    this.#mailboxes = new Map(boxes);
  }

  start(): void {
    this.#tick();
  }

  /** Looks now instead of at the next tick, where it has begun to look at all. */
  nudge(): void {
    if (this.#timer !== undefined) void this.carry();
  }

  /** Carries what is due now. Resolves when it has come to its end. */
  async carry(): Promise<void> {
    if (this.#stopping) return;
    for (const workspace of this.#workspaces.values()) this.#run(workspace);
    await Promise.all(this.#running.values());
  }

  /** Ends what is under way, and begins nothing more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#running.values());
    await Promise.all([...this.#mailboxes.values()].map((it) => it.close()));
  }

  #tick(): void {
    if (this.#stopping) return;
    this.#timer = setTimeout(() => this.#tick(), pollMs);
    this.nudge();
  }

  #run(workspace: Workspace): void {
    if (this.#running.has(workspace.name) || (this.#pauses.get(workspace.name)?.until ?? 0) > performance.now()) return;
    const done = this.#drain(workspace)
      .catch(this.#options.report)
      .finally(() => this.#running.delete(workspace.name));
    this.#running.set(workspace.name, done);
  }

  async #drain(workspace: Workspace): Promise<void> {
    const { clock, gate, origin, told } = this.#options;
    const now = clock.now();
    await intendDashboards(workspace, origin(), now).catch(this.#options.report);
    await reapSendings(workspace, now);
    if (!(await anySendingDue(workspace, now))) return;
    const wire = await wireOf(workspace, { mailbox: this.#mailboxes.get(workspace.name)!, gate, now });
    if ("why" in wire) return this.#pause(workspace, true);
    const key = await secretOf(workspace.pool, "mail");
    const round = new Round(workspace, {
      wire,
      worker: this.#worker,
      now: () => clock.now(),
      stopping: () => this.#stopping,
      claim: (most) => {
        const claiming = { wire, key, most, worker: this.#worker, origin: origin(), now: clock.now() };
        return claimSendings(workspace, { ...claiming, model: workspace.model });
      },
    });
    const failed = await round.carry();
    this.#pause(workspace, failed);
    told();
  }

  /** A server that is not there is asked again after a while, longer each time. */
  #pause({ name }: Workspace, failed: boolean): void {
    if (!failed) return void this.#pauses.delete(name);
    const failures = (this.#pauses.get(name)?.failures ?? 0) + 1;
    const waitMs = Math.min(pauseMostMs, pauseMs * 2 ** (failures - 1));
    this.#pauses.set(name, { until: performance.now() + waitMs, failures });
  }
}

interface RoundOptions {
  readonly wire: Wire;
  readonly worker: string;
  readonly now: () => Date;
  readonly stopping: () => boolean;
  readonly claim: (most: number) => Promise<{ readonly claimed: readonly Claimed[]; readonly seen: number }>;
}

/** All that is due now, over a few connections side by side; what is next is claimed while they speak. */
class Round {
  readonly #workspace: Workspace;
  readonly #options: RoundOptions;
  readonly #queue: { readonly claimed: Claimed; readonly until: number }[] = [];
  readonly #atDomain = new Map<string, number>();
  readonly #marks: Gathered<Claimed, boolean>;
  readonly #outcomes: Gathered<Outcome, undefined>;
  #claiming: Promise<void> | undefined;
  #ahead = aheadOfLine;
  #claimedAt = -Infinity;
  #dry = false;
  #closed = false;
  #failure: unknown;

  constructor(workspace: Workspace, options: RoundOptions) {
    this.#workspace = workspace;
    this.#options = options;
    const { worker, wire, now } = options;
    this.#marks = new Gathered(async (claimed) => {
      const ours = await markBodies(workspace, worker, claimed);
      return claimed.map(({ id }) => ours.has(id));
    });
    this.#outcomes = new Gathered(
      async (outcomes) => {
        await keepOutcomes(workspace, { worker, wire: wire.name, now: now(), random: drawn }, outcomes);
        return outcomes.map(() => undefined);
      },
      { lingerMs: outcomesMs },
    );
  }

  /** Answers whether the server could not be reached. */
  async carry(): Promise<boolean> {
    const lines = Array.from({ length: this.#options.wire.lines }, () => this.#line());
    const failed = (await Promise.allSettled(lines)).find((it) => it.status === "rejected");
    await this.#claiming;
    const left = this.#queue.splice(0).map(({ claimed }) => claimed.id);
    const due = this.#options.now();
    await releaseSendings(this.#workspace, this.#options.worker, left, { due, reason: this.#closed ? "closed" : null });
    if (failed) throw failed.reason;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#closed;
  }

  async #line(): Promise<void> {
    let line: SmtpLine | undefined;
    const noted: Promise<undefined>[] = [];
    try {
      for (;;) {
        const next = await this.#next();
        if (!next) break;
        if (line && (!line.alive || line.handed >= mailsOfLine)) {
          if (line.alive) line.quit();
          line = undefined;
        }
        const opened: SmtpLine | Handed = line ?? (await SmtpLine.open(this.#options.wire.way));
        if (!(opened instanceof SmtpLine)) {
          this.#closed = true;
          this.#queue.unshift({ claimed: next, until: Infinity });
          this.#left(next);
          break;
        }
        line = opened;
        const handed = await this.#hand(line, next);
        this.#left(next);
        // The next mail goes while this one is written down; what fails to be is told at the end.
        const note = this.#outcomes.add({ claimed: next, handed });
        note.catch(() => undefined);
        noted.push(note);
      }
    } finally {
      if (line?.alive) line.quit();
    }
    await Promise.all(noted);
  }

  async #hand(line: SmtpLine, claimed: Claimed): Promise<Handed> {
    const bytes = await bytesOf(claimed.letter, this.#options.wire.signing);
    return line.hand(claimed.envelope, bytes, () => this.#marks.add(claimed));
  }

  /** The next mail whose domain has room; claims more before none is left. Nothing where all is done. */
  async #next(): Promise<Claimed | undefined> {
    const { wire, stopping } = this.#options;
    for (;;) {
      if (stopping() || this.#closed) return undefined;
      // While the second half of what was claimed goes, the next is claimed.
      const low = (wire.lines * this.#ahead) / 2;
      if (this.#queue.length <= low && !this.#dry) this.#claiming ??= this.#claim();
      const at = this.#queue.findIndex(({ claimed }) => (this.#atDomain.get(claimed.domain) ?? 0) < wire.domainLines);
      if (at >= 0) {
        const [{ claimed, until }] = this.#queue.splice(at, 1) as [{ claimed: Claimed; until: number }];
        if (until < performance.now()) {
          await releaseSendings(this.#workspace, this.#options.worker, [claimed.id], {
            due: this.#options.now(),
            reason: null,
          });
          continue;
        }
        this.#atDomain.set(claimed.domain, (this.#atDomain.get(claimed.domain) ?? 0) + 1);
        return claimed;
      }
      // What is left when nothing more is claimed waits for a domain at which others of us are: they take it.
      if (!this.#claiming) return undefined;
      await this.#claiming;
    }
  }

  async #claim(): Promise<void> {
    try {
      const quick = performance.now() - this.#claimedAt < quickMs;
      this.#ahead = quick ? Math.min(aheadMost, this.#ahead * 2) : aheadOfLine;
      const { claimed, seen } = await this.#options.claim(this.#options.wire.lines * this.#ahead);
      this.#claimedAt = performance.now();
      const until = performance.now() + freshMs;
      this.#queue.push(...claimed.map((it) => ({ claimed: it, until })));
      this.#dry = seen === 0;
    } catch (error) {
      this.#dry = true;
      this.#failure = error;
    } finally {
      this.#claiming = undefined;
    }
  }

  #left({ domain }: Claimed): void {
    this.#atDomain.set(domain, (this.#atDomain.get(domain) ?? 1) - 1);
  }
}

const million = 1_000_000;
const drawn = () => randomInt(million) / million;
