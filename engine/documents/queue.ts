import type { QueueDocument } from "schemas";
import { at } from "../check/place.ts";
import { checkQueue } from "../check/queue.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { entityName, expression, fieldName, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A queue names its entity, fields of it, a role, another queue, and what its conditions read. */
export const queue: DocumentKind<QueueDocument> = {
  check: (document, model, known) => checkQueue(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const { role, overflow, same, rank, skills = [] } = document;
    const scope = recordScope(model, document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...(role === undefined ? [] : named(role, model.roles.get(role)?.$anchor, ["role"])),
      ...(overflow ? named(overflow.to, model.queues.get(overflow.to)?.$anchor, ["overflow", "to"]) : []),
      ...fieldName(entity, same, ["same"], { spare: true }),
      ...fieldName(entity, rank?.field, ["rank", "field"]),
      ...(entity ? expression(document.when, scope, ["when"]) : []),
      ...(entity ? skills.flatMap(({ when }, index) => expression(when, scope, ["skills", index, "when"])) : []),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "skills"),
    ...(document.skills ?? []).map((skill, index): Part => ({
      id: `skill ${skill.skill}`,
      path: at(["skills", index]),
      what: "Skill",
      title: skill.skill,
      values: { ...skill },
    })),
  ],
  said: (document) => saidOf(itself, document),
};
