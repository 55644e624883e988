import { describe, expect, test, vi } from "vitest";
import { voyageDocuments, voyageWorkflow } from "../../test/fixtures/voyage.ts";
import { check } from "../check.ts";
import { readModel } from "../model.ts";
import { jump } from "./jump.ts";
import { begin, candidates, fire, place, step, type Snapshot } from "./kernel.ts";
import { compileMachine, machineOf } from "./machine.ts";
import type { RunScene } from "./reading.ts";
import { activeStates, leafIn, leavesOf, valueAt } from "./states.ts";

const model = readModel(voyageDocuments);
const machine = machineOf(model, "voyage")!;
const scene = (record: object = {}, now = "2026-03-02T09:00:00.000Z"): RunScene => ({
  record: { name: "Vega", owner: "u1", cargo: 5, due_on: "2026-03-20", ...record },
  user: {},
  now,
  today: now.slice(0, 10),
});
const kept = (snapshot: Snapshot): Snapshot => JSON.parse(JSON.stringify(snapshot)) as Snapshot;

test("the fixture is without fault", () => {
  expect(check(voyageDocuments)).toEqual([]);
});

describe("a run that is written down between every two moves", () => {
  const begun = begin(machine, scene());
  const sailing = step(machine, kept(begun.snapshot), { type: "voyage.sail" }, scene());

  test("stands in all its regions, and its state is the leaf of the main one", () => {
    expect(begun.snapshot.value).toEqual({ course: { under_way: "loading" }, customs: "none" });
    expect(begun.state).toBe("loading");
    expect(leafIn(voyageWorkflow, begun.snapshot.value, "customs")).toBe("none");
  });

  test("moves two regions in one step when one tells the other", () => {
    expect(sailing.snapshot.value).toEqual({ course: { under_way: "sailing" }, customs: "declared" });
    expect(sailing.taken).toEqual(["tr_sail", "tr_declare"]);
  });

  test("goes back to where it was by a history state, the other region untouched", () => {
    const sheltered = step(machine, kept(sailing.snapshot), { type: "voyage.shelter" }, scene());
    expect(sheltered.state).toBe("sheltered");
    expect(sheltered.snapshot.history).toEqual({ st_back: ["st_sailing"] });
    const back = step(machine, kept(sheltered.snapshot), { type: "voyage.resume" }, scene());
    expect(back.snapshot.value).toEqual({ course: { under_way: "sailing" }, customs: "declared" });
  });

  test("goes to the default where a history state remembers nothing", () => {
    const placed = place(machine, "sheltered", scene());
    const back = step(machine, kept(placed.snapshot), { type: "voyage.resume" }, scene());
    expect(back.state).toBe("loading");
  });

  test("is over in one region and goes on in the other", () => {
    const cleared = step(machine, kept(sailing.snapshot), { type: "voyage.clear" }, scene());
    expect(cleared.snapshot).toMatchObject({
      value: { course: { under_way: "sailing" }, customs: "cleared" },
      status: "active",
    });
    expect(step(machine, kept(cleared.snapshot), { type: "voyage.land" }, scene()).state).toBe("landed");
  });

  test("moves from where it stands: the machine does not begin anew for it", () => {
    const beginning = vi.spyOn(machine.compiled, "getInitialSnapshot");
    expect(step(machine, kept(sailing.snapshot), { type: "voyage.clear" }, scene()).taken).toEqual(["tr_clear"]);
    expect(beginning).not.toHaveBeenCalled();
    beginning.mockRestore();
  });

  test("is offered the events of all its regions", () => {
    const open = (type: string) => candidates(machine, sailing.snapshot, type).map(({ meta }) => meta.id);
    expect(open("voyage.clear")).toEqual(["tr_clear"]);
    expect(open("voyage.shelter")).toEqual(["tr_shelter"]);
    expect(open("voyage.resume")).toEqual([]);
  });
});

