import type { Fault } from "#lib/api.ts";

/** A package of the gallery. */
export interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly icon: string;
  readonly version: string;
  readonly needs: Readonly<Record<string, string>>;
  readonly installed: string | null;
  readonly contents: Readonly<Record<string, number>>;
  readonly brings: readonly Brought[];
  readonly brought: boolean;
  readonly samples: number;
  readonly samples_standing: number;
}

export interface Brought {
  readonly kind: string;
  readonly name: string;
  readonly title: string;
  readonly states?: number;
}

export type Choice = "yours" | "theirs";

export interface Conflict {
  readonly document: string;
  readonly path: string;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly yours: unknown;
  readonly choice: Choice;
}

/** What an installation would do. */
export interface InstallPlan {
  readonly installs: readonly { name: string; title: string; version: string; installed: string | null }[];
  readonly conflicts: readonly Conflict[];
  readonly kept: readonly string[];
  readonly absent: readonly string[];
  readonly returned: readonly string[];
  readonly documents: readonly {
    readonly kind: string;
    readonly name: string;
    readonly act: string;
    readonly differences: readonly { readonly title: string }[];
  }[];
  readonly changes: readonly { readonly title: string; readonly rows: number | null }[];
  readonly problems: readonly Fault[];
}
