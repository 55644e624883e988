import type { MessageBlock, MessageDocument } from "schemas";
import { checkExpression, type Checked } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import type { Field, Model } from "./model.ts";
import { languageBeside } from "./person.ts";
import type { Steps } from "./documents/document-kind.ts";

/** A value that a text of a message names. */
export interface Variable {
  /** A path over fields and references of the record, or one of the links that every mail has. */
  readonly path: string;
  readonly filters: readonly { readonly name: string; readonly arguments: readonly string[] }[];
  /** Where it stands in its text, braces included. */
  readonly start: number;
  readonly end: number;
}

/** A text of a message, where it stands, and under which conditions it is shown. */
export interface MessageText {
  readonly steps: Steps;
  readonly text: string;
  readonly under: readonly { readonly block: string; readonly holds: boolean }[];
  /** It is an address and no words. */
  readonly url?: true;
  /** The language that it is in, where that is not the message's own. */
  readonly language?: string;
}

/** What a block says, and what of it is an address. */
export const blockWords = ["text", "url", "link", "alt"] as const;
const isAddress = (key: (typeof blockWords)[number]) => key === "url" || key === "link";

/** Links that a mail has by itself: to stop it, and to choose what one gets. */
export const mailLinks: readonly string[] = ["stop_url", "choices_url"];

/** What may be done with a value: the names of Liquid (shopify.github.io/liquid), and how many arguments each takes at most. */
export const messageFilters: Readonly<Record<string, number>> = {
  default: 1,
  upcase: 0,
  downcase: 0,
  capitalize: 0,
  strip: 0,
  truncate: 2,
};

const variable = /\{\{\s*([\s\S]*?)\s*\}\}/g;
const pathForm = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;
const filterForm = /^([a-z_]+)(?:\s*:\s*(.*))?$/s;
const argumentForm = /^(?:"[^"{}]*"|'[^'{}]*'|-?\d+(?:\.\d+)?)$/;

/** The values that a text names, in their order; and where something stands that is none of them. */
export function variablesIn(text: string): {
  readonly variables: readonly Variable[];
  readonly broken: readonly string[];
} {
  const variables: Variable[] = [];
  const broken: string[] = [];
  for (const match of text.matchAll(variable)) {
    const read = readVariable(match[1] ?? "");
    if (read) variables.push({ ...read, start: match.index, end: match.index + match[0].length });
    else broken.push(match[0].slice(0, 80));
  }
  const rest = text.replaceAll(variable, "");
  const stray = /\{\{|\}\}|\{%|%\}/.exec(rest);
  return { variables, broken: stray ? [...broken, rest.slice(stray.index, stray.index + 40)] : broken };
}

function readVariable(inside: string): Pick<Variable, "path" | "filters"> | undefined {
  const [path = "", ...given] = parted(inside, "|");
  const filters = given.map((it) => {
    const [, name = "", told] = filterForm.exec(it) ?? [];
    return { name, arguments: told === undefined ? [] : parted(told, ",") };
  });
  const known = ({ name, arguments: args }: (typeof filters)[number]) =>
    Object.hasOwn(messageFilters, name) &&
    args.length <= messageFilters[name]! &&
    args.every((it) => argumentForm.test(it));
  return pathForm.test(path) && filters.every(known) ? { path, filters } : undefined;
}

/** A text at a sign that stands in no quotes. */
function parted(text: string, sign: string): string[] {
  const parts = [""];
  let quote = "";
  for (const one of text) {
    if (quote === "" && one === sign) parts.push("");
    else {
      if (quote === "" ? one === '"' || one === "'" : one === quote) quote = quote === "" ? one : "";
      parts[parts.length - 1] += one;
    }
  }
  return parts.map((it) => it.trim());
}

/** Every text of a message that people or their programs read, in each of its languages. */
export function messageTexts(document: MessageDocument): readonly MessageText[] {
  const { subject, preheader, blocks, languages = {} } = document;
  const own = { subject, ...(preheader === undefined ? {} : { preheader }) };
  return [
    ...Object.entries(own).map(([key, text]) => ({ steps: [key], text, under: [] })),
    ...Object.entries(languages).flatMap(([language, said]) =>
      Object.entries(said).map(([key, text]) => ({ steps: ["languages", language, key], text, under: [], language })),
    ),
    ...placedBlocks(blocks, ["blocks"]).flatMap(({ block, steps, under }): readonly MessageText[] => [
      ...wordsOf(block, { steps, under }),
      ...Object.entries(block.languages ?? {}).flatMap(([language, said]) =>
        wordsOf(said, { steps: [...steps, "languages", language], under, language }),
      ),
    ]),
  ];
}

