import type { DescribedEntity, DescribedField } from "engine";
import type { LayoutDocument } from "schemas";
import type { LiveForm } from "./live-form.svelte.ts";

/** A part of a record's page. */
export interface Section {
  readonly at: number;
  readonly title: string | undefined;
  readonly fields: readonly DescribedField[];
}

/** The fields of an entity that are named, in that order; those that its reader does not know are left out. */
export function fieldsNamed({ fields }: DescribedEntity, names: readonly string[]): readonly DescribedField[] {
  return names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}

/** The sections of a record's page as its layout has them, as far as its form shows them; without a layout there is one. */
export function sectionsOf(
  entity: DescribedEntity,
  layout: LayoutDocument | undefined,
  form: LiveForm,
): readonly Section[] {
  const sections = layout?.sections?.map(({ title, fields }, at) => ({
    at,
    title,
    fields: form.showsSection(at) ? fieldsNamed(entity, fields) : [],
  }));
  return (
    sections?.filter(({ fields }) => fields.some((field) => form.shows(field))) ?? [
      { at: 0, title: undefined, fields: entity.fields.filter(({ system }) => !system) },
    ]
  );
}
