import { readFileSync } from "node:fs";
import { check, checkWorkflow, readModel, shapeFaults } from "engine";
import fc from "fast-check";
import type { EntityDocument, WorkflowDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { newEntity } from "../design/entity.ts";
import {
  addReminder,
  addStateAfter,
  addStateOn,
  addTransition,
  changeMove,
  changeState,
  copyState,
  newWorkflow,
  opened,
  pasteState,
  remove,
  whyKept,
} from "./edits.ts";
import { layout } from "./picture.ts";

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../../../templates/sales/${path}`, import.meta.url), "utf8"));
const pipeline = read("workflows/deal_pipeline.json") as WorkflowDocument;
const words = { open: "Open", done: "Done", finish: "Finish", stage: "Stage" };
const reminder = { title: "Remind the owner", delay: "Two weeks", cel: "'Look at ' + record.name" };
const [small, visit] = newWorkflow(newEntity("Visit", []), "Visits", words, []);

const faults = (workflow: WorkflowDocument, entity: EntityDocument = visit) => check([entity, workflow]);
const state = (workflow: WorkflowDocument, title: string) =>
  opened(workflow).places.find(({ node }) => node.meta.title === title)!;
const move = (workflow: WorkflowDocument, title: string) =>
  opened(workflow).moves.find(({ transition }) => transition.meta.title === title)!;

describe("a workflow in the making", () => {
  test("is sound from its first moment", () => {
    expect(faults(small)).toEqual([]);
  });

  test("takes a state in between: the old transition keeps its identity, a new one leads on", () => {
    const first = move(small, "Finish").transition.meta.id;
    const { document, chosen } = addStateOn(small, first, "Trial");
    expect(faults(document)).toEqual([]);
    expect(Object.keys(document.states)).toEqual(["open", "trial", "done"]);
    const { moves } = opened(document);
    expect(moves.find(({ transition }) => transition.meta.id === first)?.target?.key).toBe("trial");
    expect(moves.find(({ from }) => from?.node.meta.id === chosen)?.target?.key).toBe("done");
  });

  test("takes a reminder, a guard and a state less, and is as before when they are gone", () => {
    const open = state(small, "Open").node.meta.id;
    const reminded = addReminder(small, open, "P14D", reminder);
    expect(faults(reminded.document)).toEqual([]);
    expect(reminded.document.meta.delays).toEqual({ two_weeks: { title: "Two weeks", duration: "P14D" } });
    expect(remove(reminded.document, reminded.chosen)).toEqual(small);
    const guarded = changeMove(small, move(small, "Finish").transition.meta.id, { guard: "record.name != 'x'" });
    expect(faults(guarded)).toEqual([]);
    expect(changeMove(guarded, move(small, "Finish").transition.meta.id, { guard: undefined })).toEqual(small);
    const more = addStateAfter(small, open, "Trial");
    expect(remove(more.document, more.chosen)).toEqual(small);
  });

  test("keeps what leads to a state whose key changes", () => {
    const engaging = state(pipeline, "Engaging").node.meta.id;
    const renamed = changeState(pipeline, engaging, { key: "committed" });
    const { moves, places } = opened(renamed);
    expect(moves.filter(({ transition, target }) => transition.target !== undefined && !target)).toEqual([]);
    const before = opened(pipeline).moves.map(({ transition, target }) => [transition.meta.id, target?.node.meta.id]);
    expect(moves.map(({ transition, target }) => [transition.meta.id, target?.node.meta.id])).toEqual(before);
    expect(places.map(({ key }) => key)).toContain("committed");
  });

  test("tells why a state stays, and copies a state with an identity of its own", () => {
    const [open, done] = [state(small, "Open").node.meta.id, state(small, "Done").node.meta.id];
    const one = remove(small, open);
    expect(whyKept(one, done)).toBe("last");
    expect(remove(one, done)).toBe(one);
    const pasted = pasteState(small, open, copyState(small, open)!)!;
    expect(faults(pasted.document).map(({ code }) => code)).toEqual(["workflow.dead_end"]);
    expect(pasted.chosen).not.toBe(open);
    expect(pasteState(small, open, "nonsense")).toBeUndefined();
    expect(pasteState(small, open, '{"trellis":"state"}')).toBeUndefined();
  });

  test("keeps its form whatever is done to it, and every picture of it is without overlaps", () => {
    const act = fc.record({
      act: fc.constantFrom("on", "after", "move", "remove", "reminder", "rename", "end", "first", "paste"),
      one: fc.nat(30),
      other: fc.nat(30),
    });
    const run = (start: WorkflowDocument, acts: readonly { act: string; one: number; other: number }[]) => {
      let document = start;
      for (const { act: what, one, other } of acts) {
        const { places, moves } = opened(document);
        const real = places.filter(({ node }) => node.type !== "history" && !node.states);
        const [here, there] = [real[one % real.length]!.node.meta.id, real[other % real.length]!.node.meta.id];
        const led = moves[one % Math.max(1, moves.length)]?.transition.meta.id ?? here;
        if (what === "on") document = addStateOn(document, led, `State ${one}`).document;
        else if (what === "after") document = addStateAfter(document, here, `State ${one}`).document;
        else if (what === "move") document = addTransition(document, here, there, `Go ${one}`).document;
        else if (what === "remove") document = remove(document, one % 2 === 0 ? here : led);
        else if (what === "reminder") document = addReminder(document, here, "P14D", reminder).document;
        else if (what === "rename")
          document = changeState(document, here, { key: `key_${document.id.length}_${one}_x` });
        else if (what === "end") document = changeState(document, here, { end: one % 2 === 0 });
        else if (what === "first") document = changeState(document, here, { first: true });
        else document = pasteState(document, here, copyState(document, there)!)?.document ?? document;
      }
      return document;
    };
    fc.assert(
      fc.property(fc.constantFrom(small, pipeline), fc.array(act, { maxLength: 10 }), (start, acts) => {
        const document = run(start, acts);
        expect(shapeFaults(document)).toEqual([]);
        const broken = ["workflow.target", "workflow.event", "workflow.initial"];
        const model = readModel([visit, document]);
        const twice = opened(document).places.map(({ key }) => key);
        if (new Set(twice).size === twice.length)
          expect(checkWorkflow(document, model).filter(({ code }) => broken.includes(code))).toEqual([]);
        const { boxes } = layout(document);
        for (const [at, one] of boxes.entries())
          for (const other of boxes.slice(at + 1))
            expect(
              one.x + one.width <= other.x ||
                other.x + other.width <= one.x ||
                one.y + one.height <= other.y ||
                other.y + other.height <= one.y,
              `${one.id} and ${other.id}`,
            ).toBe(true);
        expect(layout(document)).toEqual(layout(structuredClone(document)));
      }),
      { numRuns: 60 },
    );
  });
});
