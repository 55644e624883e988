import type { ViewDocument } from "schemas";
import type { RecordRow } from "#lib/api.ts";
import type { Workspace } from "#lib/model.svelte.ts";

export type Colour = NonNullable<ViewDocument["colours"]>[number];

/** The colours that there are, by the names that views call them by. */
export const palette: readonly Colour["colour"][] = ["blue", "yellow", "red", "green", "violet", "grey", "white"];

/** The name by which a list is sorted by the colours of its view. */
export const colourKey = "_colour";

/** The conditions of a view's colours, as a list is asked for them. */
export function coloursAsked({ colours = [] }: ViewDocument): string | undefined {
  return colours.length > 0 ? JSON.stringify(colours.map(({ when }) => when.cel)) : undefined;
}

/** The colour of a record. */
export function colourOf({ colours = [] }: ViewDocument, row: RecordRow): Colour | undefined {
  return typeof row._colour === "number" ? colours[row._colour] : undefined;
}

/** What holds of the records of one colour: none of those before it does. */
export function colourFilter(colours: readonly Colour[], at: number): string {
  const before = colours.slice(0, at).map(({ when }) => `!(${when.cel})`);
  return [...before, `(${colours[at]!.when.cel})`].join(" && ");
}

/** The entities whose records may change what colour a record has: lists and references lead to them. */
export function entitiesAround(workspace: Workspace, { entity, colours = [] }: ViewDocument): readonly string[] {
  const own = workspace.entity(entity);
  if (!own || colours.length === 0) return [];
  const pointed = own.fields.flatMap(({ targets }) => targets);
  const around = new Set([...own.inverses.map((it) => it.entity), ...pointed]);
  for (const name of pointed) for (const it of workspace.entity(name)?.inverses ?? []) around.add(it.entity);
  around.delete(entity);
  return [...around];
}
