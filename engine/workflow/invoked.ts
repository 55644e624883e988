import { plus } from "../duration.ts";
import type { Environment } from "../expression/evaluate.ts";
import { durationOf, momentOf } from "../expression/literal.ts";
import { clocksIn } from "./clocks.ts";
import type { Machine } from "./machine.ts";
import type { Invocations, Invoked } from "./queued.ts";
import { worked } from "./setup.ts";
import { activeStates, statesOf } from "./states.ts";

/** What the states invoke in which a run stands by its value. */
export const invokedAt = ({ document }: Pick<Machine, "document">, value: unknown) =>
  activeStates(document, value).flatMap(({ state }) => state.invoke ?? []);

/** The state that invokes something under a name. */
export const stateInvoking = ({ document }: Pick<Machine, "document">, invocation: string) =>
  statesOf(document).find(({ state }) => state.invoke?.id === invocation)?.state;

/**
 * When what is invoked wants to be done: a span from now, a moment, or where a wait of the workflow ends that begins
 * now; null where what an expression gives is none of these.
 */
export function dueOf(machine: Pick<Machine, "dueAt">, input: unknown, environment: Environment): string | null {
  const { due } = input as { readonly due?: unknown };
  if (typeof due === "string")
    return durationOf(due) === undefined ? (momentOf(due) ?? null) : plus(String(environment.now), due);
  const delay = delayOf(due);
  return delay === undefined ? null : machine.dueAt(delay, environment);
}

/** What a run invokes where it stands, as if it had begun now. */
export function invokedNow(machine: Machine, value: unknown, environment: Environment): readonly Invoked[] {
  return invokedAt(machine, value).map(({ id, src, input = {} }) => {
    const given = worked(input, machine.expression, environment);
    return { id, src, input: given, ...timed(dueOf(machine, given, environment)) };
  });
}

/** The invocations of a move with the moments by which they want to be done, those included whose clock has changed. */
export function withDues(
  machine: Machine,
  { started, stopped }: Invocations,
  [before, after]: readonly [unknown, unknown],
  environment: Environment & { readonly value: unknown },
): Invocations {
  const [was, is] = [clocksIn(before ?? {}), clocksIn(after)];
  const fresh = new Set(started.map(({ id }) => id));
  const moved = invokedAt(machine, environment.value).flatMap(({ id, input = {} }) => {
    const delay = delayOf((input as { readonly due?: unknown }).due);
    const clock = delay === undefined ? undefined : machine.document.meta.delays?.[delay]?.clock;
    const same = clock === undefined || JSON.stringify(was[clock]) === JSON.stringify(is[clock]);
    return same || fresh.has(id) ? [] : [{ id, due: dueOf(machine, input, environment) }];
  });
  return {
    started: started.map((it) => ({ ...it, ...timed(dueOf(machine, it.input, environment)) })),
    stopped,
    ...(moved.length > 0 ? { moved } : {}),
  };
}

const timed = (due: string | null) => (due === null ? {} : { due });

const delayOf = (due: unknown): string | undefined =>
  typeof due === "object" && due !== null ? (due as { readonly delay?: string }).delay : undefined;
