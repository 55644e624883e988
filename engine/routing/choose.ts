/** Somebody who may be given work. */
export interface Agent {
  readonly id: string;
  readonly available: boolean;
  /** How much she may have at once, and how much of it she has. */
  readonly capacity: number;
  readonly load: number;
  /** Levels by the skill. */
  readonly skills: Readonly<Record<string, number>>;
  /** When she was given something last; milliseconds since 1970. */
  readonly idleSince: number;
}

export interface WantedSkill {
  readonly skill: string;
  readonly level: number;
}

/** Work that waits for somebody. */
export interface Work {
  readonly weight: number;
  readonly skills: readonly WantedSkill[];
  /** Who had the last one of the same kind. */
  readonly last?: string | undefined;
  /** To whom it was offered already, in vain. */
  readonly passedBy?: readonly string[];
}

export type RoutingModel = "pull" | "round_robin" | "least_load" | "most_available" | "longest_idle" | "last_agent";

/** Why somebody is not given work; nothing stands against who can have it. */
export type Obstacle = "away" | "full" | "unskilled" | "passed";

/** What stands against giving work to somebody. */
export function obstacleFor(work: Work, agent: Agent): Obstacle | undefined {
  if (!agent.available) return "away";
  if (work.skills.some(({ skill, level }) => (agent.skills[skill] ?? 0) < level)) return "unskilled";
  if (agent.load + work.weight > agent.capacity) return "full";
  return work.passedBy?.includes(agent.id) ? "passed" : undefined;
}

/**
 * Who is given work, of those who can have it; nobody where nobody can, and nobody by `pull`. Where two are alike, the
 * one with the smaller id is: the same question always has the same answer. `pointer` is whose turn it was last.
 */
export function choose(
  model: RoutingModel,
  work: Work,
  agents: readonly Agent[],
  pointer: string | null,
): Agent | undefined {
  if (model === "pull") return undefined;
  const able = agents
    .filter((agent) => obstacleFor(work, agent) === undefined)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  if (model === "round_robin") return able.find(({ id }) => id > (pointer ?? "")) ?? able[0];
  if (model === "last_agent") {
    const before = able.find(({ id }) => id === work.last);
    if (before) return before;
  }
  const measures = {
    least_load: ({ load, capacity }: Agent) => load / capacity,
    last_agent: ({ load, capacity }: Agent) => load / capacity,
    most_available: ({ load, capacity }: Agent) => load - capacity,
    longest_idle: ({ idleSince }: Agent) => idleSince,
  } as const;
  const measure = measures[model];
  return able.reduce<Agent | undefined>(
    (best, agent) => (best === undefined || measure(agent) < measure(best) ? agent : best),
    undefined,
  );
}
