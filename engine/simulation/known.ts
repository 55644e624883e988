import { problem } from "../problem.ts";
import { normalValues, type Values } from "../values.ts";
import { answering, type Ask } from "../workflow/ask.ts";
import type { RunScene } from "../workflow/reading.ts";
import type { PlayedCase, Playing } from "./case.ts";

/** Something that a case wants to know of other records. */
export type CaseQuestion =
  | { readonly of: "record"; readonly entity: string; readonly id: string }
  | { readonly of: "list"; readonly entity: string; readonly reference: string; readonly id: string }
  | { readonly of: "ask"; readonly ask: Ask }
  | MailQuestion;

/** Which gate would stop a message to a record as things stand, whenever it goes: its reason. */
interface MailQuestion {
  readonly of: "mail";
  readonly message: string;
  readonly id: string;
}

/** An answer to a question; without a value nobody can tell. */
export interface Told {
  readonly value?: unknown;
}

/** So many times a case asks for more; what it still does not know then is left unknown. */
const roundsMost = 50;

/**
 * What is known of the records around a case. What it wants to know and nobody has told yet is noted, and it goes on as if
 * there were nothing: `playKnowing` has it told and plays anew.
 */
export class Known {
  readonly #told = new Map<string, Told>();
  readonly #open = new Map<string, CaseQuestion>();
  #missed: string | undefined;

  /** The answer; undefined where nobody has told it, or nobody can. */
  about(question: Exclude<CaseQuestion, MailQuestion>): unknown {
    const told = this.#toldOf(question);
    if (told && !("value" in told)) this.miss(entityOf(question));
    return told?.value;
  }

  /** The reason of the gate that would stop a message to a record. Where nobody can tell, none does. */
  stops(message: string, id: string): string | undefined {
    return (this.#toldOf({ of: "mail", message, id })?.value ?? undefined) as string | undefined;
  }

  /** Notes that a move hangs on what is not known of an entity. */
  miss(entity: string): void {
    this.#missed ??= entity;
  }

  /** The entity of which something was wanted that is not known, since this was asked last. */
  takeMissed(): string | undefined {
    const missed = this.#missed;
    this.#missed = undefined;
    return missed;
  }

  takeOpen(): readonly CaseQuestion[] {
    const open = [...this.#open.values()];
    this.#open.clear();
    return open;
  }

  tell(question: CaseQuestion, told: Told): void {
    this.#told.set(JSON.stringify(question), told);
  }

  #toldOf(question: CaseQuestion): Told | undefined {
    const key = JSON.stringify(question);
    const told = this.#told.get(key);
    if (!told) this.#open.set(key, question);
    return told;
  }
}

const entityOf = (question: Exclude<CaseQuestion, MailQuestion>): string => {
  if (question.of !== "ask") return question.entity;
  return question.ask.ask === "records" ? question.ask.entity : "user";
};

/** Plays until all is known that the play hangs on, as far as somebody can tell it. */
export async function playKnowing<Made>(
  known: Known,
  play: () => Made | Promise<Made>,
  tell: (questions: readonly CaseQuestion[]) => Promise<readonly Told[]>,
): Promise<Made> {
  for (let round = 1; ; round++) {
    const made = await play();
    const open = known.takeOpen();
    if (open.length === 0) return made;
    const told = round < roundsMost ? await tell(open) : [];
    for (const [at, question] of open.entries()) known.tell(question, told[at] ?? {});
  }
}

type Standing = Pick<PlayedCase, "record" | "steps">;

/**
 * What surrounds a case: other records as they are known. Of an entity of which the case itself would have made or changed
 * records nothing is known any more: they were not written.
 */
export function aroundCase(playing: Playing, at: Standing): Pick<RunScene, "related" | "listed"> {
  const { known, machine } = playing;
  if (!known) return {};
  const isOwn = (entity: string, id: unknown) => entity === machine.entity.name && id === at.record.id;
  return {
    related: (entity, id) => {
      if (isOwn(entity, id)) return at.record;
      if (hasWritten(at, entity)) known.miss(entity);
      return (known.about({ of: "record", entity, id }) ?? undefined) as Values | undefined;
    },
    listed: ({ entity, reference }, id) => {
      if (hasWritten(at, entity)) known.miss(entity);
      const found = (known.about({ of: "list", entity, reference, id }) ?? []) as readonly Values[];
      return found.map((it) => (isOwn(entity, it.id) ? at.record : it));
    },
  };
}

/** Makes a move, answering what its actions ask. Refused where it hangs on what is not known. */
export function moveKnowing<Made>(
  playing: Playing,
  at: Standing,
  move: (answers: Pick<RunScene, "answers">) => Made,
): Made {
  const { known, model } = playing;
  if (!known) return move({});
  known.takeMissed();
  // What is not known goes before what else stands against it.
  const refuseUnknown = () => {
    const missed = known.takeMissed();
    if (missed !== undefined) throw problem("case.unknown", { entity: model.entities.get(missed)?.plural ?? missed });
  };
  try {
    const made = answering(move, (ask) => answerTo(playing, at, ask));
    refuseUnknown();
    return made;
  } catch (error) {
    refuseUnknown();
    throw error;
  }
}

function answerTo({ known, model, machine }: Playing, at: Standing, ask: Ask): unknown {
  const answer = known!.about({ of: "ask", ask });
  if (ask.ask !== "records") return answer ?? null;
  if (hasWritten(at, ask.entity)) known!.miss(ask.entity);
  const found = (answer ?? []) as readonly Values[];
  if (ask.entity !== machine.entity.name) return found;
  // The case's own record is known as it would be, and stands there as it was before it was played.
  const { record } = at;
  const stored = known!.about({ of: "record", entity: ask.entity, id: String(record.id) }) as Values | null | undefined;
  const match = Object.entries(normalValues(model, machine.entity, ask.match));
  const fits = (it: Values) =>
    match.every(([name, value]) => JSON.stringify(value) === JSON.stringify(it[name] ?? null));
  if (fits(record) !== (stored ? fits(stored) : false) || (fits(record) && ask.where !== undefined))
    known!.miss(ask.entity);
  return found.map((it) => (it.id === record.id ? record : it));
}

/** Whether a case would have made or changed records of an entity besides its own. */
function hasWritten({ steps }: Standing, entity: string): boolean {
  return steps.some(({ effects }) =>
    effects.some((it) => {
      if (it.do === "record.create") return it.entity === entity || it.below?.some((one) => one.entity === entity);
      return it.do === "record.change" && it.entity === entity;
    }),
  );
}
