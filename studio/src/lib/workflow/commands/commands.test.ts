import { flowFaults, movesOf, placesOf, shapeFaults } from "engine";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkflowDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { layout } from "../layout.ts";
import { copyState, pasteState } from "./copy.ts";
import { addMove, leadTo, removeMove, renameMove, setActions, setGuard, setNewEvent, setTrigger } from "./moves.ts";
import { addTask } from "./invocations.ts";
import { addState, appendState, insertState, removeState, renameState, setEnd, setInitial, setTags } from "./states.ts";
import { addHistory, addInside, addRegion, nest, unnest } from "./structure.ts";
import { addEventOrTime, addWait, setDelay, waitFor } from "./waits.ts";

const file = join(import.meta.dirname, "../../../../../templates/sales/workflows/deal_pipeline.json");
const sales = JSON.parse(readFileSync(file, "utf8")) as WorkflowDocument;

const line = (...keys: readonly string[]): WorkflowDocument => ({
  id: "flow",
  initial: keys[0]!,
  states: Object.fromEntries(
    keys.map((key, at) => [
      key,
      {
        ...(at + 1 < keys.length
          ? { on: { "thing.go": [{ target: keys[at + 1]!, meta: { id: `tr_${key}`, title: "Go" } }] } }
          : { tags: ["end"] }),
        meta: { id: `st_${key}`, title: key },
      },
    ]),
  ) as unknown as WorkflowDocument["states"],
  meta: {
    id: "wf_flow",
    title: "Flow",
    format: "wf/1",
    kind: "pipeline",
    entity: "thing",
    events: { "thing.go": { title: "Go", source: "user" } },
  },
});

function faultsIn(document: WorkflowDocument) {
  const places = placesOf(document);
  return flowFaults(document, places, movesOf(document, places));
}
const leads = (document: WorkflowDocument, id: string) =>
  movesOf(document).find(({ transition }) => transition.meta.id === id)?.target?.node.meta.id;

