import { resolve } from "node:path";
import { networksOf } from "./networks.ts";
import { logLevels, type LogLevel } from "./request-log.ts";

/** How the process was asked to run. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Folder of the embedded database; unused with a `databaseUrl`. */
  readonly dataFolder: string;
  readonly databaseUrl: string | undefined;
  /** Where people reach the product, `https://crm.example` for instance. */
  readonly origin: string | undefined;
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  readonly testClock: boolean;
  readonly poolMax: number;
  /** How often workers look for what is due, in milliseconds. */
  readonly pollMs: number;
  /** Which requests the log tells of, and what takes long enough to be slow, in milliseconds. */
  readonly logLevel: LogLevel;
  readonly slowMs: number;
  /** Whether the process answers requests, and whether it does the background work. */
  readonly serves: boolean;
  readonly works: boolean;
  /** Networks beside the public ones that may be called. */
  readonly open: readonly string[];
  /** The file of the font in which documents are written; without it, one that has Latin letters alone. */
  readonly font: string | undefined;
  /** The port at which mails are taken for mailboxes; without it none is open. */
  readonly mailPort: number | undefined;
  /** Networks of the proxies in front of it. */
  readonly proxies: readonly string[];
}

/** A setting that cannot be used; the message says which and what would do. */
export class ConfigError extends Error {}

/**
 * Reads the settings of an environment and of the command: `serve` answers requests and does the background work,
 * `serve --no-worker` leaves that to others, `work` does nothing else.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  [command = "serve", ...options]: readonly string[] = [],
): Config {
  const known = command === "serve" ? ["--no-worker"] : [];
  const strange = options.find((option) => !known.includes(option));
  if ((command !== "serve" && command !== "work") || strange !== undefined)
    throw new ConfigError(
      `Trellis knows "serve", "serve --no-worker" and "work", not "${strange ?? command}". "help" lists what talks to a server.`,
    );
  const production = env.NODE_ENV === "production";
  const testClock = env.TRELLIS_CLOCK === "test";
  if (testClock && production) throw new ConfigError("TRELLIS_CLOCK=test is not for NODE_ENV=production.");
  const origin = env.TRELLIS_ORIGIN;
  if (origin !== undefined && !URL.canParse(origin)) throw new ConfigError(`TRELLIS_ORIGIN is no address: ${origin}`);
  const { TRELLIS_ADMIN_EMAIL: email, TRELLIS_ADMIN_PASSWORD: password } = env;
  if ((email === undefined) !== (password === undefined))
    throw new ConfigError("TRELLIS_ADMIN_EMAIL and TRELLIS_ADMIN_PASSWORD belong together.");
  return {
    port: wholeNumber("PORT", env.PORT ?? "3000", 0, 65_535),
    host: env.TRELLIS_HOST ?? "127.0.0.1",
    mailPort: env.TRELLIS_MAIL_PORT ? wholeNumber("TRELLIS_MAIL_PORT", env.TRELLIS_MAIL_PORT, 1, 65_535) : undefined,
    dataFolder: resolve(env.TRELLIS_DATA ?? "data"),
    databaseUrl: env.DATABASE_URL || undefined,
    origin,
    admin: email !== undefined && password !== undefined ? { email, password } : undefined,
    testClock,
    poolMax: wholeNumber("TRELLIS_POOL", env.TRELLIS_POOL ?? "10", 3, 200),
    pollMs: wholeNumber("TRELLIS_POLL_MS", env.TRELLIS_POLL_MS ?? "1000", 20, 60_000),
    logLevel: oneOf("TRELLIS_LOG", env.TRELLIS_LOG ?? "slow", logLevels),
    slowMs: wholeNumber("TRELLIS_SLOW_MS", env.TRELLIS_SLOW_MS ?? "1000", 0, 3_600_000),
    serves: command === "serve",
    works: command === "work" || !options.includes("--no-worker"),
    open: networks("TRELLIS_OUTBOUND_OPEN", env.TRELLIS_OUTBOUND_OPEN ?? ""),
    font: env.TRELLIS_PDF_FONT || undefined,
    proxies: networks("TRELLIS_PROXIES", env.TRELLIS_PROXIES ?? ""),
  };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
}

function oneOf<Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new ConfigError(`${name} is one of ${words.join(", ")}, not "${text}".`);
}

function networks(name: string, text: string): readonly string[] {
  const given = text.split(",").flatMap((part) => part.trim() || []);
  try {
    networksOf(given);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`${name} lists networks, "10.1.0.0/16, fd00::/8" for instance; "${error.message}" is none.`);
  }
  return given;
}
