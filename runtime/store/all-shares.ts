import { problem } from "engine";
import { sharesOn } from "engine/sql";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";
import { isId } from "./records.ts";
import type { Grantee, Level } from "./shares.ts";

const most = 200;

interface Named {
  readonly id: string;
  readonly name: string | null;
}

/** A record that is shared one by one. */
export interface GivenShare {
  readonly entity: string;
  readonly record: Named;
  readonly with: Grantee;
  readonly level: Level;
  readonly until: string | null;
  readonly at: string;
  readonly by: Named | null;
  /** Whether the asker may end it. */
  readonly may: boolean;
}

/** What is shared one by one of all records that the asker sees, the newest first; of one entity, or with one person or team. */
export async function listAllShares(
  scene: ReadScene,
  { entity: only, with: grantee }: { readonly entity: string | undefined; readonly with: string | undefined },
): Promise<{ readonly items: readonly GivenShare[]; readonly more: boolean }> {
  const { model, access, workspace } = scene;
  if (only !== undefined && !access.entity(only)) throw problem("entity.unknown", { entity: only.slice(0, 80) });
  if (grantee !== undefined && !isId(grantee)) return { items: [], more: false };
  const reader = { model, access, schema: workspace.schema };
  const shared = [...model.entities.values()].flatMap(({ name, document }) =>
    document.sharing === true && (only ?? name) === name ? (access.entity(name)?.entity ?? []) : [],
  );
  if (shared.length === 0) return { items: [], more: false };
  const items = await read<GivenShare>(scene, sharesOn(reader, shared, { grantee, most: most + 1 }));
  return { items: items.slice(0, most), more: items.length > most };
}
