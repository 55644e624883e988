import { durationMs } from "engine";
import type { ScoreDocument, SegmentDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

/** Facts that the product itself tells of, to choose among; others are typed. */
export const knownFacts = [
  ...["page.visited", "form.submitted", "mail.opened", "mail.clicked", "mail.replied", "mail.bounced"],
  ...["survey.answered", "segment.entered", "segment.left", "score.crossed"],
];

/** A new segment of all records of an entity. */
export const newSegment = (title: string, entity: string, taken: readonly string[]): SegmentDocument => ({
  $schema: "urn:trellis:segment:1",
  $id: nameFor(title, taken),
  $anchor: newAnchor("seg"),
  title,
  entity,
  where: { cel: "id != null" },
});

/** A new score whose points come of visits. */
export const newScore = (title: string, entity: string, rule: string, taken: readonly string[]): ScoreDocument => ({
  $schema: "urn:trellis:score:1",
  $id: nameFor(title, taken),
  $anchor: newAnchor("sco"),
  title,
  entity,
  behaviour: [{ title: rule, type: "page.visited", points: 5, half_life: "P14D" }],
  threshold: { enter: 60, leave: 50 },
});

/** A span in whole days, as people type it; nothing where there is none. */
export function daysIn(span: string | undefined): number | "" {
  const ms = span === undefined ? undefined : durationMs(span);
  return ms === undefined || Number.isNaN(ms) ? "" : Math.round((ms / 86_400_000) * 100) / 100;
}

/** Days that somebody typed as a span; nothing where she typed none. */
export function spanOf(typed: string): string | undefined {
  const days = Number(typed);
  if (typed.trim() === "" || !Number.isFinite(days) || days <= 0) return undefined;
  return Number.isInteger(days) ? `P${days}D` : `PT${Math.round(days * 1440)}M`;
}

/** A list with one item changed, or without it. */
export const changed = <Item>(items: readonly Item[] | undefined, at: number, item: Item | undefined): Item[] =>
  (items ?? []).flatMap((it, index) => (index === at ? (item === undefined ? [] : [item]) : [it]));
