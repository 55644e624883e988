/** The roof: opens everything, and closes it in order. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { systemTables } from "engine/sql";
import { commands, runCommand } from "./command-line/index.ts";
import { openAuth } from "./auth/auth.ts";
import { systemClock, TestClock } from "./clock.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { FolderInUse, openEmbedded } from "./database/embedded.ts";
import { createWorkspace, migrate } from "./database/migrate.ts";
import { openLooks, openPool } from "./database/pool.ts";
import { openJobs } from "./jobs/index.ts";
import { MailDoor } from "./jobs/mail-door.ts";
import { MailReader } from "./jobs/mail-reader.ts";
import { Mails } from "./jobs/mails.ts";
import { Outbox } from "./jobs/outbox.ts";
import { Timers } from "./jobs/timers.ts";
import { Live } from "./live.ts";
import { openLog } from "./log.ts";
import { networksOf } from "./networks.ts";
import { openGate, openMailGate } from "./outbound.ts";
import { openRequestLog, tellSlowStatements } from "./request-log.ts";
import { secretOf } from "./store/secret.ts";
import { createApp } from "./server.ts";
import { setUp, setUpNeeded } from "./store/setup.ts";
import { studioFrom } from "./static.ts";
import { ModelWatch, Workspace } from "./workspace.ts";

const log = openLog((line) => process.stdout.write(`${line}\n`), process.stdout.isTTY === true);
const studioFolder = fileURLToPath(new URL("../studio/build", import.meta.url));
const templatesFolder = fileURLToPath(new URL("../templates", import.meta.url));

const workAgainMs = 1000;
const closeMostMs = 10_000;
/** In ms; longer than what proxies keep (mostly 60 s), so that no request comes on a connection that is just being closed. */
const keepAliveTimeout = 75_000;

