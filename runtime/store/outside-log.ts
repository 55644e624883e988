import { setImmediate } from "node:timers/promises";
import {
  addConformance,
  conform,
  discover,
  fault,
  machineOf,
  partingsOf,
  problem,
  proposeWorkflow,
  refuse,
  resourcesOf,
  tracesOf,
  type Against,
  type Conformance,
  type Fault,
  type LogEvent,
  type LogResource,
  type Model,
  type Parting,
  type ProcessMap,
} from "engine";
import type { WorkflowDocument } from "schemas";

/** How a log goes with a workflow: all its cases are counted. Of those that part with it, the first are told one by one. */
export interface ConformanceTold extends Conformance {
  /** Where cases part with the workflow, the most frequent first, and in how many ways they do so: not all may be told. */
  readonly partings: readonly Parting[];
  readonly ways: number;
}

/** A log from elsewhere beside a workflow: what its cases did, where they part with the workflow, and one that fits them. */
export interface HeldAgainst {
  readonly map: ProcessMap;
  readonly conformance: ConformanceTold;
  /** Whose doing it was, as far as the log says it, the most frequent first. */
  readonly resources: readonly LogResource[];
  readonly proposal: WorkflowDocument;
}

const eventsMax = 50_000;
const eventsOfCaseMax = 1000;
/** So many cases are played before others have a turn. */
const casesInOneGo = 100;
/** So many cases that part with the workflow are told one by one, and so many ways in which they do. */
const toldMax = 200;
/** So many of those whose doing it was are told. */
const resourcesMax = 50;

/**
 * Holds a log against the workflow that is live. An activity is the event of that type or title. Guards see an empty
 * record: what hangs on one is refused. Nothing is read and nothing is written.
 */
export async function holdAgainst(
  model: Model,
  id: string,
  body: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<HeldAgainst> {
  const machine = machineOf(model, id);
  if (!machine) throw problem("document.missing", { kind: "workflow", name: id.slice(0, 80) });
  const log = readLog(body);
  const traces = tracesOf(log);
  if (traces.some((it) => it.events.length > eventsOfCaseMax))
    throw problem("report.malformed", { wanted: `at most ${eventsOfCaseMax} events of one case`, path: "/events" });
  const { events, entity, title } = machine.document.meta;
  const byTitle = new Map(Object.entries(events).map(([type, told]) => [told.title, type]));
  const moment = now.toISOString();
  const against: Against = {
    machine,
    eventOf: (activity) => (Object.hasOwn(events, activity) ? activity : byTitle.get(activity)),
    scene: { record: {}, user: {}, now: moment, today: moment.slice(0, 10) },
  };
  let conformance = conform([], against);
  for (let at = 0; at < traces.length; at += casesInOneGo) {
    conformance = addConformance(conformance, conform(traces.slice(at, at + casesInOneGo), against));
    await setImmediate();
  }
  const map = discover(traces);
  const partings = partingsOf(conformance);
  return {
    map,
    conformance: {
      ...conformance,
      deviations: conformance.deviations.slice(0, toldMax),
      partings: partings.slice(0, toldMax),
      ways: partings.length,
    },
    resources: resourcesOf(log).slice(0, resourcesMax),
    proposal: proposeWorkflow(map, { id, title, entity, least: 1 }),
  };
}

function readLog(body: Readonly<Record<string, unknown>>): readonly LogEvent[] {
  const faults: Fault[] = [];
  const bad = (wanted: string, path: string) => void faults.push(fault("report.malformed", { wanted, path }));
  for (const name of Object.keys(body))
    if (name !== "events") faults.push(fault("query.unknown", { name: name.slice(0, 80), path: `/${name}` }));
  const given: readonly unknown[] = Array.isArray(body.events) ? body.events : [];
  if (!Array.isArray(body.events) || given.length > eventsMax) bad(`a list of at most ${eventsMax} events`, "/events");
  const log = given.slice(0, eventsMax).map((it, index): LogEvent => {
    const { case: name, activity, at, resource } = (it ?? {}) as Readonly<Record<string, unknown>>;
    const moment = typeof at === "string" ? Date.parse(at) : NaN;
    const year = new Date(moment).getUTCFullYear();
    const known = typeof name === "string" && typeof activity === "string" && year >= 1 && year <= 9999;
    if (!known && faults.length < 50) bad("`case`, `activity` and `at`, a moment", `/events/${index}`);
    const whose = typeof resource === "string" ? { resource } : {};
    return { case: String(name), activity: String(activity), at: moment, ...whose };
  });
  refuse(faults);
  return log;
}
