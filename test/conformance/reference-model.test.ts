import fc from "fast-check";
import type { WorkflowDocument } from "schemas";
import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import {
  begin,
  compileMachine,
  fire,
  fireForeseen,
  foresee,
  Problem,
  readModel,
  step,
  type Machine,
  type RunScene,
  type RunStep,
  type Snapshot,
} from "engine";
import { voyageEntity } from "../fixtures/voyage.ts";

const cases = Number(process.env.TRELLIS_MODEL_CASES ?? process.env.TRELLIS_CASES ?? 2000);
const start = Date.parse("2026-03-02T09:00:00.000Z");
const dayMs = 86_400_000;

/** The states of every machine: two regions, one of them with states inside a state and both kinds of history. */
const main = ["a0", "a1", "c0", "c1"] as const;
const beside = ["b0", "b1", "b2"] as const;
const events = ["do.one", "do.two", "do.three", "do.four"] as const;
const delays = { d1: "P1D", d3: "P3D", d5: "P5D" } as const;

/** A transition as it is drawn: from where, by what, where to, if and with what. Raised events come later in the list. */
const drawn = fc.record({
  aside: fc.boolean(),
  from: fc.nat(5),
  by: fc.oneof(fc.constantFrom(...events), fc.constantFrom("d1", "d3", "d5")),
  to: fc.nat(7),
  guard: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
  act: fc.constantFrom("none", "set x", "set y", "tell", "raise"),
  reenter: fc.boolean(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer Value> ? Value : never;
const op = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...events) },
  { weight: 2, arbitrary: fc.constant("a day goes by") },
  { weight: 1, arbitrary: fc.constant("twice the same") },
);

function documentOf(transitions: readonly Drawn[], tellOnEntry: readonly boolean[]): WorkflowDocument {
  const node = (key: string, at: number) => ({
    meta: { id: `st_${key}`, title: key },
    on: {} as Record<string, unknown[]>,
    after: {} as Record<string, unknown[]>,
    ...(tellOnEntry[at] ? { entry: [tell(`in ${key}`)], exit: [tell(`out ${key}`)] } : {}),
  });
  const states = Object.fromEntries([...main, ...beside].map((key, at) => [key, node(key, at)]));
  const holder = node("c", 7);
  for (const [at, it] of transitions.entries()) {
    const sources = it.aside ? beside : [...main, "c"];
    const source = sources[it.from % sources.length]!;
    // A history state is entered from outside of what it remembers; the check refuses the rest.
    const doors = source.startsWith("c") ? [] : ["hs", "hd"];
    const targets = it.aside ? beside : [...main, "c", ...doors];
    const target = targets[it.to % (targets.length + 1)];
    const from = source === "c" ? holder : states[source]!;
    const list = it.by in delays ? from.after : from.on;
    // A state that begins again inside its region is a move like others; one that holds both regions is never reached.
    (list[it.by] ??= []).push({
      ...(target === undefined ? {} : { target: `#st_${target}` }),
      ...(it.guard === undefined ? {} : { guard: { type: "expr", params: { cel: `context.flag == '${it.guard}'` } } }),
      ...(it.reenter && target !== undefined && source !== "c" ? { reenter: true } : {}),
      actions: actionsOf(it, at),
      meta: { id: `tr_${at}` },
    });
  }
  const history = (key: string, kind: string) => ({
    type: "history",
    history: kind,
    target: "c1",
    meta: { id: `st_${key}`, title: key },
  });
  const { a0, a1, c0, c1, b0, b1, b2 } = states;
  return {
    id: "voyage",
    type: "parallel",
    context: { flag: "x" },
    states: {
      a: {
        initial: "a0",
        states: {
          a0,
          a1,
          c: { ...holder, initial: "c0", states: { c0, c1, hs: history("hs", "shallow"), hd: history("hd", "deep") } },
        },
        meta: { id: "rg_a", title: "A", main: true },
      },
      b: { initial: "b0", states: { b0, b1, b2 }, meta: { id: "rg_b", title: "B" } },
    },
    meta: {
      id: "wf_voyage",
      title: "Any",
      format: "wf/1",
      kind: "pipeline",
      entity: "voyage",
      events: Object.fromEntries(events.map((type) => [type, { title: type, source: "user" }])),
      delays: Object.fromEntries(Object.entries(delays).map(([name, duration]) => [name, { duration }])),
    },
  } as unknown as WorkflowDocument;
}

