import type { PresenceRow } from "./store/presence.ts";

/** A record at which something is different, and who looks at it or has just looked. */
export interface PresenceChange {
  readonly entity: string;
  readonly id: string;
  readonly users: ReadonlySet<string>;
}

/** Remembers who looks at which records, and tells where that is different from the last time. */
export class PresenceBook {
  #known: ReadonlyMap<string, readonly PresenceRow[]> | undefined;

  /** Whether it has been told nothing yet. */
  get empty(): boolean {
    return this.#known === undefined;
  }

  /** What has changed since it was asked before; nothing the first time. */
  changes(rows: readonly PresenceRow[]): readonly PresenceChange[] {
    const now = Map.groupBy(rows, ({ entity, record }) => `${entity} ${record}`);
    const before = this.#known;
    this.#known = now;
    if (!before) return [];
    return [...new Set([...before.keys(), ...now.keys()])].flatMap((place) => {
      const [one = [], other = []] = [before.get(place), now.get(place)];
      if (signOf(one) === signOf(other)) return [];
      const { entity, record } = [...one, ...other][0]!;
      return [{ entity, id: record, users: new Set([...one, ...other].map(({ user }) => user)) }];
    });
  }

  forget(): void {
    this.#known = undefined;
  }
}

const signOf = (rows: readonly PresenceRow[]) =>
  rows
    .map(({ user, tab, field }) => `${user} ${tab} ${field ?? ""}`)
    .sort()
    .join();