describe("waits", () => {
  test("begin with the state and end with it", () => {
    const begun = begin(machine, scene());
    expect(begun.timers).toEqual({
      set: [{ name: "xstate.after.idle.st_loading", due: "2026-03-16T09:00:00.000Z" }],
      cancelled: [],
    });
    const sailing = step(machine, kept(begun.snapshot), { type: "voyage.sail" }, scene());
    expect(sailing.timers).toEqual({
      set: [{ name: "xstate.after.overdue.st_sailing", due: "2026-03-21T00:00:00.000Z" }],
      cancelled: ["xstate.after.idle.st_loading"],
    });
  });

  test("have no end while their field is empty", () => {
    const begun = begin(machine, scene({ due_on: null }));
    const sailing = step(machine, kept(begun.snapshot), { type: "voyage.sail" }, scene({ due_on: null }));
    expect(sailing.timers.set).toEqual([]);
  });

  test("that are over remind without a move, and are gone", () => {
    const begun = begin(machine, scene());
    const later = scene({}, "2026-03-16T09:00:00.000Z");
    const fired = fire(machine, kept(begun.snapshot), "xstate.after.idle.st_loading", later);
    expect(fired.effects).toEqual([{ do: "notify", to: "u1", title: "Still loading", body: null }]);
    expect([fired.state, fired.taken]).toEqual(["loading", ["tr_idle"]]);
    expect(fired.timers).toEqual({ set: [], cancelled: ["xstate.after.idle.st_loading"] });
  });

  test("that are over move the run", () => {
    const placed = place(machine, "sailing", scene());
    expect(placed.timers.set).toEqual([{ name: "xstate.after.overdue.st_sailing", due: "2026-03-21T00:00:00.000Z" }]);
    const fired = fire(machine, kept(placed.snapshot), "xstate.after.overdue.st_sailing", scene());
    expect(fired.state).toBe("late");
  });

  test("begin at midnight of the workspace's time zone where a day is meant", () => {
    const tokyo = readModel([
      ...voyageDocuments,
      {
        $schema: "urn:trellis:workspace:1",
        $id: "workspace",
        $anchor: "workspace",
        name: "Kita",
        currency: "JPY",
        time_zone: "Asia/Tokyo",
        languages: ["ja"],
      },
    ]);
    const placed = place(machineOf(tokyo, "voyage")!, "sailing", scene());
    expect(placed.timers.set[0]?.due).toBe("2026-03-20T15:00:00.000Z");
  });

  test("cannot be forged from outside", () => {
    const begun = begin(machine, scene());
    expect(() => step(machine, begun.snapshot, { type: "xstate.after.idle.st_loading" }, scene())).toThrow(/no event/);
  });
});

describe("the states of a document", () => {
  test("are leaves of the main region, history apart", () => {
    expect(leavesOf(voyageWorkflow).map(({ key }) => key)).toEqual([
      "loading",
      "sailing",
      "late",
      "sheltered",
      "landed",
    ]);
    expect(leavesOf(voyageWorkflow, "customs").map(({ key }) => key)).toEqual(["none", "declared", "cleared"]);
  });

  test("give the value of a run that stands in one", () => {
    const late = leavesOf(voyageWorkflow).filter(({ key }) => key === "late");
    const value = valueAt(voyageWorkflow, late);
    expect(value).toEqual({ course: { under_way: "late" }, customs: "none" });
    expect(activeStates(voyageWorkflow, value).map(({ key }) => key)).toEqual([
      "course",
      "under_way",
      "late",
      "customs",
      "none",
    ]);
  });
});

test("what a compound state holds comes to its end, and the state goes on by itself", () => {
  const document = structuredClone(voyageWorkflow) as any;
  const course = document.states.course.states;
  course.under_way.states.done = { type: "final", meta: { id: "st_done", title: "Done" } };
  course.under_way.states.late.on["voyage.land"] = [{ target: "done", meta: { id: "tr_done" } }];
  course.under_way.onDone = [{ target: "landed", meta: { id: "tr_all" } }];
  const other = compileMachine(model, document)!;
  const moved = step(other, place(other, "late", scene()).snapshot, { type: "voyage.land" }, scene());
  expect([moved.state, moved.taken]).toEqual(["landed", ["tr_done", "tr_all"]]);
});

describe("what states want filled", () => {
  const document = structuredClone(voyageWorkflow) as any;
  const { under_way, sheltered, landed } = document.states.course.states;
  under_way.meta.requires = ["name"];
  under_way.states.late.always = [{ target: "sailing", meta: { id: "tr_on" } }];
  landed.on["voyage.reopen"] = [{ target: "#st_late", meta: { id: "tr_reopen" } }];
  document.states.customs.states.declared.meta.requires = ["owner"];
  const asking = compileMachine(model, document)!;
  const moved = (from: string, type: string) => step(asking, place(asking, from, scene()).snapshot, { type }, scene());

  test("is asked by every state that a move enters, in all regions", () => {
    expect(moved("loading", "voyage.sail").requires).toEqual(["cargo", "owner"]);
    expect(moved("sailing", "voyage.shelter").requires).toEqual([]);
  });

  test("is asked by first states, and by those that are only come through", () => {
    sheltered.on["voyage.resume"] = [{ target: "under_way", meta: { id: "tr_resume" } }];
    expect(moved("sheltered", "voyage.resume").requires).toEqual(["name"]);
    expect(moved("landed", "voyage.reopen").requires).toEqual(["name", "cargo", "owner"]);
  });

  test("is asked by the state that a history state remembers", () => {
    const at = step(machine, place(machine, "sailing", scene()).snapshot, { type: "voyage.shelter" }, scene());
    expect(step(machine, kept(at.snapshot), { type: "voyage.resume" }, scene()).requires).toEqual(["cargo"]);
  });

  test("is asked of nobody where a run begins", () => {
    expect(begin(asking, scene()).requires).toEqual([]);
    const put = place(asking, "sailing", scene());
    expect(put.requires).toEqual(["name", "cargo"]);
    expect(jump(asking, put.snapshot, "late", scene()).requires).toEqual([]);
    expect(jump(asking, put.snapshot, "landed", scene()).requires).toEqual([]);
  });
});
