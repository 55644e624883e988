import { onMount } from "svelte";
import { askedFor } from "./acting.ts";

/** What the server tells of what changed (`/api/live`): never values. */
export type LiveMessage =
  | { readonly type: "changed" | "gone"; readonly entity: string; readonly id: string; readonly version: number }
  | { readonly type: "reset"; readonly entity?: string }
  | { readonly type: "presence"; readonly entity: string; readonly id: string }
  | { readonly type: "model"; readonly version: number }
  | { readonly type: "notified" };

type Hear = (message: LiveMessage) => void;

const name = () => ["trellis-live", askedFor("/api/live")].filter(Boolean).join("-");

const addressOf = (giver: string | undefined, since: string) =>
  `/api/live?${new URLSearchParams({ ...(giver === undefined ? {} : { for: giver }), since })}`;

/** What one tab passes on to the others: the message, and the place behind which whoever takes over goes on. */
interface Passed {
  readonly message: LiveMessage;
  readonly since: string;
}

/**
 * What changes while one looks. All tabs of a browser share one connection: one of them holds it and passes on what it
 * hears; when it closes, another goes on behind the last message, or behind where it stood when it read what it shows.
 */
class Live {
  readonly #hearers = new Set<Hear>();
  #channel: BroadcastChannel | undefined;
  #source: EventSource | undefined;
  #closing: AbortController | undefined;
  #since = "";

  /** Begins to listen, for who is signed in, to all that comes after a place in the order of events. */
  open(since: string): void {
    if (this.#closing) return;
    this.#since = since;
    this.#closing = new AbortController();
    this.#channel = new BroadcastChannel(name());
    this.#channel.onmessage = ({ data }: MessageEvent<Passed>) => this.#pass(data);
    if (!("locks" in navigator)) return this.#listen();
    const { signal } = this.#closing;
    void navigator.locks
      .request(name(), { signal }, () => {
        this.#listen();
        return new Promise<void>((done) => signal.addEventListener("abort", () => done()));
      })
      .catch(() => undefined);
  }

  /** Ends it: nobody is signed in any more. */
  close(): void {
    this.#closing?.abort();
    this.#closing = undefined;
    this.#source?.close();
    this.#source = undefined;
    this.#channel?.close();
  }

  /** Tells what this tab did itself at once: the server tells it when no older write can come in front of it any more. */
  tell(message: LiveMessage): void {
    this.#pass({ message, since: this.#since });
  }

  /** Hears until what it answers is called. */
  on(hear: Hear): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  #listen(): void {
    if (this.#closing?.signal.aborted) return;
    this.#source = new EventSource(addressOf(askedFor("/api/live"), this.#since));
    this.#source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      const passed: Passed = { message: JSON.parse(data) as LiveMessage, since: lastEventId || this.#since };
      this.#channel?.postMessage(passed);
      this.#pass(passed);
    };
  }

  #pass({ message, since }: Passed): void {
    this.#since = since;
    for (const hear of this.#hearers) hear(message);
  }
}

export const live = new Live();

/** Hears what changes for as long as the component is there. */
export function useLive(hear: Hear): void {
  onMount(() => live.on(hear));
}

/** What changed of records since they were last looked at. */
export interface Stirred {
  readonly changed: readonly string[];
  readonly gone: readonly string[];
  /** Too much changed to be told one by one. */
  readonly all: boolean;
}

const gatherMs = 150;

/** Tells what changed of records of entities, gathered over a moment, for as long as the component is there. */
export function useRecords(entities: () => readonly string[], hear: (stirred: Stirred) => void | Promise<void>): void {
  let changed = new Set<string>();
  let gone = new Set<string>();
  let all = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let working = Promise.resolve();
  const tell = () => {
    timer = undefined;
    const stirred = { changed: [...changed], gone: [...gone], all };
    [changed, gone, all] = [new Set(), new Set(), false];
    working = working.then(() => hear(stirred)).catch(() => undefined);
  };
  onMount(() => {
    const leave = live.on((message) => {
      if (message.type === "model" || message.type === "notified" || message.type === "presence") return;
      if (message.entity !== undefined && !entities().includes(message.entity)) return;
      if (message.type === "reset") all = true;
      else {
        (message.type === "changed" ? changed : gone).add(message.id);
        (message.type === "changed" ? gone : changed).delete(message.id);
      }
      timer ??= setTimeout(tell, gatherMs);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  });
}
