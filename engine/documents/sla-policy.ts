import type { SlaPolicyDocument } from "schemas";
import { at } from "../check/place.ts";
import { checkSlaPolicy, conditionsOf, shownFields } from "../check/sla-policy.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part, Steps } from "./document-kind.ts";
import { entityName, expression, fieldName, named } from "./mention.ts";
import { itself, rest, saidOf, whole } from "./part.ts";

/** A policy names its entity, calendars, the fields that it keeps or tells, and what its conditions read. */
export const slaPolicy: DocumentKind<SlaPolicyDocument> = {
  check: (document, model, known) => checkSlaPolicy(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const calendar = (name: string | undefined, steps: Steps) =>
      named(name ?? "", name === undefined ? undefined : model.calendars.get(name)?.$anchor, steps, { spare: true });
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...calendar(document.calendar, ["calendar"]),
      ...document.targets.flatMap((target, index) => calendar(target.calendar, ["targets", index, "calendar"])),
      ...shownFields(document).flatMap(([name, , steps]) => fieldName(entity, name, steps, { spare: true })),
      ...(document.tells ?? []).flatMap((name, index) => fieldName(entity, name, ["tells", index], { spare: true })),
      ...conditionsOf(document).flatMap(([condition, steps]) =>
        entity ? expression(condition, recordScope(model, entity.name), steps) : [],
      ),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "clocks", "targets"),
    ...document.clocks.map((clock, index): Part => ({
      id: `#${clock.$anchor}`,
      path: at(["clocks", index]),
      what: "Clock",
      title: clock.title,
      name: clock.name,
      ordered: true,
      values: rest(clock, "$anchor"),
    })),
    ...document.targets.map((target, index): Part => ({
      id: `#${target.$anchor}`,
      path: at(["targets", index]),
      what: "Target",
      title: target.title,
      ordered: true,
      values: rest(target, "$anchor"),
    })),
  ],
  said: (document) => [
    ...saidOf(itself, document),
    ...document.clocks.flatMap((clock, index) =>
      saidOf({ id: `#${clock.$anchor}`, what: "Clock", steps: ["clocks", index] }, clock),
    ),
    ...document.targets.flatMap((target, index) =>
      saidOf({ id: `#${target.$anchor}`, what: "Target", steps: ["targets", index] }, target),
    ),
  ],
};
