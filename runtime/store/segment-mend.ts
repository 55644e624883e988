import { segmentsIn } from "engine";
import { transaction } from "../database/begin.ts";
import type { Workspace } from "../workspace.ts";
import { sharing } from "./model-lock.ts";
import { segmentDrift } from "./segment-build.ts";
import { buildSegments, markBuilds } from "./segment-pass.ts";

/** Builds the segments anew that do not have whom their conditions say. Answers which. */
export async function mendSegments(workspace: Workspace, now: Date): Promise<readonly string[]> {
  const { pool, schema, model } = workspace;
  const drifted = new Set((await segmentDrift(pool, workspace, now)).map(({ segment }) => segment));
  if (drifted.size === 0) return [];
  const built = segmentsIn(model).filter(({ document }) => drifted.has(document.$id));
  await transaction(pool, "write", (tx) => markBuilds(tx, schema, { gone: [], built, at: now }), sharing(workspace));
  while ((await buildSegments(workspace, now)).count > 0);
  return [...drifted];
}
