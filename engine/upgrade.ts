import type { AnyDocument, EntityDocument, Property } from "schemas";
import { readSound } from "./check/sound.ts";
import { mentionsOf } from "./documents/index.ts";
import { mergeThree, type Choice, type Difference } from "./merge.ts";
import { anchorOf, kindOf, nameOf } from "./model.ts";
import { same } from "./plan.ts";
import { fault, type Fault } from "./problem.ts";
import { without } from "./references/going.ts";
import { systemEntities } from "./system-entities.ts";
import { inTheWordsOf, systemExtension, worldOf } from "./template-world.ts";
import type { TemplateLayer } from "./template.ts";

/** Where the template and the customer have both changed the same, and whose change stands. */
export type Conflict = Difference & { readonly document: string; readonly choice: Choice };

/** What somebody has chosen, by document and path as a conflict names them. */
export interface Decision {
  readonly document: string;
  readonly path: string;
  readonly choice: Choice;
}

/** Templates that come, in new versions or for the first time, and such that go. */
export interface Upgrading {
  readonly published: readonly AnyDocument[];
  /** What the installed versions brought, what they build on first. */
  readonly installed: readonly TemplateLayer[];
  readonly coming?: readonly TemplateLayer[];
  readonly going?: ReadonlySet<string>;
  /** Documents, `<kind>/<name>`, and fields, `entity/<name>/properties/<field>`, of the customer's own that become the template's. */
  readonly adopt?: ReadonlySet<string>;
  readonly decisions?: readonly Decision[];
}

/** What the workspace is to have, and what a person should know of how it came to that. */
export interface Laid {
  readonly documents: readonly AnyDocument[];
  /** The templates' own texts, for the next merge. */
  readonly layers: readonly TemplateLayer[];
  readonly conflicts: readonly Conflict[];
  /** What a template has dropped and the customer had changed: it stays, as hers. */
  readonly kept: readonly string[];
  /** What the customer had removed: it stays away. */
  readonly absent: readonly string[];
  /** What she had removed and the new version cannot do without. */
  readonly returned: readonly string[];
  readonly faults: readonly Fault[];
}

/**
 * Lays templates over the documents of a workspace, or takes some away: the change between what its installed versions
 * brought and what the next ones bring is merged, part by part, with what the customer made of them. Nothing of hers is
 * lost unless she says so: undecided conflicts leave her text.
 */
export function layTemplates(given: Upgrading): Laid {
  const { published, installed, coming = [], going = new Set(), adopt = new Set(), decisions = [] } = given;
  const base = worldOf(installed);
  const layers = nextLayers(installed, coming, going);
  const next = worldOf(layers);
  const was = inTheWordsOf(published, base.documents, base.documents);
  const fitted = adopting(inTheWordsOf(published, base.documents, next.documents), was, published, adopt);
  const chosen = new Map(decisions.map((it) => [it.document + it.path, it.choice]));
  const merged = mergeWorlds(was, fitted.documents, published, (of, { path, theirs }) =>
    // What goes with its template goes whole.
    going.size > 0 && theirs === null ? "theirs" : (chosen.get(of + path) ?? "yours"),
  );
  const gone = going.size > 0 ? new Set(merged.dropped.map(anchorOf)) : new Set<string>();
  const standing = new Map([...merged.documents].filter(([anchor]) => !gone.has(anchor)));
  const returning = bringBack(standing, fitted.documents, was, published);
  const known = new Set(merged.conflicts.map((it) => it.document + it.path));
  const strange = decisions.filter((it) => !known.has(it.document + it.path));
  return {
    documents: returning.documents,
    layers: layers.map((layer) => realigned(layer, fitted.aligned)),
    conflicts: going.size > 0 ? [] : merged.conflicts,
    kept: going.size > 0 ? [] : merged.dropped.map(placed),
    absent: returning.absent,
    returned: returning.returned,
    faults: [
      ...next.faults,
      ...fitted.faults,
      ...strange.map((it) => fault("template.decision", { path: `/decisions/${decisions.indexOf(it)}` })),
    ],
  };
}

const placed = (document: AnyDocument) => `${kindOf(document)}/${nameOf(document)}`;

/** The layers as they will lie: new versions in the place of old ones, under the anchors that they were adopted by. */
function nextLayers(
  installed: readonly TemplateLayer[],
  coming: readonly TemplateLayer[],
  going: ReadonlySet<string>,
): readonly TemplateLayer[] {
  const byName = new Map(coming.map((layer) => [layer.manifest.$id, layer]));
  const stay = installed.filter(({ manifest }) => !going.has(manifest.$id));
  const known = new Set(installed.map(({ manifest }) => manifest.$id));
  return [
    ...stay.map((old) => {
      const layer = byName.get(old.manifest.$id);
      return layer ? realigned(layer, aliases(old, layer)) : old;
    }),
    ...coming.filter(({ manifest }) => !known.has(manifest.$id)),
  ];
}

