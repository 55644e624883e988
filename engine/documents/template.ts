import type { TemplateDocument } from "schemas";
import { checkTemplate } from "../check/template.ts";
import { at } from "../check/place.ts";
import type { Model } from "../model.ts";
import type { DocumentKind, Mention, Steps } from "./document-kind.ts";
import { entityName, named } from "./mention.ts";
import { rest, whole } from "./part.ts";

/** A template names the templates that it builds on, and in its presets an entity and fields of it. */
export const template: DocumentKind<TemplateDocument> = {
  check: (document, model) => checkTemplate(model, document),
  mentions: (document, model) => [
    ...Object.keys(document.needs ?? {}).flatMap((name) =>
      named(name, model.templates.get(name)?.$anchor, ["needs", name], { key: true, spare: true }),
    ),
    ...Object.entries(document.presets ?? {}).flatMap(([name, { params }]) =>
      presetMentions(model, params as Readonly<Record<string, unknown>>, ["presets", name, "params"]),
    ),
  ],
  parts: (document) => [
    whole(document, document.title, document.$id, "presets"),
    ...Object.entries(document.presets ?? {}).map(([name, preset]) => ({
      id: `preset ${name}`,
      path: at(["presets", name]),
      what: "Preset",
      title: preset.title,
      name,
      values: rest(preset, "title"),
    })),
  ],
};

function presetMentions(model: Model, params: Readonly<Record<string, unknown>>, steps: Steps): readonly Mention[] {
  const name = typeof params.entity === "string" ? params.entity : undefined;
  const entity = model.entities.get(name ?? "");
  return [
    ...entityName(model, name, [...steps, "entity"]),
    ...Object.keys((params.values ?? {}) as object).flatMap((field) =>
      named(field, entity?.fields.get(field)?.address, [...steps, "values", field], { key: true }),
    ),
  ];
}
