import { bind, compile, type writing } from "engine/sql";
import { slotsOf, type ReadScene } from "./read.ts";

/** Runs a piece for its reader and answers its rows. */
export async function read<Row>(scene: ReadScene, piece: writing.Piece): Promise<readonly Row[]> {
  const { sql, parameters } = compile(piece);
  const { rows } = await scene.workspace.pool.query(sql, [...bind(parameters, slotsOf(scene))]);
  return rows as Row[];
}
