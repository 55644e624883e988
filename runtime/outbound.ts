import { lookup } from "node:dns/promises";
import { request as overHttp, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from "node:http";
import { request as overHttps } from "node:https";
import { isIP } from "node:net";
import { SpanKind } from "@opentelemetry/api";
import { isIn, isPublic, nowhere, type Networks } from "./networks.ts";
import { asSpan } from "./tracing.ts";

/** What is sent to the outside. */
export interface Outgoing {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it: name, connection, redirects and answer. */
  readonly timeoutMs?: number;
  /** Of the answer's body; what comes beyond is not read. */
  readonly bytesMax?: number;
  readonly redirectsMax?: number;
  readonly signal?: AbortSignal;
}

/** Why there is no answer. Nothing in it comes from the other side. */
export type Silence = "address" | "closed" | "unresolved" | "unreachable" | "slow" | "redirects";

/** What came of it. An answer that was cut, by its sender or by our limits, is not `whole`. */
export type Outcome =
  | {
      readonly answered: true;
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
      readonly whole: boolean;
    }
  /** `reached` where the request may have come to the other side all the same. */
  | { readonly answered: false; readonly why: Silence; readonly reached: boolean };

/** The gate to the outside. A refusal and a silence are values; it throws for nothing that the other side does. */
export type Gate = (address: string, outgoing: Outgoing) => Promise<Outcome>;

/** An address that a name has. */
export interface Resolved {
  readonly address: string;
  readonly family: number;
}

export interface GateRules {
  /** Networks beside the public ones that this installation has opened. */
  readonly open?: Networks;
  readonly resolve?: (name: string, signal: AbortSignal) => Promise<readonly Resolved[]>;
}

const timeoutMs = 15_000;
const bytesMax = 1_000_000;
const redirectsMax = 3;

/** The gate to mail servers: the address that a name may be called by; nothing where it may not. */
export type MailGate = (host: string, port: number) => Promise<string | undefined>;

const mailPorts = new Set([25, 465, 587, 143, 993]);

/** Opens the gate to mail servers: by the rules of the other one, at ports where mail is taken or fetched. */
export function openMailGate({ open = nowhere, resolve = resolveName }: GateRules = {}): MailGate {
  return async (host, port) => {
    const found = isIP(host)
      ? [{ address: host, family: isIP(host) }]
      : await resolve(host, AbortSignal.timeout(timeoutMs)).catch(() => []);
    const may = (address: string) =>
      isIn(open, address) || (isPublic(address) && (mailPorts.has(port) || port >= 1024));
    return found.every(({ address }) => may(address)) ? found[0]?.address : undefined;
  };
}

/** Ports of protocols that are no HTTP begin mails and other things by what a request says. */
const portsOpen = (port: number) => port === 80 || port === 443 || port >= 1024;

/**
 * Opens the gate through which everything goes that leaves the house. A name is resolved here, once; all of its
 * addresses must be open, and the connection goes to these very addresses, so a second answer of a name server changes
 * nothing. Each redirect begins again with its own address. Private networks are closed unless `open` names them.
 */
export function openGate({ open = nowhere, resolve = resolveName }: GateRules = {}): Gate {
  const call: Gate = async (address, outgoing) => {
    const limit = AbortSignal.timeout(outgoing.timeoutMs ?? timeoutMs);
    const signal = outgoing.signal ? AbortSignal.any([outgoing.signal, limit]) : limit;
    let [url, sent] = [readAddress(address), outgoing];
    for (let hops = 0; ; hops++) {
      if (!url) return silent("address");
      const found = await resolved(url, resolve, signal);
      if (typeof found === "string") return silent(found);
      if (!found.every((it) => isOpen(open, it.address, url!))) return silent("closed");
      const answer = await ask(url, sent, found, signal);
      if ("why" in answer) return { answered: false, ...answer };
      const next = redirectOf(answer, sent.method);
      if (next === undefined) return { ...(await bodyOf(answer, outgoing.bytesMax ?? bytesMax)), answered: true };
      answer.destroy();
      if (hops >= (outgoing.redirectsMax ?? redirectsMax)) return silent("redirects");
      const from = url;
      url = readAddress(next, from);
      if (url?.origin !== from.origin) sent = withoutProofs(sent);
      if (from.protocol === "https:" && url?.protocol === "http:") return silent("closed");
    }
  };
  return (address, outgoing) => asSpan(outgoing.method, calling(address, outgoing), () => call(address, outgoing));
}

/** What a span tells of a call: not its path, which may hold a secret. */
const calling = (address: string, { method }: Outgoing) => ({
  kind: SpanKind.CLIENT,
  attributes: { "http.request.method": method, "server.address": readAddress(address)?.hostname ?? "" },
});

const silent = (why: Silence): Outcome => ({ answered: false, why, reached: false });

/** The address as the URL standard reads it: numbers in any notation and signs of any width become what they mean. */
function readAddress(text: string, base?: URL): URL | undefined {
  if (!URL.canParse(text, base?.href)) return undefined;
  const url = new URL(text, base);
  const plain = url.username === "" && url.password === "" && url.hostname !== "";
  return plain && (url.protocol === "http:" || url.protocol === "https:") ? url : undefined;
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, "");
const portOf = ({ port, protocol }: URL) => Number(port || (protocol === "https:" ? 443 : 80));

function isOpen(open: Networks, address: string, url: URL): boolean {
  return isIn(open, address) || (isPublic(address) && portsOpen(portOf(url)));
}

async function resolved(
  url: URL,
  resolve: NonNullable<GateRules["resolve"]>,
  signal: AbortSignal,
): Promise<readonly Resolved[] | Silence> {
  const host = hostOf(url);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const late = Promise.withResolvers<Silence>();
  const stop = () => late.resolve("slow");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const found = resolve(host, signal).then(
    (addresses) => (addresses.length === 0 ? ("unresolved" as const) : addresses),
    () => "unresolved" as const,
  );
  return Promise.race([found, late.promise]).finally(() => signal.removeEventListener("abort", stop));
}

const resolveName = (name: string): Promise<readonly Resolved[]> => lookup(name, { all: true });

/** Asks one of the addresses that were found, and no other. Answers when the head of the answer is there. */
function ask(
  url: URL,
  { method, headers = {}, body }: Outgoing,
  found: readonly Resolved[],
  signal: AbortSignal,
): Promise<IncomingMessage | { readonly why: Silence; readonly reached: boolean }> {
  const options: RequestOptions = {
    method,
    headers: {
      "user-agent": "Trellis",
      ...headers,
      ...(body === undefined ? {} : { "content-length": bytesOf(body) }),
    },
    signal,
    agent: false,
    // Node asks for all addresses of a name and tries them in turn, or for one.
    lookup: (_name, { all }, done) =>
      all ? done(null, [...found]) : done(null, found[0]?.address ?? "", found[0]?.family),
  };
  return new Promise((done) => {
    const request = (url.protocol === "https:" ? overHttps : overHttp)(url, options, done);
    let reached = false;
    request.on("socket", (socket) => {
      const event = url.protocol === "https:" ? "secureConnect" : "connect";
      socket.once(event, () => (reached = true));
    });
    request.on("error", () => done({ why: signal.aborted ? "slow" : "unreachable", reached }));
    // An upgrade that nobody asked for is no answer.
    request.on("upgrade", (_answer, socket) => {
      socket.destroy();
      done({ why: "unreachable", reached: true });
    });
    request.end(body);
  });
}

const bytesOf = (text: string) => String(Buffer.byteLength(text));

/** Where an answer sends the request on. One that would have to become another request is an answer like others. */
function redirectOf({ statusCode = 0, headers }: IncomingMessage, method: string): string | undefined {
  const same = statusCode === 307 || statusCode === 308;
  const reading = method === "GET" || method === "HEAD";
  const moves = same || (reading && [301, 302, 303].includes(statusCode));
  return moves ? headers.location : undefined;
}

/** What proves who asks is for the one that it was meant for. */
function withoutProofs(outgoing: Outgoing): Outgoing {
  const headers = Object.entries(outgoing.headers ?? {}).filter(
    ([name]) => !["authorization", "cookie", "proxy-authorization"].includes(name.toLowerCase()),
  );
  return { ...outgoing, headers: Object.fromEntries(headers) };
}

async function bodyOf(answer: IncomingMessage, most: number) {
  const { statusCode: status = 0, headers } = answer;
  const pieces: Buffer[] = [];
  let size = 0;
  let whole = true;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece.subarray(0, most - size));
      size += piece.length;
      if (size > most) throw new Error("More than is read.");
    }
  } catch {
    whole = false;
  }
  answer.destroy();
  return { status, headers, body: Buffer.concat(pieces), whole };
}
