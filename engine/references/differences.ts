import type { AnyDocument } from "schemas";
import { at } from "../check/place.ts";
import type { Part } from "../documents/document-kind.ts";
import { partsOf } from "../documents/index.ts";
import { anchorOf, kindOf, nameOf, type Model } from "../model.ts";
import type { PlanAnswer } from "../plan-answer.ts";
import { same } from "../plan.ts";

/** What became of a document, as a plan and a version tell it. */
export type ToldDocument = PlanAnswer["documents"][number];
type Told = ToldDocument["differences"][number];

/** A document before and after; one of them is there. */
export interface Pair {
  readonly before: AnyDocument | null;
  readonly after: AnyDocument | null;
}

/**
 * What changed between two documents in words: what came, went, moved, is called otherwise or says something else. Parts
 * are compared by their identities, so what stands elsewhere now is not told as gone and new.
 */
export function differenceIn({ before, after }: Pair, now: Model, next: Model): ToldDocument {
  const document = (after ?? before) as AnyDocument;
  const place = { kind: kindOf(document), name: nameOf(document), anchor: anchorOf(document) };
  if (!before || !after) {
    const parts = partsOf(document, before ? now : next);
    const title = `${wordOf(place.kind)} "${parts[0]?.title ?? place.name}" ${before ? "goes" : "is new"}${contents(parts)}.`;
    return { ...place, act: before ? "remove" : "add", differences: [{ path: "", title, before: null, after: null }] };
  }
  const differences = partDifferences(partsOf(before, now), partsOf(after, next));
  return { ...place, act: nameOf(before) === nameOf(after) ? "change" : "rename", differences };
}

function partDifferences(before: readonly Part[], after: readonly Part[]): readonly Told[] {
  const was = new Map(before.map((part) => [part.id, part]));
  const is = new Map(after.map((part) => [part.id, part]));
  const titles = (id: string | undefined, parts: ReadonlyMap<string, Part>) => parts.get(id ?? "")?.title ?? "";
  const moved = movedParts(before, after);
  const gone = before
    .filter(({ id, within }) => !is.has(id) && (within === undefined || is.has(within)))
    .map((part): Told => ({ path: part.path, title: `${called(part)} goes.`, before: shown(part), after: null }));
  const rest = after.flatMap((part): readonly Told[] => {
    const old = was.get(part.id);
    if (!old) {
      const told = part.within === undefined || was.has(part.within);
      return told ? [{ path: part.path, title: `${called(part)} is new.`, before: null, after: shown(part) }] : [];
    }
    return [
      ...titleChange(old, part),
      ...(old.name === part.name
        ? []
        : [
            {
              path: part.path,
              title: `${named(part)} is called "${part.name}" now, no longer "${old.name}".`,
              before: old.name,
              after: part.name,
            },
          ]),
      ...(old.within === part.within
        ? []
        : [
            {
              path: part.path,
              title: `${named(part)} moves from "${titles(old.within, was)}" to "${titles(part.within, is)}".`,
              before: titles(old.within, was),
              after: titles(part.within, is),
            },
          ]),
      ...(moved.has(part.id) ? [movedTo(part, before, after)] : []),
      ...valueChanges(old, part),
    ];
  });
  return [...gone, ...rest];
}

/** A title that follows a rename is no news of its own; titles of parts that are called by them are. */
function titleChange(old: Part, part: Part): readonly Told[] {
  if (old.title === part.title) return [];
  if (Object.hasOwn(part.values, "title") || Object.hasOwn(part.values, "message") || part.what === "") return [];
  return [
    {
      path: part.path,
      title: `${part.what} "${old.title}" is "${part.title}" now.`,
      before: old.title,
      after: part.title,
    },
  ];
}

