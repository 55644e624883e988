import type { Liquid } from "liquidjs";

let engine: Promise<Liquid> | undefined;

/** Liquid that reads no files and no prototypes, and ends soon whatever it is given. */
function liquid(): Promise<Liquid> {
  engine ??= import("liquidjs").then(
    ({ Liquid }) =>
      new Liquid({
        ownPropertyOnly: true,
        strictFilters: false,
        templates: {},
        parseLimit: 50_000,
        renderLimit: 200,
        memoryLimit: 1_000_000,
      }),
  );
  return engine;
}

/** Fills a text with values. A text that is no Liquid stays as it is: who reads it sees what is wrong with it. */
export async function fill(text: string, values: Readonly<Record<string, unknown>>): Promise<string> {
  const it = await liquid();
  try {
    return String(await it.parseAndRender(text, values));
  } catch {
    return text;
  }
}
