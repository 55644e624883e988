import {
  check,
  compileMachine,
  machineOf,
  nameOf,
  kindOf,
  normalValues,
  playScript,
  problem,
  fault,
  readModel,
  readScript,
  refuse,
  runningIn,
  shapeFaults,
  whyOfCase,
  type Model,
  type PlayedCase,
  type Playing,
  type Reason,
  type Values,
} from "engine";
import type { AnyDocument, WorkflowDocument } from "schemas";

/** A case that was played, and where it could go from there. */
export interface Played extends Omit<PlayedCase, "snapshot" | "user"> {
  readonly value: unknown;
  readonly context: PlayedCase["snapshot"]["context"];
  readonly status: string;
  /** What it has invoked and waits for. */
  readonly running: readonly { readonly id: string; readonly src: string }[];
  readonly reasons: readonly Reason[];
}

/**
 * The workflow that is to be played: the one that is live, or a draft of it, which must be free of faults. `path` is where
 * the draft stands in the request.
 */
export function playingOf(model: Model, id: string, draft: unknown): Playing {
  const live = model.workflows.get(id);
  if (draft === undefined) {
    const machine = machineOf(model, id);
    if (!machine) throw problem("document.missing", { kind: "workflow", name: id.slice(0, 80) });
    return { model, machine };
  }
  const at = (faults: ReturnType<typeof shapeFaults>) => faults.map((it) => ({ ...it, path: `/document${it.path}` }));
  refuse(at(shapeFaults(draft)));
  const document = draft as WorkflowDocument;
  if (kindOf(document) !== "workflow" || nameOf(document) !== id)
    throw problem("document.misplaced", { name: nameOf(document), path: "/document/id" });
  const others = model.documents.filter((it) => !(kindOf(it) === "workflow" && (nameOf(it) === id || it === live)));
  const documents: readonly AnyDocument[] = [...others, document];
  const own = `/workflow/${id}`;
  const faults = check(documents).filter(({ path, code }) => path.startsWith(`${own}/`) && code !== "workflow.not_run");
  refuse(at(faults.map((it) => ({ ...it, path: it.path.slice(own.length) }))));
  const next = readModel(documents, model.version);
  const machine = compileMachine(next, document);
  if (!machine)
    throw problem("document.entity_unknown", { entity: document.meta.entity, path: "/document/meta/entity" });
  return { model: next, machine };
}

/** Plays a case as it is told in a request: a record, and what is done to it. Nothing is read and nothing is written. */
export function simulate(
  model: Model,
  id: string,
  body: Readonly<Record<string, unknown>>,
  { now, by }: { readonly now: Date; readonly by: string },
): Played {
  for (const name of Object.keys(body))
    if (!["document", "record", "state", "now", "script"].includes(name))
      throw problem("query.unknown", { name: name.slice(0, 80), path: `/${name}` });
  const playing = playingOf(model, id, body.document);
  const { machine } = playing;
  const record = { owner: by, ...readRecord(playing, body.record) };
  const begun = body.now === undefined ? now : new Date(String(body.now));
  if (Number.isNaN(begun.getTime()) || begun.getUTCFullYear() < 1 || begun.getUTCFullYear() > 9998)
    throw problem("report.malformed", { wanted: "a moment", path: "/now" });
  const script = readScript(body.script);
  const beginning = {
    record,
    user: { id: by },
    now: begun.toISOString(),
    ...(typeof body.state === "string" ? { state: body.state } : {}),
  };
  const { snapshot, user: _user, ...played } = playScript(playing, beginning, script);
  const at = { ...played, snapshot, user: {} };
  return {
    ...played,
    value: snapshot.value,
    context: snapshot.context,
    status: snapshot.status,
    running: runningIn(playing, at).map(({ id: invocation, src }) => ({ id: invocation, src })),
    reasons: whyOfCase({ ...playing, machine }, at),
  };
}

/** The values of a record that is played with, as records travel. */
function readRecord({ model, machine: { entity } }: Playing, given: unknown = {}): Values {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw problem("record.malformed", { entity: entity.name, path: "/record" });
  refuse(
    Object.keys(given).flatMap((name) =>
      entity.fields.has(name)
        ? []
        : [fault("field.unknown", { entity: entity.name, field: name, path: `/record/${name}` })],
    ),
  );
  const empty = Object.fromEntries(
    [...entity.fields.keys()].flatMap((name) => (name === "owner" ? [] : [[name, null]])),
  );
  return { ...empty, id: "00000000-0000-7000-8000-000000000000", ...normalValues(model, entity, given as Values) };
}
