import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyDocument, WorkflowDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { addBranch, addMove, removeMove, renameMove, setGuard } from "../workflow/commands/moves.ts";
import { appendState, insertState, removeState, renameState, setEnd, setInitial } from "../workflow/commands/states.ts";
import { addHistory, addInside, addRegion, nest, unnest } from "../workflow/commands/structure.ts";
import { opened, type Made } from "../workflow/tree.ts";
import { acted, noActs, redone, settled, undone, type Acts, type Drafts } from "./acts.ts";

const file = join(import.meta.dirname, "../../../../templates/sales/workflows/deal_pipeline.json");
const sales = JSON.parse(readFileSync(file, "utf8")) as WorkflowDocument;
const anchor = sales.meta.id;

type Command = (document: WorkflowDocument, state: string, move: string, other: string) => Made;
const commands: readonly Command[] = [
  (it, state) => appendState(it, state, "After"),
  (it, _, move) => insertState(it, move, "Between"),
  (it, state) => renameState(it, state, { title: "Otherwise" }),
  (it, state) => removeState(it, state),
  (it, state) => setEnd(it, state, "won"),
  (it, state) => setInitial(it, state),
  (it, state) => addInside(it, state, "Inside"),
  (it, state) => nest(it, state, "Around"),
  (it, state) => unnest(it, state),
  (it, state) => addRegion(it, state, { first: "Main", region: "Beside", state: "Begun" }),
  (it, state) => addHistory(it, state, "Back"),
  (it, state, _, other) => addMove(it, state, other, "Onward"),
  (it, _, move) => addBranch(it, move, "Else"),
  (it, _, move) => renameMove(it, move, "Go"),
  (it, _, move) => setGuard(it, move, "record.amount != null"),
  (it, _, move) => removeMove(it, move),
];
const step = fc.record({
  command: fc.nat(commands.length - 1),
  state: fc.nat(40),
  move: fc.nat(40),
  other: fc.nat(40),
  settles: fc.boolean(),
});

interface Stood {
  readonly acts: Acts;
  readonly drafts: Drafts;
}
const documentIn = ({ drafts }: Stood) => drafts[anchor] as WorkflowDocument;

function take(
  stood: Stood,
  { command, state, move, other, settles }: typeof step extends fc.Arbitrary<infer It> ? It : never,
): Stood {
  const { document, places, moves } = opened(documentIn(stood));
  const at = <Item>(items: readonly Item[], index: number) => items[index % Math.max(1, items.length)];
  const idOf = (index: number) => at(places, index)?.node.meta.id ?? "";
  const made = commands[command]!(document, idOf(state), at(moves, move)?.transition.meta.id ?? "", idOf(other));
  const after = { [anchor]: made.document as AnyDocument };
  const acts = acted(stood.acts, { label: String(command), before: { [anchor]: document as AnyDocument }, after });
  return { acts: settles ? settled(acts) : acts, drafts: { ...stood.drafts, ...after } };
}

/** Steps until there is none left. */
function all(stood: Stood, stepped: typeof undone): Stood {
  const next = stepped(stood.acts);
  return next ? all({ acts: next.acts, drafts: { ...stood.drafts, ...next.put } }, stepped) : stood;
}

describe("acts of a designer", () => {
  test("any commands are taken back to what stood before them, and done again to what stood after them", () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const done = steps.reduce(take, { acts: noActs, drafts: { [anchor]: sales as AnyDocument } });
        const back = all(done, undone);
        expect(documentIn(back)).toEqual(sales);
        expect(back.acts.past).toEqual([]);
        const again = all(back, redone);
        expect(documentIn(again)).toEqual(documentIn(done));
        expect(again.acts.past).toEqual(done.acts.past);
      }),
    ));

  test("a command after something was taken back leaves nothing to be done again", () => {
    const first = take(
      { acts: noActs, drafts: { [anchor]: sales as AnyDocument } },
      { command: 0, state: 1, move: 0, other: 0, settles: true },
    );
    const back = all(first, undone);
    const next = take(back, { command: 13, state: 0, move: 0, other: 0, settles: true });
    expect(redone(next.acts)).toBeUndefined();
    expect(next.acts.past.map(({ label }) => label)).toEqual(["13"]);
  });
});
