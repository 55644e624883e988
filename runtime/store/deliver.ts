import type { Gate, Outcome } from "../outbound.ts";
import { signed } from "../signature.ts";
import type { Workspace } from "../workspace.ts";
import { findBinding, findOwner, stop, type Binding } from "./connections.ts";
import { claim, complete, release, type Delivery, type Result } from "./deliveries.ts";
import { writeMessages, type Written } from "./messages.ts";

/** Whoever carries deliveries out of the house. */
export interface Courier {
  readonly workspace: Workspace;
  readonly gate: Gate;
  readonly now: () => Date;
  readonly stopping: AbortSignal;
}

/** After each try that failed; when all have, a person decides. */
const backOffSeconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/** Answers that say "not now" rather than "not this". */
const passing = new Set([408, 409, 423, 425, 429]);
const limits = { timeoutMs: 15_000, bytesMax: 16_384 };

/** Takes some deliveries of a connection and tries each once. Answers how many it has taken. */
export async function deliverSome(courier: Courier, anchor: string): Promise<number> {
  const { workspace, now } = courier;
  const binding = await findBinding(workspace, anchor, now());
  const owner = binding && (await findOwner(workspace, binding.owner));
  if (!binding?.active) return 0;
  if (!owner) {
    await stop(workspace, anchor, "owner");
    return 0;
  }
  const deliveries = await claim(workspace, anchor, now());
  const document = [...workspace.model.connections.values()].find(({ $anchor }) => $anchor === anchor);
  const sent = new Set<string>();
  try {
    const written = document
      ? await writeMessages({ workspace, document, owner, deliveries, now: now() })
      : new Map<string, Written>();
    const each = deliveries.map(async (delivery) => {
      const one = written.get(delivery.id) ?? { status: "skipped", why: "off" };
      const result = one.told
        ? await send(courier, binding, document!.url, { ...one, delivery })
        : { status: one.status, due: now(), error: one.why };
      if (!result) return;
      await complete(workspace, delivery.id, result, now());
      sent.add(delivery.id);
    });
    const failed = (await Promise.allSettled(each)).find((it) => it.status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    const left = deliveries.filter(({ id }) => !sent.has(id)).map(({ id }) => id);
    if (left.length > 0) await release(workspace, left);
  }
  return deliveries.length;
}

/** One try; nothing where it was broken off because the process stops. */
async function send(
  { workspace, gate, now, stopping }: Courier,
  { anchor, secrets }: Binding,
  url: string,
  { told, body, delivery }: { told: "record" | "gone"; body: string; delivery: Delivery },
): Promise<Result | undefined> {
  const outcome = await post(gate, { url, secrets, body, id: `msg_${delivery.id}`, now: now(), signal: stopping });
  if (stopping.aborted && !outcome.answered) return undefined;
  const at = now();
  if (!outcome.answered) {
    const last = outcome.why === "closed" || outcome.why === "address" || outcome.why === "redirects";
    return { ...(last ? { status: "failed", due: at } : later(delivery, at, 0)), error: outcome.why };
  }
  const { status: answer } = outcome;
  if (answer >= 200 && answer < 300) return { status: "delivered", due: at, told, answer };
  if (answer === 410) await stop(workspace, anchor, "gone");
  const again = answer >= 500 || passing.has(answer) || answer === 410;
  const wait = Number(/^\d{1,5}$/.exec(outcome.headers["retry-after"] ?? "")?.[0] ?? 0);
  return { ...(again ? later(delivery, at, wait) : { status: "failed", due: at }), answer, error: "refused" };
}

function later({ attempts }: Delivery, now: Date, atLeastSeconds: number): Pick<Result, "status" | "due"> {
  const seconds = backOffSeconds[attempts - 1];
  if (seconds === undefined) return { status: "failed", due: now };
  return { status: "waiting", due: new Date(now.getTime() + Math.max(seconds, atLeastSeconds) * 1000) };
}

/** What is posted, to whom, and how it is signed. */
export interface Posted {
  readonly url: string;
  readonly secrets: readonly string[];
  readonly id: string;
  readonly body: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** Posts a signed message through the gate. */
export function post(gate: Gate, { url, secrets, id, body, now, signal }: Posted): Promise<Outcome> {
  const headers = { "content-type": "application/json", ...signed(secrets, { id, now, body }) };
  return gate(url, { method: "POST", headers, body, ...limits, ...(signal ? { signal } : {}) });
}
