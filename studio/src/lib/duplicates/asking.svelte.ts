import { Problem, type AlikeTold } from "#lib/api.ts";

interface Question {
  readonly told: readonly AlikeTold[];
  /** Why it is stored all the same; nothing where it is not. */
  readonly answer: (reason: string | undefined) => void;
}

/** The question whether a record is there already, while somebody thinks about it. */
class Asking {
  question = $state.raw<Question | undefined>();

  ask(told: readonly AlikeTold[]): Promise<string | undefined> {
    return new Promise((resolve) => {
      const answer = (reason: string | undefined) => {
        this.question = undefined;
        resolve(reason);
      };
      this.question = { told, answer };
    });
  }
}

export const asking = new Asking();

/**
 * Sends a write of one record. Where only records that are alike stand against it, the sender is asked, and with her reason
 * it is sent again: `despite` is what its path ends with then. Where she goes back it is refused as it was.
 */
export async function unlessAlike<Answer>(send: (despite: string) => Promise<Answer>): Promise<Answer> {
  try {
    return await send("");
  } catch (error) {
    const faults = error instanceof Problem ? error.faults : [];
    const told = faults.flatMap(({ alike }) => alike ?? []);
    if (told.length === 0 || told.length < faults.length) throw error;
    const reason = await asking.ask(told);
    if (reason === undefined) throw error;
    return await send(`?${new URLSearchParams({ despite: reason })}`);
  }
}
