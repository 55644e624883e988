import { Api, CommandError, type Command } from "./command.ts";
import { apply } from "./apply.ts";
import { doctor } from "./doctor.ts";
import { plan } from "./plan.ts";
import { pull } from "./pull.ts";
import { types } from "./types.ts";
import { undo } from "./undo.ts";

/** The commands that talk to a server; `serve` and `work` are the server. */
export const commands: Readonly<Record<string, Command>> = { pull, plan, apply, undo, types, doctor };

/** Runs a command. Everything that it needs comes from its words and from `TRELLIS_URL` and `TRELLIS_KEY`. */
export async function runCommand(
  [name = "", ...given]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  out: (line: string) => void,
): Promise<0 | 1 | 2> {
  const command = commands[name];
  if (!command || given.includes("--help")) {
    for (const it of Object.values(commands)) out(`trellis ${it.usage.padEnd(34)} ${it.about}`);
    return command || name === "help" ? 0 : 1;
  }
  try {
    const key = env.TRELLIS_KEY;
    if (!key) throw new CommandError("TRELLIS_KEY is missing: make a key with POST /api/keys.");
    const { options, words } = read(given);
    const api = new Api(env.TRELLIS_URL ?? "http://localhost:3000", key);
    return await command.run({ options, words, api, out });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    out(error.message);
    return 1;
  }
}

/** `--name value`, `--name` alone, and words. */
function read(given: readonly string[]) {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? "";
    const next = given[at + 1];
    if (!word.startsWith("--")) words.push(word);
    else if (valued.has(word) && next !== undefined) options.set(word.slice(2), given[++at] ?? "");
    else options.set(word.slice(2), "");
  }
  return { options, words };
}

const valued = new Set(["--reason"]);
