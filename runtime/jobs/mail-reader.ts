import { randomUUID } from "node:crypto";
import { Problem, type Principal } from "engine";
import type { MailboxDocument } from "schemas";
import type { Clock } from "../clock.ts";
import { ImapFailure, ImapLine, type Lying } from "../inbound/imap.ts";
import { mailBytesMax } from "../inbound/read-mail.ts";
import type { MailGate } from "../outbound.ts";
import { findBinding, findOwner } from "../store/connections.ts";
import {
  beginIds,
  dueAside,
  keepRead,
  keepWhole,
  leaseReading,
  leaveReading,
  noteTrouble,
  setAside,
  takeBack,
} from "../store/mail-reading.ts";
import { receiveMail } from "../store/receive-mail.ts";
import type { Workspace } from "../workspace.ts";

const tickMs = 2000;
/** A server that has said nothing is asked all the same: some forget that one waits. */
const askMs = 30_000;
const leftMs = 5000;
/** No longer than so many times as long as at first. */
const pauseMost = 60;
/** So many mails are looked at before the first of them is fetched. */
const lookMost = 200;

export interface MailReaderOptions {
  readonly clock: Clock;
  readonly gate: MailGate;
  readonly report: (error: unknown) => void;
  /** Called when a mail has come that moves runs or is answered. */
  readonly told: () => void;
  /** How often a server is asked that says nothing by itself. */
  readonly pollMs?: number | undefined;
  /** How long one that has failed is left alone at first; each time in a row twice as long. */
  readonly pauseMs?: number | undefined;
}

/** One mailbox as this process reads it. */
interface Reading {
  line: ImapLine | undefined;
  /** What it was opened by; another word, another connection. */
  stamp: string;
  busy: Promise<void> | undefined;
  news: boolean;
  readAt: number;
  pausedUntil: number;
  failures: number;
}

/**
 * Fetches the mails of mailboxes by IMAP, each in the name of the mailbox's owner. A mail is kept before the server is
 * told what becomes of it there, and only then it counts as read: who dies in between finds it again, and knows it by its
 * Message-ID. Any number of workers share the mailboxes by leases.
 */
export class MailReader {
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #options: MailReaderOptions;
  readonly #worker = randomUUID();
  readonly #readings = new Map<string, Reading>();
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(workspaces: ReadonlyMap<string, Workspace>, options: MailReaderOptions) {
    this.#workspaces = workspaces;
    this.#options = options;
  }

  start(): void {
    this.#tick();
  }

