import { movesOf, placesOf, type WorkflowMove, type WorkflowPlace } from "engine";
import type { WorkflowDocument } from "schemas";
import { cardRows } from "./card.ts";
import { isEnd, isRegion } from "./tree.ts";

/** A state where it stands on the canvas, in pixels. */
export interface Box {
  readonly id: string;
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What it is drawn as: a card, a door, or a field around others. */
  readonly look: "state" | "history" | "around" | "region";
  /** The identities of the states around it. */
  readonly within: readonly string[];
}

/** A transition as it is drawn: a way of right angles from state to state, and where its name stands. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly label: readonly [x: number, y: number];
}

/** The picture of a workflow. */
export interface Layout {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

const cardPx = 208;
const doorPx = 148;
const headPx = 40;
const rowPx = 24;
const gapPx = 184;
const betweenPx = 36;
const padPx = 20;
const portPx = 36;
const lanePx = 14;

interface Sized {
  readonly place: WorkflowPlace | undefined;
  readonly width: number;
  readonly height: number;
  readonly inner: readonly { readonly sized: Sized; readonly x: number; readonly y: number }[];
  /** The lower edge of what it holds; lines that go round run below. */
  readonly floor: number;
}

interface Scene {
  readonly document: WorkflowDocument;
  readonly places: readonly WorkflowPlace[];
  /** Transitions that are drawn as lines. */
  readonly moves: readonly WorkflowMove[];
}

/**
 * Where the states of a workflow stand: left to right by the way that a record takes, ends in the last column, regions
 * below each other. The same document always gives the same picture, and no place is ever stored.
 */
export function layout(document: WorkflowDocument): Layout {
  const places = placesOf(document);
  const moves = movesOf(document, places).filter(
    ({ from, target, transition }) => from && target && transition.target !== undefined && target !== from,
  );
  const scene: Scene = { document, places, moves };
  const whole = sized(scene, undefined);
  const boxes = placed(scene, whole, 0, 0);
  return { boxes, lines: linesOf(scene, boxes, whole) };
}

function sized(scene: Scene, place: WorkflowPlace | undefined): Sized {
  const { document, places } = scene;
  const held = places.filter(({ parent }) => parent === place);
  if (place && held.length === 0) return { place, ...cardSize(scene, place), inner: [], floor: 0 };
  const [left, top] = place ? [padPx, headPx + 12] : [0, 0];
  const children = held.map((it) => sized(scene, it));
  const parallel = (place?.node ?? document).type === "parallel";
  const inner = parallel ? stacked(children, left, top) : inColumns(scene, children, left, top);
  const right = Math.max(...inner.map(({ sized: it, x }) => x + it.width));
  const floor = Math.max(...inner.map(({ sized: it, y }) => y + it.height));
  const lanes = roundLines(scene, place).length;
  const rest = children.some((it) => it.place && leaves(scene, it.place)) ? gapPx - padPx : 0;
  return {
    place,
    width: Math.max(cardPx, right + padPx + (parallel ? 0 : rest)),
    height: Math.max(floor + padPx + lanes * lanePx, headPx + outOf(scene, place).length * portPx),
    inner: parallel ? inner.map((it) => ({ ...it, sized: { ...it.sized, width: right - left } })) : inner,
    floor,
  };
}

function cardSize(scene: Scene, place: WorkflowPlace): { width: number; height: number } {
  if (place.node.type === "history") return { width: doorPx, height: 32 };
  const rows = cardRows(place.node).length;
  const ports = outOf(scene, place).length;
  return { width: cardPx, height: Math.max(headPx + (rows > 0 ? 12 + rows * rowPx : 0), 4 + ports * portPx) };
}

const outOf = ({ moves }: Scene, place: WorkflowPlace | undefined) => moves.filter(({ from }) => from === place);

/** Whether a line leaves a state, or one inside of it, for somewhere outside. */
const leaves = ({ moves }: Scene, place: WorkflowPlace) =>
  moves.some(({ from, target }) => chain(from).includes(place) && !chain(target).slice(1).includes(place));

function stacked(children: readonly Sized[], left: number, top: number) {
  let y = top;
  return children.map((it) => {
    const at = { sized: it, x: left, y };
    y += it.height + betweenPx;
    return at;
  });
}

function inColumns(scene: Scene, children: readonly Sized[], left: number, top: number) {
  const ranks = ranksOf(
    scene,
    children.map(({ place }) => place!),
  );
  let x = left;
  return [...new Set(ranks.values())]
    .sort((one, other) => one - other)
    .flatMap((rank) => {
      const column = children.filter(({ place }) => ranks.get(place!) === rank);
      const them = stacked(column, x, top);
      x += Math.max(...column.map(({ width }) => width)) + gapPx;
      return them;
    });
}

/** How many moves lie before each state, those that lead back left out; ends come last. */
function ranksOf(scene: Scene, siblings: readonly WorkflowPlace[]): ReadonlyMap<WorkflowPlace, number> {
  const ends = siblings.filter(({ node }) => isEnd(node));
  const onTheWay = siblings.filter((it) => !ends.includes(it));
  const next = new Map(onTheWay.map((it) => [it, new Set<WorkflowPlace>()]));
  for (const { from, target } of scene.moves) {
    const [one, other] = [chain(from), chain(target)].map((them) => onTheWay.find((it) => them.includes(it)));
    if (one && other && one !== other) next.get(one)!.add(other);
  }
  const holder = siblings[0]?.parent?.node ?? scene.document;
  const start = siblings.find(({ key }) => key === holder.initial);
  const order: WorkflowPlace[] = [];
  const open = new Set<WorkflowPlace>();
  const forward: (readonly [WorkflowPlace, WorkflowPlace])[] = [];
  const visit = (place: WorkflowPlace) => {
    open.add(place);
    for (const to of next.get(place) ?? []) {
      if (open.has(to)) continue;
      forward.push([place, to]);
      if (!order.includes(to)) visit(to);
    }
    open.delete(place);
    order.unshift(place);
  };
  for (const place of [...(start && next.has(start) ? [start] : []), ...onTheWay])
    if (!order.includes(place)) visit(place);
  const ranks = new Map(siblings.map((it) => [it, 0]));
  for (const place of order)
    for (const [from, to] of forward) if (from === place) ranks.set(to, Math.max(ranks.get(to)!, ranks.get(from)! + 1));
  const last = onTheWay.length > 0 ? Math.max(...onTheWay.map((it) => ranks.get(it)!)) + 1 : 0;
  for (const end of ends) ranks.set(end, last);
  return ranks;
}

/** A state and those around it, from the inside out. */
function chain(place: WorkflowPlace | undefined): readonly WorkflowPlace[] {
  return place ? [place, ...chain(place.parent)] : [];
}

/** The innermost state that holds both ends of a transition. */
function common({ from, target }: WorkflowMove): WorkflowPlace | undefined {
  const outside = chain(target?.parent);
  return chain(from?.parent).find((it) => outside.includes(it));
}

/** The transitions that cannot go straight to the next column of a holder. */
const roundLines = (scene: Scene, holder: WorkflowPlace | undefined) =>
  scene.moves.filter((move) => common(move) === holder);

function placed({ document }: Scene, { inner }: Sized, x: number, y: number, within: readonly string[] = []): Box[] {
  const scene = { document } as Scene;
  return inner.flatMap((it) => {
    const place = it.sized.place!;
    const { id } = place.node.meta;
    const [left, top] = [x + it.x, y + it.y];
    const holds = it.sized.inner.length > 0;
    const look = isRegion(document, place)
      ? "region"
      : holds
        ? "around"
        : place.node.type === "history"
          ? "history"
          : "state";
    const { width, height } = it.sized;
    const box: Box = { id, key: place.key, x: left, y: top, width, height, look, within };
    return [box, ...placed(scene, it.sized, left, top, [...within, id])];
  });
}

function linesOf(scene: Scene, boxes: readonly Box[], whole: Sized): readonly Line[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const floors = new Map<string, number>([["", whole.floor]]);
  const keep = ({ inner }: Sized) => {
    for (const { sized: it } of inner) {
      const box = byId.get(it.place!.node.meta.id);
      if (box) floors.set(box.id, box.y + it.floor);
      keep(it);
    }
  };
  keep(whole);
  const lanes = new Map<string, number>();
  return scene.moves.map((move) => {
    const [from, to] = [byId.get(move.from!.node.meta.id)!, byId.get(move.target!.node.meta.id)!];
    const port = outOf(scene, move.from).indexOf(move);
    const [sx, sy] = [from.x + from.width, from.y + headPx / 2 + port * portPx];
    const [tx, ty] = [to.x, to.y + Math.min(headPx, to.height) / 2];
    const turn = sx + gapPx - 34 + (port % 3) * 6;
    const ends = { id: move.transition.meta.id, from: from.id, to: to.id, label: [sx + 12, sy] as const };
    const next = tx > turn && tx - sx <= gapPx + 2 * padPx;
    if (next)
      return {
        ...ends,
        points: bare([
          [sx, sy],
          [turn, sy],
          [turn, ty],
          [tx, ty],
        ]),
      };
    const holder = common(move)?.node.meta.id ?? "";
    const lane = lanes.get(holder) ?? 0;
    lanes.set(holder, lane + 1);
    const below = (floors.get(holder) ?? 0) + 10 + lane * lanePx;
    const before = tx - 12 - (lane % 2) * 5;
    return {
      ...ends,
      points: bare([
        [sx, sy],
        [turn, sy],
        [turn, below],
        [before, below],
        [before, ty],
        [tx, ty],
      ]),
    };
  });
}

type Point = readonly [number, number];

/** Without corners at which nothing turns. */
const bare = (points: readonly Point[]): readonly Point[] =>
  points.filter(([x, y], at) => {
    const [one, other] = [points[at - 1], points[at + 1]];
    if (!one || !other) return true;
    return !((one[0] === x && other[0] === x) || (one[1] === y && other[1] === y));
  });

const cornerPx = 9;

/** A way of right angles with round corners, as SVG writes it. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const parts = rest.map(([x, y], at) => {
    const after = points[at + 2];
    if (!after) return `L ${x} ${y}`;
    const near = ([ox, oy]: Point) => {
      const away = Math.max(Math.abs(ox - x) + Math.abs(oy - y), 1);
      const by = Math.min(cornerPx, away / 2) / away;
      return `${x + (ox - x) * by} ${y + (oy - y) * by}`;
    };
    return `L ${near(points[at]!)} Q ${x} ${y} ${near(after)}`;
  });
  return [`M ${first[0]} ${first[1]}`, ...parts].join(" ");
}
