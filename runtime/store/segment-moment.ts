import { dayIn, type Model } from "engine";
import type { SlotValues } from "engine/sql";

/** What the slots of a statement stand for that the engine runs for itself at a moment. */
export function momentOf(model: Model, at: Date): SlotValues {
  return { user: null, now: at.toISOString(), today: dayIn(model.workspace.time_zone, at) };
}
