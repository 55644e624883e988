import { everywhere } from "../networks.ts";
import { openGate } from "../outbound.ts";

/** The server is the user's own, wherever it stands, and what it sends may be large and slow. */
const gate = openGate({ open: everywhere });
const limits = { timeoutMs: 120_000, bytesMax: 500_000_000 };

/** What ends a command that cannot go on; the message says what to do. */
export class CommandError extends Error {}

/** What a command works with: a server by its API, a folder, and somebody who reads. */
export interface Setting {
  readonly options: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  readonly api: Api;
  readonly out: (line: string) => void;
}

/** One command of `trellis`. Answers the exit code: 0 nothing to do or done, 1 problems, 2 there are changes. */
export interface Command {
  readonly about: string;
  readonly usage: string;
  run(setting: Setting): Promise<0 | 1 | 2>;
}

/** A server, asked with a key. What it refuses ends the command with all that it says. */
export class Api {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url.replace(/\/$/, "");
    this.#key = key;
  }

  get(path: string): Promise<any> {
    return this.send("GET", path);
  }

  async send(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await gate(this.#url + path, {
      ...limits,
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.answered) throw new CommandError(`Nobody answers at ${this.#url}: ${answer.why}`);
    if (!answer.whole) throw new CommandError(`The answer of ${this.#url} broke off.`);
    const text = answer.body.toString("utf8");
    const json = /json/.test(answer.headers["content-type"] ?? "") && text !== "" ? JSON.parse(text) : undefined;
    if (answer.status >= 300) throw new CommandError(toldBy(answer.status, json));
    return json;
  }
}

function toldBy(status: number, json: any): string {
  const problems: readonly any[] = json?.problems?.length > 0 ? json.problems : [json ?? {}];
  return problems.map((it) => lineOf(it) || `The server answered ${status}.`).join("\n");
}

/** A problem as one line: where, what, and the way out. */
export function lineOf(it: { path?: string; detail?: string; hint?: string }): string {
  return [it.path, it.detail, it.hint && `(${it.hint}?)`].filter(Boolean).join("  ");
}
