import { checkExpression, holds, holdsBy, problem, recordScope, withFormulas } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { isId, rightsOf } from "./records.ts";
import { lockRecords } from "./rows.ts";
import { surroundings } from "./run.ts";
import { plain } from "./step.ts";

/** What is said above a record. */
export interface BannerSaid {
  readonly tone: "info" | "warning" | "danger";
  readonly text: string;
  /** The records by which its condition holds and which whoever looks may see: it offers to join them with this one. */
  readonly merge?: readonly string[];
}

/**
 * The banners of a record whose conditions hold now. They read what they name whoever looks, as rules do: who writes a
 * layout decides what it says.
 */
export async function bannersOf(
  tx: Connection,
  scene: Scene,
  name: string,
  id: string,
): Promise<readonly BannerSaid[]> {
  const { entity, access } = rightsOf(scene, name);
  const how = { ids: isId(id) ? [id] : [], trash: "with", seen: access?.rule("read"), loose: true } as const;
  const found = (await lockRecords(tx, scene, entity, how)).get(id);
  if (!found) throw problem("record.missing", { entity: name });
  const scope = recordScope(scene.model, name);
  const layouts = [...scene.model.layouts.values()].filter((it) => it.entity === name);
  const banners = layouts
    .flatMap((layout) => layout.banners ?? [])
    .flatMap(({ when, tone = "info", text, offer }) => {
      const { expression } = checkExpression(when.cel, scope);
      return expression ? [{ expression, tone, text, offer }] : [];
    });
  if (banners.length === 0) return [];
  const record = plain(found);
  const paths = banners.flatMap(({ expression }) => expression.paths);
  const around = await surroundings(tx, scene, { entity, paths }, [record]);
  const within = withFormulas(scene.model, entity, { ...around, record });
  const said = banners.flatMap(({ expression, offer, ...it }) => {
    if (!holds(expression, within)) return [];
    return [{ ...it, others: offer === "merge" ? holdsBy(expression, within, name).filter((one) => one !== id) : [] }];
  });
  const ids = [...new Set(said.flatMap(({ others }) => others))];
  const there = await lockRecords(tx, scene, entity, { ...how, ids, trash: "without" });
  return said.map(({ others, ...it }) => {
    const merge = others.filter((one) => there.has(one));
    return merge.length > 0 ? { ...it, merge } : it;
  });
}
