import type { AnyDocument, EntityDocument } from "schemas";
import { anchorOf, kindOf, nameOf } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { systemEntities, systemFields } from "../system-entities.ts";
import { placeOf } from "./place.ts";

/**
 * Whether every document and every part of one is itself and nothing else: anchors and names, each given once. What
 * comes second is told; the first one stands.
 */
export function checkIdentity(documents: readonly AnyDocument[]): readonly Fault[] {
  const anchors = new Map(systemEntities.map(({ $anchor, $id }) => [$anchor, { name: `entity "${$id}"`, base: $id }]));
  const names = new Set<string>();
  const faults: Fault[] = [];
  for (const document of documents) {
    const [anchor, kind, name] = [anchorOf(document), kindOf(document), nameOf(document)];
    const own = kind === "entity" ? systemEntities.find(({ $id }) => $id === name) : undefined;
    const taken = anchors.get(anchor);
    const path = kind === "workflow" ? placeOf(document, "meta", "id") : placeOf(document, "$anchor");
    if (own && own.$anchor !== anchor) faults.push(fault("anchor.fixed", { anchor, path, hint: own.$anchor }));
    else if (taken && taken.base !== own?.$id) faults.push(fault("anchor.taken", { anchor, by: taken.name, path }));
    if (!taken) anchors.set(anchor, { name: `${kind} "${name}"`, base: "" });
    if (names.has(`${kind} ${name}`)) faults.push(fault("name.taken", { name, path: placeOf(document, idKey(kind)) }));
    names.add(`${kind} ${name}`);
    if (kind === "entity") faults.push(...checkParts(document as EntityDocument));
  }
  return faults;
}

/** The documents that stand when of two with one name or one anchor the second is left out. */
export function distinct(documents: readonly AnyDocument[]): readonly AnyDocument[] {
  const taken = new Set<string>();
  return documents.filter((document) => {
    const keys = [`anchor ${anchorOf(document)}`, `${kindOf(document)} ${nameOf(document)}`];
    if (keys.some((key) => taken.has(key))) return false;
    for (const key of keys) taken.add(key);
    return true;
  });
}

/** Fields and rules of an entity have anchors of their own; JSON Schema wants them unique in the whole document. */
function checkParts(document: EntityDocument): readonly Fault[] {
  const base = systemEntities.find(({ $id }) => $id === document.$id);
  const given = { ...base?.properties, ...systemFields };
  const taken = new Map(Object.entries(given).map(([name, { $anchor }]) => [$anchor, `field "${name}"`]));
  taken.set(document.$anchor, `entity "${document.$id}"`);
  const parts = [
    ...Object.entries(document.properties).map(([name, { $anchor }]) => ({
      anchor: $anchor,
      name: `field "${name}"`,
      path: placeOf(document, "properties", name, "$anchor"),
    })),
    ...(document.rules ?? []).map(({ $anchor }, index) => ({
      anchor: $anchor,
      name: `rule ${index + 1}`,
      path: placeOf(document, "rules", index, "$anchor"),
    })),
  ];
  const faults: Fault[] = [];
  for (const { anchor, name, path } of parts) {
    const by = taken.get(anchor);
    if (by !== undefined) faults.push(fault("anchor.taken", { anchor, by, path }));
    else taken.set(anchor, name);
  }
  return faults;
}

const idKey = (kind: string) => (kind === "workflow" ? "id" : "$id");