  /** Reads all mailboxes once, whatever was to be waited for. Resolves when it has come to its end. */
  async read(): Promise<void> {
    for (const { workspace, mailbox } of this.#fetched()) this.#run(workspace, mailbox);
    await Promise.all([...this.#readings.values()].map(({ busy }) => busy));
  }

  /** Ends what is under way, and begins nothing more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#readings.values()].map(({ busy }) => busy));
    if (this.#readings.size === 0) return;
    for (const { line } of this.#readings.values()) line?.close();
    for (const workspace of this.#workspaces.values())
      await leaveReading(workspace, this.#worker).catch(() => undefined);
  }

  #fetched() {
    return [...this.#workspaces.values()].flatMap((workspace) =>
      [...workspace.model.mailboxes.values()].flatMap((mailbox) => (mailbox.imap ? [{ workspace, mailbox }] : [])),
    );
  }

  #tick(): void {
    if (this.#stopping) return;
    const { pollMs = askMs } = this.#options;
    this.#timer = setTimeout(() => this.#tick(), Math.min(tickMs, pollMs));
    const fetched = this.#fetched();
    const keys = new Set(fetched.map(({ workspace, mailbox }) => keyOf(workspace, mailbox)));
    for (const [key, reading] of this.#readings) {
      if (keys.has(key) || reading.busy) continue;
      reading.line?.close();
      this.#readings.delete(key);
    }
    for (const { workspace, mailbox } of fetched) {
      const { news = true, line, readAt = 0, pausedUntil = 0 } = this.#readings.get(keyOf(workspace, mailbox)) ?? {};
      const now = performance.now();
      if (pausedUntil > now) continue;
      if (news || (line && !line.alive) || now - readAt >= pollMs) this.#run(workspace, mailbox);
    }
  }

  #run(workspace: Workspace, mailbox: MailboxDocument): void {
    const key = keyOf(workspace, mailbox);
    const fresh = { line: undefined, stamp: "", busy: undefined, news: true, readAt: 0, pausedUntil: 0, failures: 0 };
    const reading: Reading = this.#readings.get(key) ?? fresh;
    this.#readings.set(key, reading);
    if (reading.busy || this.#stopping) return;
    reading.news = false;
    reading.busy = this.#read(workspace, mailbox, reading)
      .then(
        () => void (reading.failures = 0),
        (error: unknown) => this.#failed(workspace, mailbox, reading, error),
      )
      .catch(this.#options.report)
      .finally(() => {
        reading.busy = undefined;
        reading.readAt = performance.now();
      });
  }

  /** A server that cannot be read is asked again after a while, longer each time. */
  async #failed(workspace: Workspace, mailbox: MailboxDocument, reading: Reading, error: unknown): Promise<void> {
    reading.line?.close();
    reading.line = undefined;
    reading.failures += 1;
    const { pauseMs = leftMs } = this.#options;
    const waitMs = pauseMs * Math.min(pauseMost, 2 ** (reading.failures - 1));
    reading.pausedUntil = performance.now() + waitMs;
    if (!(error instanceof Silence || error instanceof ImapFailure)) throw error;
    await noteTrouble(workspace, mailbox, error.why, this.#options.clock.now());
  }

  async #read(workspace: Workspace, mailbox: MailboxDocument, reading: Reading): Promise<void> {
    const now = this.#options.clock.now();
    const binding = await findBinding(workspace, mailbox.$anchor, now);
    if (!binding?.active) return leave(reading);
    const begun = await leaseReading(workspace, mailbox, this.#worker, now);
    if (!begun) return leave(reading);
    const owner = await findOwner(workspace, binding.owner);
    if (!owner) throw new Silence("owner");
    const [secret = ""] = binding.secrets;
    const stamp = JSON.stringify([mailbox.imap, secret]);
    if (reading.stamp !== stamp || !reading.line?.alive) leave(reading);
    reading.line ??= await this.#open(mailbox, secret, reading);
    reading.stamp = stamp;
    const { line } = reading;
    const { validity } = line;
    const from = begun.validity === validity ? begun : await beginIds(workspace, mailbox, validity);
    const taking = { workspace, mailbox, owner, line, validity };
    const again = await dueAside(workspace, mailbox, validity, now);
    const there = await line.look(again);
    const gone = again.filter((it) => there.every(({ uid }) => uid !== it));
    await takeBack(workspace, mailbox, validity, gone);
    for (const mail of there)
      if (await this.#take(taking, mail)) await takeBack(workspace, mailbox, validity, [mail.uid]);
    const { uids, last } = await line.behind(from.lastUid, from.since);
    for (let at = 0; at < uids.length; at += lookMost) {
      for (const mail of await line.look(uids.slice(at, at + lookMost))) {
        if (this.#stopping) return;
        if (!(from.since && mail.at < from.since)) await this.#take(taking, mail);
        await keepRead(workspace, mailbox, mail.uid);
      }
      await leaseReading(workspace, mailbox, this.#worker, now);
    }
    await keepWhole(workspace, mailbox, last, now);
    if (uids.length > 0) this.#options.told();
    if (!this.#stopping) line.wait();
  }

  async #open(mailbox: MailboxDocument, secret: string, reading: Reading): Promise<ImapLine> {
    const { host, secure = true, port = secure ? 993 : 143, user, folder = "INBOX", ...rest } = mailbox.imap!;
    const address = await this.#options.gate(host, port);
    if (address === undefined) throw new Silence("closed");
    const signIn = rest.sign_in ?? "password";
    const way = { host, address, port, secure, user, secret, signIn, folder, movedTo: rest.moved_to };
    const line = await ImapLine.open(way);
    line.onNews = () => {
      reading.news = true;
      if (this.#timer !== undefined && !reading.busy) this.#now();
    };
    return line;
  }

  /** News are looked at without waiting for the next tick. */
  #now(): void {
    clearTimeout(this.#timer);
    this.#tick();
  }

  /**
   * Takes one mail, then does with it on the server what the mailbox says. One that cannot be taken is set aside: those
   * behind it do not wait for it. Answers whether it was taken.
   */
  async #take({ workspace, mailbox, owner, line, validity }: Taking, mail: Lying): Promise<boolean> {
    const now = this.#options.clock.now();
    const aside = (reason: string, again: boolean) =>
      setAside(workspace, mailbox, { mail, validity, reason, again }, now).then(() => false);
    if (mail.size > mailBytesMax) return aside("mail.too_large", false);
    const raw = await line.source(mail.uid);
    if (raw === undefined) return true;
    try {
      await receiveMail(workspace, owner, mailbox, { raw }, now);
    } catch (error) {
      if (error instanceof Problem && error.faults[0].code.startsWith("mail."))
        return aside(error.faults[0].code, false);
      if (!(error instanceof Problem)) this.#options.report(error);
      return aside(error instanceof Problem ? error.faults[0].code : "internal", true);
    }
    const { then, moved_to } = mailbox.imap!;
    if (then === "flag") await line.put(mail.uid, "read");
    if (then === "move") await line.put(mail.uid, { folder: moved_to! });
    return true;
  }
}

interface Taking {
  readonly workspace: Workspace;
  readonly mailbox: MailboxDocument;
  readonly owner: Principal;
  readonly line: ImapLine;
  readonly validity: string;
}

/** Why a mailbox is not read before anybody was asked: its server may not be called, or nobody answers for it. */
class Silence extends Error {
  readonly why: "closed" | "owner";
  constructor(why: "closed" | "owner") {
    super(`The mailbox is not read: ${why}.`);
    this.why = why;
  }
}

const keyOf = ({ name }: Workspace, { $anchor }: MailboxDocument) => `${name} ${$anchor}`;

function leave(reading: Reading): void {
  reading.line?.close();
  reading.line = undefined;
}
