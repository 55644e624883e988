import type { Model } from "engine";
import type { WorkflowDocument } from "schemas";
import { words } from "#lib/words/index.ts";

/** What a fact is about besides its record, to choose among: which form, which purpose, which segment. */
export interface FactDetail {
  readonly label: string;
  readonly name: "form" | "purpose" | "segment" | "verdict";
  readonly options: readonly { readonly value: string; readonly title: string }[];
}

interface Titled {
  readonly $id: string;
  readonly title: string;
}
const titled = (them: Iterable<Titled>) => [...them].map(({ $id, title }) => ({ value: $id, title }));

/** Of what kind the facts of a type are, as far as a workflow may ask for one kind alone. */
export function factDetail(model: Model | undefined, entity: string, type: string): FactDetail | undefined {
  if (!model) return undefined;
  const own = <One extends Titled & { readonly entity: string }>(them: ReadonlyMap<string, One>) =>
    titled([...them.values()].filter((it) => it.entity === entity));
  if (type === "form.submitted") return { label: words.ofForm, name: "form", options: own(model.forms) };
  if (type.startsWith("segment.")) return { label: words.ofSegment, name: "segment", options: own(model.segments) };
  if (type.startsWith("consent."))
    return { label: words.ofPurpose, name: "purpose", options: titled(model.purposes.values()) };
  if (type === "mail.bounced")
    return { label: words.ofVerdict, name: "verdict", options: [{ value: "hard", title: words.verdictHard }] };
  return undefined;
}

/** The condition that a fact is of one kind, and the kind that a condition asks for. */
export const detailCel = (name: string, value: string) => `event.data.${name} == '${value}'`;
export const detailIn = (name: string, cel: string | undefined) =>
  new RegExp(`^event\\.data\\.${name} == '([a-z0-9_]+)'$`).exec(cel ?? "")?.[1] ?? "";

/** The document with a fact that it listens to, by the words that people have for it; as it is where it does already. */
export function withFact(document: WorkflowDocument, type: string): WorkflowDocument {
  const known: Readonly<Record<string, string>> = words.factTitles;
  const title = known[type];
  if (title === undefined || Object.hasOwn(document.meta.events, type)) return document;
  const declared = { title, source: "integration", payload: { type: "object" } } as const;
  return { ...document, meta: { ...document.meta, events: { ...document.meta.events, [type]: declared } } };
}
