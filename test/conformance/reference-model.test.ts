import fc from "fast-check";
import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import { compileMachine, fireForeseen, foresee, readModel, type Machine } from "engine";
import { dayMs, documentOf, drawn, kept, op, sceneAt, start, type Firing, type Seen } from "../fixtures/any-machine.ts";
import { voyageEntity } from "../fixtures/voyage.ts";

const cases = Number(process.env.TRELLIS_MODEL_CASES ?? process.env.TRELLIS_CASES ?? 2000);
const model = readModel([voyageEntity]);

/** Fires as runs are moved together: along what was foreseen for where they stand. */
const fireTogether: Firing = (machine, at, timer, scene) => {
  const tree = foresee(machine, at, timer);
  expect(tree).toBeDefined();
  return fireForeseen(machine, tree!, at, timer, scene);
};

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
        expect(kept(machine, script)).toEqual(reference);
        expect(kept(machine, script, fireTogether)).toEqual(reference);
      },
    ),
    { numRuns: cases },
  );
});
