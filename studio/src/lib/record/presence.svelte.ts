import { ask, farewell } from "#lib/api.ts";
import { live } from "#lib/live.svelte.ts";

/** Somebody else who looks at the record, and the names of the fields that she is editing. */
export interface There {
  readonly user: { readonly id: string; readonly name: string };
  readonly editing: readonly string[];
}

const beatMs = 4_000;

/**
 * Who else looks at a record: says every few seconds that this tab does and hears who else is there, at once where the
 * server tells of a change. A tab that nobody looks at is not there.
 */
export class Presence {
  others = $state.raw<readonly There[]>([]);

  readonly #path: string;
  readonly #tab = crypto.randomUUID();
  readonly #leave: readonly (() => void)[];
  #editing: string | undefined;
  #asked = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(entity: string, id: string) {
    this.#path = `/api/records/${entity}/${id}/presence`;
    const seen = () => (document.visibilityState === "visible" ? this.#begin() : this.#rest());
    const gone = () => this.#rest();
    document.addEventListener("visibilitychange", seen);
    addEventListener("pagehide", gone);
    this.#leave = [
      () => document.removeEventListener("visibilitychange", seen),
      () => removeEventListener("pagehide", gone),
      live.on((message) => {
        if (message.type === "presence" && message.entity === entity && message.id === id && this.#timer)
          void this.#say();
      }),
    ];
    seen();
  }

  /** What of the record is being edited in this tab. */
  edits(field: string | undefined): void {
    if (field === this.#editing) return;
    this.#editing = field;
    if (this.#timer) void this.#say();
  }

  /** The record is looked at no longer. */
  close(): void {
    for (const leave of this.#leave) leave();
    this.#rest();
  }

  #begin(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => void this.#say(), beatMs);
    void this.#say();
  }

  #rest(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#asked++;
    this.others = [];
    farewell(`${this.#path}?tab=${this.#tab}`);
  }

  async #say(): Promise<void> {
    const asked = ++this.#asked;
    const body = { tab: this.#tab, editing: this.#editing ?? null };
    const answer = await ask<{ there: readonly There[] }>("POST", this.#path, { body, looks: true }).catch(
      () => undefined,
    );
    if (asked === this.#asked) this.others = answer?.body.there ?? [];
  }
}
