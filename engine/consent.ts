import type { Entity } from "./model.ts";
import type { Values } from "./values.ts";

/** Ways of reaching somebody by an address. */
export type ConsentChannel = "email" | "phone";
export const consentChannels: readonly ConsentChannel[] = ["email", "phone"];

/** What is said of a consent, one after the other. */
export type ConsentAction = "grant" | "confirm" | "withdraw" | "object" | "expire";
export const consentActions: readonly ConsentAction[] = ["grant", "confirm", "withdraw", "object", "expire"];

/** How it stands. What waits to be confirmed is not granted. */
export type ConsentState = "granted" | "unconfirmed" | "withdrawn" | "none";

/** One word on a consent, as it is kept. */
export interface ConsentStep {
  readonly action: ConsentAction;
  readonly source: string;
  /** Whether it came with a proof of its own. */
  readonly proven: boolean;
  /** Whether it counts only once it is confirmed. */
  readonly confirms: boolean;
  /** From when on it counts no longer. */
  readonly expires_at: string | null;
  readonly received_at: string;
}

/** How a consent stands after all that was said of it, in the order in which it held, and until when. */
export interface Standing {
  readonly state: ConsentState;
  readonly expires_at: string | null;
  /** When the word came by which it stands so; nothing where nothing was said. */
  readonly since: string | null;
}

/**
 * How a consent stands after all that was said of it. A withdrawal wins over imports that come later, unless they bring
 * a proof; who is asked anew after it has to confirm, be it through a form that anybody could have filled in. Nothing
 * makes less of what was granted but a withdrawal, an objection, or its end.
 */
export function consentStanding(steps: readonly ConsentStep[]): Standing {
  const none: Standing = { state: "none", expires_at: null, since: steps[0]?.received_at ?? null };
  return steps.reduce((now, step) => {
    const next = followed(now, step);
    return { ...next, since: next.state === now.state ? now.since : step.received_at };
  }, none);
}

type Followed = Omit<Standing, "since">;

function followed(now: Followed, step: ConsentStep): Followed {
  const { action, proven, confirms, expires_at } = step;
  const granted = (state: ConsentState): Followed => ({ state, expires_at });
  switch (action) {
    case "withdraw":
    case "object":
      return { state: "withdrawn", expires_at: null };
    case "expire":
      return now.state === "withdrawn" ? now : { state: "none", expires_at: null };
    case "confirm":
      if (now.state === "unconfirmed") return { state: "granted", expires_at: expires_at ?? now.expires_at };
      return proven && now.state === "none" ? granted("granted") : now;
    case "grant":
      if (now.state === "granted")
        return expires_at === null || now.expires_at === null ? granted("granted") : later(now, step);
      if (now.state === "withdrawn" && !proven) return step.source === "import" ? now : granted("unconfirmed");
      return granted(confirms ? "unconfirmed" : "granted");
  }
}

const later = (now: Followed, { expires_at }: ConsentStep): Followed =>
  now.expires_at !== null && expires_at !== null && expires_at > now.expires_at ? { ...now, expires_at } : now;

/** An address as consent is kept for it: e-mail in small letters, of a telephone number its digits. */
export function addressOf(channel: ConsentChannel, written: string): string {
  if (channel === "email") return written.trim().toLowerCase();
  return written.trim().replaceAll(/(?!^\+)[^0-9]/g, "");
}

/** An address of a record, and the field that it stands in. */
export interface RecordAddress {
  readonly channel: ConsentChannel;
  readonly address: string;
  readonly field: string;
}

/** By which addresses a record's person is reached; each once. */
export function addressesOf({ fields }: Entity, record: Values): readonly RecordAddress[] {
  const found = [...fields.values()].flatMap(({ name, type }): readonly RecordAddress[] => {
    const value = record[name];
    if (type.reaches === undefined || typeof value !== "string" || value === "") return [];
    return [{ channel: type.reaches, address: addressOf(type.reaches, value), field: name }];
  });
  return [...new Map(found.reverse().map((it) => [`${it.channel} ${it.address}`, it])).values()].reverse();
}
