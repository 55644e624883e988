import type { ProcessMap, MapEdge } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Passed } from "./passed.ts";
import { layout, type Box, type Layout, type Line } from "./layout.ts";

/** A designed line with what went over it; a line that nobody went over has none. */
export interface MappedLine {
  readonly line: Line;
  readonly count: number;
  /** Of the most frequent of what went over it, in seconds. */
  readonly median: number | null;
}

/** What was done that no line says. */
export interface Stray {
  readonly edge: MapEdge;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The map of what runs did, over the picture of the design. */
export interface Mapped extends Layout {
  readonly drawn: readonly MappedLine[];
  readonly strays: readonly Stray[];
  readonly visits: ReadonlyMap<string, number>;
  readonly most: number;
}

/** Lays what runs did over the design: each thing that followed another goes over the lines that lead so. */
export function mapOver(document: WorkflowDocument, map: ProcessMap): Mapped {
  const picture = layout(document);
  const byKey = new Map(picture.boxes.map((box) => [box.key, box]));
  const chain = (key: string): readonly string[] => {
    const box = byKey.get(key);
    return box ? [box.id, ...box.within] : [];
  };
  const goes = (edge: MapEdge, line: Line) => chain(edge.from).includes(line.from) && chain(edge.to).includes(line.to);
  const drawn = picture.lines.map((line): MappedLine => {
    const over = map.edges.filter((edge) => goes(edge, line));
    const [first] = over;
    return { line, count: over.reduce((sum, { count }) => sum + count, 0), median: first?.median ?? null };
  });
  const strays = map.edges.flatMap((edge): Stray[] => {
    const [from, to] = [byKey.get(edge.from), byKey.get(edge.to)];
    if (!from || !to || picture.lines.some((line) => goes(edge, line))) return [];
    return [{ edge, points: between(from, to) }];
  });
  return {
    ...picture,
    drawn,
    strays,
    visits: new Map(map.nodes.map(({ name, count }) => [name, count])),
    most: Math.max(1, ...drawn.map(({ count }) => count), ...strays.map(({ edge }) => edge.count)),
  };
}

/** Lays counts of states and transitions over the design, as the counters of runs have them. */
export function passedOver(document: WorkflowDocument, { states, transitions }: Passed): Mapped {
  const picture = layout(document);
  const drawn = picture.lines.map((line): MappedLine => ({
    line,
    count: transitions[line.id]?.count ?? 0,
    median: null,
  }));
  return {
    ...picture,
    drawn,
    strays: [],
    visits: new Map(Object.entries(states).map(([key, { entered }]) => [key, entered])),
    most: Math.max(1, ...drawn.map(({ count }) => count)),
  };
}

function between(from: Box, to: Box): Stray["points"] {
  const middle = ({ x, width }: Box) => x + width / 2;
  if (from === to) {
    const [x, y] = [from.x + from.width, from.y];
    return [
      [x - 40, y],
      [x - 40, y - 14],
      [x - 14, y - 14],
      [x - 14, y],
    ];
  }
  const lower = Math.max(from.y + from.height, to.y + to.height) + 18;
  return [
    [middle(from), from.y + from.height],
    [middle(from), lower],
    [middle(to), lower],
    [middle(to), to.y + to.height],
  ];
}

/** The width of a line by how much went over it, in pixels. */
export const widthOf = (count: number, most: number): number => (count === 0 ? 1 : 1.5 + 6.5 * Math.sqrt(count / most));
