import { get } from "../api.ts";

/** What is known of the runs in a state, and of all that ever were. */
export interface StatePassed {
  readonly count: number;
  readonly entered: number;
  readonly left: number;
  /** How long all together have been there; null of ends. */
  readonly spent_ms: number | null;
}

/** How often a transition was taken, and by how many of a hundred that left its state. */
export interface MovePassed {
  readonly count: number;
  readonly percent: number | null;
}

/** What is told of the mails of a message, in this order. */
export const mailKinds = [
  ...(["accepted", "opened", "clicked", "unsubscribed"] as const),
  ...(["bounced", "suppressed", "rejected", "robots"] as const),
] as const;
export type MailKind = (typeof mailKinds)[number];

/** How many have come into a workflow, and how they ended. */
export interface WholePassed {
  readonly begun: number;
  readonly active: number;
  readonly done: number;
  readonly goal: number;
  readonly left: readonly { readonly event: string | null; readonly title: string | null; readonly count: number }[];
  readonly stopped: number;
  readonly conversion: number | null;
}

/** What has come through a workflow as it is live: of its states by their key, of its transitions by `meta.id`. */
export interface Passed {
  readonly runs?: WholePassed;
  /** What became of its messages, by their names. */
  readonly mails?: Readonly<Record<string, Readonly<Record<MailKind, number>>>>;
  readonly states: Readonly<Record<string, StatePassed>>;
  readonly transitions: Readonly<Record<string, MovePassed>>;
}

export const readPassed = (workflow: string): Promise<Passed> => get<Passed>(`/api/workflows/${workflow}/counts`);

const steps = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** A span in its largest unit, in the words of a language: "2.5 days". */
export function spanIn(locale: string, ms: number): string {
  const [unit, size] = steps.find(([, it]) => ms >= it) ?? steps[2];
  return (ms / size).toLocaleString(locale, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 });
}
