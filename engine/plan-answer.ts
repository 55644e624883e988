import type { AnyDocument } from "schemas";
import type { Change } from "./change.ts";
import type { Fault } from "./problem.ts";
import type { Finding } from "./workflow/rules/index.ts";

/** When a move happens: online before the switch, in it, or online after it. */
export type Phase = "prepare" | "switch" | "finish";

/** The records that break a rule which is to hold. */
export interface PlannedBreak {
  readonly count: number;
  /** The entity as it is called now, and the filter by which its list shows them, where a filter can say it. */
  readonly entity: string;
  readonly filter: string | null;
  readonly sample: readonly { readonly id: string; readonly name: string; readonly value: unknown }[];
}

/** A value before and after its conversion; `after` is null where it does not convert. */
export interface PlannedSample {
  readonly id: string;
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A move with what was measured of it on the data that stand. */
export type PlannedMove = Change & {
  readonly phase: Phase;
  readonly sql: readonly string[];
  /** The rows that are written or read for it; null where it touches none. */
  readonly rows: number | null;
  /** How long writers of the entity are likely to be held up; null where nobody is. */
  readonly lock_ms: number | null;
  readonly breaks: PlannedBreak | null;
  readonly samples: readonly PlannedSample[] | null;
  /** How many records convert to another type, are in doubt or stay empty; a mapping decides about the values in doubt. */
  readonly conversion: {
    readonly converts: number;
    readonly doubtful: number;
    readonly empty: number;
    readonly values: readonly { readonly value: string; readonly records: number }[];
  } | null;
};

/** A way out that can be taken at once: documents as they would have to be, to be put into the change. */
export interface PlannedFix {
  readonly title: string;
  readonly patch: readonly { readonly kind: string; readonly name: string; readonly document: AnyDocument }[];
}

/** What publishing a change would do, and what stands in its way. */
export interface PlanAnswer {
  /** Segments that are built anew, with how many come in and go; null where that shows only once it is published. */
  readonly segments: readonly {
    readonly segment: string;
    readonly title: string;
    readonly members: number | null;
    readonly joiners: number | null;
    readonly leavers: number | null;
  }[];
  readonly changes: readonly PlannedMove[];
  readonly problems: readonly Fault[];
  /** What the rules of workflows say of those that change and does not stand in the way; `fix` names what mends it. */
  readonly advice: readonly (Omit<Finding, "fix"> & { readonly fix: string | null })[];
  /** What becomes of each document, in words, by the identity of its parts. */
  readonly documents: readonly {
    readonly kind: string;
    readonly name: string;
    readonly anchor: string;
    readonly act: "add" | "change" | "remove" | "rename";
    readonly differences: readonly {
      readonly path: string;
      readonly title: string;
      readonly before: unknown;
      readonly after: unknown;
    }[];
  }[];
  /** Texts and keys of documents that follow a rename; they are published with the change. */
  readonly rewrites: readonly {
    readonly kind: string;
    readonly name: string;
    readonly path: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** What documents still use of that which goes; the change cannot be published while there is any. */
  readonly uses: readonly {
    readonly of: string;
    readonly kind: string;
    readonly name: string;
    readonly path: string;
    readonly title: string;
  }[];
  /** Expressions that read a field which gets another type; those that do not hold any more are among the problems. */
  readonly reads: PlanAnswer["uses"];
  readonly fixes: readonly PlannedFix[];
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly prefix: string;
    readonly used_at: string;
  }[];
  readonly runs: readonly {
    readonly workflow: string;
    readonly version: number;
    readonly state: string;
    readonly title: string;
    readonly count: number;
    /** They stay with their version and are not moved; `may_stay`: they do unless the change says that they move. */
    readonly stays: boolean;
    readonly may_stay: boolean;
    /** The earlier version by which they go; null where that is the published one. */
    readonly by: number | null;
    readonly to: string | null;
    readonly needs_mapping: boolean;
    /** How many of them would stand where a field is asked for that they leave empty. */
    readonly missing: number;
    /** How many of them no way into that state would let in, as far as their records tell. */
    readonly unmet: number;
    /** What moving some of them for a trial came to, which was taken back; null where their tables change as well. */
    readonly tried: {
      readonly runs: number;
      readonly waits_begun: number;
      readonly waits_ended: number;
      readonly tasks_begun: number;
      readonly tasks_ended: number;
    } | null;
  }[];
  /** Waits under way that are timed otherwise: they keep their moments, or follow where the mapping of their workflow says so. */
  readonly waits: readonly {
    readonly workflow: string;
    readonly delay: string;
    readonly title: string;
    readonly count: number;
    readonly follows: boolean;
  }[];
  /** Until when what goes can come back with its values; null where nothing goes. */
  readonly undo_until: string | null;
}
