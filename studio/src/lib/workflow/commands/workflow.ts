import type { EntityDocument, WorkflowDocument } from "schemas";
import { nameFor, newAnchor } from "../../design/entity.ts";
import { command, type Made } from "../tree.ts";

/** Gives the whole workflow another title or description; an empty title changes nothing. */
export function renameWorkflow(document: WorkflowDocument, next: { title?: string; description?: string }): Made {
  return command(document, (draft) => {
    if (next.title !== undefined && next.title.trim() === "") return undefined;
    if (next.title !== undefined) draft.meta.title = next.title;
    if (next.description !== undefined && next.description !== "") draft.description = next.description;
    else if (next.description === "") delete draft.description;
    return draft.meta.id;
  });
}

/** A pipeline of two states for an entity that has none, and the entity with the field that shows where it stands. */
export function newWorkflow(
  entity: EntityDocument,
  title: string,
  words: { readonly open: string; readonly done: string; readonly finish: string; readonly stage: string },
  taken: readonly string[],
): readonly [WorkflowDocument, EntityDocument] {
  const id = nameFor(title, taken);
  const event = `${entity.$id}.${nameFor(words.finish, [])}`;
  const done = newAnchor("st");
  const workflow: WorkflowDocument = {
    $schema: "urn:trellis:workflow:1",
    id,
    context: {},
    initial: "open",
    states: {
      open: {
        on: { [event]: [{ target: `#${done}`, meta: { id: newAnchor("tr"), title: words.finish } }] },
        tags: ["open"],
        meta: { id: newAnchor("st"), title: words.open },
      },
      done: { tags: ["end"], meta: { id: done, title: words.done, outcome: "won" } },
    },
    meta: {
      id: newAnchor("wf"),
      title,
      format: "wf/1",
      kind: "pipeline",
      entity: entity.$id,
      events: { [event]: { title: words.finish, source: "user" } },
    },
  };
  const field = nameFor(words.stage, Object.keys(entity.properties));
  const property = { $anchor: newAnchor("fld"), field: "state", title: words.stage, workflow: id };
  return [workflow, { ...entity, properties: { ...entity.properties, [field]: property } }];
}
