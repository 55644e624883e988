import type { WorkflowDocument } from "schemas";
import { entered } from "./picture.ts";
import { opened } from "./tree.ts";

/** Where an arrow key leads on the canvas: along the lines to the right and left, among neighbours up and down. */
export function walk(document: WorkflowDocument, from: string, key: string): string | undefined {
  const { places, moves } = opened(document);
  const led = moves.filter(({ transition }) => transition.target !== undefined);
  const leaves = places.filter(({ node }) => !node.states && node.type !== "history");
  const at = leaves.find(({ node }) => node.meta.id === from);
  const move = moves.find(({ transition }) => transition.meta.id === from);
  const step = key === "ArrowDown" ? 1 : -1;
  if (!at && !move) return leaves[0]?.node.meta.id;
  if (at) {
    if (key === "ArrowRight") return moves.find((it) => it.from === at)?.transition.meta.id;
    if (key === "ArrowLeft")
      return led.find(({ target }) => target && entered(target, places) === at)?.transition.meta.id;
    return leaves[leaves.indexOf(at) + step]?.node.meta.id;
  }
  if (key === "ArrowRight") return move?.target && entered(move.target, places).node.meta.id;
  if (key === "ArrowLeft") return move?.from && entered(move.from, places).node.meta.id;
  const beside = moves.filter((it) => it.from === move?.from);
  return beside[beside.indexOf(move!) + step]?.transition.meta.id;
}
