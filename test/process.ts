import { spawn, type ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "./folder.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The product as a process of its own, on a folder and a port of its own. */
export interface Product {
  readonly address: string;
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  /** What it has written so far. */
  output(): string;
  /** The kernel ends it, without a word to it. */
  kill9(): Promise<void>;
  /** As a person stops it. Answers its exit code. */
  stop(): Promise<number | null>;
}

export interface ProductOptions {
  readonly folder?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What follows the name of the program, `work` for instance. */
  readonly command?: readonly string[];
}

/** Starts the product and waits until it is ready. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const started = await launch(options);
  for (const deadline = Date.now() + 60_000; ;) {
    if (started.ended()) throw new Error(`The product ended: ${started.output()}`);
    const ready = await fetch(`${started.address}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return started;
    if (Date.now() > deadline) throw new Error(`The product is not ready: ${started.output()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Starts the product; it may end by itself. */
export async function launch({ folder, port, env = {}, command = [] }: ProductOptions) {
  const data = folder ?? (await makeFolder("product"));
  const at = port ?? (await freePort());
  const child = spawn(process.execPath, [join(root, "runtime/main.ts"), ...command], {
    cwd: root,
    env: { ...process.env, PORT: String(at), TRELLIS_DATA: data, DATABASE_URL: "", TRELLIS_POLL_MS: "100", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (output += piece.toString()));
  const ending = exitOf(child);
  return {
    address: `http://127.0.0.1:${at}`,
    folder: data,
    port: at,
    pid: child.pid ?? 0,
    output: () => output,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    ending,
    kill9: async () => {
      child.kill("SIGKILL");
      await ending;
    },
    stop: async () => {
      child.kill("SIGTERM");
      return ending;
    },
  };
}

/** Takes a product's data away, when nobody needs them any more; a database that is still closing is waited for. */
export async function removeData(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.once("exit", (code) => done(code)));
}

/** A port that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
