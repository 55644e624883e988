/** A mail of a record as the server shows it: without what it quotes, and with nothing in it that could act. */
export interface Mail {
  readonly type: "mail";
  readonly id: string;
  readonly direction: "in" | "out";
  readonly at: string;
  readonly from: { readonly address: string; readonly name: string | null };
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly quoted: string | null;
  readonly html: string | null;
  readonly auto: boolean;
  readonly files: readonly { readonly id: string; readonly name: string; readonly size_bytes: number }[];
  readonly status: string | null;
  readonly joined: { readonly rule: number | null; readonly evidence: Readonly<Record<string, string>> } | null;
  readonly possible: string | null;
  readonly origin: string | null;
}

/** What our own people alone see. */
export interface Aside {
  readonly type: "aside";
  readonly id: string;
  readonly at: string;
  readonly text: string;
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly mentions: readonly { readonly id: string; readonly name: string }[];
  readonly origin: string | null;
}

/** What was said about a record, from the oldest on, and how it may be answered. */
export interface Talk {
  readonly items: readonly (Mail | Aside)[];
  readonly joined: string | null;
  /** Whether the reader hears of what comes to it. */
  readonly watching: boolean;
  readonly answer: {
    readonly to: readonly string[];
    readonly cc: readonly string[];
    readonly subject: string;
    readonly from: string | null;
  };
  readonly snippets: readonly { readonly name: string; readonly title: string; readonly macro: boolean }[];
}

/** Somebody who can be mentioned. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** The word behind an at sign in which the caret stands, and where it begins; nothing where it stands in none. */
export function mentionAt(text: string, caret: number): { readonly from: number; readonly word: string } | undefined {
  const found = /(?:^|\s)@([^\s@]{0,40})$/u.exec(text.slice(0, caret));
  return found ? { from: caret - found[1]!.length - 1, word: found[1]! } : undefined;
}

/** Those among some people whose names a text mentions. */
export function mentioned(text: string, people: readonly Person[]): readonly string[] {
  return people.filter(({ name }) => text.includes(`@${name}`)).map(({ id }) => id);
}

/** Addresses as they were typed, one after the other. */
export function addressesOf(typed: string): readonly string[] {
  return typed.split(/[\s,;]+/).filter((it) => it !== "");
}
