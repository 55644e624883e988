import type { TestDocument } from "schemas";
import { fault, refuse, type Fault } from "../problem.ts";
import { movesOf, type Move } from "../workflow/places.ts";
import { readTimerName } from "../workflow/waits.ts";
import { readPlayed, type Values } from "../values.ts";
import {
  advanceCase,
  beginCase,
  changeCase,
  endForCase,
  later,
  sendToCase,
  type Beginning,
  type PlayedCase,
  type Playing,
} from "./case.ts";

/** What is done to a case, one thing after the other. */
export type ScriptStep =
  | { readonly send: string; readonly data?: unknown; readonly values?: Values }
  | { readonly wait: string }
  | { readonly change: Values }
  | { readonly end: string; readonly output?: unknown; readonly error?: unknown };

const scriptMax = 200;
const faultsMax = 100;

/** Reads a script as it was sent; tells all that is wrong with it at once. */
export function readScript({ model, machine: { entity } }: Playing, given: unknown): readonly ScriptStep[] {
  const faults: Fault[] = [];
  const bad = (wanted: string, path: string) => void faults.push(fault("report.malformed", { wanted, path }));
  if (given !== undefined && !(Array.isArray(given) && given.length <= scriptMax))
    bad(`a list of at most ${scriptMax} steps`, "/script");
  const steps = Array.isArray(given) ? (given as unknown[]) : [];
  const read = steps.map((it, at) => {
    const one = (typeof it === "object" && it !== null ? it : {}) as Readonly<Record<string, unknown>>;
    const kinds = ["send", "wait", "change", "end"].filter((kind) => one[kind] !== undefined);
    if (kinds.length !== 1) bad("one of `send`, `wait`, `change` and `end`", `/script/${at}`);
    for (const name of ["send", "wait", "end"])
      if (one[name] !== undefined && typeof one[name] !== "string") bad("a text", `/script/${at}/${name}`);
    const values = ["change", "values"].flatMap((name) => {
      if (one[name] === undefined) return [];
      const path = `/script/${at}/${name}`;
      const told = readPlayed({ model, entity, path }, one[name]);
      faults.push(...told.faults);
      return [[name, told.values]];
    });
    if (typeof one.wait === "string" && later("2000-01-01T00:00:00.000Z", one.wait) === undefined)
      bad("a span in ISO 8601, `P3D` for instance", `/script/${at}/wait`);
    return { ...one, ...Object.fromEntries(values) };
  });
  refuse(faults.slice(0, faultsMax));
  return read as unknown as readonly ScriptStep[];
}

/** Plays a script from the beginning. */
export function playScript(playing: Playing, beginning: Beginning, script: readonly ScriptStep[]): PlayedCase {
  return script.reduce((at, it) => playStep(playing, at, it), beginCase(playing, beginning));
}

/** Plays one step of a script. */
export function playStep(playing: Playing, at: PlayedCase, it: ScriptStep): PlayedCase {
  if ("send" in it)
    return sendToCase(playing, at, { type: it.send, data: it.data, ...(it.values ? { values: it.values } : {}) });
  if ("wait" in it) return advanceCase(playing, at, later(at.now, it.wait) ?? at.now);
  if ("change" in it) return changeCase(playing, at, it.change);
  return endForCase(playing, at, it.end, it.error === undefined ? { output: it.output ?? null } : { error: it.error });
}

/**
 * A script that takes a case over transitions by their `meta.id`, the way of a finding of the rules for instance. Whether
 * their guards hold is seen when it is played.
 */
export function scriptOver(playing: Playing, beginning: Beginning, way: readonly string[]): readonly ScriptStep[] {
  const moves = new Map(movesOf(playing.machine.document).map((move) => [move.transition.meta.id, move]));
  const script: ScriptStep[] = [];
  let at = beginCase(playing, beginning);
  for (const id of way) {
    const move = moves.get(id);
    // What follows in the same step, a raised event for instance, has been taken with it.
    const done = at.steps.at(-1)?.taken.some((it) => it.id === id) ?? false;
    const it = move && !done && stepOver(at, move);
    if (!it) continue;
    script.push(it);
    at = playStep(playing, at, it);
  }
  return script;
}

/** What makes a case take a transition; nothing where it takes it by itself. */
function stepOver({ timers, now }: PlayedCase, { event, delay, invoked, from }: Move): ScriptStep | undefined {
  if (event !== undefined) return { send: event };
  if (delay !== undefined) {
    const timer = timers.find(({ name }) => readTimerName(name).delay === delay);
    return timer && { wait: `PT${Math.max(0, Date.parse(timer.due) - Date.parse(now)) / 1000}S` };
  }
  const end = invoked && from?.node.invoke?.id;
  if (end === undefined) return undefined;
  return { end, ...(invoked === "error" ? { error: "" } : {}) };
}

/** What a test is called by, and in which role it is played. */
export interface KeptAs {
  readonly id: string;
  readonly anchor: string;
  readonly title: string;
}

/**
 * A case that was played as a test of the workspace, played on each publish: the record as it began, what was done, and
 * where it stood at the end. The ends of invocations and events that nobody sends by hand are no part of a test.
 */
export function testOf(
  playing: Playing,
  beginning: Beginning,
  script: readonly ScriptStep[],
  { id, anchor, title }: KeptAs,
): TestDocument {
  const { machine, model } = playing;
  const ended = playScript(playing, beginning, script);
  const field = machine.stateField?.name;
  const given = Object.entries(beginning.record).filter(([name, value]) => {
    const own = model.entities.get(machine.entity.name)?.fields.get(name);
    return own && !own.system && !own.readOnly && value !== null;
  });
  const when = script.flatMap((it): NonNullable<TestDocument["when"]> => {
    if ("send" in it) return [{ send: it.send, to: "it", ...(it.values ? { values: it.values } : {}) }];
    if ("wait" in it) return [{ wait: it.wait }];
    return "change" in it ? [{ update: "it", values: it.change }] : [];
  });
  const refused = ended.steps.at(-1)?.refused != null;
  const stands = { record: "it", values: field === undefined ? {} : { [field]: ended.state } };
  return {
    $schema: "urn:trellis:test:1",
    $id: id,
    $anchor: anchor,
    title,
    given: {
      it: {
        entity: machine.entity.name,
        values: Object.fromEntries(given),
        ...(beginning.state === undefined ? {} : { state: beginning.state }),
      },
    },
    when,
    then: [stands, ...(refused ? [{ refused: "event.refused" }] : [])],
  };
}
