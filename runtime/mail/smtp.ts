import { Readable } from "node:stream";
import { SpanKind } from "@opentelemetry/api";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { asSpan } from "../tracing.ts";

/** The server that takes mails, and how it is spoken to. */
export interface SmtpWay {
  readonly host: string;
  /** The address to connect to, where the name was resolved beforehand. */
  readonly address?: string;
  readonly port: number;
  /** `tls` from the start, `starttls` or nothing, `offered`: where the server offers it, `none`. */
  readonly tls: "tls" | "starttls" | "offered" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * What came of handing a mail over. Before the final dot nothing was taken, whatever the server has read: `missed` may be
 * tried again. After it and without a reply nobody knows.
 */
export type Handed =
  | { readonly came: "accepted"; readonly code: number; readonly reply: string }
  | { readonly came: "refused"; readonly code: number; readonly reply: string }
  | { readonly came: "later"; readonly code: number; readonly reply: string }
  | { readonly came: "missed"; readonly why: string }
  | { readonly came: "unknown"; readonly why: string }
  /** Whoever was asked before the final dot has said no. */
  | { readonly came: "withdrawn" };

/** Who it is for, as the servers tell each other. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** How far the server has come with a mail. Only our own stream knows when the final dot follows. */
type Phase = "envelope" | "body" | "ended";

const connectMs = 15_000;
/** Without a word from the server. */
const silentMs = 45_000;
const pieceBytes = 64 * 1024;

interface Failure extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** One connection to a server, for one mail after the other. */
export class SmtpLine {
  readonly #connection: SMTPConnection;
  readonly #way: SmtpWay;
  #alive = false;
  #handed = 0;

  private constructor(way: SmtpWay, connection: SMTPConnection) {
    this.#way = way;
    this.#connection = connection;
    connection.on("error", () => (this.#alive = false));
    connection.on("end", () => (this.#alive = false));
  }

  /** Connects and signs in. Answers the line, or why there is none: nothing has been handed over then. */
  static async open(way: SmtpWay): Promise<SmtpLine | Handed> {
    const { default: Connection } = await import("nodemailer/lib/smtp-connection");
    const { address, host, port, tls } = way;
    const connection = new Connection({
      host: address ?? host,
      servername: host,
      port,
      secure: tls === "tls",
      requireTLS: tls === "starttls",
      ignoreTLS: tls === "none",
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: silentMs,
      allowInternalNetworkInterfaces: true,
    });
    const line = new SmtpLine(way, connection);
    const failed = await line.#connect();
    if (!failed) return line;
    connection.close();
    return failed;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** How many mails went over it. */
  get handed(): number {
    return this.#handed;
  }

  /**
   * Hands a mail over. `beforeEnd` is asked when all but the final dot is with the server: what it has noted by then
   * outlives us. Where it answers no, the dot is never sent.
   */
  hand(envelope: Envelope, bytes: Buffer, beforeEnd: () => Promise<boolean>): Promise<Handed> {
    const told = { kind: SpanKind.CLIENT, attributes: { "server.address": this.#way.host } };
    return asSpan("SMTP", told, () => this.#hand(envelope, bytes, beforeEnd));
  }

  async #hand(envelope: Envelope, bytes: Buffer, beforeEnd: () => Promise<boolean>): Promise<Handed> {
    let phase: Phase = "envelope";
    let withdrawn = false;
    let sent = 0;
    const body = new Readable({
      read() {
        // In pieces: the next is asked for when the server has taken those before it.
        if (sent < bytes.length) {
          phase = "body";
          this.push(bytes.subarray(sent, (sent += pieceBytes)));
          return;
        }
        void beforeEnd().then(
          (may) => {
            withdrawn = !may;
            if (!may) return this.destroy(new Error("Withdrawn."));
            phase = "ended";
            this.push(null);
          },
          (error: Error) => this.destroy(error),
        );
      },
    });
    const failure = await new Promise<Failure | { readonly response: string }>((done) => {
      this.#connection.send({ from: envelope.from, to: [...envelope.to] }, body, (error, info) =>
        done((error as Failure | null) ?? { response: info?.response ?? "" }),
      );
    });
    this.#handed += 1;
    if (!(failure instanceof Error)) return { came: "accepted", ...said(failure.response) };
    const replied = failure.responseCode !== undefined && failure.response ? said(failure.response) : undefined;
    // Whatever state the server is in now, another mail does not find out.
    this.close();
    if (withdrawn) return { came: "withdrawn" };
    if (replied && replied.code >= 500 && replied.code < 600) return { came: "refused", ...replied };
    if (replied && replied.code >= 400) return { came: "later", ...replied };
    return { came: (phase as Phase) === "ended" ? "unknown" : "missed", why: whyOf(failure) };
  }

  close(): void {
    this.#alive = false;
    this.#connection.close();
  }

  /** Takes leave of the server. */
  quit(): void {
    this.#alive = false;
    this.#connection.quit();
  }

  async #connect(): Promise<Handed | undefined> {
    const { user, password } = this.#way;
    const connected = await new Promise<Failure | undefined>((done) => {
      this.#connection.once("error", done);
      this.#connection.connect((error) => done((error as Failure | null) ?? undefined));
    });
    if (connected) return refusalOf(connected);
    if (user !== undefined) {
      const entered = await new Promise<Failure | undefined>((done) => {
        this.#connection.login({ user, pass: password ?? "" }, (error) => done((error as Failure | null) ?? undefined));
      });
      if (entered) return { came: "missed", why: "sign-in" };
    }
    this.#alive = true;
    return undefined;
  }
}

/** A server that turns us away at the door has taken nothing: that is no word on the mail. */
function refusalOf(error: Failure): Handed {
  const { responseCode: code, response = "" } = error;
  if (code !== undefined && code >= 400) return { came: "later", ...said(response), code };
  return { came: "missed", why: whyOf(error) };
}

/** The code and the text of a reply. */
function said(response: string) {
  return { code: Number(/^\d{3}/.exec(response)?.[0] ?? 250), reply: response.slice(0, 500).toWellFormed() };
}

const reasons: Readonly<Record<string, string>> = {
  ECONNECTION: "closed",
  ESOCKET: "closed",
  ETIMEDOUT: "slow",
  EDNS: "unresolved",
  ETLS: "tls",
  EAUTH: "sign-in",
  EMESSAGE: "size",
  EENVELOPE: "envelope",
};

/** In a word of ours; what a connection says is for no screen. */
const whyOf = ({ code = "" }: Failure): string => reasons[code] ?? "broken";
