import type { AddressInfo } from "node:net";
import { Problem } from "engine";
import type { MailboxDocument } from "schemas";
import type { SMTPServer } from "smtp-server";
import type { Clock } from "../clock.ts";
import { mailBytesMax } from "../inbound/read-mail.ts";
import { readAddress } from "../inbound/token.ts";
import { sendingOf, stoppedBy } from "../mail/verp.ts";
import { findBinding, findOwner } from "../store/connections.ts";
import { receiveMail } from "../store/receive-mail.ts";
import { secretOf } from "../store/secret.ts";
import type { Workspace } from "../workspace.ts";

interface Options {
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  /** Called when a mail has come that moves runs or is answered. */
  readonly told: () => void;
}

/** What is said to a server that brings a mail: another time, or never. */
const refusal = (code: number, sentence: string) => Object.assign(new Error(sentence), { responseCode: code });

/**
 * Takes mails by SMTP for the mailboxes of a workspace, each in the name of the mailbox's owner, and answers that it has
 * one only when it is kept. Whom no mailbox is for, and what is too large, is refused at once, so that its sender hears of it.
 */
export class MailDoor {
  readonly #workspace: Workspace;
  readonly #options: Options;
  #server: SMTPServer | undefined;

  constructor(workspace: Workspace, options: Options) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** Opens; answers its port. */
  async open(port: number, host: string): Promise<number> {
    const { SMTPServer } = await import("smtp-server");
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      size: mailBytesMax,
      onRcptTo: ({ address }, _, done) => {
        this.#meant([address]).then(
          ({ mailboxes }) => done(mailboxes.length > 0 ? null : refusal(550, "5.1.1 There is no such mailbox here")),
          (error: unknown) => done(this.#failed(error)),
        );
      },
      onData: (stream, { envelope }, done) => {
        const pieces: Buffer[] = [];
        let size = 0;
        stream.on("data", (piece: Buffer) => {
          size += piece.length;
          if (size <= mailBytesMax) pieces.push(piece);
        });
        stream.on("error", done);
        stream.on("end", () => {
          if (stream.sizeExceeded || size > mailBytesMax) return done(refusal(552, "5.3.4 The mail is too large"));
          const to = envelope.rcptTo.map(({ address }) => address);
          this.#take(Buffer.concat(pieces), to).then(
            () => done(),
            (error: unknown) => done(this.#failed(error)),
          );
        });
      },
    });
    server.on("error", () => undefined);
    this.#server = server;
    await new Promise<void>((opened, failed) => {
      server.server.once("error", failed);
      server.listen(port, host, () => opened());
    });
    return (server.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }

  /** What a mail is refused with: for good where its sender can mend it, for now where we cannot take it. */
  #failed(error: unknown): Error {
    if (error instanceof Problem && error.faults[0].code.startsWith("mail."))
      return refusal(550, error.faults[0].detail);
    this.#options.report(error);
    return refusal(451, "4.3.0 The mail cannot be taken now");
  }

  /** The mailboxes that addresses belong to; reports, and who wants no more mails, come to addresses of the sendings themselves: any mailbox takes them. */
  async #meant(
    to: readonly string[],
  ): Promise<{ readonly mailboxes: readonly MailboxDocument[]; readonly any: boolean }> {
    const secret = await secretOf(this.#workspace.pool, "mail");
    const all = [...this.#workspace.model.mailboxes.values()];
    const now = this.#options.clock.now();
    const found = all.filter(({ $anchor, address }) =>
      to.some((it) => readAddress({ secret, mailbox: $anchor }, address, it, now).is !== "foreign"),
    );
    const ofSending = (it: string) => sendingOf(secret, it) !== undefined || stoppedBy(secret, it) !== undefined;
    const any = found.length === 0 && to.some(ofSending);
    return { mailboxes: any ? all : found, any };
  }

  async #take(raw: Buffer, envelope: readonly string[]): Promise<void> {
    const now = this.#options.clock.now();
    const { mailboxes, any } = await this.#meant(envelope);
    let taken = false;
    for (const mailbox of mailboxes) {
      const binding = await findBinding(this.#workspace, mailbox.$anchor, now);
      const owner = binding?.active ? await findOwner(this.#workspace, binding.owner) : undefined;
      if (!owner && !any) throw new Error(`Mailbox "${mailbox.$id}" is bound to nobody who is active.`);
      if (!owner) continue;
      await receiveMail(this.#workspace, owner, mailbox, { raw, envelope }, now);
      taken = true;
      if (any) break;
    }
    if (!taken) throw new Error("No mailbox is bound to somebody who is active.");
    this.#options.told();
  }
}
