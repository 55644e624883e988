import { usesOf, usesWithin, type Model } from "engine";
import type { Workspace } from "../workspace.ts";
import { keysThatUse } from "./key-use.ts";

/** Where something of the model is used: by documents, and by keys in the last 30 days. */
export async function readUses(workspace: Workspace, model: Model, address: string, now: Date) {
  const [entity = "", field] = address.split("#");
  const whole = field === undefined && !/[=!]/.test(address);
  const asked = [...model.entities.values()].some(({ anchor }) => anchor === entity) && !/[=!]/.test(address);
  const items = whole ? usesWithin(model, address) : usesOf(model, address);
  const keys = asked ? await keysThatUse(workspace.pool, workspace, [{ entity, field: field ?? null }], now) : [];
  return { address, items, keys };
}
