/** What an action needs to know and only the database does. */
export type Ask =
  /** Standing records that have these values and for which a condition holds, the newest first, so many at most; whole, as they travel. */
  | {
      readonly ask: "records";
      readonly entity: string;
      readonly match: Readonly<Record<string, unknown>>;
      readonly where?: string;
      readonly most: number;
    }
  /** The id of the person of a group whose turn it is; null where nobody is there. */
  | ({ readonly ask: "person" } & PersonAsked);

/** Who may have it, and how one of them is chosen. */
export interface PersonAsked {
  /** Whose turn was last is kept under this name. */
  readonly rotation: string;
  readonly by: "turn" | "load" | "waiting";
  /** The name of a team, of a role; both where both are given. */
  readonly team?: string;
  readonly role?: string;
  /** A field of people and what it must hold. */
  readonly skill?: { readonly field: string; readonly value: unknown };
  /** A calendar whose hours it must be, in the time zone of each person. */
  readonly hours?: string;
  /** Somebody who is passed over. */
  readonly except?: string;
  /** With `load` and `waiting`: whose records are counted, by which field, and in which states they count no more. */
  readonly load?: { readonly entity: string; readonly field: string };
}

/** Makes a move that may have questions: it is begun again with each answer, and does alike what it did before it asked. */
export function answering<Made>(
  move: (asked: { readonly answers: readonly unknown[] }) => Made,
  answer: (ask: Ask) => unknown,
): Made {
  const answers: unknown[] = [];
  for (;;) {
    try {
      return move({ answers });
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      answers.push(answer(error.ask));
    }
  }
}

/** Thrown by a move that cannot go on before it is told something; whoever knows it begins the move again. */
export class Unanswered extends Error {
  readonly ask: Ask;

  constructor(ask: Ask) {
    super(`"${ask.ask}" is not answered.`);
    this.ask = ask;
  }
}
