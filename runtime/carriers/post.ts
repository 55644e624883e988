import type { Gate, Outcome } from "../outbound.ts";
import { signed } from "../signature.ts";

const limits = { timeoutMs: 10_000, bytesMax: 16_384 };

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

/** The answer that it is done; nothing where there is another or none. */
export function fineIn(outcome: Outcome): Extract<Outcome, { answered: true }> | undefined {
  return outcome.answered && outcome.status >= 200 && outcome.status < 300 ? outcome : undefined;
}
