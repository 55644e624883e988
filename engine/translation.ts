import type { AnyDocument, EntityDocument, TranslationDocument } from "schemas";
import type { Principal } from "./access.ts";
import { documentKinds } from "./documents/index.ts";
import type { Said, SaidKey, Steps } from "./documents/document-kind.ts";
import { languageFor } from "./locale.ts";
import { anchorOf, kindOf, readModel, type Model } from "./model.ts";
import { portalModel } from "./portal.ts";
import { systemEntities, systemFields } from "./system-entities.ts";

/** A text of the model that people read. */
export interface Label extends Said {
  /** What it is said of, for ever: see `engine/address.ts`. */
  readonly address: string;
  /** The document that says it; the engine itself for the fields that every entity has. */
  readonly document: AnyDocument;
}

/** A label in a language: what the documents say, what is said instead, and how these stand to each other. */
export interface LabelRow extends Label {
  readonly translated: string | undefined;
  /** What the documents said when it was translated. */
  readonly from: string | undefined;
  /** The translation that says it. */
  readonly by: string | undefined;
  readonly state: "missing" | "outdated" | "done";
}

/** In which language documents speak by themselves. */
export const ownLanguage = "en";

/** The fields that every entity has, as if they stood in a document. */
const everyEntity: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "system",
  $anchor: "system",
  type: "object",
  title: "Every entity",
  properties: systemFields,
};

const labels = new WeakMap<Model, readonly Label[]>();

/** All that a model says to people, its entities first. */
export function labelsOf(model: Model): readonly Label[] {
  const known = labels.get(model);
  if (known) return known;
  const documents = [
    ...[...model.entities.values()].map(({ document }) => document),
    ...model.documents.filter((it) => kindOf(it) !== "entity"),
  ];
  const found = [...documents.flatMap(saidIn), ...saidIn(everyEntity).filter(({ address }) => address.includes("#"))];
  labels.set(model, found);
  return found;
}

function saidIn(document: AnyDocument): readonly Label[] {
  const said = documentKinds[kindOf(document)].said?.(document) ?? [];
  return said.map((it) => ({ ...it, address: anchorOf(document) + it.id, document }));
}

type Texts = ReadonlyMap<string, { readonly text: string; readonly from: string; readonly by: string }>;

/** What a label is called in a list of texts. */
export const labelKey = (address: string, key: string): string => `${address} ${key}`;

/** What the translations of a language say; of two that say the same label, the first by name. */
function textsIn(model: Model, language: string): Texts {
  const texts = new Map<string, { text: string; from: string; by: string }>();
  for (const { $id, labels } of translationsIn(model, language))
    for (const [address, said] of Object.entries(labels))
      for (const [key, label] of Object.entries(said)) {
        const at = labelKey(address, key);
        if (!texts.has(at)) texts.set(at, { ...label, by: $id });
      }
  return texts;
}

/** The translations into a language, by name. */
export function translationsIn(model: Model, language: string): readonly TranslationDocument[] {
  return [...model.translations.values()]
    .filter((it) => it.language === language)
    .sort((one, other) => (one.$id < other.$id ? -1 : 1));
}

/** The languages into which a model is translated. */
export function translatedLanguages(model: Model): readonly string[] {
  return [...new Set([...model.translations.values()].map(({ language }) => language))].sort();
}

/** Every label of a model in a language, whether it is translated or not. */
export function labelRows(model: Model, language: string): readonly LabelRow[] {
  const texts = textsIn(model, language);
  return labelsOf(model).map((label) => {
    const found = texts.get(labelKey(label.address, label.key));
    const state = found === undefined ? "missing" : found.from === label.text ? "done" : "outdated";
    return { ...label, translated: found?.text, from: found?.from, by: found?.by, state };
  });
}

/**
 * The language in which somebody is spoken to who wants these, the dearest first; `undefined` where documents speak for
 * themselves. Who wants none that there is gets the workspace's.
 */
export function spokenLanguage(model: Model, wanted: readonly string[]): string | undefined {
  const available = [...new Set([...translatedLanguages(model), ownLanguage])];
  const language = languageFor(wanted, available) ?? languageFor(model.workspace.languages, available);
  return language === undefined || translationsIn(model, language).length === 0 ? undefined : language;
}

const spoken = new WeakMap<Model, Map<string, Model>>();

/**
 * The model with all labels in a language; what is not translated says what its document says. It reads and judges as the
 * model does; its documents are for people and never written down.
 */
export function modelIn(model: Model, language: string | undefined): Model {
  if (language === undefined) return model;
  const byLanguage = spoken.get(model) ?? new Map<string, Model>();
  spoken.set(model, byLanguage);
  const known = byLanguage.get(language);
  if (known) return known;
  const made = translated(model, textsIn(model, language));
  byLanguage.set(language, made);
  return made;
}

/** The model as somebody is to hear it. */
export function modelFor(model: Model, { languages, portal }: Pick<Principal, "languages" | "portal">): Model {
  const unspoken = languages === undefined || model.translations.size === 0;
  const spoken = unspoken ? model : modelIn(model, spokenLanguage(model, languages));
  return portal === undefined ? spoken : portalModel(spoken, portal);
}

function translated(model: Model, texts: Texts): Model {
  if (texts.size === 0) return model;
  const own = {
    entities: systemEntities.map((it) => documentIn(it, texts)),
    fields: documentIn(everyEntity, texts).properties,
  };
  return readModel(
    model.documents.map((it) => documentIn(it, texts)),
    model.version,
    own,
    model.kept,
  );
}

function documentIn<Document extends AnyDocument>(document: Document, texts: Texts): Document {
  const said = saidIn(document).flatMap(({ address, key, steps }) => {
    const text = texts.get(labelKey(address, key))?.text;
    return text === undefined ? [] : [{ steps, text }];
  });
  if (said.length === 0) return document;
  const copy = structuredClone(document);
  for (const { steps, text } of said) put(copy, steps, text);
  return copy;
}

function put(document: object, steps: Steps, text: string): void {
  const holder = steps.slice(0, -1).reduce<any>((value, step) => value[step], document);
  holder[steps.at(-1)!] = text;
}

/** A translation with other texts for some labels; an empty text takes the translation of a label away. */
export function withLabels(
  document: TranslationDocument,
  given: readonly { readonly address: string; readonly key: SaidKey; readonly text: string; readonly from: string }[],
): TranslationDocument {
  const labels = structuredClone(document.labels) as Record<string, Record<string, { text: string; from: string }>>;
  for (const { address, key, text, from } of given) {
    const { [key]: _, ...others } = labels[address] ?? {};
    labels[address] = text === "" ? others : { ...others, [key]: { text, from } };
    if (Object.keys(labels[address]).length === 0) delete labels[address];
  }
  return { ...document, labels: sorted(labels) };
}

const sorted = <Value>(given: Readonly<Record<string, Value>>) =>
  Object.fromEntries(Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1)));

/** The translation that belongs to the workspace and no template: its name comes before theirs. */
export const ownTranslation = (language: string): string => language.toLowerCase().replaceAll("-", "_");

/** Which translation is to say a label: the one that says it now, else the workspace's own. */
export const translationFor = ({ by }: LabelRow, language: string): string => by ?? ownTranslation(language);
