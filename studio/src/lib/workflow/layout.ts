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

/** A transition as it is drawn: a way of right angles from state to state, and the middle of its name. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  readonly label: Point;
}

/** The picture of a workflow. */
export interface Layout {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  /** Whether it runs downwards, as journeys do; else to the right. */
  readonly down: boolean;
}

type Point = readonly [x: number, y: number];

const cardPx = 208;
const doorPx = 148;
const doorHeightPx = 32;
const headPx = 40;
const rowPx = 24;
const betweenPx = 36;
const padPx = 20;
const lanePx = 14;

/**
 * What differs between a picture that runs to the right and one that runs downwards. Both are worked out as if they ran
 * to the right: what runs downwards is turned over at the end, its heights are widths until then.
 */
interface Run {
  readonly down: boolean;
  /** Between a state and those that come next: for the names of lines, and for their turns. */
  readonly gapPx: number;
  /** Between a state and the middle of the names of its lines. */
  readonly namePx: number;
  /** From one line that leaves a state to the next. */
  readonly portPx: number;
  /** What lies before the first state that another holds: along the way, and across it. */
  readonly lead: Point;
}

const rightwards: Run = { down: false, gapPx: 184, namePx: 74, portPx: 36, lead: [padPx, headPx + 12] };
const downwards: Run = { down: true, gapPx: 112, namePx: 32, portPx: 136, lead: [headPx + 12, padPx] };

interface Sized {
  readonly place: WorkflowPlace | undefined;
  readonly width: number;
  /** With the room that its lines need. */
  readonly height: number;
  /** The height of its box alone, in the middle of that. */
  readonly boxHeight?: number;
  readonly inner: readonly Inner[];
  /** The lower edge of what it holds; lines that go round run below. */
  readonly floor: number;
}

interface Inner {
  readonly sized: Sized;
  readonly x: number;
  readonly y: number;
  /** Where all that stand in the same column have ended. */
  readonly ended: number;
}

interface Scene {
  readonly document: WorkflowDocument;
  readonly places: readonly WorkflowPlace[];
  /** Transitions that are drawn as lines. */
  readonly moves: readonly WorkflowMove[];
  readonly run: Run;
}

/** A box with the end of its column. */
interface Standing extends Box {
  readonly ended: number;
}

/**
 * Where the states of a workflow stand: by the way that a record takes, left to right or, in a journey, from the top
 * down; ends come last, regions beside each other. The same document always gives the same picture, and no place is
 * ever stored.
 */
export function layout(document: WorkflowDocument): Layout {
  const places = placesOf(document);
  const moves = movesOf(document, places).filter(
    ({ from, target, transition }) => from && target && transition.target !== undefined && target !== from,
  );
  const run = document.meta.kind === "journey" ? downwards : rightwards;
  const scene: Scene = { document, places, moves, run };
  const whole = sized(scene, undefined);
  const standing = placed(scene, whole, [0, 0]);
  const lines = linesOf(scene, standing, whole);
  const boxes = standing.map(({ ended: _, ...box }): Box => box);
  const { down } = run;
  return down ? { boxes: boxes.map(turnedBox), lines: lines.map(turnedLine), down } : { boxes, lines, down };
}

const turned = ([x, y]: Point): Point => [y, x];
const turnedBox = (box: Box): Box => ({ ...box, x: box.y, y: box.x, width: box.height, height: box.width });
const turnedLine = (line: Line): Line => ({ ...line, points: line.points.map(turned), label: turned(line.label) });

