import { words } from "#lib/words/index.ts";

/** What has happened to a record, as its timeline tells it. */
export interface Fact {
  readonly type: "fact";
  readonly id: string;
  readonly at: string;
  readonly fact: string;
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const icons: Readonly<Record<string, string>> = {
  mail: "mail",
  page: "globe",
  form: "file",
  consent: "check",
  segment: "filter",
  score: "zap",
};

export const factIcon = ({ fact }: Fact): string => icons[fact.split(".")[0] ?? ""] ?? "info";

/** What has happened, in words; a kind that only the workspace knows by its own name. */
export function factTitle({ fact }: Fact): string {
  const known: Readonly<Record<string, string>> = words.factTitles;
  return known[fact] ?? fact.replaceAll(/[._]/g, " ");
}

/** What there is to say of it in a line each: the first few texts and numbers. */
export function factLines({ data }: Fact): readonly (readonly [name: string, value: string])[] {
  return Object.entries(data)
    .flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? [[name.replaceAll("_", " "), String(value).slice(0, 200)] as const]
        : [],
    )
    .slice(0, 4);
}
