import type { Gate, Outcome } from "../outbound.ts";
import type { Errand } from "../store/outbox.ts";
import type { Workspace } from "../workspace.ts";

/** Whoever carries things out of the house. */
export interface Courier {
  readonly workspace: Workspace;
  readonly gate: Gate;
  readonly now: () => Date;
  readonly stopping: AbortSignal;
  /** Where people reach the product: links in mails begin with it. */
  readonly origin: () => string;
  /** The file of the font for signs beyond Latin ones in documents. */
  readonly font?: string | undefined;
  /** From 0 up to, without, 1. */
  readonly random?: () => number;
}

/** What came of a try. */
export type Tried =
  | { readonly came: "done"; readonly answer?: number; readonly told?: "record" | "gone"; readonly output?: unknown }
  /** There is nothing to do any more. */
  | { readonly came: "skipped"; readonly why: string }
  /** The last word: another try would come to the same. `blind` where nobody knows whether it was done. */
  | { readonly came: "refused"; readonly why: string; readonly answer?: number; readonly blind?: true }
  /**
   * Worth another try. `reached` where the other side may have done it, `trouble` where it does not answer as it should,
   * `waitSeconds` where it says how long to wait.
   */
  | {
      readonly came: "missed";
      readonly why: string;
      readonly answer?: number;
      readonly reached: boolean;
      readonly trouble: boolean;
      readonly waitSeconds?: number;
    };

/** How effects of one kind are carried out. One file in this folder each. */
export interface Carrier {
  /**
   * Makes ready what some errands of a wire share, and answers how to try one; nothing where none can be tried, or, of
   * one, where it was broken off before anybody was asked because the process stops.
   */
  readonly prepare: (
    courier: Courier,
    wire: string,
    errands: readonly Errand[],
  ) => Promise<((errand: Errand) => Promise<Tried | undefined>) | undefined>;
}

/** Answers that say "not now" rather than "not this". */
const passing = new Set([408, 409, 423, 425, 429]);
/** Nothing was done: the other side says so. */
const untouched = new Set([408, 423, 425, 429, 503]);

/** What an answer that is none of 2xx, or a silence, comes to. Nothing of what the other side says is told. */
export function missedBy(outcome: Outcome): Tried {
  if (!outcome.answered) {
    const { why, reached } = outcome;
    const last = why === "closed" || why === "address" || why === "redirects";
    return last ? { came: "refused", why } : { came: "missed", why, reached, trouble: true };
  }
  const { status: answer, headers } = outcome;
  const again = answer >= 500 || passing.has(answer);
  if (!again) return { came: "refused", why: "refused", answer };
  const waitSeconds = Number(/^\d{1,5}$/.exec(headers["retry-after"] ?? "")?.[0] ?? 0);
  const reached = !untouched.has(answer);
  return { came: "missed", why: "refused", answer, reached, trouble: answer >= 500, waitSeconds };
}