function sized(scene: Scene, place: WorkflowPlace | undefined): Sized {
  const { document, places, run } = scene;
  const held = places.filter(({ parent }) => parent === place);
  if (place && held.length === 0) return { place, ...cardSize(scene, place), inner: [], floor: 0 };
  const [left, top] = place ? run.lead : [0, 0];
  const children = held.map((it) => sized(scene, it));
  const parallel = (place?.node ?? document).type === "parallel";
  const inner = parallel ? column(stacked(children, top), left) : inColumns(scene, children, left, top);
  const right = Math.max(...inner.map(({ sized: it, x }) => x + it.width));
  const floor = Math.max(...inner.map(({ sized: it, y }) => y + it.height));
  const lanes = roundLines(scene, place).length;
  const rest = children.some((it) => it.place && leaves(scene, it.place)) ? run.gapPx - padPx : 0;
  const ports = outOf(scene, place).length * run.portPx;
  return {
    place,
    width: Math.max(run.down ? 0 : cardPx, right + padPx + (parallel ? 0 : rest)),
    height: Math.max(floor + padPx + lanes * lanePx, run.down ? Math.max(cardPx, ports) : headPx + ports),
    inner: parallel ? inner.map((it) => ({ ...it, sized: { ...it.sized, width: right - left } })) : inner,
    floor,
  };
}

function cardSize(scene: Scene, place: WorkflowPlace): Pick<Sized, "width" | "height" | "boxHeight"> {
  const { down, portPx } = scene.run;
  const door = place.node.type === "history";
  const rows = cardRows(place.node).length;
  const ports = outOf(scene, place).length * portPx;
  const wide = door ? doorPx : cardPx;
  const high = door ? doorHeightPx : headPx + (rows > 0 ? 12 + rows * rowPx : 0);
  if (down) return { width: high, height: Math.max(wide, ports), boxHeight: wide };
  return { width: wide, height: door ? high : Math.max(high, 4 + ports) };
}

const outOf = ({ moves }: Scene, place: WorkflowPlace | undefined) => moves.filter(({ from }) => from === place);

/** Whether a line leaves a state, or one inside of it, for somewhere outside. */
const leaves = ({ moves }: Scene, place: WorkflowPlace) =>
  moves.some(({ from, target }) => chain(from).includes(place) && !chain(target).slice(1).includes(place));

/** States of one column: below each other from `top` on. */
function stacked(children: readonly Sized[], top: number): readonly { readonly sized: Sized; readonly y: number }[] {
  let y = top;
  return children.map((it) => {
    const at = { sized: it, y };
    y += it.height + betweenPx;
    return at;
  });
}

/** The same where each stands as near as it can to where its lines come from, in the order of these. */
function drawnTo(
  children: readonly Sized[],
  origin: (child: Sized) => number,
): readonly { readonly sized: Sized; readonly y: number }[] {
  const wished = children
    .map((it) => ({ sized: it, y: origin(it) - it.height / 2 }))
    .sort((one, other) => one.y - other.y);
  let free = -Infinity;
  const apart = wished.map(({ sized: it, y }) => {
    const at = { sized: it, y: Math.max(y, free) };
    free = at.y + it.height + betweenPx;
    return at;
  });
  const pushed = apart.reduce((sum, { y }, at) => sum + y - wished[at]!.y, 0) / apart.length;
  return apart.map(({ sized: it, y }) => ({ sized: it, y: Math.round(y - pushed) }));
}

/** All that stand in one column end where the widest does. */
function column(them: readonly { readonly sized: Sized; readonly y: number }[], x: number): readonly Inner[] {
  const ended = x + Math.max(...them.map(({ sized: it }) => it.width));
  return them.map((it) => ({ ...it, x, ended }));
}

function inColumns(scene: Scene, children: readonly Sized[], left: number, top: number): readonly Inner[] {
  const { run } = scene;
  const ranks = ranksOf(
    scene,
    children.map(({ place }) => place!),
  );
  const inner: Inner[] = [];
  for (const rank of [...new Set(ranks.values())].sort((one, other) => one - other)) {
    const them = children.filter(({ place }) => ranks.get(place!) === rank);
    const x = Math.max(left, ...inner.map(({ ended }) => ended + run.gapPx));
    inner.push(...column(run.down ? drawnTo(them, (it) => originOf(scene, it, inner)) : stacked(them, top), x));
  }
  const highest = Math.min(...inner.map(({ y }) => y));
  return inner.map((it) => ({ ...it, y: it.y - highest + top }));
}

