import type { AnyDocument } from "schemas";

/** Documents as they are to be, by anchor; null for what is to go. */
export type Drafts = Readonly<Record<string, AnyDocument | null>>;

/** One act of a designer that can be taken back by its name. */
export interface Act {
  readonly label: string;
  readonly before: Drafts;
  readonly after: Drafts;
  /** Whether the next edit of the same name is another act. */
  readonly settled?: boolean;
}

/** What was done, and what was taken back of it, the latest last. */
export interface Acts {
  readonly past: readonly Act[];
  readonly ahead: readonly Act[];
}

/** Acts, and what stands after one was taken back or done again. */
export interface Stepped {
  readonly acts: Acts;
  readonly put: Drafts;
}

export const noActs: Acts = { past: [], ahead: [] };

const most = 200;

/** One act more; an edit of the same name and the same documents goes on with the last one until that is settled. */
export function acted({ past }: Acts, act: Omit<Act, "settled">): Acts {
  const last = past.at(-1);
  const same = last?.label === act.label && Object.keys(last.after).join() === Object.keys(act.after).join();
  return same && !last.settled
    ? { past: [...past.slice(0, -1), { ...act, before: last.before }], ahead: [] }
    : { past: [...past, act].slice(-most), ahead: [] };
}

/** Ends an act that goes on over several keystrokes. */
export function settled({ past, ahead }: Acts): Acts {
  const last = past.at(-1);
  return last ? { past: [...past.slice(0, -1), { ...last, settled: true }], ahead } : { past, ahead };
}

/** The last act taken back; nothing where there is none. */
export function undone({ past, ahead }: Acts): Stepped | undefined {
  const act = past.at(-1);
  return act && { acts: { past: past.slice(0, -1), ahead: [...ahead, act] }, put: act.before };
}

/** What was taken back last done again; nothing where there is none. */
export function redone({ past, ahead }: Acts): Stepped | undefined {
  const act = ahead.at(-1);
  return act && { acts: { past: [...past, act], ahead: ahead.slice(0, -1) }, put: act.after };
}