const tell = (title: string) => ({ type: "notify", params: { to: "u1", title } });

function actionsOf({ act, by }: Drawn, at: number): readonly object[] {
  if (act === "none") return [];
  if (act === "tell") return [tell(`took ${at}`)];
  if (act !== "raise") return [{ type: "set", params: { values: { flag: act.slice(-1) } } }];
  // Only later events are raised, so that no step goes on for ever.
  const next = events[events.indexOf(by as (typeof events)[number]) + 1];
  return next ? [{ type: "raise", params: { event: next } }] : [];
}

/** As JSON, with the keys of every object the other way round: a database keeps no order of them. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.reverse().map(([key, item]) => [key, turned(item)]));
}

const model = readModel([voyageEntity]);
const sceneAt = (now: number): RunScene => ({
  record: {},
  user: {},
  now: new Date(now).toISOString(),
  today: new Date(now).toISOString().slice(0, 10),
});

interface Seen {
  readonly value: unknown;
  readonly flag: unknown;
  readonly told: readonly unknown[];
}

type Firing = typeof fire;

/** Fires as runs are moved together: along what was foreseen for where they stand. */
const fireTogether: Firing = (machine, at, timer, scene) => {
  const tree = foresee(machine, at, timer);
  expect(tree).toBeDefined();
  return fireForeseen(machine, tree!, at, timer, scene);
};

/** The run as the product has it: JSON between all moves, timers as rows that somebody fires. */
function kept(machine: Machine, script: readonly string[], firing: Firing): readonly Seen[] {
  let now = start;
  let timers: { name: string; due: number }[] = [];
  const told: unknown[] = [];
  let at: Snapshot | undefined;
  const take = ({ snapshot, effects, timers: { set, cancelled } }: RunStep) => {
    at = turned(snapshot) as Snapshot;
    const gone = new Set([...cancelled, ...set.map(({ name }) => name)]);
    timers = [
      ...timers.filter(({ name }) => !gone.has(name)),
      ...set.map(({ name, due }) => ({ name, due: Date.parse(due) })),
    ];
    told.push(...effects.filter((it) => it.do === "notify").map(({ title }) => title));
  };
  const send = (type: string) => {
    try {
      take(step(machine, at!, { type }, sceneAt(now)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  };
  const days = () => {
    now += dayMs;
    for (;;) {
      const due = timers.filter((timer) => timer.due <= now).sort((one, other) => one.due - other.due)[0];
      if (!due) return;
      take(firing(machine, at!, due.name, sceneAt(now)));
    }
  };
  take(begin(machine, sceneAt(now)));
  return script.map((it) => {
    for (const act of it === "twice the same" ? ["do.two", "do.two"] : [it])
      if (act.startsWith("do.")) send(act);
      else days();
    return { value: at!.value, flag: at!.context.flag, told: [...told] };
  });
}

/** The same run as XState's own actor lives it, never written down, with a clock that is turned by hand. */
function lived(machine: Machine, script: readonly string[]): readonly Seen[] {
  const clock = new SimulatedClock();
  const scene = { record: {}, scene: sceneAt(start), effects: [], taken: [] };
  const actor = createActor(machine.compiled, { clock, input: { $scene: scene } });
  actor.start();
  const seen = script.map((it) => {
    for (const act of it === "twice the same" ? ["do.two", "do.two"] : [it])
      if (act.startsWith("do.")) actor.send({ type: act });
      else clock.increment(dayMs);
    const { value, context } = actor.getSnapshot() as { value: unknown; context: any };
    const told = context.$scene.effects.filter((effect: any) => effect.do === "notify");
    return { value, flag: context.flag, told: told.map(({ title }: any) => title) };
  });
  actor.stop();
  return seen;
}

test(`a run that is written down at every step lives like XState's own actor (${cases} machines)`, () => {
  fc.assert(
    fc.property(
      fc.array(drawn, { minLength: 4, maxLength: 16 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.array(op, { minLength: 3, maxLength: 14 }),
      (transitions, tells, script) => {
        const machine = compileMachine(model, documentOf(transitions, tells))!;
        const reference = lived(machine, script);
        expect(kept(machine, script, fire)).toEqual(reference);
        expect(kept(machine, script, fireTogether)).toEqual(reference);
      },
    ),
    { numRuns: cases },
  );
}, 600_000);
