import { words } from "#lib/words/index.ts";

/** What has happened to a record, as its timeline tells it. */
export interface Fact {
  readonly type: "fact";
  readonly id: string;
  readonly at: string;
  readonly fact: string;
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What documents are called that its data name. */
  readonly titles: Readonly<Record<string, string>>;
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

/** By what it was told, in words; a program of others by its own name. */
export function factSource({ source }: Fact): string {
  const known: Readonly<Record<string, string>> = words.factSources;
  const [first = "", ...others] = source.split(" ");
  return Object.hasOwn(known, first) && others.length < 2 ? known[first]! : source;
}

const linesMost = 4;

/**
 * What there is to say of it in a line each: the first few texts and numbers. Of kinds that we know without what only
 * programs read; of others by the names under which they were told.
 */
export function factLines({ fact, data, titles }: Fact): readonly (readonly [name: string, value: string])[] {
  const details: Readonly<Record<string, string>> = words.factDetails;
  const known = Object.hasOwn(words.factTitles, fact);
  return Object.entries(data)
    .flatMap(([name, value]) => {
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return [];
      // A score that was crossed is told by its title, an answer to a survey by its number.
      if (known && (!Object.hasOwn(details, name) || (name === "score" && typeof value === "string"))) return [];
      const title = known ? details[name]! : name.replaceAll("_", " ");
      const said = titles[name] ?? (known ? valueOf(name, String(value)) : String(value));
      return said === "" ? [] : [[title, said.slice(0, 200)] as const];
    })
    .slice(0, linesMost);
}

/** A value that is a key of ours, in words. */
function valueOf(name: string, value: string): string {
  const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    channel: words.factChannels,
    direction: words.factDirections,
    source: words.consentSources,
    verdict: words.factVerdicts,
  };
  return keys[name]?.[value] ?? value;
}
