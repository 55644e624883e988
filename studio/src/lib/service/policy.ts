import { allLeavesOf, businessTime, durationMs, statesOf, type Model } from "engine";
import type { ClockTrigger, PolicyClock, PolicyTarget, SlaPolicyDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";
import { words } from "#lib/words/index.ts";

/** What is promised in: open hours of the calendar, or its working days. */
export type Unit = "hours" | "days";

const hourMs = 3_600_000;

/** A promise as people type it; nothing where it cannot be read. */
export function readPromise(text: string | undefined): { readonly amount: number; readonly unit: Unit } | undefined {
  const span = text === undefined ? undefined : businessTime.readBusinessSpan(text);
  if (!span) return undefined;
  return span.days > 0 ? { amount: span.days, unit: "days" } : { amount: hoursOfMs(span.ms), unit: "hours" };
}

/** A promise as documents have it; nothing where none is typed. Days are whole ones. */
export function writePromise(amount: number, unit: Unit): string | undefined {
  if (!Number.isFinite(amount) || amount <= 0) return undefined;
  return unit === "days" ? `P${Math.max(1, Math.round(amount))}D` : hoursText(amount);
}

/** Hours as a duration, in minutes where they are no whole ones. */
export const hoursText = (hours: number): string =>
  Number.isInteger(hours) ? `PT${hours}H` : `PT${Math.max(1, Math.round(hours * 60))}M`;

/** A duration in hours, to two places. */
export const hoursIn = (text: string | undefined): number | "" => {
  const ms = text === undefined ? undefined : durationMs(text);
  return ms === undefined ? "" : hoursOfMs(ms);
};

const hoursOfMs = (ms: number) => Math.round((ms / hourMs) * 100) / 100;

/** The tags that states of an entity's workflows have. */
export function tagsOf(model: Model | undefined, entity: string): readonly string[] {
  const documents = (model?.entities.get(entity)?.stateFields ?? []).flatMap(
    ({ property }) => model?.workflows.get(String(property.workflow)) ?? [],
  );
  const states = documents.flatMap((it) => [...statesOf(it), ...allLeavesOf(it)]);
  return [...new Set(states.flatMap(({ state }) => state.tags ?? []))].sort();
}

/** The events that may move clocks of an entity: those that mails and calls tell, and those of its workflows. */
export function eventsOf(model: Model | undefined, entity: string): readonly string[] {
  const own = [...(model?.workflows.values() ?? [])]
    .filter(({ meta }) => meta.entity === entity)
    .flatMap(({ meta }) => Object.keys(meta.events));
  return [...new Set(["mail.received", "mail.replied", "mail.sent", "call.answered", ...own])];
}

/** The kinds of promises that are known; each is a clock that can be changed after. */
export const kinds = ["first", "next", "solution"] as const;
export type ClockKind = (typeof kinds)[number];

/** A new clock of a kind, as far as the states of the entity know its tags. */
export function newClock(kind: ClockKind, { clocks }: Pick<SlaPolicyDocument, "clocks">, tags: readonly string[]) {
  const title = words.sla.kinds[kind];
  const done = tags.filter((it) => it === "sla.done");
  const waits = tags.filter((it) => it.startsWith("sla.waiting"));
  const answered: ClockTrigger = {
    events: [{ type: "mail.sent" }],
    ...(done.length > 0 ? { tags: ["sla.done"] } : {}),
  };
  const before = clocks.at(-1)?.name;
  const clock: Partial<PolicyClock> = {
    first: { start: { created: true as const }, stop: answered, on_reopen: "nothing" as const },
    next: {
      start: { events: [{ type: "mail.received" }] } as ClockTrigger,
      stop: answered,
      each: true as const,
      on_reopen: "nothing" as const,
      ...(before === undefined ? {} : { behind: before }),
    },
    solution: {
      start: { created: true as const },
      ...(waits.length > 0 ? { pause: { tags: waits as [string, ...string[]] } } : {}),
      ...(done.length > 0 ? { stop: { tags: ["sla.done"] } as ClockTrigger } : {}),
    },
  }[kind];
  const taken = clocks.map(({ name }) => name);
  return {
    $anchor: newAnchor("clk"),
    name: nameFor(words.sla.kindNames[kind], taken),
    title: clocks.some((it) => it.title === title) ? `${title} ${String(clocks.length + 1)}` : title,
    ...clock,
    warn: [{ fraction: 0.75 }],
  } as PolicyClock;
}

/** A new policy: a first answer within four open hours for every record. */
export function newPolicy(title: string, { entity, calendar, taken, tags }: PolicyStart): SlaPolicyDocument {
  const clock = newClock("first", { clocks: [] as unknown as SlaPolicyDocument["clocks"] }, tags);
  return {
    $schema: "urn:trellis:sla-policy:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("sla"),
    title,
    entity,
    ...(calendar === undefined ? {} : { calendar }),
    clocks: [clock],
    targets: [{ $anchor: newAnchor("tgt"), title: words.sla.everyOther, promises: { [clock.name]: "PT4H" } }],
  };
}

interface PolicyStart {
  readonly entity: string;
  readonly calendar: string | undefined;
  readonly taken: readonly string[];
  readonly tags: readonly string[];
}

/** A policy with a clock changed in its place; what names it by its name goes along. */
export function withClock(document: SlaPolicyDocument, at: number, clock: PolicyClock): SlaPolicyDocument {
  const before = document.clocks[at]!.name;
  const clocks = document.clocks.map((it, index) =>
    index === at ? clock : it.behind === before ? { ...it, behind: clock.name } : it,
  );
  const targets = document.targets.map((target) => ({
    ...target,
    promises: Object.fromEntries(
      Object.entries(target.promises).map(([name, text]) => [name === before ? clock.name : name, text]),
    ),
  }));
  return { ...document, clocks, targets } as SlaPolicyDocument;
}

/** A policy without a clock, and without what is promised for it. */
export function withoutClock(document: SlaPolicyDocument, at: number): SlaPolicyDocument {
  const gone = document.clocks[at]!.name;
  const clocks = document.clocks
    .filter((_, index) => index !== at)
    .map(({ behind, ...it }) => (behind === undefined || behind === gone ? it : { ...it, behind }));
  const targets = document.targets.map((target) => ({ ...target, promises: without(target.promises, gone) }));
  return { ...document, clocks, targets } as SlaPolicyDocument;
}

/** A target with another promise for a clock, or with none. */
export function withPromise(target: PolicyTarget, clock: string, text: string | undefined): PolicyTarget {
  const promises = text === undefined ? without(target.promises, clock) : { ...target.promises, [clock]: text };
  return { ...target, promises };
}

const without = (promises: PolicyTarget["promises"], name: string) =>
  Object.fromEntries(Object.entries(promises).filter(([it]) => it !== name));
