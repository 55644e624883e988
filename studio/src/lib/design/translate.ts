import {
  ownTranslation,
  translatedLanguages,
  translationFor,
  withLabels,
  type FiledLabel,
  type LabelRow,
  type Model,
} from "engine";
import type { TranslationDocument } from "schemas";
import type { Workspace } from "#lib/model.svelte.ts";
import { languages } from "#lib/words/index.ts";
import type { Draft } from "./draft.svelte.ts";
import { newAnchor } from "./entity.ts";

/** The languages into which one may translate: those that there are, those of the workspace, those of the screens. */
export function translatable(model: Model | undefined, workspace: Workspace): readonly string[] {
  const known = [...(model ? translatedLanguages(model) : []), ...workspace.languages, ...Object.keys(languages)];
  return [...new Set(known)].filter((it) => it !== "en");
}

/** The translations of a draft with other texts for labels of a language; one that the workspace lacks is begun. */
export function translated(draft: Draft, into: string, given: readonly FiledLabel[]): readonly TranslationDocument[] {
  const begun = (name: string): TranslationDocument => ({
    $schema: "urn:trellis:translation:1",
    $id: name,
    $anchor: newAnchor("tr"),
    language: into,
    labels: {},
  });
  const byName = Map.groupBy(given, ({ row }) => translationFor(row, into) || ownTranslation(into));
  return [...byName].map(([name, them]) =>
    withLabels(
      draft.document<TranslationDocument>("translation", name) ?? begun(name),
      them.map(({ row, text, from }) => ({ address: row.address, key: row.key, text, from })),
    ),
  );
}

/** Whether what was written for a label says something new: another text, or that an old one still holds. */
export const saysMore = (row: LabelRow, text: string): boolean =>
  text.trim() !== (row.translated ?? "") || row.state === "outdated";

/** The translations that speak of something, without what they say of it. */
export function silenced(draft: Draft, speaksOf: (address: string) => boolean): readonly TranslationDocument[] {
  return draft.all<TranslationDocument>("translation").flatMap((document) => {
    const kept = Object.entries(document.labels).filter(([address]) => !speaksOf(address));
    return kept.length === Object.keys(document.labels).length
      ? []
      : [{ ...document, labels: Object.fromEntries(kept) }];
  });
}
