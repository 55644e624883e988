import { durationMs } from "engine";
import type { ConnectionDocument } from "schemas";
import type { Outcome } from "../outbound.ts";
import { connectionAt, findBinding, type Binding } from "../store/connections.ts";
import type { Errand } from "../store/outbox.ts";
import { missedBy, type Carrier, type Courier, type Tried } from "./carrier.ts";
import { fineIn } from "./post.ts";

type Answered = Extract<Outcome, { answered: true }>;

const longestMs = 30_000;
const bytesMax = 262_144;

/** What a call goes by: where its connection lives, and what proves who calls. */
interface By {
  readonly base: string | undefined;
  readonly proof: Readonly<Record<string, string>>;
}

/** Calls of other systems; the secret of a connection goes to the address of the connection and nowhere else. */
export const httpCall: Carrier = {
  prepare: async (courier, anchor) => {
    const { workspace, now } = courier;
    const document = connectionAt(workspace.model, anchor);
    const binding = document && (await findBinding(workspace, anchor, now()));
    const by: By = {
      base: document?.url,
      proof: document && binding ? proofOf(document, binding) : {},
    };
    return async (errand) => {
      const named = errand.asked.params.connection !== undefined;
      if (named && !document) return { came: "refused", why: "connection" };
      if (named && !binding) return { came: "refused", why: "unbound" };
      return tried(courier, by, errand);
    };
  },
};

/**
 * The header by which a connection proves who calls; none where it has no secret. `authorization` wants to be told how
 * (RFC 9110, section 11.6.2), a header of one's own has the secret alone.
 */
export function proofOf(
  {
    header = "authorization",
    scheme = header.toLowerCase() === "authorization" ? "Bearer" : "",
  }: Pick<ConnectionDocument, "header" | "scheme">,
  { secrets: [secret = ""] }: Binding,
): Readonly<Record<string, string>> {
  if (secret === "") return {};
  return { [header.toLowerCase()]: scheme === "" ? secret : `${scheme} ${secret}` };
}

async function tried(courier: Courier, by: By, errand: Errand): Promise<Tried | undefined> {
  const { asked, uncertain } = errand;
  const { method, url, check, body } = asked.params;
  if (uncertain && asked.repeats === "check_then_act") {
    const found = await ask(courier, by, errand, { method: "GET", url: check });
    const there = fineIn(found);
    if (there) return doneBy(there);
    const absent = found.answered && (found.status === 404 || found.status === 410);
    if (!absent) return missedBy(found);
  }
  const outcome = await ask(courier, by, errand, { method, url, body });
  if (courier.stopping.aborted && !outcome.answered && !outcome.reached) return undefined;
  const fine = fineIn(outcome);
  return fine ? doneBy(fine) : missedBy(outcome);
}

/** Asks by the connection's address; what leads elsewhere is not asked. */
async function ask(
  { gate, stopping }: Courier,
  { base, proof }: By,
  { key, asked }: Errand,
  { method, url, body }: { readonly method: unknown; readonly url: unknown; readonly body?: unknown },
): Promise<Outcome> {
  const address = addressOf(String(url), base);
  if (address === undefined) return { answered: false, why: "address", reached: false };
  const { headers = {}, timeout } = asked.params as { headers?: Record<string, unknown>; timeout?: string };
  const given = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    String(value ?? "").replaceAll(/[\r\n]/g, " "),
  ]);
  return gate(address, {
    method: String(method),
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...Object.fromEntries(given),
      "idempotency-key": key,
      ...proof,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: Math.min(longestMs, durationMs(timeout ?? "PT15S") ?? longestMs),
    bytesMax,
    // A redirect would take the call, and its proof, to another address.
    redirectsMax: 0,
    signal: stopping,
  });
}

/** An address read against that of the connection: it must lie under it. */
function addressOf(url: string, base: string | undefined): string | undefined {
  if (base === undefined) return url;
  const home = new URL(base.endsWith("/") ? base : `${base}/`);
  const relative = url.replace(/^\/+/, "");
  if (!URL.canParse(relative, home.href)) return undefined;
  const there = new URL(relative, home.href);
  return there.origin === home.origin && there.pathname.startsWith(home.pathname) ? there.href : undefined;
}

const doneBy = (fine: Answered): Tried => ({ came: "done", answer: fine.status, output: outputOf(fine) });

/** What an answer says: JSON as it is, other texts as texts. */
function outputOf({ body, whole, headers }: Answered): unknown {
  if (!whole || body.length === 0) return null;
  const text = body.toString("utf8");
  if (!/\bjson\b/.test(headers["content-type"] ?? "")) return text.slice(0, 2000).toWellFormed().replaceAll("\0", "");
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
