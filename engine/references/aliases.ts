import type {
  AnyDocument,
  Choice,
  EntityDocument,
  Property,
  StateNode,
  ValueSetDocument,
  WorkflowDocument,
} from "schemas";
import { anchorOf, kindOf, nameOf, readModel, type Model } from "../model.ts";
import type { Names } from "./names.ts";

/**
 * The next model, in which everything answers to its former name as well, unless that is another's by now. A document
 * that is half rewritten is read by it.
 */
export function withFormerNames(now: Model, next: readonly AnyDocument[], renames: Names): Model {
  const former = new Map(now.documents.map((document) => [anchorOf(document), document]));
  const taken = new Set(next.map((document) => `${kindOf(document)} ${nameOf(document)}`));
  const documents = next.flatMap((document): readonly AnyDocument[] => {
    const old = former.get(anchorOf(document));
    const kind = kindOf(document);
    const wide = old ? widened(document, old, renames) : document;
    if (!old || nameOf(old) === nameOf(wide) || taken.has(`${kind} ${nameOf(old)}`)) return [wide];
    return [
      wide,
      kind === "workflow"
        ? { ...(wide as WorkflowDocument), id: nameOf(old) }
        : ({ ...wide, $id: nameOf(old) } as AnyDocument),
    ];
  });
  return readModel(documents);
}

function widened(document: AnyDocument, old: AnyDocument, renames: Names): AnyDocument {
  switch (kindOf(document)) {
    case "entity":
      return widenedEntity(document as EntityDocument, old as EntityDocument, renames);
    case "value-set":
      return widenedSet(document as ValueSetDocument, renames);
    case "workflow":
      return widenedWorkflow(document as WorkflowDocument, old as WorkflowDocument);
    default:
      return document;
  }
}

function widenedEntity(document: EntityDocument, old: EntityDocument, renames: Names): EntityDocument {
  const properties: Record<string, Property> = {};
  for (const [name, property] of Object.entries(document.properties)) {
    const choices = property.choices as readonly Choice[] | undefined;
    const address = `${document.$anchor}#${property.$anchor}`;
    properties[name] = Array.isArray(choices)
      ? { ...property, choices: withFormer(choices, address, renames) }
      : property;
  }
  const byAnchor = new Map(Object.values(properties).map((property) => [property.$anchor, property]));
  for (const [name, { $anchor, inverse }] of Object.entries(old.properties)) {
    const now = byAnchor.get($anchor);
    if (!now) continue;
    const list = inverse === undefined ? {} : { inverse };
    if (!Object.hasOwn(properties, name)) properties[name] = { ...now, ...list };
    // No field is called so: the tilde keeps it apart.
    else if (inverse !== now.inverse && inverse !== undefined) properties[`~${name}`] = { ...now, ...list };
  }
  return { ...document, properties };
}

function widenedSet(document: ValueSetDocument, renames: Names): ValueSetDocument {
  return {
    ...document,
    choices: withFormer(document.choices, document.$anchor, renames) as ValueSetDocument["choices"],
  };
}

function withFormer(choices: readonly Choice[], of: string, renames: Names): Choice[] {
  const known = new Set(choices.map(({ value }) => value));
  const former = [...renames].flatMap(([address, to]) => {
    const value = address.startsWith(`${of}=`) ? address.slice(of.length + 1) : undefined;
    return value !== undefined && known.has(to) && !known.has(value) ? [{ value, title: value }] : [];
  });
  return [...choices, ...former];
}

function widenedWorkflow(document: WorkflowDocument, old: WorkflowDocument): WorkflowDocument {
  const former = new Map<string, string>();
  const collect = (states: StateNode["states"]) => {
    for (const [key, state] of Object.entries(states ?? {})) {
      former.set(state.meta.id, key);
      collect(state.states);
    }
  };
  collect(old.states);
  const widen = (states: NonNullable<StateNode["states"]>): NonNullable<StateNode["states"]> => {
    const wide: Record<string, StateNode> = {};
    for (const [key, state] of Object.entries(states)) {
      wide[key] = state.states ? { ...state, states: widen(state.states) } : state;
      const was = former.get(state.meta.id);
      if (was !== undefined && !Object.hasOwn(states, was)) wide[was] = wide[key];
    }
    return wide;
  };
  return { ...document, states: widen(document.states) };
}
