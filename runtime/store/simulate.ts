import {
  fault,
  compileMachine,
  Known,
  machineOf,
  nameOf,
  kindOf,
  playKnowing,
  playScript,
  problem,
  readModel,
  readPlayed,
  readScript,
  refuse,
  runningIn,
  shapeFaults,
  whyOfCase,
  type Fault,
  type Model,
  type PlayedCase,
  type Playing,
  type CaseQuestion,
  type Reason,
  type Told,
  type Values,
} from "engine";
import type { AnyDocument, WorkflowDocument } from "schemas";
import { checked } from "./checked.ts";

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
  /** Faults are told from the outside in: `/workflow/<name>/states` stands in the request as `/document/states`. */
  const placed = (faults: readonly Fault[]) =>
    faults.map((it) => ({ ...it, path: `/document/${it.path.split("/").slice(3).join("/")}`.replace(/\/$/, "") }));
  refuse(placed(shapeFaults(draft)));
  const document = draft as WorkflowDocument;
  if (kindOf(document) !== "workflow" || nameOf(document) !== id)
    throw problem("document.misplaced", { name: nameOf(document), path: "/document/id" });
  const others = model.documents.filter((it) => !(kindOf(it) === "workflow" && (nameOf(it) === id || it === live)));
  const documents: readonly AnyDocument[] = [...others, document];
  const faults = checked(documents).filter(
    ({ path, code }) => path.startsWith(`/workflow/${id}/`) && code !== "workflow.not_run",
  );
  refuse(placed(faults));
  const next = readModel(documents, model.version);
  const machine = compileMachine(next, document);
  if (!machine)
    throw problem("document.entity_unknown", { entity: document.meta.entity, path: "/document/meta/entity" });
  return { model: next, machine };
}

/** Answers what a case wants to know of other records. */
export type Telling = (questions: readonly CaseQuestion[]) => Promise<readonly Told[]>;

/**
 * Plays a case as it is told in a request: a record, and what is done to it. Other records are read as they stand; nothing
 * is written.
 */
export async function simulate(
  model: Model,
  id: string,
  body: Readonly<Record<string, unknown>>,
  { now, by, tell }: { readonly now: Date; readonly by: string; readonly tell: Telling },
): Promise<Played> {
  const { document, record = {}, state, now: from = now.toISOString(), script, ...others } = body;
  const drawn = playingOf(model, id, document);
  const begun = new Date(typeof from === "string" ? from : NaN);
  const dated = begun.getUTCFullYear() >= 1 && begun.getUTCFullYear() <= 9998;
  refuse([
    ...Object.keys(others).map((name) => fault("query.unknown", { name: name.slice(0, 80), path: `/${name}` })),
    ...(dated ? [] : [fault("report.malformed", { wanted: "a moment", path: "/now" })]),
    ...(state === undefined || typeof state === "string"
      ? []
      : [fault("report.malformed", { wanted: "a state", path: "/state" })]),
  ]);
  const steps = readScript(drawn, script);
  const whole = { owner: by, ...readRecord(drawn, record) };
  const known = new Known();
  const playing = { ...drawn, known };
  const beginning = {
    record: whole,
    user: { id: by },
    now: begun.toISOString(),
    ...(state === undefined ? {} : { state: state as string }),
  };
  const play = () => {
    const ended = playScript(playing, beginning, steps);
    return { ended, reasons: whyOfCase(playing, ended) };
  };
  const { ended, reasons } = await playKnowing(known, play, tell);
  const { snapshot, user: _, ...played } = ended;
  return {
    ...played,
    value: snapshot.value,
    context: snapshot.context,
    status: snapshot.status,
    running: runningIn(playing, ended).map(({ id: invocation, src }) => ({ id: invocation, src })),
    reasons,
  };
}

/** The values of a record that is played with, as records travel; what is not told is empty. */
function readRecord({ model, machine: { entity } }: Playing, given: unknown): Values {
  const { values, faults } = readPlayed({ model, entity, path: "/record" }, given);
  refuse(faults);
  const empty = Object.fromEntries(
    // What is worked out is no value of its own: it is worked out when it is read.
    [...entity.fields.values()].flatMap(({ name, type }) =>
      name === "owner" || type.name === "formula" ? [] : [[name, null]],
    ),
  );
  return { ...empty, id: "00000000-0000-7000-8000-000000000000", ...values };
}
