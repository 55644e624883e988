import type { WorkflowDocument } from "schemas";
import type { Effect } from "../effect.ts";
import { checkExpression, type Checked } from "../expression/check.ts";
import type { Environment } from "../expression/evaluate.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Path } from "../expression/tree.ts";
import type { Model } from "../model.ts";
import { clockTerms, dueAt } from "./delay.ts";
import { openMoment, quietZone } from "./sending.ts";

/** What surrounds a run while it moves: its record, who moves it, and when. */
export interface RunScene {
  readonly record: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
  readonly now: string;
  readonly today: string;
  /** Whether whoever moves it may be told what stands at the end of a path; without it, all of it. */
  readonly tells?: (path: Path) => boolean;
  /** Whether whoever sends the event has a right (`<entity>.<event>`); without it, nobody has any. */
  readonly may?: (right: string) => boolean;
  /** The answers to what actions have asked so far in this move, in their order; without it nobody answers. */
  readonly answers?: readonly unknown[];
  readonly related?: NonNullable<Environment["related"]>;
  readonly listed?: NonNullable<Environment["listed"]>;
}

/** What the kernel hangs into the context while it works, and takes out before anything is kept. */
export interface Working {
  readonly record: RunScene["record"];
  readonly scene: RunScene;
  readonly effects: readonly Effect[];
  /** How many questions actions have asked. */
  readonly asked: number;
  /** `meta.id` of the transitions taken. */
  readonly taken: readonly string[];
  /** The fields that the states want filled which these transitions have entered. */
  readonly requires: readonly string[];
}

/** How a document is read while it runs. */
export interface Reading {
  readonly expression: (cel: string) => Checked | undefined;
  /** When a wait of the document that begins now is over; null while what it hangs on is empty. */
  readonly dueAt: (delay: string, environment: Environment) => string | null;
  /** When a state that waits so goes on: when the wait is over, and not in quiet hours; a clock knows none. */
  readonly ringsAt: (delay: string, environment: Environment) => string | null;
  /** The zone in which the hours of sending are counted for a record, where the document has quiet ones or a window. */
  readonly quietIn: (environment: Environment) => string | undefined;
}

/** What is read of a document when it runs: its expressions, checked once each, and its waits. */
export function readingOf(model: Model, document: WorkflowDocument): Reading {
  const scope = workflowScope(model, document);
  const known = new Map<string, Checked | undefined>();
  const expression = (cel: string) => {
    if (!known.has(cel)) known.set(cel, checkExpression(cel, scope).expression);
    return known.get(cel);
  };
  const zone = model.workspace.time_zone;
  const calendar = (name: string) => model.calendars.get(name);
  const clock = (name: string) => clockTerms(document, name);
  const { quiet_hours: quiet, send_window: window } = document.meta;
  const hours = quiet?.zone ? quiet : (window ?? quiet);
  const due = (name: string, environment: Environment) => {
    const delay = document.meta.delays?.[name];
    return delay ? dueAt(delay, { expression, calendar, clock, zone }, environment) : null;
  };
  return {
    expression,
    dueAt: due,
    ringsAt: (name, environment) => {
      const at = due(name, environment);
      if (at === null || !quiet || document.meta.delays?.[name]?.clock !== undefined) return at;
      return openMoment(quiet, quietZone(quiet, expression, environment, zone), at);
    },
    quietIn: (environment) => hours && quietZone(hours, expression, environment, zone),
  };
}
