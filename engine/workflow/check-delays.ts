import type { Delay, WorkflowDocument } from "schemas";
import { readBusinessSpan } from "../calendar/span.ts";
import { checkExpression } from "../expression/check.ts";
import { durationOf } from "../expression/literal.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { celOf } from "./guards.ts";
import { around, type Move, type Place } from "./places.ts";

/** What is wrong with the waits of a workflow: names that are not declared, spans and moments that are none. */
export function delayFaults(document: WorkflowDocument, model: Model, moves: readonly Move[]): readonly Fault[] {
  const declared = Object.entries(document.meta.delays ?? {});
  const names = declared.map(([name]) => name);
  const unknown = moves.flatMap(({ delay, path }) =>
    delay === undefined || names.includes(delay)
      ? []
      : [fault("workflow.delay", { delay, path: path.replace(/\/\d+$/, ""), ...hinted(nearest(delay, names)) })],
  );
  return [
    ...unknown,
    ...declared.flatMap(([name, delay]) => formFaults(document, model, delay, `/meta/delays/${name}`)),
  ];
}

/** A run that only waits goes round no faster than this. */
const roundMinSeconds = 60;

/**
 * Circles of waits alone that are gone round in less than a minute: they would tell and write without end. A wait for a
 * moment counts as none, for the moment may lie in the past. Where a guard on the way hangs on an event, that ends it.
 */
export function rushFaults(document: WorkflowDocument, moves: readonly Move[]): readonly Fault[] {
  const told = toldByEvents(moves);
  const alone = moves.filter(
    ({ event, invoked, from, target, transition }) =>
      event === undefined && !invoked && from && target && transition.target && !hangsOn(celOf(transition.guard), told),
  );
  const seconds = ({ delay }: Move) => {
    const span = delay === undefined ? undefined : document.meta.delays?.[delay]?.duration;
    return Number((span === undefined ? undefined : durationOf(span)) ?? 0);
  };
  // The shortest way from a state to another by waits alone; a state that is entered may wait by those that it holds.
  const quickest = (start: Place, goal: Place): number => {
    const best = new Map([[start, 0]]);
    for (let before = ""; before !== [...best.values()].join();) {
      before = [...best.values()].join();
      for (const [place, sofar] of [...best])
        for (const move of alone) {
          if (!around(place).includes(move.from!) && !around(move.from).includes(place)) continue;
          best.set(move.target!, Math.min(best.get(move.target!) ?? Infinity, sofar + seconds(move)));
        }
    }
    return Math.min(Infinity, ...[...best].flatMap(([place, it]) => (around(place).includes(goal) ? [it] : [])));
  };
  return alone.flatMap((move) => {
    if (move.delay === undefined) return [];
    const round = seconds(move) + quickest(move.target!, move.from!);
    return round < roundMinSeconds
      ? [fault("workflow.rush", { state: move.from!.node.meta.title, path: `${move.path}/target` })]
      : [];
  });
}

/** What of the context an event may change: a run that waits for it to be something else does not wait for ever. */
function toldByEvents(moves: readonly Move[]): ReadonlySet<string> {
  const actions = moves.flatMap(({ event, invoked, transition, target }) =>
    event !== undefined || invoked ? [...(transition.actions ?? []), ...(target?.node.entry ?? [])] : [],
  );
  const values = actions.flatMap(({ type, params }) => (type === "set" ? [params?.values] : []));
  return new Set(values.flatMap((them) => Object.keys((them ?? {}) as object)));
}

/** Whether a guard reads what an event brings, or what one may change. */
function hangsOn(cel: string | undefined, told: ReadonlySet<string>): boolean {
  const read = [...(cel ?? "").matchAll(/\b(?:event|context\.([a-z][a-z0-9_]*))\b/g)];
  return read.some(([text, name]) => (name === undefined ? text === "event" : told.has(name)));
}

function formFaults(document: WorkflowDocument, model: Model, delay: Delay, path: string): readonly Fault[] {
  const { duration, at, until, before, after, clock, window } = delay;
  const told = (wanted: string, where: string) => [fault("workflow.delay_form", { wanted, path: `${path}${where}` })];
  const ways = [duration, at, until, clock].filter((it) => it !== undefined).length;
  if (ways > 1 || (ways === 0 && !window))
    return told("one of `duration`, `at`, `until` and `clock`, or a `window` alone", "");
  const spans = Object.entries({ duration, before, after }).flatMap(([key, span]) =>
    span === undefined || isSpan(span) ? [] : told("a span of weeks, days, hours, minutes and seconds", `/${key}`),
  );
  const lone = until === undefined && (before ?? after) !== undefined;
  return [
    ...spans,
    ...(lone ? told("`until` with `before` and `after`", "") : []),
    ...(window ? windowFaults(document, model, delay, `${path}/window`) : []),
    ...calendarFaults(model, delay, path),
    ...clockFaults(document, model, delay, path),
    ...(at === undefined ? [] : momentFaults(document, model, at.cel, `${path}/at/cel`)),
    ...(until === undefined ? [] : momentFieldFaults(document, model, until, `${path}/until`)),
  ];
}

