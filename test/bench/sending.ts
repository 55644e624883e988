/**
 * What the ledger costs a broadcast: the same mails go to the same sink (`smtp-sink.ts`) from the product and from nodemailer
 * alone, over as many connections, in turn: mails of the same size, with a text part and HTML, that nobody signs. Prints
 * mails in a second, the ratio, the size of a mail as the sink has counted it, and processor time of a mail; asserts nothing.
 *
 *   node test/bench/sending.ts [mails] [rounds]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { openPool } from "../../runtime/database/pool.ts";
import { startProduct } from "../process.ts";
import { cpuMs } from "./pairs.ts";

const mails = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 3);
const lines = 10;
const env = { TRELLIS_ADMIN_EMAIL: "ada@example.com", TRELLIS_ADMIN_PASSWORD: "correct horse battery" };
const text = "We have news for you, and they are good. ".repeat(20);

const documents = (port: number) => [
  {
    $schema: "urn:trellis:entity:1",
    $id: "reader",
    $anchor: "ent_reader",
    type: "object",
    title: "Reader",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_reader_name", field: "text", title: "Name" },
      mail: { $anchor: "fld_reader_mail", field: "email", title: "Mail" },
    },
  },
  { $schema: "urn:trellis:purpose:1", $id: "news", $anchor: "pur_news", title: "The news", basis: "legitimate" },
  {
    $schema: "urn:trellis:message:1",
    $id: "issue",
    $anchor: "msg_issue",
    title: "Issue",
    entity: "reader",
    purpose: "news",
    channel: "mail",
    subject: "News for {{ name }}",
    blocks: [
      { id: "head", type: "heading", text: "Hello {{ name }}" },
      { id: "body", type: "text", text: `${text}\n\n[Read more](https://kestrel.example/more)` },
      { id: "stop", type: "text", text: "[No more of it]({{ stop_url }})" },
    ],
  },
  {
    $schema: "urn:trellis:connection:1",
    $id: "relay",
    $anchor: "con_relay",
    title: "Relay",
    channel: "smtp",
    url: `smtp://127.0.0.1:${port}`,
    tls: "none",
    from: { address: "hello@kestrel.example", name: "Kestrel" },
    limits: { lines },
    entities: {},
  },
];

const sink = spawn(process.execPath, [new URL("smtp-sink.ts", import.meta.url).pathname], {
  stdio: ["ignore", "pipe", "inherit", "ipc"],
});
const [said] = (await once(sink.stdout!, "data")) as [Buffer];
const port = Number(said.toString());
const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
const server = await openEmbedded(folder, ["shared_buffers=256MB"]);
const url = server.url("postgres");
const product = await startProduct({ env: { ...env, DATABASE_URL: url, TRELLIS_OUTBOUND_OPEN: "127.0.0.0/8" } });
const pool = openPool(url, () => undefined);
try {
  await bench();
} finally {
  await product.stop();
  await pool.end();
  await server.stop();
  sink.kill();
  await rm(folder, { recursive: true, force: true });
  await rm(product.folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const ask = await signIn();
  const { id } = await ask("POST", "/api/changes", { title: "Bench" });
  for (const document of documents(port))
    await ask("PUT", `/api/documents/${document.$schema.split(":")[2]}/${document.$id}?change=${id}`, document);
  await ask("POST", `/api/changes/${id}/publish`, { reason: "bench" });
  await ask("PUT", "/api/connections/relay", {});
  await pool.query(
    `insert into ws_main.reader (id, name, mail, created_at, updated_at, version)
     select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 'Reader ' || n, 'reader' || n || '@d' || n % 50 || '.example',
       '2026-01-01', '2026-01-01', 1 from generate_series(1, ${mails}) as n`,
  );
  await pool.query("vacuum analyze ws_main.reader");
  const letter = await written();
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const alone = await timed([process.pid], () => sentAlone(letter));
    const aloneBytes = await sizeOfMail();
    const ours = await timed([product.pid, ...(await serverPids())], () => sentByUs(ask));
    const oursBytes = await sizeOfMail();
    ratios.push(alone.ms / ours.ms);
    const told = ({ ms, cpu }: typeof alone) =>
      `${((mails * 1000) / ms).toFixed(0)} mails/s, ${(cpu / mails).toFixed(2)} ms of processor each`;
    console.log(
      `round ${round}: nodemailer ${told(alone)}, ${aloneBytes} bytes; product ${told(ours)}, ${oursBytes} bytes; ratio ${(alone.ms / ours.ms).toFixed(2)}`,
    );
  }
  const median = ratios.sort((one, other) => one - other)[Math.floor(rounds / 2)]!;
  console.log(`ratio ${median.toFixed(2)} (goal 0.70)`);

  /** The mail as the product writes it, with links as long as those that lead over it. */
  async function written(): Promise<Written> {
    const [, , document] = documents(port);
    const { html, text } = (await ask("POST", "/api/messages/preview", { document })) as Written;
    return { html, text };
  }
}

