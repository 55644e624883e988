import { planMap, type ProcessMap } from "engine";
import { processMapStatement } from "engine/sql";
import { readerOf, rowsOf, type ReadScene } from "./read.ts";

/** What the runs of a workflow did, over the records that the reader sees: one statement over the journal. */
export async function readProcessMap(
  scene: ReadScene,
  workflow: string,
  query: Readonly<Record<string, string>>,
): Promise<ProcessMap> {
  const plan = planMap(scene.model, scene.access, workflow, query);
  const [found] = await rowsOf<{ row: string }>(scene, processMapStatement(readerOf(scene), plan));
  return JSON.parse(found!.row) as ProcessMap;
}