/** Ends the process with a sentence that says what to do. */
function giveUp(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

async function start(config: Config): Promise<() => Promise<void>> {
  const embedded = config.databaseUrl === undefined ? await openEmbedded(config.dataFolder) : undefined;
  const url = config.databaseUrl ?? embedded!.url("postgres");
  const lost = (error: Error) => log("warn", "database connection lost", { error: error.message });
  if (config.logLevel !== "off") tellSlowStatements(log, config.slowMs);
  const pool = openPool(url, lost, config.poolMax);
  const looks = openLooks(url, lost, config.poolMax);
  const clock = config.testClock ? new TestClock(systemClock.now()) : systemClock;
  await migrate(pool, clock.now());
  const schema = await createWorkspace(pool, "main", systemTables, clock.now());
  const workspace = new Workspace("main", schema, pool, looks);
  await workspace.refresh();
  const watch = new ModelWatch([workspace], (error) => log("warn", "model not read", { error }));
  watch.start();

  const workspaces = new Map([[workspace.name, workspace]]);
  const jobs = openJobs(workspaces, clock, (error) => log("error", "background work failed", { error }), config.pollMs);
  const timers = new Timers(workspaces, clock, (error) => log("error", "a timer failed", { error }), config.pollMs);
  const gate = openGate({ open: networksOf(config.open) });
  const mailGate = openMailGate({ open: networksOf(config.open) });
  let port = config.port;
  const origin = () => config.origin ?? `http://localhost:${port}`;
  const outbox = new Outbox(workspaces, {
    gate,
    clock,
    font: config.font,
    origin,
    pollMs: config.pollMs,
    report: (error) => log("error", "not carried out", { error }),
    told: () => void timers.nudge(),
  });
  const mails = new Mails(workspaces, {
    gate: mailGate,
    clock,
    origin,
    report: (error) => log("error", "mails not carried", { error }),
    told: () => void timers.nudge(),
  });
  const door = new MailDoor(workspace, {
    clock,
    report: (error) => log("error", "a mail was not taken", { error }),
    told: () => void timers.nudge(),
  });
  const reader = new MailReader(workspaces, {
    gate: mailGate,
    clock,
    report: (error) => log("error", "mails not fetched", { error }),
    told: () => void timers.nudge(),
  });
  let working: Promise<void> | undefined;
  let closing = false;
  const work = async () => {
    for (let begun = false; !begun && !closing;)
      begun = await jobs.start().then(
        () => true,
        async (error: unknown) => {
          log("warn", "background work has not begun", { error });
          await setTimeout(workAgainMs);
          return false;
        },
      );
    if (closing) return;
    timers.start();
    outbox.start();
    mails.start();
    reader.start();
    if (config.mailPort !== undefined) await door.open(config.mailPort, config.host);
  };
  const closeAll = async () => {
    closing = true;
    await working;
    await outbox.stop();
    await door.close();
    await reader.stop();
    await mails.stop();
    await timers.stop();
    await jobs.stop();
    watch.stop();
    await Promise.all([pool.end(), looks.end()]);
    await embedded?.stop();
  };
  if (!config.serves) {
    await work();
    log("info", "Trellis works in the background", {});
    return closeAll;
  }

  const secret = (await secretOf(pool, "session")).toString("base64url");
  const setupToken = randomBytes(12).toString("base64url");
  const live = new Live(workspaces, clock, (error) => log("warn", "changes not told", { error }));
  const app = createApp({
    workspaces,
    live,
    auth: openAuth({ pool, secret, origin: config.origin, rateLimit: !config.testClock }),
    clock,
    log,
    requestLog: openRequestLog(log, config.logLevel, config.slowMs),
    origin: config.origin,
    proxies: networksOf(config.proxies),
    setupToken,
    templates: templatesFolder,
    gate,
    mailGate,
    nudge: () => {
      jobs.nudge();
      mails.nudge();
      void timers.nudge();
    },
    testClock: clock instanceof TestClock ? clock : undefined,
  });
  if (existsSync(`${studioFolder}/index.html`)) app.route("/", await studioFrom(studioFolder));
  if (config.admin && (await setUpNeeded(workspace))) await firstAdmin(workspace, config.admin, clock.now());

  const server = serve(
    { fetch: app.fetch, port: config.port, hostname: config.host, serverOptions: { keepAliveTimeout } },
    (bound) => {
      ({ port } = bound);
      log("info", "Trellis answers", { address: origin() });
      flushCompileCache();
      // Whoever waits for an answer is answered first.
      if (config.works) setImmediate(() => (working = work()));
      void setUpNeeded(workspace).then(
        (needed) => needed && log("info", "set-up from another machine needs a token", { token: setupToken }),
      );
    },
  );
  server.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    void close(false).finally(() =>
      giveUp(`Port ${config.port} is in use. Stop what uses it, or choose another: PORT=3001 npm start`),
    );
  });

  async function close(served = true): Promise<void> {
    const closed = served ? new Promise((done) => server.close(done)) : undefined;
    await live.stop();
    await closed;
    await closeAll();
  }
  return close;
}

async function firstAdmin(workspace: Workspace, admin: { email: string; password: string }, now: Date): Promise<void> {
  const rest = {
    name: admin.email.split("@")[0] ?? "Admin",
    company: "My company",
    currency: "USD",
    timeZone: "UTC",
    language: "en",
  };
  await setUp(workspace, { ...admin, ...rest }, now);
}

/** Does what the words after the program's name say; without any, serves until it is stopped. */
export async function run(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const [command = "serve"] = words;
  const helped = command === "help" || command === "--help";
  if (helped || Object.hasOwn(commands, command))
    process.exit(await runCommand(helped ? ["help"] : words, environment, (line) => process.stdout.write(`${line}\n`)));
  try {
    const close = await start(readConfig(environment, [...words]));
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        void setTimeout(closeMostMs, undefined, { ref: false }).then(() => process.exit(1));
        void close().then(() => process.exit(0));
      });
  } catch (error) {
    if (error instanceof ConfigError || error instanceof FolderInUse) giveUp(error.message);
    throw error;
  }
}
