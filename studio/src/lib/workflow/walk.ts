import { movesOf, placesOf } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Layout } from "./layout.ts";

/** The arrow keys. */
export type Way = "ArrowRight" | "ArrowLeft" | "ArrowUp" | "ArrowDown";

/** The arrows of a picture that runs downwards, as those of one that runs to the right. */
const turned: Readonly<Record<Way, Way>> = {
  ArrowDown: "ArrowRight",
  ArrowUp: "ArrowLeft",
  ArrowRight: "ArrowDown",
  ArrowLeft: "ArrowUp",
};

/**
 * Where an arrow leads on the canvas: along the lines from a state to a transition and on to the next state; across them
 * to the neighbour. What has no line is reached from its neighbour.
 */
export function walk(document: WorkflowDocument, picture: Layout, at: string, arrow: Way): string | undefined {
  const { boxes, lines, down } = picture;
  const way = down ? turned[arrow] : arrow;
  const line = lines.find(({ id }) => id === at);
  if (line) {
    if (way === "ArrowRight") return line.to;
    if (way === "ArrowLeft") return line.from;
    return beside(
      lines.filter(({ from }) => from === line.from).map(({ id }) => id),
      at,
      way,
    );
  }
  const box = boxes.find(({ id }) => id === at);
  if (!box) return first(document);
  if (way === "ArrowRight") return lines.find(({ from }) => from === at)?.id ?? inside(boxes, at);
  if (way === "ArrowLeft") return lines.find(({ to }) => to === at)?.id ?? box.within.at(-1);
  const order = [...boxes]
    .sort(
      down ? (one, other) => one.y - other.y || one.x - other.x : (one, other) => one.x - other.x || one.y - other.y,
    )
    .map(({ id }) => id);
  return beside(order, at, way);
}

/** The transition with a number at a fork, from one. */
export function fork({ lines }: Layout, at: string, number: number): string | undefined {
  const from = lines.find(({ id }) => id === at)?.from ?? at;
  return lines.filter((line) => line.from === from)[number - 1]?.id;
}

function beside(ids: readonly string[], at: string, way: Way): string | undefined {
  const step = way === "ArrowUp" ? -1 : 1;
  return ids[(ids.indexOf(at) + step + ids.length) % ids.length];
}

const inside = (boxes: Layout["boxes"], at: string) => boxes.find(({ within }) => within.at(-1) === at)?.id;

/** The state in which a record begins. */
function first(document: WorkflowDocument): string | undefined {
  const places = placesOf(document);
  const start = places.find(({ key, node, parent }) => !node.states && (parent?.node ?? document).initial === key);
  return (start ?? places[0])?.node.meta.id ?? movesOf(document)[0]?.transition.meta.id;
}