/** Another anchor for a document, and for fields of it, by the anchors that the template gave them. */
type Aligned = ReadonlyMap<string, { readonly anchor: string; readonly fields: ReadonlyMap<string, string> }>;

/** What was adopted bears the customer's anchors in the old layer, and the template's in the new one. */
function aliases(old: TemplateLayer, layer: TemplateLayer): Aligned {
  const had = new Set(old.documents.map(anchorOf));
  const has = new Set(layer.documents.map(anchorOf));
  return new Map(
    layer.documents.flatMap((document) => {
      const alias = old.documents.find((it) => placed(it) === placed(document) && !has.has(anchorOf(it)));
      return had.has(anchorOf(document)) || !alias ? [] : [[anchorOf(document), alignment(document, alias)] as const];
    }),
  );
}

function alignment(document: AnyDocument, to: AnyDocument) {
  const [own, theirs] = [propertiesOf(to), propertiesOf(document)];
  const fields = Object.entries(theirs).flatMap(([name, { $anchor }]) =>
    own[name] && own[name].$anchor !== $anchor ? [[$anchor, own[name].$anchor] as const] : [],
  );
  return { anchor: anchorOf(to), fields: new Map(fields) };
}

const propertiesOf = (document: AnyDocument): Readonly<Record<string, Property>> =>
  kindOf(document) === "entity" ? (document as EntityDocument).properties : {};

function realigned({ manifest, documents, extensions }: TemplateLayer, aligned: Aligned): TemplateLayer {
  return { manifest, documents: documents.map((it) => realign(it, aligned)), extensions };
}

function realign(document: AnyDocument, aligned: Aligned): AnyDocument {
  const to = aligned.get(anchorOf(document));
  if (!to) return document;
  const moved = (
    "$anchor" in document
      ? { ...document, $anchor: to.anchor }
      : { ...document, meta: { ...document.meta, id: to.anchor } }
  ) as AnyDocument;
  if (to.fields.size === 0) return moved;
  const properties = Object.entries(propertiesOf(document)).map(([name, property]) => [
    name,
    { ...property, $anchor: to.fields.get(property.$anchor) ?? property.$anchor },
  ]);
  return { ...moved, properties: Object.fromEntries(properties) } as AnyDocument;
}

/** Names that the customer took stand in the way, unless what bears them is adopted. */
function adopting(
  next: ReadonlyMap<string, AnyDocument>,
  was: ReadonlyMap<string, AnyDocument>,
  published: readonly AnyDocument[],
  adopt: ReadonlySet<string>,
) {
  const faults: Fault[] = [];
  const aligned = new Map<string, { anchor: string; fields: ReadonlyMap<string, string> }>();
  for (const [anchor, document] of next) {
    const own = published.find((it) => anchorOf(it) === anchor || placed(it) === placed(document));
    if (!own) continue;
    const place = placed(document);
    const fresh = !was.has(anchor) && !systemEntities.some(({ $anchor }) => $anchor === anchor);
    if (was.has(anchorOf(own)) && anchorOf(own) !== anchor) continue;
    if (fresh && !adopt.has(place)) {
      const [kind, name] = [kindOf(document), nameOf(document)];
      faults.push(fault("template.conflict", { kind, name, path: `/${place}`, hint: "adopt" }));
      continue;
    }
    const of = alignment(document, own);
    const taken = [...of.fields].filter(([, to]) => fresh || !hasField(was.get(anchor), to));
    for (const [field] of fresh ? [] : taken) {
      const name = Object.entries(propertiesOf(document)).find(([, it]) => it.$anchor === field)?.[0] ?? "";
      const at = `${place}/properties/${name}`;
      if (!adopt.has(at))
        faults.push(fault("template.conflict", { kind: "field", name, path: `/${at}`, hint: "adopt" }));
    }
    aligned.set(anchor, { anchor: anchorOf(own), fields: new Map(taken) });
  }
  const documents = new Map([...next.values()].map((it) => realign(it, aligned)).map((it) => [anchorOf(it), it]));
  return { documents, aligned, faults };
}

const hasField = (document: AnyDocument | undefined, anchor: string) =>
  document !== undefined && Object.values(propertiesOf(document)).some(({ $anchor }) => $anchor === anchor);