/** Hours that are there, in a zone; what a clock promises knows none. */
export function windowFaults(
  document: WorkflowDocument,
  model: Model,
  { window, clock }: Pick<Delay, "window" | "clock">,
  path: string,
): readonly Fault[] {
  const { from = "00:00", to = "24:00", zone, calendar } = window!;
  const told = (wrong: boolean, wanted: string, where: string) =>
    wrong ? [fault("workflow.delay_form", { wanted, path: `${path}${where}` })] : [];
  const checked = zone && checkExpression(zone.cel, workflowScope(model, document), { kind: "text" });
  return [
    ...told(clock !== undefined, "no `window` with `clock`", ""),
    ...told(from >= to, "hours that end after they begin", "/to"),
    ...(calendar === undefined ? [] : calendarFaults(model, { calendar }, path)),
    ...(checked?.faults.map((it) => ({ ...it, path: `${path}/zone/cel` })) ?? []),
  ];
}

/** A calendar that counts is known, and what it counts are working days and open hours: no weeks. */
function calendarFaults(model: Model, { calendar, duration }: Delay, path: string): readonly Fault[] {
  if (calendar === undefined) return [];
  const wanted = "a span of working days, hours, minutes and seconds";
  const place = { path: `${path}/calendar`, ...hinted(nearest(calendar, model.calendars.keys())) };
  return [
    ...(model.calendars.has(calendar) ? [] : [fault("calendar.unknown", { calendar, ...place })]),
    ...(duration === undefined || readBusinessSpan(duration)
      ? []
      : [fault("workflow.delay_form", { wanted, path: `${path}/duration` })]),
  ];
}

/** A calendar counts spans, and a clock has a budget in one of its waits at least. */
function clockFaults(document: WorkflowDocument, model: Model, delay: Delay, path: string): readonly Fault[] {
  const { duration, calendar, clock, budget, fraction } = delay;
  const told = (wanted: string) => [fault("workflow.delay_form", { wanted, path })];
  const others = Object.values(document.meta.delays ?? {});
  const known = others.some((it) => it.clock === clock && it.budget !== undefined);
  return [
    ...(calendar !== undefined && duration === undefined && clock === undefined
      ? told("`duration` or `clock` with `calendar`")
      : []),
    ...(clock === undefined && (budget ?? fraction) !== undefined ? told("`clock` with `budget` and `fraction`") : []),
    ...(clock !== undefined && !known ? told("a `budget` of its clock") : []),
    ...(budget === undefined ? [] : spanFaults(document, model, budget.cel, `${path}/budget/cel`)),
  ];
}

function spanFaults(document: WorkflowDocument, model: Model, cel: string, path: string): readonly Fault[] {
  const { faults, expression } = checkExpression(cel, workflowScope(model, document));
  if (!expression) return faults.map((it) => ({ ...it, path }));
  return expression.type.kind === "duration" ? [] : [fault("workflow.delay_form", { wanted: "a span", path })];
}

/** The clocks that states start, pause and stop, which no wait knows; and waits by a clock that no state starts. */
export function stateClockFaults({ meta }: WorkflowDocument, places: readonly Place[]): readonly Fault[] {
  const known = Object.values(meta.delays ?? {}).flatMap(({ clock }) => clock ?? []);
  const started = new Set(places.flatMap(({ node }): readonly string[] => node.meta.clock?.start ?? []));
  const unstarted = Object.entries(meta.delays ?? {}).flatMap(([name, { clock }]) =>
    clock === undefined || started.has(clock)
      ? []
      : [fault("workflow.delay_form", { wanted: "a state that starts its clock", path: `/meta/delays/${name}/clock` })],
  );
  const unknown = places.flatMap(({ node, path }) =>
    Object.entries((node.meta.clock ?? {}) as Readonly<Record<string, readonly string[]>>).flatMap(([act, clocks]) =>
      clocks.flatMap((clock, index) =>
        known.includes(clock)
          ? []
          : [
              fault("workflow.clock", {
                clock,
                path: `${path}/meta/clock/${act}/${index}`,
                ...hinted(nearest(clock, known)),
              }),
            ],
      ),
    ),
  );
  return [...unknown, ...unstarted];
}

/** A span of months has no length of its own, and one that goes back is none. */
function isSpan(text: string): boolean {
  const seconds = durationOf(text);
  return seconds !== undefined && Number(seconds) >= 0;
}

function momentFaults(document: WorkflowDocument, model: Model, cel: string, path: string): readonly Fault[] {
  const { faults, expression } = checkExpression(cel, workflowScope(model, document));
  if (!expression) return faults.map((it) => ({ ...it, path }));
  return isMoment(expression.type.kind) ? [] : [fault("workflow.delay_form", { wanted: "a moment or a day", path })];
}

/** A field of a workflow's records that holds a moment or a day, and is no formula. */
export function momentFieldFaults(
  document: WorkflowDocument,
  model: Model,
  name: string,
  path: string,
): readonly Fault[] {
  const entity = model.entities.get(document.meta.entity);
  const field = entity?.fields.get(name);
  if (!entity) return [];
  if (!field)
    return [
      fault("field.unknown", {
        entity: entity.name,
        field: name,
        path,
        ...hinted(nearest(name, entity.fields.keys())),
      }),
    ];
  const kind = field.type.type(field.property).kind;
  return isMoment(kind) && !field.type.computed
    ? []
    : [fault("workflow.delay_form", { wanted: "a field that holds a moment or a day", path })];
}

const isMoment = (kind: string) => kind === "moment" || kind === "date";

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
