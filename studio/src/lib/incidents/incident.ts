import { words } from "../words/index.ts";

/** Something that goes on only by a person's word. */
export interface Incident {
  readonly id: string;
  readonly kind: "effect" | "told" | "timer";
  readonly title: string;
  readonly error: string;
  readonly at: string;
  readonly status: "open" | "retried" | "skipped" | "moved";
  readonly workflow: { readonly id: string; readonly title: string };
  readonly record: { readonly entity: string; readonly id: string; readonly name: string | null };
  readonly stands: { readonly key: string; readonly title: string };
  readonly effect: {
    readonly attempts: number;
    readonly answer: number | null;
    readonly uncertain: boolean;
    readonly circuit: "closed" | "open" | "half_open";
  } | null;
  readonly closed: { readonly at: string; readonly by: { readonly name: string } | null } | null;
}

/** Why it has stopped, in a sentence. */
export function whyOf({ error, effect }: Incident): string {
  const said = words.incidentWhy[error] ?? words.deliveryWhy[error] ?? error;
  return [
    said,
    ...(effect?.answer ? [words.deliveryAnswer(effect.answer)] : []),
    ...(effect ? [words.tries(effect.attempts)] : []),
    ...(effect && effect.circuit !== "closed" ? [words.incidentCircuit] : []),
  ].join(" · ");
}