/** Merges document by document. `dropped` is what no template brings any more and the customer had changed. */
function mergeWorlds(
  was: ReadonlyMap<string, AnyDocument>,
  next: ReadonlyMap<string, AnyDocument>,
  published: readonly AnyDocument[],
  choose: (document: string, difference: Difference) => Choice,
) {
  const documents = new Map(published.map((document) => [anchorOf(document), document]));
  const conflicts: Conflict[] = [];
  const dropped: AnyDocument[] = [];
  for (const [anchor, document] of next) {
    const [old, ours] = [was.get(anchor) ?? systemBase(anchor), documents.get(anchor)];
    if (!ours && was.has(anchor)) continue;
    if (!ours) {
      documents.set(anchor, document);
      continue;
    }
    const of = placed(ours);
    const { value, differences } = mergeThree(old, document, ours, (difference) => choose(of, difference));
    documents.set(anchor, value as AnyDocument);
    conflicts.push(...differences.map((it) => ({ document: of, ...it })));
  }
  for (const [anchor, old] of was) {
    const ours = documents.get(anchor);
    if (next.has(anchor) || !ours) continue;
    if (same(ours, old) || kindOf(ours) === "template") documents.delete(anchor);
    else dropped.push(ours);
  }
  return { documents, conflicts, dropped };
}

const systemBase = (anchor: string) =>
  systemExtension(systemEntities.find(({ $anchor }) => $anchor === anchor)?.$id ?? "");

/**
 * What the customer has removed stays away, unless what the new version brings cannot stand without it. Where it can,
 * the mention is left out.
 */
function bringBack(
  standing: ReadonlyMap<string, AnyDocument>,
  next: ReadonlyMap<string, AnyDocument>,
  was: ReadonlyMap<string, AnyDocument>,
  published: readonly AnyDocument[],
) {
  const before = new Map(published.map((document) => [anchorOf(document), document]));
  const documents = new Map(standing);
  const returned: string[] = [];
  const missing = missingOf(documents, next, was);
  if (missing.size === 0) return { documents: [...documents.values()], absent: [], returned };
  for (;;) {
    const whole = readSound([...withMissing(documents, missing).values()]);
    const wanted = new Set<string>();
    for (const [anchor, document] of documents) {
      if (document === before.get(anchor)) continue;
      for (const { address, spare } of mentionsOf(document, whole)) {
        const of = missing.has(address) ? address : (address.split(/[#~=!]/)[0] ?? "");
        if (!spare && missing.has(of)) wanted.add(of);
      }
    }
    if (wanted.size === 0) {
      for (const [anchor, document] of documents) {
        if (document === before.get(anchor)) continue;
        const spare = mentionsOf(document, whole).filter(({ address }) => missing.has(address));
        if (spare.length > 0) documents.set(anchor, without(document, spare) as AnyDocument);
      }
      break;
    }
    const back = new Map([...missing].filter(([address]) => wanted.has(address)));
    for (const [anchor, document] of withMissing(documents, back)) documents.set(anchor, document);
    for (const [address, { place }] of back) {
      returned.push(place);
      missing.delete(address);
    }
  }
  return { documents: [...documents.values()], absent: [...missing.values()].map(({ place }) => place), returned };
}

interface Missing {
  readonly place: string;
  readonly document: AnyDocument;
  /** The field that is missing; else it is the whole document. */
  readonly field?: string;
}

/** What templates brought before, bring still, and the customer has not: documents and fields, by address. */
function missingOf(
  documents: ReadonlyMap<string, AnyDocument>,
  next: ReadonlyMap<string, AnyDocument>,
  was: ReadonlyMap<string, AnyDocument>,
): Map<string, Missing> {
  const missing = new Map<string, Missing>();
  for (const [anchor, document] of next) {
    const standing = documents.get(anchor);
    if (!standing) missing.set(anchor, { place: placed(document), document });
    else
      for (const [name, { $anchor }] of Object.entries(propertiesOf(document)))
        if (!hasField(standing, $anchor) && hasField(was.get(anchor), $anchor))
          missing.set(`${anchor}#${$anchor}`, {
            place: `${placed(standing)}/properties/${name}`,
            document,
            field: name,
          });
  }
  return missing;
}

function withMissing(documents: ReadonlyMap<string, AnyDocument>, missing: ReadonlyMap<string, Missing>) {
  const all = new Map(documents);
  for (const { document, field } of missing.values()) {
    const anchor = anchorOf(document);
    const standing = all.get(anchor);
    if (field === undefined || !standing) all.set(anchor, document);
    else
      all.set(anchor, {
        ...standing,
        properties: { ...propertiesOf(standing), [field]: propertiesOf(document)[field] },
      } as AnyDocument);
  }
  return all;
}