/** The middle of the places at which lines to a state leave those that stand already. */
function originOf(scene: Scene, child: Sized, standing: readonly Inner[]): number {
  const ports = scene.moves.flatMap((move) => {
    const from = standing.find(({ sized: it }) => chain(move.from).includes(it.place!));
    if (!from || !chain(move.target).includes(child.place!)) return [];
    const middle = from.y + from.sized.height / 2;
    return [from.sized.place === move.from ? middle + aside(scene, move) : middle];
  });
  return ports.length === 0 ? 0 : ports.reduce((sum, y) => sum + y, 0) / ports.length;
}

/** How far from the middle of its state a line of those that leave it has its name. */
function aside(scene: Scene, move: WorkflowMove, eachPx = scene.run.portPx): number {
  const all = outOf(scene, move.from);
  return (all.indexOf(move) - (all.length - 1) / 2) * eachPx;
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

function placed(scene: Scene, { inner }: Sized, [x, y]: Point, within: readonly string[] = []): Standing[] {
  return inner.flatMap((it) => {
    const place = it.sized.place!;
    const { id } = place.node.meta;
    const { width, height, boxHeight = height } = it.sized;
    const [left, top] = [x + it.x, y + it.y + (height - boxHeight) / 2];
    const holds = it.sized.inner.length > 0;
    const look = isRegion(scene.document, place)
      ? "region"
      : holds
        ? "around"
        : place.node.type === "history"
          ? "history"
          : "state";
    const ended = x + it.ended;
    const box: Standing = { id, key: place.key, x: left, y: top, width, height: boxHeight, look, within, ended };
    return [box, ...placed(scene, it.sized, [left, top], [...within, id])];
  });
}

function linesOf(scene: Scene, boxes: readonly Standing[], whole: Sized): readonly Line[] {
  const { down, gapPx, namePx } = scene.run;
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
  const lanes = counter();
  const turns = counter();
  return scene.moves.map((move) => {
    const [from, to] = [byId.get(move.from!.node.meta.id)!, byId.get(move.target!.node.meta.id)!];
    const [sy, ny] = portOf(scene, move, from);
    const bend = from.x + from.width + bendOf(scene, move);
    const [sx, nx] = [from.x + from.width, from.x + from.width + namePx];
    const [tx, ty] = [to.x, to.y + (down ? to.height : Math.min(headPx, to.height)) / 2];
    // Lines that turn in one gap turn beside each other.
    const turn = from.ended + gapPx - 34 + (ny === ty ? 0 : (turns(String(from.ended)) % 4) * 6);
    const start: readonly Point[] = [
      [sx, sy],
      [bend, sy],
      [bend, ny],
      [turn, ny],
    ];
    const ends = { id: move.transition.meta.id, from: from.id, to: to.id, label: [nx, ny] as const };
    const next = tx > turn && tx - from.ended <= gapPx + 2 * padPx;
    if (next) return { ...ends, points: bare([...start, [turn, ty], [tx, ty]]) };
    const holder = common(move)?.node.meta.id ?? "";
    const lane = lanes(holder);
    const below = (floors.get(holder) ?? 0) + 10 + lane * lanePx;
    const before = tx - 12 - (lane % 2) * 5;
    return { ...ends, points: bare([...start, [turn, below], [before, below], [before, ty], [tx, ty]]) };
  });
}

/** Where across the way a line leaves its state, and where its name stands. */
function portOf(scene: Scene, move: WorkflowMove, { y, height }: Box): readonly [start: number, name: number] {
  const all = outOf(scene, move.from);
  if (scene.run.down) {
    const middle = y + height / 2;
    return [middle + aside(scene, move, Math.min(48, height / (all.length + 1))), middle + aside(scene, move)];
  }
  const at = y + headPx / 2 + all.indexOf(move) * scene.run.portPx;
  return [at, at];
}

/** How far from its state a line turns to where its name stands: the outer ones sooner, so that none crosses another. */
function bendOf(scene: Scene, move: WorkflowMove): number {
  const all = outOf(scene, move.from);
  const at = all.indexOf(move);
  return 7 + 4 * Math.min(3, at, all.length - 1 - at);
}

/** Counts by name from nothing: each asking gives the next number. */
function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count;
  };
}

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
