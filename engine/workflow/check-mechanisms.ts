import type { WorkflowDocument } from "schemas";
import { fault, type Fault } from "../problem.ts";
import type { Move, Place } from "./places.ts";

/** Something that the format says and no executor carries out: what it is called, and where a document says it. */
interface Mechanism {
  readonly what: string;
  readonly said: (document: WorkflowDocument, places: readonly Place[], moves: readonly Move[]) => readonly string[];
}

const mechanisms: readonly Mechanism[] = [
  {
    what: "guards by a right",
    said: (_document, _places, moves) =>
      moves.flatMap(({ transition, path }) => (transition.guard?.type === "can" ? [`${path}/guard/type`] : [])),
  },
];

/**
 * What a document says and no executor carries out, each with its place. Such a document is drawn and checked like any
 * other, and refused when it is published: nothing that it says is passed over in silence.
 */
export function mechanismFaults(
  document: WorkflowDocument,
  places: readonly Place[],
  moves: readonly Move[],
): readonly Fault[] {
  return mechanisms.flatMap(({ what, said }) =>
    said(document, places, moves).map((path) => fault("workflow.not_run", { what, path })),
  );
}
