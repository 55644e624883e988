import type { SlaPolicyDocument } from "schemas";
import type { ClockReading } from "../calendar/clock.ts";
import type { Entity, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { readTarget } from "../sla/policy.ts";
import { fieldUnknown } from "./entity.ts";
import { conditionFaults } from "./expressions.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

/** How a clock may stand: the values that a field with its status must know. */
export const clockStates: readonly ClockReading["state"][] = ["running", "paused", "met", "breached", "cancelled"];

type Steps = readonly (string | number)[];

/** Whether a policy can be kept: its entity, fields, calendars and clocks are there, its conditions hold together. */
export function checkSlaPolicy(model: Model, document: SlaPolicyDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  return [
    ...calendarFaults(model, document),
    ...fieldFaults(document, entity),
    ...nameFaults(document),
    ...promiseFaults(document),
    ...conditionsOf(document).flatMap(([condition, steps]) =>
      conditionFaults(model, entity.name, condition, placeOf(document, ...steps)),
    ),
  ];
}

/** Every condition of a policy, with the way to it. */
export function conditionsOf({ clocks, targets }: SlaPolicyDocument) {
  return [
    ...clocks.flatMap((clock, index) =>
      (["start", "pause", "stop", "cancel", "reset"] as const).map(
        (name) => [clock[name]?.when, ["clocks", index, name, "when"] as Steps] as const,
      ),
    ),
    ...targets.map(({ when }, index) => [when, ["targets", index, "when"] as Steps] as const),
  ];
}

function calendarFaults(model: Model, document: SlaPolicyDocument): readonly Fault[] {
  const named: readonly (readonly [string | undefined, Steps])[] = [
    [document.calendar, ["calendar"]],
    ...document.targets.map(({ calendar }, index) => [calendar, ["targets", index, "calendar"]] as const),
  ];
  return named.flatMap(([calendar, steps]) =>
    calendar === undefined || model.calendars.has(calendar)
      ? []
      : [
          fault("calendar.unknown", {
            calendar,
            path: placeOf(document, ...steps),
            ...near(calendar, model.calendars.keys()),
          }),
        ],
  );
}

/** Fields that the engine keeps are written by nobody else. */
function fieldFaults(document: SlaPolicyDocument, entity: Entity): readonly Fault[] {
  return [
    ...shownFields(document).flatMap(([name, holds, steps]) => {
      const path = placeOf(document, ...steps);
      const field = entity.fields.get(name);
      if (!field) return [fieldUnknown(entity, name, path)];
      const choices = ((field.property.choices ?? []) as readonly { readonly value: string }[]).map(
        ({ value }) => value,
      );
      const fits =
        holds === "moment" ? field.type.name === "date_time" : clockStates.every((it) => choices.includes(it));
      return fits && field.readOnly ? [] : [fault("sla.field", { field: field.title, holds, path })];
    }),
    ...(document.tells ?? []).flatMap((name, index) => {
      const path = placeOf(document, "tells", index);
      const field = entity.fields.get(name);
      if (!field) return [fieldUnknown(entity, name, path)];
      return field.targets.includes("user") ? [] : [fault("sla.tells", { field: field.title, path })];
    }),
  ];
}

/** The fields that a policy keeps: their names, what they hold, and where that is said. */
export function shownFields(document: SlaPolicyDocument) {
  const all: readonly (readonly [string | undefined, "moment" | "status", Steps])[] = [
    [document.due, "moment", ["due"]],
    [document.status, "status", ["status"]],
    ...document.clocks.flatMap(
      ({ due, ended, status }, index) =>
        [
          [due, "moment", ["clocks", index, "due"]],
          [ended, "moment", ["clocks", index, "ended"]],
          [status, "status", ["clocks", index, "status"]],
        ] as const,
    ),
  ];
  return all.flatMap(([name, holds, steps]) => (name === undefined ? [] : [[name, holds, steps] as const]));
}

/** Clocks and targets have anchors, clocks names of their own, and stand behind others that are there before them. */
function nameFaults(document: SlaPolicyDocument): readonly Fault[] {
  const names = document.clocks.map(({ name }) => name);
  const anchors = (["clocks", "targets"] as const).flatMap((list) =>
    document[list].map(({ $anchor, title }, index) => ({
      $anchor,
      title,
      path: placeOf(document, list, index, "$anchor"),
    })),
  );
  const twice = anchors.flatMap(({ $anchor, path }, index) => {
    const first = anchors.find((it) => it.$anchor === $anchor)!;
    return anchors.indexOf(first) < index
      ? [fault("anchor.taken", { anchor: $anchor, by: `"${first.title}"`, path })]
      : [];
  });
  const named = document.clocks.flatMap(({ name, behind }, index) => [
    ...(names.indexOf(name) < index
      ? [fault("name.taken", { name, path: placeOf(document, "clocks", index, "name") })]
      : []),
    ...(behind === undefined || names.slice(0, index).includes(behind)
      ? []
      : [clockUnknown(behind, placeOf(document, "clocks", index, "behind"), names.slice(0, index))]),
  ]);
  return [...twice, ...named];
}

function promiseFaults(document: SlaPolicyDocument): readonly Fault[] {
  const names = document.clocks.map(({ name }) => name);
  return document.targets.flatMap(({ promises }, index) =>
    Object.entries(promises).flatMap(([name, promise]) => {
      const path = placeOf(document, "targets", index, "promises", name);
      if (!names.includes(name)) return [clockUnknown(name, path, names)];
      return readTarget(promise) ? [] : [fault("sla.promise", { promise, path })];
    }),
  );
}

const clockUnknown = (clock: string, path: string, names: readonly string[]) =>
  fault("sla.clock", { clock, path, ...near(clock, names) });
