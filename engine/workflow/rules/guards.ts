import { fault, type Fault } from "../../problem.ts";
import { celOf, guardText } from "../guards.ts";
import type { Move } from "../places.ts";
import { casesOf, type Case, type Cases, type Domains } from "./domain.ts";
import { branches, type Graph } from "./ways.ts";

/** The branches of one state for one cause, with every case that their guards tell apart. */
export interface Tried {
  readonly moves: readonly Move[];
  readonly cases: Cases;
}

/** All branches whose guards can be read, worked out once for the rules that look at them. */
export function triedBranches(graph: Graph, domains: Domains): readonly Tried[] {
  return branches(graph).flatMap((moves) => {
    const cases = casesOf(
      moves.map(({ transition }) => transition.guard),
      domains,
    );
    return cases ? [{ moves, cases }] : [];
  });
}

/** Transitions whose guard holds in no case at all. */
export function neverTaken(tried: readonly Tried[]): ReadonlySet<Move> {
  return new Set(
    tried.flatMap(({ moves, cases }) =>
      moves.filter(({ transition }, at) => transition.guard && !cases.cases.some(({ holds }) => holds[at])),
    ),
  );
}

/** R5: guards that never hold, and those that hold only where a branch before them holds too. */
export function guardFaults(tried: readonly Tried[]): readonly Fault[] {
  return tried.flatMap(({ moves, cases: { cases } }) =>
    moves.flatMap(({ transition: { guard }, path }, at) => {
      if (!guard) return [];
      const where = celOf(guard) === undefined ? `${path}/guard` : `${path}/guard/params/cel`;
      const told = { guard: guardText(guard), path: where };
      const own = cases.filter(({ holds }) => holds[at]);
      if (own.length === 0) return [fault("workflow.never", told)];
      const open = moves.slice(0, at).some(({ transition }) => !transition.guard);
      return !open && own.every(({ holds }) => holds.slice(0, at).includes(true))
        ? [fault("workflow.covered", told)]
        : [];
    }),
  );
}

/** R5: branches that lead elsewhere and of which neither holds only where the other does: their order decides. */
export function overlaps(tried: readonly Tried[]): readonly Fault[] {
  return tried.flatMap(({ moves, cases: { cases, exact } }) => {
    if (!exact) return [];
    const pairs = moves.flatMap((one, at) =>
      moves.slice(at + 1).map((other, beyond) => [one, at, other, at + 1 + beyond] as const),
    );
    return pairs.flatMap(([one, first, other, second]) => {
      if (one.target === other.target || !one.transition.guard || !other.transition.guard) return [];
      const both = cases.find(({ holds }) => holds[first] && holds[second]);
      const either = cases.some(({ holds }) => holds[first] && !holds[second]);
      const neither = cases.some(({ holds }) => !holds[first] && holds[second]);
      if (!both || !either || !neither) return [];
      const [one_, other_] = [guardText(one.transition.guard), guardText(other.transition.guard)];
      return [fault("workflow.overlap", { one: one_, other: other_, where: said(both), path: other.path })];
    });
  });
}

/**
 * R4: branches that are taken by themselves and leave a case open, so that the run stays where it is. Of what a person
 * sends that is no fault: the guard refuses her.
 */
export function gaps(graph: Graph, tried: readonly Tried[]): readonly Fault[] {
  return tried.flatMap(({ moves, cases: { cases, exact } }) => {
    const [{ event, delay, invoked, done, from, path }] = moves as readonly [Move, ...Move[]];
    if (!exact || event !== undefined || !from) return [];
    const others = graph.moves.some((it) => it.from === from && !moves.includes(it));
    if (delay === undefined && !invoked && !done && others) return [];
    const open = cases.find(({ holds }) => !holds.includes(true));
    return open
      ? [fault("workflow.gap", { state: from.node.meta.title, where: said(open), path: path.replace(/\/\d+$/, "") })]
      : [];
  });
}

/** A case in words: what its inputs are. */
function said({ inputs }: Case): string {
  const told = Object.entries(inputs).map(([name, value]) => {
    const short = name.replace(/^record\./, "");
    const amount = (value as { readonly amount?: string } | null)?.amount;
    return `${short} is ${value === null ? "empty" : JSON.stringify(amount ?? value)}`;
  });
  return told.join(" and ") || "nothing holds";
}
