import type { StateNode, WorkflowDocument } from "schemas";
import type { ProcessMap } from "./process-map.ts";

/** How a workflow is proposed from what cases did. */
export interface Proposing {
  readonly id: string;
  readonly title: string;
  readonly entity: string;
  /** What follows less often than this is left out; 1 keeps all that ever happened. */
  readonly least: number;
}

/**
 * The workflow as it is: a state for each activity, which its event leads to from wherever it followed often enough. A
 * case begins before its first activity; activities with which cases end are ends.
 */
export function proposeWorkflow(map: ProcessMap, { id, title, entity, least }: Proposing): WorkflowDocument {
  const keys = keysOf(map.nodes.map(({ name }) => name));
  const keyOf = (name: string) => keys.get(name)!;
  let moves = 0;
  const move = (to: string) => ({ target: keyOf(to), reenter: true, meta: { id: `tr_${++moves}_move` } });
  const event = (name: string) => `${id}.${keyOf(name)}`;
  const out = (to: readonly string[]): StateNode["on"] =>
    Object.fromEntries(to.map((name) => [event(name), [move(name)]])) as StateNode["on"];
  const after = Map.groupBy(
    map.edges.filter(({ count }) => count >= least),
    ({ from }) => from,
  );
  const starts = map.nodes.filter((it) => it.starts >= least).map(({ name }) => name);
  const states = map.nodes.map(({ name, ends }): [string, StateNode] => {
    const next = (after.get(name) ?? []).map(({ to }) => to);
    const meta = { id: `st_${keyOf(name)}`, title: name };
    return [
      keyOf(name),
      {
        ...(next.length > 0 ? { on: out(next)! } : {}),
        ...(ends > 0 || next.length === 0 ? { tags: ["end"] } : {}),
        meta,
      },
    ];
  });
  return {
    $schema: "urn:trellis:workflow:1",
    id,
    initial: begunKey,
    context: {},
    states: {
      [begunKey]: { on: out(starts)!, meta: { id: `st_${begunKey}`, title: "Begun" } },
      ...Object.fromEntries(states),
    },
    meta: {
      id: `wf_${id}`,
      title,
      format: "wf/1",
      kind: "pipeline",
      entity,
      events: Object.fromEntries(map.nodes.map(({ name }) => [event(name), { title: name, source: "user" }])),
    },
  };
}

/** The state in which a case stands that has not done anything yet. */
export const begunKey = "begun";

/** Names as keys of a document, each its own. */
export function keysOf(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>([begunKey]);
  const tried = new Map<string, number>();
  return new Map(
    names.map((name) => {
      const plain = name
        .normalize("NFKD")
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "_")
        .replace(/^_+|_+$/g, "")
        .slice(0, 30)
        .replace(/_$/, "");
      const base = /^[a-z]/.test(plain) ? plain : `a_${plain || "state"}`;
      let key = base;
      let n = tried.get(base) ?? 2;
      for (; taken.has(key); n++) key = `${base}_${n}x`;
      tried.set(base, n);
      taken.add(key);
      return [name, key];
    }),
  );
}
