import { outbound } from "../outbound.ts";

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
    const response = await outbound(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new CommandError(`Nobody answers at ${this.#url}: ${error.message}`);
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "") && text !== "" ? JSON.parse(text) : undefined;
    if (!response.ok) throw new CommandError(toldBy(response.status, json));
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
