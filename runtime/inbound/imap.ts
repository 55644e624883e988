import { isIP } from "node:net";
import type { ImapFlow } from "imapflow";
import { mailBytesMax } from "./read-mail.ts";

/** A folder on a server that keeps mails, and how one signs in. */
export interface ImapWay {
  readonly host: string;
  /** The address to connect to: the name was resolved beforehand. */
  readonly address: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS, and nothing without it. */
  readonly secure: boolean;
  readonly user: string;
  readonly secret: string;
  readonly signIn: "password" | "token";
  readonly folder: string;
  /** Where mails go that were taken; it is made where there is none. */
  readonly movedTo?: string | undefined;
}

/** Why a server cannot be read. What a server says is for no screen. */
export type ImapTrouble = "slow" | "unreachable" | "tls" | "sign-in" | "folder" | "broken";

/** A server cannot be read, for a reason that is its own. */
export class ImapFailure extends Error {
  readonly why: ImapTrouble;
  constructor(why: ImapTrouble) {
    super(`The mail server cannot be read: ${why}.`);
    this.why = why;
  }
}

/** A mail there, before its body is fetched. */
export interface Lying {
  readonly uid: number;
  readonly size: number;
  readonly at: Date;
  readonly subject: string;
  readonly sender: string;
}

const connectMs = 15_000;
/** Without a word of a server; while it is waited for news, too: it is asked often enough in between. */
const silentMs = 90_000;
const idleMs = 60_000;

/** One connection to a server, with one folder open. Whatever it throws that is the server's doing is an `ImapFailure`. */
export class ImapLine {
  readonly #client: ImapFlow;
  readonly #folder: string;
  /** Called when the server tells of mails. */
  onNews: () => void = () => undefined;

  private constructor(client: ImapFlow, folder: string) {
    this.#client = client;
    this.#folder = folder;
    client.on("exists", () => this.onNews());
    client.on("close", () => this.onNews());
  }

  static async open(way: ImapWay): Promise<ImapLine> {
    const { ImapFlow } = await import("imapflow");
    const { address, host, port, secure, user, secret, signIn, folder, movedTo } = way;
    const client = new ImapFlow({
      host: address,
      ...(isIP(host) ? {} : { servername: host }),
      port,
      secure,
      ...(secure ? {} : { doSTARTTLS: true }),
      auth: signIn === "token" ? { user, accessToken: secret } : { user, pass: secret },
      clientInfo: { name: "Trellis" },
      logger: false,
      disableAutoIdle: true,
      maxIdleTime: idleMs,
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: silentMs,
      maxLiteralSize: mailBytesMax + 1_000_000,
      maxLineLength: 20_000_000,
      maxResponseSize: mailBytesMax + 30_000_000,
    });
    client.on("error", () => undefined);
    const line = new ImapLine(client, folder);
    try {
      await client.connect();
      await asked("folder", () => client.mailboxOpen(folder));
      if (movedTo !== undefined) await asked("folder", () => client.mailboxCreate(movedTo));
      return line;
    } catch (error) {
      client.close();
      throw failureOf(error);
    }
  }

  get alive(): boolean {
    return this.#client.usable;
  }

  /** By which ids the server goes now. Where another word stands than before, all ids before mean nothing. */
  get validity(): string {
    const { mailbox } = this.#client;
    if (!mailbox) throw new ImapFailure("folder");
    return String(mailbox.uidValidity);
  }

  /** The ids of mails behind one, in their order, and the last id that was given when this was asked. */
  async behind(uid: number, since: Date | null): Promise<{ readonly uids: readonly number[]; readonly last: number }> {
    const client = this.#client;
    return named(async () => {
      const status = await client.status(this.#folder, { uidNext: true });
      const last = (status && status.uidNext ? status.uidNext : 1) - 1;
      if (last <= uid) return { uids: [], last };
      const found = await client.search(
        { uid: `${uid + 1}:*`, ...(since ? { since: dayBefore(since) } : {}) },
        { uid: true },
      );
      if (!found) throw new ImapFailure("broken");
      // "n:*" names the newest even where it stands before n.
      return { uids: found.filter((it) => it > uid && it <= last).sort((a, b) => a - b), last };
    });
  }

  /** What lies under these ids, in their order; of what is gone nothing. */
  async look(uids: readonly number[]): Promise<readonly Lying[]> {
    if (uids.length === 0) return [];
    return named(async () => {
      const wanted = { uid: true, size: true, envelope: true, internalDate: true };
      const found = await this.#client.fetchAll(uids.join(","), wanted, { uid: true });
      const them = found.map(({ uid, size = 0, envelope, internalDate }) => ({
        uid,
        size,
        at: new Date(internalDate ?? Number.NaN),
        subject: (envelope?.subject ?? "").slice(0, 200).toWellFormed(),
        sender: (envelope?.from?.[0]?.address ?? "").slice(0, 254).toWellFormed(),
      }));
      return them.sort((a, b) => a.uid - b.uid);
    });
  }

  /** A mail as it lies there; nothing where it is gone. */
  async source(uid: number): Promise<Buffer | undefined> {
    return named(async () => {
      const found = await this.#client.fetchOne(String(uid), { source: true }, { uid: true });
      return found ? found.source : undefined;
    });
  }

  /** Marks a mail as read, or moves it to another folder. */
  async put(uid: number, to: { readonly folder: string } | "read"): Promise<void> {
    const client = this.#client;
    await named(async () => {
      const done =
        to === "read"
          ? await client.messageFlagsAdd(String(uid), ["\\Seen"], { uid: true })
          : await client.messageMove(String(uid), to.folder, { uid: true });
      if (!done) throw new ImapFailure("folder");
    });
  }

  /** Waits for news, by IDLE or, where a server has none, by asking now and then. Ends with the next command. */
  wait(): void {
    void this.#client.idle().catch(() => undefined);
  }

  close(): void {
    this.onNews = () => undefined;
    this.#client.close();
  }
}

/** Servers compare days alone, each in a zone of its own. */
const dayBefore = (moment: Date) => new Date(moment.getTime() - 86_400_000);

/** A refusal of this very command has a reason of its own. */
async function asked<Result>(why: ImapTrouble, command: () => Promise<Result>): Promise<Result> {
  return command().catch((error: Failed) => {
    throw error.responseStatus === "NO" ? new ImapFailure(why) : error;
  });
}

const named = <Result>(command: () => Promise<Result>): Promise<Result> =>
  command().catch((error: unknown) => {
    throw failureOf(error);
  });

interface Failed extends Error {
  readonly code?: string;
  readonly authenticationFailed?: boolean;
  readonly responseStatus?: string;
  readonly tlsFailed?: boolean;
}

function failureOf(error: unknown): ImapFailure {
  if (error instanceof ImapFailure) return error;
  const { authenticationFailed, tlsFailed, code = "" } = error as Failed;
  if (authenticationFailed) return new ImapFailure("sign-in");
  if (tlsFailed || /CERT|TLS|SSL|SELF_SIGNED|VERIFY/.test(code)) return new ImapFailure("tls");
  if (/TIMEOUT|TIMEDOUT/.test(code)) return new ImapFailure("slow");
  return new ImapFailure(/^E(?:CONN|HOST|NET|PIPE)/.test(code) ? "unreachable" : "broken");
}
