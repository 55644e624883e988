import { Agent, request as send } from "node:http";

/** One request, as both servers get it. */
export interface Asking {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly ms: number;
}

/** Asks one server over connections that stay open. */
export class Client {
  readonly #address: URL;
  /** What each of its requests says of who asks. */
  readonly headers: Readonly<Record<string, string>>;
  /** A connection that its server is about to end, for nobody used it, is not used again. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, agentKeepAliveTimeoutBuffer: 3000 });

  constructor(address: string, headers: Readonly<Record<string, string>>) {
    this.#address = new URL(address);
    this.headers = headers;
  }

  /** Sends and reads the answer whole. A refusal ends the run: what is measured must have been done. */
  ask(asking: Asking): Promise<Answered> {
    const { method, path, headers = {}, body } = asking;
    const begun = performance.now();
    const { hostname, port } = this.#address;
    const sized =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const asked = send(
        { agent: this.#agent, hostname, port, method, path, headers: { ...this.headers, ...sized, ...headers } },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on("data", (piece: Buffer) => pieces.push(piece));
          answer.on("error", reject);
          answer.on("end", () => {
            const text = Buffer.concat(pieces).toString("utf8");
            const { statusCode: status = 0 } = answer;
            if (status >= 400) reject(new Error(`${method} ${path} answered ${status}: ${text.slice(0, 2000)}`));
            else resolve({ status, headers: answer.headers, text, ms: performance.now() - begun });
          });
        },
      );
      // A connection that its server ended while the request was on its way has brought it to nobody.
      asked.on("error", (error: NodeJS.ErrnoException) => {
        if (asked.reusedSocket && error.code === "ECONNRESET") resolve(this.ask(asking));
        else reject(error);
      });
      asked.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
