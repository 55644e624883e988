import { describe, expect, test } from "vitest";
import { actions, type JsonSchema } from "engine";
import { en } from "./en/index.ts";
import { languages, speak, words } from "./index.ts";

/** All that is said, by its way in the tree of words: texts, and functions of their placeholders. */
function said(tree: object, way = ""): [way: string, text: string | ((...given: any[]) => string)][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "object" ? said(value, `${way}${key}.`) : [[`${way}${key}`, value] as const],
  ) as [string, string | ((...given: any[]) => string)][];
}

/** A sentence with a mark for each placeholder, where it counts with `count` for the first of them. */
function filled(text: (...given: any[]) => string, count?: number): string {
  const marks = Array.from({ length: text.length }, (_, at) => `«${at}»`);
  return text(...(count === undefined ? marks : [count, ...marks.slice(1)]));
}

/** Whether the first placeholder may be a number: a text is made lower case perhaps. */
function counts(text: (...given: any[]) => string): boolean {
  try {
    return filled(text, 1) !== "";
  } catch {
    return false;
  }
}

const marksIn = (text: string) => [...new Set(text.match(/«\d»/g))].sort();
const english = new Map(said(en));
const others = await Promise.all(
  Object.entries(languages)
    .filter(([code]) => code !== "en")
    .map(async ([code, { read }]) => [code, new Map(said(await read()))] as const),
);

test("there are four languages, each under a tag that is one", () => {
  expect(Object.keys(languages)).toEqual(["en", "ja", "zh-Hant", "id"]);
  expect(Intl.getCanonicalLocales(Object.keys(languages))).toEqual(Object.keys(languages));
});

test("no key stands in two files of a language", async () => {
  const files = import.meta.glob<Record<string, object>>(["./*/*.ts", "!./*/index.ts"], { eager: true });
  for (const code of Object.keys(languages)) {
    const own = Object.entries(files).filter(([path]) => path.startsWith(`./${code}/`));
    const keys = own.flatMap(([, file]) => Object.values(file).flatMap((it) => Object.keys(it)));
    expect(own.length).toBeGreaterThan(3);
    expect(
      keys.filter((key, at) => keys.indexOf(key) !== at),
      code,
    ).toEqual([]);
  }
});

describe.each(others)("%s", (_, spoken) => {
  test("has the keys of English and no others", () => expect([...spoken.keys()]).toEqual([...english.keys()]));

  test("says something for each", () => {
    const silent = [...spoken].filter(([, text]) => typeof text === "string" && text.trim() === "");
    expect(silent.map(([way]) => way)).toEqual([]);
  });

  test("takes the placeholders of the English sentence and uses the same, of one and of many", () => {
    for (const [way, text] of english) {
      const other = spoken.get(way);
      expect(typeof other, way).toBe(typeof text);
      if (typeof text !== "function" || typeof other !== "function") continue;
      expect(marksIn(filled(other)), way).toEqual(marksIn(filled(text)));
      if (!counts(text)) continue;
      for (const count of [1, 7]) expect(marksIn(filled(other, count)), way).toEqual(marksIn(filled(text, count)));
      expect(filled(other, 7).includes("7"), way).toBe(filled(text, 7).includes("7"));
    }
  });

  test("is written in its own words", () => {
    const same = [...spoken].filter(([way, text]) => typeof text === "string" && text === english.get(way));
    expect(same.map(([way]) => way).filter((way) => !sharedWords.has(way))).toEqual([]);
  });
});

test("English says of one what is one", () => {
  const several =
    /\b1 (?:example |business |working )?(?:cards|days|files|hours|labels|mails|proofs|records|rows|runs|states|texts|times|tries)\b/;
  const wrong = [...english].filter(
    ([way, text]) =>
      typeof text === "function" && counts(text) && !neverOfOne.has(way) && several.test(filled(text, 1)),
  );
  expect(wrong.map(([way]) => way)).toEqual([]);
});

/** What is said of several alone. */
const neverOfOne = new Set(["filesCame", "flowDays", "pasteTooLong"]);

/** What is the same word in several languages. */
const sharedWords = new Set([
  "fieldTypeNames.json.label",
  "fieldTypeNames.uuid.label",
  "inSql",
  "email",
  "keywords.minimum",
  "fieldLabel",
  "choiceLabel",
  "translationLabel",
  "workflowKinds.pipeline",
  "queueing.canHint",
  ...["first", "next", "solution"].map((name) => `sla.kindNames.${name}`),
  ...["r", "f", "m"].map((name) => `customerColumns.${name}`),
  ...["bg_r", "bg_alpha", "bg_a", "bg_b", "gg_p", "gg_q", "gg_gamma"].map((name) => `figureNames.${name}`),
]);

test("what is spoken last is what the words say; an unknown language is English", async () => {
  await speak("ja");
  expect(words.save).toBe("保存");
  await speak("xx");
  expect(words.save).toBe("Save");
});

test("every parameter of an action has a name, and every choice for one", () => {
  const found = (schema: JsonSchema): readonly JsonSchema[] =>
    (Object.values(schema) as (JsonSchema | null)[]).flatMap((it) =>
      typeof it === "object" && it !== null ? [it, ...found(it)] : [],
    );
  const schemas = Object.values(actions).flatMap(({ params }) => [params, ...found(params)]);
  const properties = schemas.map((it) => (it.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const names = properties.flatMap((it) => Object.keys(it));
  const choices = properties.flatMap((it) => Object.values(it)).flatMap((it) => (it.enum ?? []) as readonly string[]);
  const spelled = /^[A-Z]+$/;
  expect([...new Set(names)].sort()).toEqual(Object.keys(en.parameterNames).sort());
  expect([...new Set(choices)].filter((it) => !spelled.test(it)).sort()).toEqual(
    Object.keys(en.parameterChoices).sort(),
  );
});
