import type { StateNode, WorkflowDocument } from "schemas";
import { movesOf, type Move } from "../places.ts";
import type { Holder } from "../states.ts";
import { delayText, guardNote, type WorkflowFormat } from "./format.ts";

/** A state diagram for Mermaid: states by their titles, transitions by what takes them and their guards. */
export const mermaid: WorkflowFormat = {
  name: "mermaid",
  label: "Mermaid",
  extension: "mmd",
  mediaType: "text/vnd.mermaid",
  write: (document) => {
    const { id, title } = document.meta;
    // Only what is inside a state may stand side by side, and only a state can be left from anywhere in it.
    const framed = document.type === "parallel" || document.on !== undefined;
    const body = framed ? [`state "${said(title)}" as ${id} {`, ...inside(document), "}"] : inside(document);
    const lines = [...body, ...movesOf(document).flatMap((move) => lineOf(document, move))];
    return `stateDiagram-v2\n${lines.map((line) => `  ${line}\n`).join("")}`;
  },
};

function inside(holder: Holder): readonly string[] {
  const states = Object.entries(holder.states ?? {});
  const first = holder.initial === undefined ? undefined : holder.states?.[holder.initial];
  const parallel = holder.type === "parallel";
  return [
    ...(first && !parallel ? [`[*] --> ${first.meta.id}`] : []),
    ...states.flatMap(([, state], index) => [...(parallel && index > 0 ? ["--"] : []), ...stateLines(state)]),
  ];
}

function stateLines(state: StateNode): readonly string[] {
  const { id, title } = state.meta;
  const name = `state "${said(title)}${state.type === "history" ? " (H)" : ""}" as ${id}`;
  if (state.states) return [`${name} {`, ...inside(state).map((line) => `  ${line}`), "}"];
  return [name, ...(state.type === "final" ? [`${id} --> [*]`] : [])];
}

function lineOf(document: WorkflowDocument, move: Move): readonly string[] {
  const { from, target, transition, event, delay, done, invoked } = move;
  const { title } = transition.meta;
  const source = from?.node.meta.id ?? document.meta.id;
  const by =
    event === undefined
      ? delay === undefined
        ? invoked
          ? `${from?.node.invoke?.id ?? ""} ${invoked}`
          : done
            ? "done"
            : ""
        : `after ${delayText(delay, document.meta.delays?.[delay])}`
      : (document.meta.events[event]?.title ?? event);
  const label = said(`${title ?? by}${guardNote(transition.guard)}`);
  return [`${source} --> ${target?.node.meta.id ?? source}${label === "" ? "" : ` : ${label}`}`];
}

/** Mermaid ends a text at these signs. */
const said = (text: string) =>
  text
    .replaceAll('"', "'")
    .replaceAll(/[\n;]+/g, " ")
    .replaceAll(":", "∶")
    .trim();
