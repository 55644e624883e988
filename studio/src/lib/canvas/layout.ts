import type { WorkflowDocument } from "schemas";
import { leavesOf, transitionsOf } from "engine";

/** A state where it stands on the canvas, in pixels. */
export interface Placed {
  readonly key: string;
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly end: boolean;
  readonly outcome: "won" | "lost" | undefined;
}

/** A line between two states. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly title: string;
}

const columnPx = 264;
const rowPx = 96;

/**
 * Where the states of a pipeline stand: left to right by how many moves it takes to get there, ends below each other in
 * the last column. The same document always gives the same picture.
 */
export function layout(workflow: WorkflowDocument): {
  readonly states: readonly Placed[];
  readonly lines: readonly Line[];
} {
  const leaves = leavesOf(workflow);
  const lines = leaves.flatMap(({ key, state }) =>
    transitionsOf(state.on)
      .flatMap(([, them]) => them)
      .flatMap(({ target, meta }) => {
        const to = target?.split(".").at(-1)?.replace("#", "");
        return to && leaves.some((leaf) => leaf.key === to)
          ? [{ id: meta.id, from: key, to, title: meta.title ?? "" }]
          : [];
      }),
  );
  const depth = new Map<string, number>();
  const visit = (key: string, at: number) => {
    if ((depth.get(key) ?? Infinity) <= at) return;
    depth.set(key, at);
    for (const line of lines) if (line.from === key) visit(line.to, at + 1);
  };
  visit(leaves[0]?.key ?? "", 0);
  const ends = leaves.filter(({ state }) => state.tags?.includes("end"));
  const onTheWay = leaves.filter((leaf) => !ends.includes(leaf));
  const last = Math.max(0, ...onTheWay.map(({ key }) => depth.get(key) ?? 0)) + 1;
  const taken = new Map<number, number>();
  const states = leaves.map(({ key, state }) => {
    const end = state.tags?.includes("end") ?? false;
    const column = end ? last : (depth.get(key) ?? 0);
    const row = taken.get(column) ?? 0;
    taken.set(column, row + 1);
    return { key, title: state.meta.title, x: column * columnPx, y: row * rowPx, end, outcome: state.meta.outcome };
  });
  return { states, lines };
}
