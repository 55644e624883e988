import type { AnyDocument, ValueSetDocument, WorkflowDocument } from "schemas";
import { addressOfChoices, addressOfEvent, addressOfState } from "../address.ts";
import { at } from "../check/place.ts";
import type { Mention, Part } from "../documents/document-kind.ts";
import { mentionsOf, partsOf } from "../documents/index.ts";
import { anchorOf, kindOf, nameOf, type Entity, type Model } from "../model.ts";
import { choiceValues } from "../plan.ts";
import { problem } from "../problem.ts";

/** A place where a document uses something. */
export interface Use {
  /** The address of what is used. */
  readonly of: string;
  readonly kind: string;
  readonly name: string;
  /** The JSON Pointer in the document. */
  readonly path: string;
  /** In words: which document, which part of it, what in there. */
  readonly title: string;
}

const indexes = new WeakMap<Model, ReadonlyMap<string, readonly Found[]>>();

interface Found {
  readonly document: AnyDocument;
  readonly mention: Mention;
}

/** Where something is used: a document by its anchor, a field, state or choice by its address. */
export function usesOf(model: Model, address: string): readonly Use[] {
  return (indexOf(model).get(address) ?? []).map(({ document, mention }) => useIn(document, mention, model));
}

/** Where something or any part of it is used by other documents. */
export function usesWithin(model: Model, anchor: string): readonly Use[] {
  return [...indexOf(model)]
    .filter(([address]) => address === anchor || address.startsWith(`${anchor}#`) || address.startsWith(`${anchor}=`))
    .flatMap(([, found]) => found.filter(({ document }) => anchorOf(document) !== anchor))
    .map(({ document, mention }) => useIn(document, mention, model));
}

/** Every mention of a model by what it names; read once a model. */
function indexOf(model: Model): ReadonlyMap<string, readonly Found[]> {
  const known = indexes.get(model);
  if (known) return known;
  const all = model.documents.flatMap((document) =>
    mentionsOf(document, model).map((mention) => ({ document, mention })),
  );
  const index = Map.groupBy(all, ({ mention }) => mention.address);
  indexes.set(model, index);
  return index;
}

/** A mention in words. */
export function useIn(document: AnyDocument, mention: Mention, model: Model): Use {
  const path = at(mention.steps);
  const title = titleOf(document, partsOf(document, model), path);
  return { of: mention.address, kind: kindOf(document), name: nameOf(document), path, title };
}

/** `View "Won deals": filter`. */
function titleOf(document: AnyDocument, parts: readonly Part[], path: string): string {
  const around = parts
    .filter((part) => part.path === "" || path === part.path || path.startsWith(`${part.path}/`))
    .reduce((deep, part) => (part.path.length > deep.path.length ? part : deep));
  const kind = kindOf(document).replaceAll("-", " ");
  const whole = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)} "${parts[0]?.title ?? nameOf(document)}"`;
  const part = around.what === "" ? "" : `, ${around.what.toLowerCase()} "${around.title}"`;
  const [inside] = path
    .slice(around.path.length)
    .split("/")
    .filter((step) => step !== "" && !/^\d+$/.test(step));
  return `${whole}${part}${inside !== undefined && inside !== "cel" ? `: ${inside.replaceAll("_", " ")}` : ""}`;
}

/** The address of a document, or of what `at` names in it: a field, `field=choice`, a state, an event, a choice. */
export function addressAt(model: Model, kind: string, name: string, at?: string): string {
  const document = model.documents.find((it) => kindOf(it) === kind && nameOf(it) === name);
  const entity = kind === "entity" ? model.entities.get(name) : undefined;
  const anchor = document ? anchorOf(document) : entity?.anchor;
  if (anchor === undefined) throw problem("document.missing", { kind: kind.slice(0, 80), name: name.slice(0, 80) });
  if (at === undefined || at === "") return anchor;
  const address = entity ? addressInEntity(model, entity, at) : document && addressInDocument(document, at);
  if (address === undefined) throw problem("document.part_unknown", { name, at: at.slice(0, 80), path: "/at" });
  return address;
}

function addressInEntity(model: Model, entity: Entity, at: string): string | undefined {
  const [name = "", ...rest] = at.split("=");
  const field = entity.fields.get(name);
  const value = rest.join("=");
  if (!field || rest.length === 0) return field?.address;
  return choiceValues(field).includes(value) ? `${addressOfChoices(model, field)}=${value}` : undefined;
}

function addressInDocument(document: AnyDocument, at: string): string | undefined {
  if (kindOf(document) === "value-set") {
    const { $anchor, choices } = document as ValueSetDocument;
    return choices.some(({ value }) => value === at) ? `${$anchor}=${at}` : undefined;
  }
  if (kindOf(document) !== "workflow") return undefined;
  const workflow = document as WorkflowDocument;
  if (Object.hasOwn(workflow.meta.events, at)) return addressOfEvent(workflow, at);
  const address = addressOfState(workflow, at);
  return address.endsWith("#") ? undefined : address;
}