interface Written {
  readonly html: string;
  readonly text: string;
}

/** How many bytes a mail had that came since this was asked last; all must have come. */
async function sizeOfMail(): Promise<number> {
  sink.send("size");
  const [came] = (await once(sink, "message")) as [{ mails: number; bytes: number }];
  if (came.mails !== mails) throw new Error(`${came.mails} of ${mails} mails have come.`);
  return Math.round(came.bytes / came.mails);
}

async function timed(pids: readonly number[], work: () => Promise<void>) {
  const [begun, before] = [performance.now(), await cpuMs(pids)];
  await work();
  return { ms: performance.now() - begun, cpu: (await cpuMs(pids)) - before };
}

async function sentAlone({ html, text }: Written): Promise<void> {
  const way = createTransport({
    host: "127.0.0.1",
    port,
    ignoreTLS: true,
    pool: true,
    maxConnections: lines,
    maxMessages: 500,
  });
  let next = 1;
  const one = async () => {
    for (let n = next++; n <= mails; n = next++)
      await way.sendMail({
        from: { name: "Kestrel", address: "hello@kestrel.example" },
        to: `reader${n}@d${n % 50}.example`,
        subject: `News for Reader ${n}`,
        html,
        text,
        headers: {
          "auto-submitted": "auto-generated",
          "list-id": "<news.kestrel.example>",
          "feedback-id": `01900000-0000-7000-8000-000000000000:msg_issue:news:trellis`,
          "list-unsubscribe": `<http://127.0.0.1:3000/api/mail/stop/${"x".repeat(43)}>, <mailto:s+${"0".repeat(32)}.${"0".repeat(16)}@kestrel.example?subject=unsubscribe>`,
          "list-unsubscribe-post": "List-Unsubscribe=One-Click",
        },
      });
  };
  await Promise.all(Array.from({ length: lines * 2 }, one));
  way.close();
}

async function sentByUs(ask: Ask): Promise<void> {
  const { id, total } = await ask("POST", "/api/messages/issue/broadcasts", {});
  if (total !== mails) throw new Error(`${total} of ${mails} mails are meant.`);
  for (;;) {
    const { rows } = await pool.query(
      "select exists (select from ws_main._sending where broadcast = $1 and status in ('queued', 'sending')) as open",
      [id],
    );
    if (!rows[0].open) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  const { rows } = await pool.query(
    "select status, reason, count(*)::int as n from ws_main._sending where broadcast = $1 group by 1, 2",
    [id],
  );
  if (rows.length !== 1 || rows[0].status !== "accepted") throw new Error(JSON.stringify(rows));
}

async function serverPids(): Promise<readonly number[]> {
  const [main] = (await readFile(join(folder, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  const { rows } = await pool.query("select pid from pg_stat_activity where backend_type = 'client backend'");
  return [Number(main), ...rows.map(({ pid }: { pid: number }) => pid)].filter((pid) => pid > 0);
}

type Ask = (method: string, path: string, body?: unknown) => Promise<any>;

async function signIn(): Promise<Ask> {
  const headers = { origin: product.address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${product.address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  return async (method, path, sent) => {
    const init = { method, headers: { ...headers, cookie }, body: JSON.stringify(sent) };
    const response = await fetch(`${product.address}${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}