function valueChanges(old: Part, part: Part): readonly Told[] {
  const keys = [...new Set([...Object.keys(old.values), ...Object.keys(part.values)])];
  return keys.flatMap((key): readonly Told[] => {
    const [before, after] = [old.values[key] ?? null, part.values[key] ?? null];
    if (same(before, after)) return [];
    const subject = part.what === "" ? capital(worded(key)) : `${named(old)}: ${worded(key)}`;
    const [from, to] = [sayable(before), sayable(after)];
    const says =
      after === null
        ? "goes"
        : before === null
          ? `is${to === undefined ? " set" : ` ${to}`} now`
          : from !== undefined && to !== undefined
            ? `is ${to} now, no longer ${from}`
            : "changes";
    return [{ path: part.path + at([key]), title: `${subject} ${says}.`, before, after }];
  });
}

/** The parts that stand in another order among those of their kind which were there before: as few as tell it. */
function movedParts(before: readonly Part[], after: readonly Part[]): ReadonlySet<string> {
  const moved = new Set<string>();
  const groupOf = ({ what, within }: Part) => `${what} ${within}`;
  const groups = Map.groupBy(
    after.filter(({ ordered }) => ordered),
    groupOf,
  );
  for (const [group, them] of groups) {
    const place = new Map(before.filter((part) => groupOf(part) === group).map(({ id }, index) => [id, index]));
    const standing = them.filter(({ id }) => place.has(id));
    const kept = new Set(longestRising(standing.map(({ id }) => place.get(id) ?? 0)));
    standing.forEach(({ id }, index) => {
      if (!kept.has(index)) moved.add(id);
    });
  }
  return moved;
}

/** The places of a longest rising row among numbers. */
function longestRising(numbers: readonly number[]): readonly number[] {
  const best: number[][] = [];
  numbers.forEach((number, index) => {
    const before = best.filter((row) => (numbers[row.at(-1)!] ?? 0) < number);
    const longest = before.reduce<number[]>((long, row) => (row.length > long.length ? row : long), []);
    best.push([...longest, index]);
  });
  return best.reduce<number[]>((long, row) => (row.length > long.length ? row : long), []);
}

function movedTo(part: Part, before: readonly Part[], after: readonly Part[]): Told {
  const behind = (parts: readonly Part[]) => {
    const like = parts.filter(({ what, within }) => what === part.what && within === part.within);
    return like[like.findIndex(({ id }) => id === part.id) - 1]?.title ?? null;
  };
  const [from, to] = [behind(before), behind(after)];
  const where = to === null ? "to the first place" : `behind "${to}"`;
  return { path: part.path, title: `${named(part)} moves ${where}.`, before: from, after: to };
}

const called = (part: Part) => `${part.what} "${part.title}"`;
const named = (part: Part) => (part.what === "" ? `"${part.title}"` : called(part));
const shown = ({ name, title, values }: Part) => ({ ...(name === undefined ? { title } : { name, title }), ...values });
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
const wordOf = (kind: string) => capital(kind.replaceAll("-", " "));

/** A keyword as a word. */
const worded = (key: string): string =>
  ({
    cel: "expression",
    to: "target",
    value: "formula",
    entry: "what happens on the way in",
    exit: "what happens on the way out",
  })[key] ??
  key
    .replaceAll("_", " ")
    .replaceAll(/([a-z])([A-Z])/g, (_, one: string, other: string) => `${one} ${other.toLowerCase()}`);

/** A value that fits into a sentence. */
function sayable(value: unknown): string | undefined {
  if (typeof value === "string") return value.length > 200 ? undefined : `"${value}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "object" && value !== null && "cel" in value) return sayable(value.cel);
  if (Array.isArray(value) && value.length < 12 && value.every((it) => typeof it === "string"))
    return value.map((it) => `"${it}"`).join(", ");
  return undefined;
}

/** What a document holds, counted: `, with 3 fields and 1 rule`. */
function contents(parts: readonly Part[]): string {
  const counted = Map.groupBy(
    parts.filter(({ what }) => what !== ""),
    ({ what }) => what.toLowerCase(),
  );
  const words = [...counted].map(
    ([what, them]) => `${them.length} ${what}${them.length === 1 || what.includes(" ") ? "" : "s"}`,
  );
  return words.length === 0
    ? ""
    : `, with ${words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`}`;
}
