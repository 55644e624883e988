import type { EntityDocument, EventDeclaration, WorkflowDocument } from "schemas";
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

/** What a workflow says as a whole of whom it leads, and how. */
type Said = Pick<WorkflowDocument["meta"], "enrol" | "goal" | "exit" | "quiet_hours" | "send_window" | "caps">;

/** Says something of the whole workflow; nothing takes it away. */
export function sayOfWhole<Key extends keyof Said>(document: WorkflowDocument, key: Key, said: Said[Key]): Made {
  return command(document, (draft) => {
    const { [key]: _, ...others } = draft.meta;
    draft.meta = (said === undefined ? others : { ...others, [key]: said }) as typeof draft.meta;
    return draft.meta.id;
  });
}

/** Says where an event comes from and how it finds its run; what is not for such a source is not kept. */
export function sayOfEvent(
  document: WorkflowDocument,
  type: string,
  said: Partial<Pick<EventDeclaration, "source" | "when" | "correlation" | "look_back">>,
): Made {
  return command(document, (draft) => {
    const event = draft.meta.events[type];
    if (!event) return undefined;
    const { when, correlation, look_back, right, ...own } = { ...event, ...said };
    const outside = own.source === "integration" || own.source === "run";
    draft.meta.events[type] = {
      ...own,
      ...(right !== undefined && own.source === "user" ? { right } : {}),
      ...(when && own.source === "record" ? { when } : {}),
      ...(correlation && outside ? { correlation, ...(look_back === undefined ? {} : { look_back }) } : {}),
    };
    return draft.meta.id;
  });
}

/** A journey or process of two states: it stands in the first until a person is through with it, and ends in the second. */
export function newPassage(
  kind: "journey" | "process",
  entity: EntityDocument,
  title: string,
  words: { readonly open: string; readonly done: string; readonly finish: string },
  taken: readonly string[],
): WorkflowDocument {
  const id = nameFor(title, taken);
  const event = `${id}.${nameFor(words.finish, [])}`;
  return {
    $schema: "urn:trellis:workflow:1",
    id,
    context: {},
    initial: "open",
    states: {
      open: {
        on: { [event]: [{ target: "done", meta: { id: newAnchor("tr"), title: words.finish } }] },
        meta: { id: newAnchor("st"), title: words.open },
      },
      done: { type: "final", meta: { id: newAnchor("st"), title: words.done } },
    },
    meta: {
      id: newAnchor("wf"),
      title,
      format: "wf/1",
      kind,
      entity: entity.$id,
      events: { [event]: { title: words.finish, source: "user" } },
    },
  };
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
