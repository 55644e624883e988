import type { AddressInfo } from "node:net";
import type { SMTPServer } from "smtp-server";
import { keepPosted } from "../store/mailbox.ts";
import type { Workspace } from "../workspace.ts";
import type { SmtpWay } from "./smtp.ts";

const bytesMax = 30 * 1024 * 1024;

/**
 * The mailbox of this installation: a mail server on loopback that no mail leaves. It opens when the first mail comes, on
 * a port that nobody else has, and keeps what it takes in the database before it answers.
 */
export class Mailbox {
  readonly #workspace: Workspace;
  readonly #now: () => Date;
  #opening: Promise<SMTPServer> | undefined;

  constructor(workspace: Workspace, now: () => Date) {
    this.#workspace = workspace;
    this.#now = now;
  }

  /** How it is reached. */
  async way(): Promise<SmtpWay> {
    this.#opening ??= this.#open();
    const { port } = (await this.#opening).server.address() as AddressInfo;
    return { host: "localhost", address: "127.0.0.1", port, tls: "none" };
  }

  async close(): Promise<void> {
    const server = await this.#opening?.catch(() => undefined);
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }

  async #open(): Promise<SMTPServer> {
    const { SMTPServer } = await import("smtp-server");
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      hidePIPELINING: false,
      size: bytesMax,
      onData: (stream, session, done) => {
        const pieces: Buffer[] = [];
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("error", done);
        stream.on("end", () => {
          const { mailFrom, rcptTo } = session.envelope;
          const posted = {
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(pieces),
          };
          keepPosted(this.#workspace, posted, this.#now()).then(() => done(), done);
        });
      },
    });
    server.on("error", () => undefined);
    await new Promise<void>((done, failed) => {
      server.server.once("error", failed);
      server.listen(0, "127.0.0.1", () => done());
    });
    return server;
  }
}
