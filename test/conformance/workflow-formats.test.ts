import { describe, expect, test } from "vitest";
import { createActor, createMachine, SimulatedClock } from "xstate";
import { plainConfig, workflowFormats } from "engine";
import { voyageWorkflow } from "../fixtures/voyage.ts";
import { exampleNames, exampleOf } from "../fixtures/worked-examples.ts";
import { readXml, type Element } from "./scxml-xml.ts";

const documents = [...exampleNames.map(exampleOf), voyageWorkflow];

describe.each(documents.map((it) => [it.id, it] as const))("%s for other tools", (_, document) => {
  test("is a machine that XState builds from JSON, all waits in milliseconds", () => {
    const config = JSON.parse(JSON.stringify(plainConfig(document)));
    const machine = createMachine(config);
    expect(Object.keys(machine.states)).toEqual(Object.keys(document.states));
    expect(JSON.stringify(config)).not.toMatch(/"after":\{"[a-z]/);
  });

  test("is SCXML with every state and every transition", () => {
    const all = (it: Element): readonly Element[] => [it, ...it.children.flatMap(all)];
    const elements = all(readXml(workflowFormats.scxml.write(document)));
    const text = JSON.stringify(document);
    for (const { attributes } of elements) if (attributes.target) expect(text).toContain(`"${attributes.target}"`);
    const ids = [...text.matchAll(/"id":"((?:st|rg)_[a-z0-9_]+)"/g)].map(([, id]) => id!);
    const states = elements.filter(({ tag }) => ["state", "parallel", "final", "history"].includes(tag));
    expect(states.map(({ attributes }) => attributes.id).sort()).toEqual([...ids, document.meta.id].sort());
    const moves = [...text.matchAll(/"id":"tr_[a-z0-9_]+"/g)].length;
    const doors = states.filter(({ tag }) => tag === "history").length;
    expect(elements.filter(({ tag }) => tag === "transition").length).toBe(moves + doors);
  });

  test("is a diagram for Mermaid in which every line names states of it", () => {
    const lines = workflowFormats.mermaid.write(document).split("\n");
    expect(lines[0]).toBe("stateDiagram-v2");
    const named = new Set(lines.flatMap((line) => /^\s*state ".*" as (\w+)/.exec(line)?.[1] ?? []));
    const ends = lines.flatMap((line) => /^\s*(\S+) --> (\S+)/.exec(line)?.slice(1) ?? []);
    expect(ends.filter((it) => it !== "[*]" && !named.has(it))).toEqual([]);
    expect(lines.join("\n").split("{").length).toBe(lines.filter((line) => line.trim() === "}").length + 1);
  });
});

test("a journey that XState runs from its export waits as long as the document says", () => {
  const clock = new SimulatedClock();
  const machine = createMachine(plainConfig(exampleOf("trial_nurture")) as object).provide({
    actions: { "message.tell": () => undefined, set: () => undefined },
  } as never);
  const actor = createActor(machine, { clock }).start();
  clock.increment(3 * 86_400_000 - 1);
  expect(actor.getSnapshot().value).toBe("welcome");
  clock.increment(1);
  expect(actor.getSnapshot().value).toBe("nudge");
});