describe("a command", () => {
  test("puts a state between two others; the transition keeps its identity and another leads on", () => {
    const { document, select } = insertState(line("a", "b"), "tr_a", "Demo");
    expect(leads(document, "tr_a")).toBe(select);
    expect(Object.keys(document.states)).toEqual(["a", "demo", "b"]);
    const onward = movesOf(document).find(({ from }) => from?.node.meta.id === select)!;
    expect([onward.target?.key, onward.event]).toEqual(["b", "thing.go"]);
    expect(faultsIn(document)).toEqual([]);
  });

  test("that inserts a state on a wait leaves it its name; a task there leads on when it is done, in a journey", () => {
    const waiting = addWait(line("a", "b"), "st_a", "A week later", { title: "Week", duration: "P7D" }).document;
    const wait = movesOf(waiting).find(({ delay }) => delay !== undefined)!.transition.meta.id;
    const inserted = insertState(leadTo(waiting, wait, "st_b").document, wait, "Call");
    const moves = (of: WorkflowDocument) =>
      movesOf(of).map(({ transition, target, invoked }) => [transition.meta.title, target?.key, invoked]);
    expect(moves(inserted.document)).toEqual([
      ["Go", "b", undefined],
      ["A week later", "call", undefined],
      ["b", "b", undefined],
    ]);
    const journey = { ...inserted.document, meta: { ...inserted.document.meta, kind: "journey" as const } };
    const asked = addTask(journey, inserted.select, "Call").document;
    expect(moves(asked).at(-1)).toEqual(["b", "b", "done"]);
    expect(Object.keys(asked.meta.events)).toEqual(["thing.go"]);
    expect(moves(addTask(inserted.document, inserted.select, "Call").document)).toEqual(moves(inserted.document));
  });

  test("that renames a state leads everything there as before; a title that told its name follows", () => {
    const made = insertState(sales, "tr_engage", "New");
    const { document } = renameState(made.document, made.select, { title: "Demo held", key: "demo_held" });
    expect(leads(document, "tr_engage")).toBe(made.select);
    const move = movesOf(document).find(({ transition }) => transition.meta.id === "tr_engage")!;
    expect([move.transition.target, move.transition.meta.title]).toEqual(["demo_held", "Demo held"]);
  });

  test("that removes a state takes what leads there, and events and waits that nothing uses any more", () => {
    const { document } = removeState(sales, "st_on_hold");
    expect(movesOf(document).map(({ transition }) => transition.meta.id)).not.toContain("tr_hold");
    expect(Object.keys(document.meta.events)).not.toContain("deal.hold");
    expect(Object.keys(document.meta.delays ?? {})).not.toContain("held");
    expect(shapeFaults({ $schema: "urn:trellis:workflow:1", ...document })).toEqual([]);
  });

  test("that removes the last region but one leaves a plain workflow", () => {
    const { document } = removeState(sales, "rg_approval");
    expect(document.type).toBeUndefined();
    expect(document.initial).toBe("open");
    expect(faultsIn(document)).toEqual([]);
  });

  test("that adds a region makes what stood there the one that the field shows", () => {
    const { document } = addRegion(line("a", "b"), undefined, { first: "Main", region: "Beside", state: "Idle" });
    expect([document.type, document.states.main?.meta.main]).toEqual(["parallel", true]);
    expect(faultsIn(document)).toEqual([]);
  });

  test("that nests and one that takes it back leave the machine as it was", () => {
    const made = nest(line("a", "b", "c"), "st_b", "Around");
    expect(faultsIn(made.document)).toEqual([]);
    expect(leads(made.document, "tr_a")).toBe("st_b");
    const { document } = unnest(made.document, made.select);
    expect(Object.keys(document.states)).toEqual(["a", "b", "c"]);
    expect(["tr_a", "tr_b"].map((id) => leads(document, id))).toEqual(["st_b", "st_c"]);
  });

  test("copies a state as text and puts it down with new identities", () => {
    const text = copyState(sales, "st_open")!;
    const { document } = pasteState(sales, text, "st_on_hold");
    const ids = [
      ...placesOf(document).map(({ node }) => node.meta.id),
      ...movesOf(document).map(({ transition }) => transition.meta.id),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(placesOf(document).length).toBe(placesOf(sales).length + 6);
    expect(new Set(placesOf(document).map(({ key }) => key)).size).toBe(placesOf(document).length);
    expect(pasteState(line("x", "y"), text, "st_x").document.states).toHaveProperty("open");
    expect(pasteState(sales, "no copy", "st_open").document).toBe(sales);
  });

  test("a state waits for an event, and for no longer than so long", () => {
    const wanted = { event: "Answered", late: "Silent", delay: { title: "One week", duration: "P7D" } };
    const { document, select } = addEventOrTime(line("a", "b"), "st_a", wanted);
    const moves = movesOf(document).filter(({ from }) => from?.key === "a");
    expect(moves.map(({ event, delay, target }) => [event ?? delay, target?.node.meta.title])).toEqual([
      ["thing.go", "b"],
      ["thing.answered", "Answered"],
      ["one_week", "Silent"],
    ]);
    expect(placesOf(document).find(({ node }) => node.meta.id === select)?.node.meta.title).toBe("Answered");
    expect(document.meta.events["thing.answered"]).toEqual({ title: "Answered", source: "user" });
  });
  test("waits for a time and acts", () => {
    const remind = { type: "notify", params: { to: { cel: "record.owner" }, title: "Look" } };
    const { document, select } = addWait(line("a", "b"), "st_a", "Remind", { duration: "P14D" }, [remind]);
    expect(document.states.a?.after).toEqual({
      remind: [{ actions: [remind], meta: { id: select, title: "Remind" } }],
    });
    expect(setDelay(document, "remind", { duration: "P3D" }).document.meta.delays).toEqual({
      remind: { duration: "P3D" },
    });
    expect(removeMove(document, select).document).toEqual(line("a", "b"));
  });
});

const pick = <Value>(them: readonly Value[], at: number) => them[at % them.length];
const commands: readonly ((document: WorkflowDocument, one: number, other: number) => WorkflowDocument)[] = [
  (d, i) => addState(d, state(d, i), "New").document,
  (d, i) => appendState(d, state(d, i), "Next").document,
  (d, i) => insertState(d, move(d, i), "Between").document,
  (d, i) => renameState(d, state(d, i), { title: `Named ${i}`, key: `named_${i}` }).document,
  (d, i) => removeState(d, state(d, i)).document,
  (d, i, k) => setEnd(d, state(d, i), pick(["won", "lost", "other", undefined] as const, k)).document,
  (d, i) => setTags(d, state(d, i), ["open", "hot"]).document,
  (d, i) => setInitial(d, state(d, i)).document,
  (d, i, k) => addMove(d, state(d, i), state(d, k), "Move").document,
  (d, i, k) => leadTo(d, move(d, i), k % 3 === 0 ? undefined : state(d, k)).document,
  (d, i) => setTrigger(d, move(d, i), { always: true }).document,
  (d, i) => setNewEvent(d, move(d, i), "Fresh").document,
  (d, i) => waitFor(d, move(d, i), "Later", { duration: "P2D" }).document,
  (d, i) => renameMove(d, move(d, i), "Other").document,
  (d, i) => setGuard(d, move(d, i), "record.title != null").document,
  (d, i) =>
    setActions(d, state(d, i), i % 2 ? "entry" : "exit", [{ type: "set", params: { values: { a: "1" } } }]).document,
  (d, i) => removeMove(d, move(d, i)).document,
  (d, i) => addWait(d, state(d, i), "Wait", { duration: "P1D" }).document,
  (d, i) => addInside(d, state(d, i), "Inner").document,
  (d, i) => nest(d, state(d, i), "Around").document,
  (d, i) => unnest(d, state(d, i)).document,
  (d, i) => addHistory(d, state(d, i), "Where it stood").document,
  (d, i, k) =>
    addRegion(d, k % 2 ? undefined : state(d, i), { first: "Main", region: "Beside", state: "Idle" }).document,
  (d, i, k) => pasteState(d, copyState(d, state(d, i)) ?? "", state(d, k)).document,
];
const state = (document: WorkflowDocument, at: number) => pick(placesOf(document), at)!.node.meta.id;
const move = (document: WorkflowDocument, at: number) => pick(movesOf(document), at)?.transition.meta.id ?? "";

const acts = fc.array(fc.tuple(fc.nat(commands.length - 1), fc.nat(99), fc.nat(99)), { minLength: 1, maxLength: 14 });

test("any commands in any order keep the shape of a workflow, its identities apart and its targets found", () => {
  fc.assert(
    fc.property(fc.constantFrom(sales, line("a", "b", "c")), acts, (begun, them) => {
      const kept = JSON.stringify(begun);
      let document = begun;
      for (const [name, one, other] of them) {
        if (placesOf(document).length > 60) break;
        document = commands[name]!(document, one, other);
        expect(shapeFaults({ $schema: "urn:trellis:workflow:1", ...document })).toEqual([]);
        const places = placesOf(document);
        const moves = movesOf(document, places);
        const ids = [...places.map(({ node }) => node.meta.id), ...moves.map(({ transition }) => transition.meta.id)];
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(places.map(({ key }) => key)).size).toBe(places.length);
        expect(moves.filter(({ target, transition }) => transition.target !== undefined && !target)).toEqual([]);
        const codes = faultsIn(document).map(({ code }) => code);
        expect(codes).not.toContain("workflow.initial");
        expect(codes).not.toContain("workflow.kind");
      }
      expect(JSON.stringify(begun)).toBe(kept);
      return apart(document) && apart(asJourney(document));
    }),
    { numRuns: 150 },
  );
});

