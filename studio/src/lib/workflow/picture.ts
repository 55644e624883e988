import { regionsOf, type WorkflowMove, type WorkflowPlace } from "engine";
import type { WorkflowDocument } from "schemas";
import { opened } from "./tree.ts";

/** A state or a pill where it stands on the canvas; places and sizes in pixels. */
export interface Box {
  readonly id: string;
  /** `state`: a leaf. `anywhere`: a transition that leaves from wherever one is inside another state. */
  readonly kind: "state" | "anywhere";
  readonly place: WorkflowPlace | undefined;
  readonly move: WorkflowMove | undefined;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly move: WorkflowMove;
  /** How deep it runs beneath the states, where it does not lead to the next column; and which of those lines it is. */
  readonly under?: { readonly y: number; readonly lane: number };
}

export interface Picture {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

export const nodeWidth = 196;
const gapX = 92;
const gapY = 36;
const headPx = 44;
const linePx = 22;
const pillPx = 32;
const lanePx = 20;

/** How high the card of a state is: its head and a line for each thing that it tells. */
export function heightOf({ node }: WorkflowPlace): number {
  const told = (node.meta.requires?.length ?? 0) + (node.entry?.length ?? 0) + (node.exit?.length ?? 0);
  const waits = Object.keys(node.after ?? {}).length;
  return headPx + (told + waits > 0 ? 10 : 0) + (told + waits) * linePx;
}

/** The leaf at which a move into a state ends. */
export function entered(place: WorkflowPlace, places: readonly WorkflowPlace[]): WorkflowPlace {
  const inside = places.filter(({ parent }) => parent === place);
  if (place.node.type === "history") return place.parent ? entered(place.parent, places) : place;
  if (inside.length === 0) return place;
  const real = inside.filter(({ node }) => node.type !== "history");
  const first = real.find(({ key }) => key === place.node.initial) ?? real[0];
  return first ? entered(first, places) : place;
}

/**
 * Where everything of a workflow stands: left to right by how many moves it takes to get there, ends in the last column,
 * regions below each other, and what leaves from anywhere in a row beneath. The same document always gives the same
 * picture; nothing of it is stored (README of the screens, section 9).
 */
export function layout(document: WorkflowDocument): Picture {
  const { places, moves } = opened(document);
  const leaves = places.filter(({ node }) => !node.states && node.type !== "history");
  const ids = new Set(leaves.map(({ node }) => node.meta.id));
  const regions = regionsOf(document);
  const regionOf = (place: WorkflowPlace): string => {
    let at = place;
    while (at.parent) at = at.parent;
    return regions.some(({ key }) => key === at.key) ? at.key : "";
  };
  const lines = moves.flatMap((move): Line[] => {
    const { transition, from, target } = move;
    if (!target || transition.target === undefined) return [];
    const start = from && leaves.includes(from) ? from.node.meta.id : transition.meta.id;
    return [{ id: transition.meta.id, from: start, to: entered(target, places).node.meta.id, move }];
  });
  const boxes: Box[] = [];
  const under = new Map<string, { readonly y: number; readonly lane: number }>();
  let top = 0;
  for (const [, them] of Map.groupBy(leaves, regionOf)) {
    const own = new Set(them.map(({ node }) => node.meta.id));
    const column = columnsOf(them, lines);
    const heights = new Map<number, number>();
    for (const place of them) {
      const at = column.get(place.node.meta.id) ?? 0;
      const y = heights.get(at) ?? 0;
      const height = heightOf(place);
      heights.set(at, y + height + gapY);
      const x = at * (nodeWidth + gapX);
      boxes.push({
        id: place.node.meta.id,
        kind: "state",
        place,
        move: undefined,
        x,
        y: top + y,
        width: nodeWidth,
        height,
      });
    }
    top += Math.max(...heights.values()) - gapY + lanePx;
    const anywhere = lines.filter(({ from, to }) => own.has(to) && !ids.has(from));
    const deep = lines.filter(({ from, to }) => own.has(to) && (column.get(to) ?? 0) !== (column.get(from) ?? NaN) + 1);
    for (const [lane, { id }] of deep.entries()) under.set(id, { y: top + lane * lanePx, lane });
    top += deep.length * lanePx + gapY / 2;
    for (const [at, { id, move }] of anywhere.entries()) {
      const x = at * (nodeWidth + gapX);
      boxes.push({ id, kind: "anywhere", place: undefined, move, x, y: top, width: nodeWidth, height: pillPx });
    }
    if (anywhere.length > 0) top += pillPx;
    top += gapY;
  }
  const drawn = new Set(boxes.map(({ id }) => id));
  return {
    boxes,
    lines: lines
      .filter(({ from, to }) => drawn.has(from) && drawn.has(to))
      .map((line) => ({ ...line, ...(under.has(line.id) ? { under: under.get(line.id)! } : {}) })),
  };
}

/** A way through points with round corners, as SVG writes it. */
export function roundedPath(points: readonly (readonly [x: number, y: number])[], radius = 9): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const parts = [`M ${first[0]} ${first[1]}`];
  for (const [at, [x, y]] of rest.entries()) {
    const before = points[at]!;
    const after = points[at + 2];
    if (!after) parts.push(`L ${x} ${y}`);
    else {
      const cut = (from: readonly [number, number]) => {
        const length = Math.hypot(from[0] - x, from[1] - y) || 1;
        const by = Math.min(radius, length / 2) / length;
        return `${x + (from[0] - x) * by} ${y + (from[1] - y) * by}`;
      };
      parts.push(`L ${cut(before)} Q ${x} ${y} ${cut(after)}`);
    }
  }
  return parts.join(" ");
}

/** The column of each leaf: moves from the first one on; ends stand together behind all others. */
function columnsOf(leaves: readonly WorkflowPlace[], lines: readonly Line[]): ReadonlyMap<string, number> {
  const depth = new Map<string, number>();
  const ids = leaves.map(({ node }) => node.meta.id);
  const isEnd = new Set(leaves.filter(({ node }) => node.tags?.includes("end")).map(({ node }) => node.meta.id));
  const reach = (begun: string) => {
    const open = [begun];
    if (!depth.has(begun)) depth.set(begun, 0);
    for (let id = open.shift(); id !== undefined; id = open.shift())
      for (const { from, to } of lines)
        if (from === id && ids.includes(to) && !depth.has(to)) {
          depth.set(to, depth.get(id)! + 1);
          open.push(to);
        }
  };
  // The document's order decides where a chain of moves begins.
  for (const id of ids) if (!depth.has(id)) reach(id);
  const last = Math.max(-1, ...ids.filter((id) => !isEnd.has(id)).map((id) => depth.get(id) ?? 0)) + 1;
  for (const id of isEnd) depth.set(id, last);
  return depth;
}
