import type { AnyDocument } from "schemas";
import type { Mappings } from "../change.ts";
import type { Mention, Steps } from "../documents/document-kind.ts";
import { mentionsOf, partsOf } from "../documents/index.ts";
import { kindOf, nameOf, type Model } from "../model.ts";
import type { PlannedFix } from "../plan-answer.ts";
import { statesOf } from "../workflow/states.ts";
import { namesOf } from "./names.ts";
import { placeKey, rewrite, textAt } from "./rewrite.ts";
import { useIn, type Use } from "./uses.ts";

/** What still uses that which a change takes away, and how that can be mended. */
export interface Going {
  readonly uses: readonly Use[];
  readonly fixes: readonly PlannedFix[];
}

/**
 * What the next model takes away while its own documents use it, with ready fixes: what can be left out is left out;
 * where a mapping says what takes the place of a choice or a state, that is said instead.
 */
export function goingUses(now: Model, next: Model, mappings: Mappings): Going {
  const still = addressesOf(next);
  const gone = new Set([...addressesOf(now)].filter((address) => !still.has(address)));
  if (gone.size === 0) return { uses: [], fixes: [] };
  const found = next.documents.flatMap((document) => {
    const known = new Set(mentionsOf(document, next).map(startKey));
    const mentions = mentionsOf(document, now).filter((it) => gone.has(it.address) && !known.has(startKey(it)));
    return mentions.length === 0 ? [] : [{ document, mentions }];
  });
  return {
    uses: found.flatMap(({ document, mentions }) => mentions.map((mention) => useIn(document, mention, next))),
    fixes: found.flatMap(({ document, mentions }) => fixOf(document, mentions, now, mappings)),
  };
}

/** Where expressions read a field that is of another kind in the next model. */
export function readsOfRetyped(now: Model, next: Model): readonly Use[] {
  const kinds = new Map(fieldsOf(now).map((field) => [field.address, field.type.type(field.property).kind]));
  const retyped = fieldsOf(next).filter((field) => {
    const was = kinds.get(field.address);
    return was !== undefined && was !== field.type.type(field.property).kind;
  });
  const addresses = new Set(retyped.map(({ address }) => address));
  if (addresses.size === 0) return [];
  return next.documents.flatMap((document) =>
    mentionsOf(document, next)
      .filter(({ address, steps }) => addresses.has(address) && steps.at(-1) === "cel")
      .map((mention) => useIn(document, mention, next)),
  );
}

const fieldsOf = (model: Model) => [...model.entities.values()].flatMap((it) => [...it.fields.values()]);

const startKey = ({ steps, key, start }: Mention) => `${placeKey(steps, key)} ${start}`;

/** Everything that a model has: what has a name, and the choices and events that are named by themselves. */
function addressesOf(model: Model): ReadonlySet<string> {
  const addresses = new Set(namesOf(model).keys());
  for (const set of model.valueSets.values())
    for (const { value } of set.choices) addresses.add(`${set.$anchor}=${value}`);
  for (const entity of model.entities.values())
    for (const { address, property } of entity.fields.values())
      for (const { value } of (property.choices ?? []) as readonly { value: string }[])
        addresses.add(`${address}=${value}`);
  for (const { meta } of model.workflows.values())
    for (const type of Object.keys(meta.events)) addresses.add(`${meta.id}!${type}`);
  return addresses;
}

function fixOf(
  document: AnyDocument,
  mentions: readonly Mention[],
  now: Model,
  mappings: Mappings,
): readonly PlannedFix[] {
  const [kind, name] = [kindOf(document), nameOf(document)];
  const whole = `the ${kind.replaceAll("-", " ")} "${partsOf(document, now)[0]?.title ?? name}"`;
  const instead = (mention: Mention) => (mention.spare ? undefined : insteadOf(mention.address, now, mappings));
  if (!mentions.every((mention) => mention.spare || instead(mention) !== undefined)) return [];
  const said = rewrite(
    document,
    mentions.filter(({ spare }) => !spare),
    instead,
  ).document;
  const spare = mentions.filter((mention) => mention.spare);
  const mended = spare.length === 0 ? said : (without(said, spare) as AnyDocument);
  const title = spare.length === 0 ? `Say what takes its place in ${whole}.` : `Take it out of ${whole}.`;
  return [{ title, patch: [{ kind, name, document: mended }] }];
}

/** What a mapping puts in the place of a choice or a state. */
function insteadOf(address: string, now: Model, mappings: Mappings): string | undefined {
  const choice = /^([^=]*)=(.*)$/s.exec(address);
  if (choice) {
    const [, of = "", value = ""] = choice;
    const declared = fieldsOf(now).filter(
      (field) => field.address === of || now.valueSets.get(String(field.property.value_set ?? ""))?.$anchor === of,
    );
    const told = new Set(declared.map((field) => mappings[field.address]?.[value]));
    const [to] = told;
    return told.size === 1 ? (to ?? undefined) : undefined;
  }
  const [anchor = "", id] = address.split("#");
  const workflow = [...now.workflows.values()].find(({ meta }) => meta.id === anchor);
  const state = workflow && statesOf(workflow).find((it) => it.state.meta.id === id);
  return (state && mappings[anchor]?.[state.key]) ?? undefined;
}

/** A document without the places that can go: entries of arrays, members, pieces of a list in a text. */
export function without(document: AnyDocument, spare: readonly Mention[]): unknown {
  const places = Map.groupBy(spare, ({ steps, key }) => placeKey(steps, key));
  const visit = (value: unknown, steps: Steps): unknown => {
    if (Array.isArray(value))
      return value.flatMap((item, index) => {
        const here = [...steps, index];
        return typeof item === "string" && places.has(placeKey(here, undefined)) ? [] : [visit(item, here)];
      });
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, item]) => {
        const here = [...steps, name];
        if (places.has(placeKey(here, true))) return [];
        const inside = places.get(placeKey(here, undefined));
        if (!inside) return [[name, visit(item, here)]];
        const left = piecesLeft(textAt(document, here) ?? "", inside);
        return left === "" ? [] : [[name, left]];
      }),
    );
  };
  return visit(document, []);
}

/** A list in a text, without the pieces that a name stands in. */
function piecesLeft(text: string, mentions: readonly Mention[]): string {
  let start = 0;
  const pieces = text.split(",").filter((piece) => {
    const [from, to] = [start, start + piece.length];
    start = to + 1;
    return !mentions.some((mention) => mention.start >= from && mention.end <= to);
  });
  return pieces.join(",");
}