/** Whether no two states that do not hold each other lie over each other. */
function apart(document: WorkflowDocument): boolean {
  const { boxes } = layout(document);
  return boxes.every((one, at) =>
    boxes.slice(at + 1).every((other) => {
      if (one.within.includes(other.id) || other.within.includes(one.id)) return true;
      return (
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y
      );
    }),
  );
}

const asJourney = (document: WorkflowDocument): WorkflowDocument => ({
  ...document,
  meta: { ...document.meta, kind: "journey" },
});

test("a journey runs downwards, what follows a state alone straight below it", () => {
  const { boxes, lines, down } = layout(asJourney(sales));
  const of = (id: string) => boxes.find((box) => box.id === id)!;
  const [one, next] = [of("st_prospecting"), of("st_engaging")];
  expect(down).toBe(true);
  expect(next.y).toBeGreaterThan(one.y + one.height);
  const straight = lines.filter(({ points }) => points.every(([x]) => x === points[0]![0]));
  for (const { points, from, to } of lines) {
    const [[x, y], [endX, endY]] = [points[0]!, points.at(-1)!];
    expect([y, endY]).toEqual([of(from).y + of(from).height, of(to).y]);
    expect(x).toBeGreaterThan(of(from).x);
    expect(endX).toBe(of(to).x + of(to).width / 2);
  }
  expect(straight.length).toBeGreaterThan(0);
});

test("the same document gives the same picture, and a state that is added moves none to the left of it", () => {
  expect(layout(sales)).toEqual(layout(structuredClone(sales)));
  const before = layout(sales).boxes;
  const { document } = insertState(sales, "tr_propose", "Demo");
  const after = new Map(layout(document).boxes.map((box) => [box.id, box]));
  for (const id of ["st_prospecting", "st_engaging"])
    expect(after.get(id)).toMatchObject({ x: before.find((it) => it.id === id)!.x });
  expect(apart(document)).toBe(true);
});
