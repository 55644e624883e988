import { durationMs } from "engine";
import type { QueueDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

/** Who is next, in the order in which it is offered. */
export const models = ["pull", "round_robin", "least_load", "most_available", "longest_idle", "last_agent"] as const;

/** A new queue of all records of an entity, behind those that there are, from which a role takes them. */
export function newQueue(title: string, { entity, role, others }: QueueStart): QueueDocument {
  const orders = others.filter((it) => it.entity === entity).map(({ order }) => order);
  return {
    $schema: "urn:trellis:queue:1",
    $id: nameFor(
      title,
      others.map(({ $id }) => $id),
    ),
    $anchor: newAnchor("que"),
    title,
    entity,
    order: Math.min(Math.max(0, ...orders) + 10, 1000),
    when: { cel: "id != null" },
    ...(role === undefined ? {} : { role }),
    model: "pull",
  };
}

interface QueueStart {
  readonly entity: string;
  readonly role: string | undefined;
  readonly others: readonly QueueDocument[];
}

/** A duration in minutes, as people type it; nothing where there is none. */
export function minutesIn(text: string | undefined): number | "" {
  const ms = text === undefined ? undefined : durationMs(text);
  return ms === undefined ? "" : Math.round((ms / 60_000) * 100) / 100;
}

/** Minutes that somebody typed as a duration; nothing where she typed none. */
export const minutesText = (minutes: number): string | undefined =>
  Number.isFinite(minutes) && minutes > 0 ? `PT${Math.max(1, Math.round(minutes * 60))}S` : undefined;

/** Skills with their levels as one types them: `billing 2, japanese 3`. A level that is not said is the first. */
export function readSkills(typed: string): Readonly<Record<string, number>> {
  const parts = typed.split(/[,;]/).map((it) => it.trim());
  return Object.fromEntries(
    parts.flatMap((part) => {
      const [, skill = "", level = "1"] = /^(.*?)(?:\s+(\d{1,2}))?$/.exec(part) ?? [];
      return skill === "" ? [] : [[skill, Math.min(Number(level), 10)]];
    }),
  );
}

/** The same, written. */
export const writeSkills = (skills: Readonly<Record<string, number>>): string =>
  Object.entries(skills)
    .map(([skill, level]) => `${skill} ${String(level)}`)
    .join(", ");