function wordsOf(
  said: Pick<MessageBlock, (typeof blockWords)[number]>,
  at: Pick<MessageText, "steps" | "under" | "language">,
): readonly MessageText[] {
  return blockWords.flatMap((key): readonly MessageText[] => {
    const text = said[key];
    if (text === undefined) return [];
    return [{ ...at, steps: [...at.steps, key], text, ...(isAddress(key) ? { url: true } : {}) }];
  });
}

/** A block, where it stands, and under which conditions it is shown. */
export interface PlacedBlock {
  readonly block: MessageBlock;
  readonly steps: Steps;
  readonly under: MessageText["under"];
}

/** Every block of some, those within others behind them. */
export function placedBlocks(
  blocks: readonly MessageBlock[],
  steps: Steps,
  under: MessageText["under"] = [],
): readonly PlacedBlock[] {
  return blocks.flatMap((block, at) => {
    const own = [...steps, at];
    const inside = (them: readonly MessageBlock[] | undefined, key: string, holds: boolean) =>
      placedBlocks(them ?? [], [...own, key], [...under, { block: block.id, holds }]);
    return [
      { block, steps: own, under },
      ...(block.columns ?? []).flatMap((them, column) => placedBlocks(them, [...own, "columns", column], under)),
      ...inside(block.then, "then", true),
      ...inside(block.else, "else", false),
    ];
  });
}

/** The field with the address of whoever a message is for. */
export function addressField(model: Model, { entity, to }: Pick<MessageDocument, "entity" | "to">): Field | undefined {
  const fields = [...(model.entities.get(entity)?.fields.values() ?? [])].filter(({ type }) => type.name === "email");
  return to === undefined ? fields[0] : fields.find(({ name }) => name === to);
}

/** What a message reads of a record: the values that it names by their paths, and its conditions by their blocks. */
export interface MessageReading {
  readonly variables: ReadonlyMap<string, Checked>;
  readonly conditions: ReadonlyMap<string, Checked>;
  /** What the receiver speaks, where the message reads it. */
  readonly speaks: Checked | undefined;
  /** The time zone of the receiver, where the message reads it. */
  readonly zone: Checked | undefined;
  /** What is missing where it is empty: named without a value to stand in for it. */
  readonly needed: readonly { readonly path: string; readonly under: MessageText["under"] }[];
}

/** Reads a message as it was checked: what is no longer there is left out. */
export function messageReading(model: Model, document: MessageDocument): MessageReading {
  const scope = recordScope(model, document.entity);
  const variables = new Map<string, Checked>();
  const conditions = new Map<string, Checked>();
  const needed: { path: string; under: MessageText["under"] }[] = [];
  for (const { text, under } of messageTexts(document))
    for (const { path, filters } of variablesIn(text).variables) {
      if (mailLinks.includes(path)) continue;
      const { expression } = checkExpression(path, scope);
      if (expression) variables.set(path, expression);
      if (!filters.some(({ name }) => name === "default")) needed.push({ path, under });
    }
  for (const { block } of placedBlocks(document.blocks, [])) {
    const { expression } = block.if ? checkExpression(block.if.cel, scope, { kind: "boolean" }) : {};
    if (expression) conditions.set(block.id, expression);
  }
  const spoken = document.speaks ?? languageBeside(model, document.entity, addressField(model, document)?.name ?? "");
  const { expression: speaks } = spoken === undefined ? {} : checkExpression(spoken, scope);
  return { variables, conditions, speaks, zone: zoneReading(model, document), needed };
}

/** The time zone of the receiver of a message, where the message reads it. */
export function zoneReading(
  model: Model,
  { entity, zone }: Pick<MessageDocument, "entity" | "zone">,
): Checked | undefined {
  return zone === undefined ? undefined : checkExpression(zone, recordScope(model, entity)).expression;
}
