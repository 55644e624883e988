import type { WorkflowDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { voyageEntity } from "../../test/fixtures/voyage.ts";
import { readModel } from "../model.ts";
import { begin, complete, fire, place, running, step, type Snapshot } from "./kernel.ts";
import { shareOf } from "./guards.ts";
import { compileMachine } from "./machine.ts";
import { changesOf } from "./queued.ts";
import type { RunScene } from "./reading.ts";

const model = readModel([voyageEntity]);
const now = "2026-03-02T09:00:00.000Z";
const scene: RunScene = { record: { id: "r1", cargo: 5 }, user: {}, now, today: "2026-03-02" };
const kept = (snapshot: Snapshot): Snapshot => JSON.parse(JSON.stringify(snapshot)) as Snapshot;
const to = (id: string, target?: string, more: object = {}) => ({
  ...(target ? { target } : {}),
  meta: { id },
  ...more,
});
const node = (id: string, more: object = {}) => ({ meta: { id, title: id }, ...more });
const user = (title: string) => ({ title, source: "user" });

function machineWith(states: object, more: object = {}, meta: object = {}) {
  const document = {
    id: "voyage",
    context: { seen: null },
    initial: Object.keys(states)[0],
    states,
    ...more,
    meta: {
      id: "wf_voyage",
      title: "Voyage",
      format: "wf/1",
      kind: "process",
      entity: "voyage",
      events: { "do.go": user("Go"), "do.leave": user("Leave"), "run.told": { title: "Told", source: "run" } },
      ...meta,
    },
  } as unknown as WorkflowDocument;
  return compileMachine(model, document)!;
}

const set = (values: object) => ({ type: "set", params: { values } });
const asking = machineWith({
  asked: node("st_asked", {
    invoke: {
      id: "answer",
      src: "human.task",
      input: { title: { cel: "'Cargo ' + record.name" } },
      onDone: [to("tr_done", "over", { actions: [set({ seen: { cel: "event.output.decision" } })] })],
      onError: [to("tr_failed", "left")],
    },
    on: { "do.leave": [to("tr_leave", "left")], "do.go": [to("tr_again", "asked", { reenter: true })] },
  }),
  left: node("st_left", { on: { "do.go": [to("tr_back", "asked")] } }),
  over: node("st_over", { type: "final", output: { decision: { cel: "context.seen" }, by: "us" } }),
});

describe("what a state invokes", () => {
  const begun = begin(asking, { ...scene, record: { ...scene.record, name: "Vega" } });

  test("is begun with its input as JSON, and stands in no snapshot", () => {
    expect(begun.invocations).toEqual({
      started: [{ id: "answer", src: "human.task", input: { title: "Cargo Vega" } }],
      stopped: [],
    });
    expect(Object.keys(begun.snapshot).sort()).toEqual(["context", "history", "status", "value"]);
    expect(running(asking, kept(begun.snapshot)).map(({ id }) => id)).toEqual(["answer"]);
  });

  test("is withdrawn when its state is left, after a restart as well", () => {
    const left = step(asking, kept(begun.snapshot), { type: "do.leave" }, scene);
    expect(left.invocations).toEqual({ started: [], stopped: ["answer"] });
    const back = step(asking, kept(left.snapshot), { type: "do.go" }, scene);
    expect(back.invocations.started.map(({ id }) => id)).toEqual(["answer"]);
  });

  test("is withdrawn and begun anew when its state is entered again", () => {
    const again = step(asking, kept(begun.snapshot), { type: "do.go" }, scene);
    expect([again.invocations.stopped, again.invocations.started.length]).toEqual([["answer"], 1]);
  });

  test("comes back with an output, and the run that ends gives one itself", () => {
    const over = complete(asking, kept(begun.snapshot), "answer", { output: { decision: "yes" } }, scene);
    expect(over).toMatchObject({
      state: "over",
      taken: ["tr_done"],
      output: { decision: "yes", by: "us" },
      snapshot: { status: "done", context: { seen: "yes" } },
      invocations: { started: [], stopped: [] },
    });
    expect(() => step(asking, kept(over.snapshot), { type: "do.go" }, scene)).toThrow("The run has ended");
  });

  test("comes back with an error where the document takes it", () => {
    expect(complete(asking, kept(begun.snapshot), "answer", { error: "gone" }, scene).state).toBe("left");
  });

  test("is refused where the run no longer waits for it", () => {
    const left = step(asking, kept(begun.snapshot), { type: "do.leave" }, scene);
    expect(() => complete(asking, kept(left.snapshot), "answer", { output: 1 }, scene)).toThrow("does not wait");
  });

  test("is begun for a record that is brought in where it stands", () => {
    expect(place(asking, "asked", scene).invocations.started.map(({ id }) => id)).toEqual(["answer"]);
  });

  test("fails the move where no transition takes its error, and nothing is kept", () => {
    const machine = machineWith({ asked: node("st_asked", { invoke: { id: "answer", src: "human.task" } }) });
    const at = kept(begin(machine, scene).snapshot);
    expect(() => complete(machine, at, "answer", { error: "gone" }, scene)).toThrow("does not come to rest");
  });
});

describe("events from outside", () => {
  const at = kept(begin(asking, scene).snapshot);

  test.each([
    "xstate.done.actor.answer",
    "xstate.error.actor.answer",
    "xstate.after.d1.st_asked",
    "xstate.stop",
    "xstate.init",
    "*",
    "constructor",
    "__proto__",
  ])("cannot be %s, which is the engine's own or nobody's", (type) => {
    expect(() => step(asking, at, { type }, scene)).toThrow(`There is no event "${type}" here.`);
  });

  test("come from where the document says that they do", () => {
    expect(() => step(asking, at, { type: "run.told" }, scene)).toThrow("There is no event");
    expect(() => step(asking, at, { type: "do.go", source: "integration" }, scene)).toThrow("There is no event");
    expect(() => step(asking, at, { type: "run.told", source: "run" }, scene)).toThrow("leads nowhere");
  });

  test("bear the data that they declare", () => {
    const payload = { type: "object", required: ["reason"], properties: { reason: { enum: ["price", "time"] } } };
    const machine = machineWith(
      { open: node("st_open", { on: { "do.go": [to("tr_go", "shut")] } }), shut: node("st_shut") },
      {},
      { events: { "do.go": { ...user("Go"), payload } } },
    );
    const open = kept(begin(machine, scene).snapshot);
    expect(() => step(machine, open, { type: "do.go" }, scene)).toThrow('needs "reason"');
    expect(() => step(machine, open, { type: "do.go", data: { reason: "whim" } }, scene)).toThrow("must be one of");
    expect(step(machine, open, { type: "do.go", data: { reason: "price" } }, scene).state).toBe("shut");
  });
});

describe("a machine that does not come to rest", () => {
  const circle = {
    calm: node("st_calm", { on: { "do.go": [to("tr_go", "one")] } }),
    one: node("st_one", { always: [to("tr_one", "two")] }),
    two: node("st_two", { always: [to("tr_two", "one")] }),
  };

  test("is a problem of its document, when it moves and when it begins", () => {
    const machine = machineWith(circle);
    const at = kept(begin(machine, scene).snapshot);
    expect(() => step(machine, at, { type: "do.go" }, scene)).toThrow("does not come to rest");
    const { calm: _, ...others } = circle;
    expect(() => begin(machineWith(others), scene)).toThrow("does not come to rest");
  });
});

describe("waits", () => {
  test("that no document declares are over at no time", () => {
    const machine = machineWith({
      open: node("st_open", { after: { later: [to("tr_l", "shut")] } }),
      shut: node("st_shut"),
    });
    const begun = begin(machine, scene);
    expect([begun.state, begun.timers.set]).toEqual(["open", []]);
  });

  test("end with the run", () => {
    const machine = machineWith(
      {
        a: node("rg_a", {
          initial: "a1",
          states: { a1: node("st_a1", { on: { "do.go": [to("tr_a", "a2")] } }), a2: node("st_a2", { type: "final" }) },
        }),
        b: node("rg_b", {
          initial: "b1",
          states: {
            b1: node("st_b1", { after: { d1: [to("tr_b", "b2")] }, on: { "do.go": [to("tr_b_go", "b2")] } }),
            b2: node("st_b2", { type: "final" }),
          },
        }),
      },
      { type: "parallel", initial: undefined, output: { seen: { cel: "context.seen" } } },
      { delays: { d1: { duration: "P1D" } } },
    );
    const begun = begin(machine, scene);
    expect([begun.state, begun.timers.set.length]).toEqual(["a1,b1", 1]);
    const over = step(machine, kept(begun.snapshot), { type: "do.go" }, scene);
    expect(over).toMatchObject({ state: "a2,b2", output: { seen: null }, snapshot: { status: "done" } });
    expect(over.timers.cancelled).toEqual(["xstate.after.d1.st_b1"]);
    expect(fire(machine, kept(over.snapshot), "xstate.after.d1.st_b1", scene).taken).toEqual([]);
  });
});

test("what XState asks for beyond what we know is never lost in silence", () => {
  expect(() => changesOf([{ type: "xstate.sendTo", params: {} }], scene)).toThrow("has no row");
  expect(() => changesOf([{ type: "send.message" }], scene)).toThrow("has no row");
});

describe("guards", () => {
  const guarded = (guard: object) =>
    machineWith({
      open: node("st_open", { on: { "do.go": [to("tr_go", "shut", { guard })] } }),
      shut: node("st_shut"),
    });

  test("by a right hold for whoever has it", () => {
    const machine = guarded({ type: "can", params: { right: "voyage.clear" } });
    const at = kept(begin(machine, scene).snapshot);
    expect(() => step(machine, at, { type: "do.go" }, scene)).toThrow("voyage.clear");
    const may = (right: string) => right === "voyage.clear";
    expect(step(machine, at, { type: "do.go" }, { ...scene, may }).state).toBe("shut");
  });

  test("for a share hold for the same records always, and for about so many", () => {
    const machine = guarded({ type: "rollout", params: { percent: 30, salt: "ab1" } });
    const at = kept(begin(machine, scene).snapshot);
    const takes = (id: string) => {
      try {
        return step(machine, at, { type: "do.go" }, { ...scene, record: { id } }).state === "shut";
      } catch {
        return false;
      }
    };
    const ids = Array.from({ length: 2000 }, (_, n) => `0197-${n}`);
    const taken = ids.filter((id) => shareOf("ab1", id) < 30);
    expect(Math.abs(taken.length - 600)).toBeLessThan(60);
    expect(ids.slice(0, 50).filter(takes)).toEqual(taken.filter((id) => ids.indexOf(id) < 50));
    const other = ids.filter((id) => shareOf("ab2", id) < 30 && taken.includes(id));
    expect(Math.abs(other.length - 180)).toBeLessThan(50);
  });
});
