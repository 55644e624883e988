import { same } from "./plan.ts";

/** Whose text stands where both have changed the same. */
export type Choice = "yours" | "theirs";

/** A place that the template and the customer have changed both, each in another way. What is not there is null. */
export interface Difference {
  readonly path: string;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly yours: unknown;
}

/** What a merge came to, and where somebody has to choose. */
export interface Merged {
  /** Undefined where nothing is left. */
  readonly value: unknown;
  readonly differences: readonly (Difference & { readonly choice: Choice })[];
}

type Choose = (difference: Difference) => Choice;

/**
 * What becomes of a template's text when a new version of it meets what the customer made of the old one, path by path:
 * who alone has changed something is followed; where both have, `choose` says whose change stands. What has an identity
 * (`$anchor`, `meta.id`, the value of a choice) is itself wherever it stands and whatever it is called.
 */
export function mergeThree(
  base: unknown,
  next: unknown,
  ours: unknown,
  choose: Choose = () => "yours",
  path = "",
): Merged {
  if (same(next, ours)) return { value: ours, differences: [] };
  if (same(base, ours)) return { value: next, differences: [] };
  if (same(base, next)) return { value: ours, differences: [] };
  const [from, them, us] = [entriesOf(base), entriesOf(next), entriesOf(ours)];
  if (!them || !us || them.list !== us.list || (base !== undefined && from?.list !== them.list) || retyped(them, us))
    return chosen({ path, base: base ?? null, theirs: next ?? null, yours: ours ?? null }, next, ours, choose);
  return mergeEntries(from ?? { list: them.list, items: new Map() }, them, us, choose, path);
}

function chosen(difference: Difference, next: unknown, ours: unknown, choose: Choose): Merged {
  const choice = choose(difference);
  return { value: choice === "theirs" ? next : ours, differences: [{ ...difference, choice }] };
}

interface Item {
  /** The key in an object; an entry of a list has none. */
  readonly name: string;
  readonly value: unknown;
}

/** What an object or a list holds, by identity. */
interface Entries {
  readonly list: boolean;
  readonly items: ReadonlyMap<string, Item>;
}

function mergeEntries(from: Entries, them: Entries, us: Entries, choose: Choose, path: string): Merged {
  const order = orderOf([...from.items.keys()], [...them.items.keys()], [...us.items.keys()]);
  const differences: (Difference & { choice: Choice })[] = [];
  const items = order.flatMap((id): Item[] => {
    const [base, next, ours] = [from.items.get(id), them.items.get(id), us.items.get(id)];
    const name = nameBetween(base, next, ours);
    const merged = mergeThree(base?.value, next?.value, ours?.value, choose, `${path}/${escaped(name)}`);
    differences.push(...merged.differences);
    return merged.value === undefined ? [] : [{ name, value: merged.value }];
  });
  const value = them.list
    ? items.map((item) => item.value)
    : Object.fromEntries(items.map((item) => [item.name, item.value] as const));
  return { value, differences };
}

/** The customer's name where she has changed it, else the template's. */
function nameBetween(base: Item | undefined, next: Item | undefined, ours: Item | undefined): string {
  if (!next || !ours) return (ours ?? next ?? base)?.name ?? "";
  return base !== undefined && base.name === ours.name ? next.name : ours.name;
}

/** An object whose `field` is another one is another thing: its keywords belong together. */
function retyped(them: Entries, us: Entries): boolean {
  const [next, ours] = [them, us].map(({ items }) => items.get(".field")?.value);
  return !them.list && typeof next === "string" && typeof ours === "string" && next !== ours;
}

/**
 * The order of what is merged: that of whoever has changed it, the customer's where both have; what the other one alone
 * has follows what it follows there.
 */
function orderOf(base: readonly string[], next: readonly string[], ours: readonly string[]): readonly string[] {
  const common = (of: readonly string[], other: readonly string[]) => of.filter((id) => other.includes(id));
  const moved = common(ours, base).join("\0") !== common(base, ours).join("\0");
  const [first, second] = moved ? [ours, next] : [next, ours];
  const order = [...first];
  for (const [at, id] of second.entries()) {
    if (order.includes(id)) continue;
    const before = second.slice(0, at).findLast((it) => order.includes(it));
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, id);
  }
  return order;
}

/** What is merged member by member; undefined for what is one value. */
function entriesOf(value: unknown): Entries | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const list = Array.isArray(value);
  const given = list
    ? value.map((item): [string, Item] => [identityOf(item, true) ?? "", { name: shownOf(item), value: item }])
    : Object.entries(value).map(([name, item]): [string, Item] => [
        identityOf(item, false) ?? `.${name}`,
        { name, value: item },
      ]);
  const items = new Map(given);
  if (items.size < given.length || items.has("")) return undefined;
  return { list, items };
}

/** What an entry of a list is known by, beside an anchor. */
const keys = ["value", "field", "list", "$id", "id", "title"] as const;

function identityOf(value: unknown, listed: boolean): string | undefined {
  if (listed && (typeof value === "string" || typeof value === "number")) return `=${value}`;
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const anchor = given.$anchor ?? (given.meta as { readonly id?: unknown } | undefined)?.id;
  if (typeof anchor === "string") return `@${anchor}`;
  const key = listed ? keys.find((it) => typeof given[it] === "string") : undefined;
  return key === undefined ? undefined : `=${String(given[key])}`;
}

const shownOf = (item: unknown): string => (identityOf(item, true) ?? "").slice(1);

const escaped = (step: string) => step.replaceAll("~", "~0").replaceAll("/", "~1");
