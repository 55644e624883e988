/** Points that decay together: so many at a moment, in milliseconds since 1970. */
export interface Pool {
  readonly value: number;
  readonly asOf: number;
}

/** Pools by their half-life in seconds; `0` holds what stays. */
export type Pools = Readonly<Record<string, Pool>>;

/** What is left of a pool at a moment, exactly; before its own moment it was more. */
export function leftOf(halfLifeSeconds: number, { value, asOf }: Pool, at: number): number {
  return halfLifeSeconds === 0 ? value : value * 2 ** (-(at - asOf) / (halfLifeSeconds * 1000));
}

/** A pool with points that were given at a moment, be it before or after the pool's own. */
export function given(halfLifeSeconds: number, pool: Pool | undefined, points: number, at: number): Pool {
  if (!pool) return { value: points, asOf: at };
  if (halfLifeSeconds === 0) return { value: pool.value + points, asOf: Math.max(pool.asOf, at) };
  const asOf = Math.max(pool.asOf, at);
  return {
    value: leftOf(halfLifeSeconds, pool, asOf) + leftOf(halfLifeSeconds, { value: points, asOf: at }, asOf),
    asOf,
  };
}

/** What all pools come to at a moment. */
export function totalOf(pools: Pools, at: number): number {
  return Object.entries(pools).reduce((sum, [halfLife, pool]) => sum + leftOf(Number(halfLife), pool, at), 0);
}

/** So finely are several half-lives looked through before the moment is found between two steps. */
const stepsOfHalfLife = 16;
const halfLivesMost = 40;

/**
 * The next millisecond after `from` from which on the pools stand on the other side of a level, by decay alone; nothing
 * where they never do. With one half-life it is solved, with several the first change of side is found by halving.
 */
export function crossingOf(pools: Pools, level: number, from: number): number | undefined {
  const decaying = Object.entries(pools).filter(([halfLife, { value }]) => halfLife !== "0" && value !== 0);
  const above = (at: number) => totalOf(pools, at) >= level;
  const [only, ...more] = decaying;
  if (!only) return undefined;
  if (more.length === 0) {
    const rest = level - (pools["0"]?.value ?? 0);
    const ratio = only[1].value / rest;
    if (!(ratio > 0) || !Number.isFinite(ratio)) return undefined;
    const at = only[1].asOf + Number(only[0]) * 1000 * Math.log2(ratio);
    return at < from - 1 || !Number.isFinite(at) ? undefined : settled(above, from, Math.floor(at));
  }
  const lives = decaying.map(([halfLife]) => Number(halfLife) * 1000);
  const step = Math.max(1, Math.floor(Math.min(...lives) / stepsOfHalfLife));
  const now = above(from);
  for (let at = from; at < from + halfLivesMost * Math.max(...lives); at += step)
    if (above(at + step) !== now) return halved(above, at, at + step);
  return undefined;
}

/** The first millisecond on the other side, near where it was worked out to be. */
function settled(above: (at: number) => boolean, from: number, near: number): number | undefined {
  const now = above(from);
  for (let at = Math.max(from + 1, near - 2); at <= near + 3; at++) if (above(at) !== now) return at;
  return undefined;
}

function halved(above: (at: number) => boolean, low: number, high: number): number {
  const now = above(low);
  let [before, after] = [low, high];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (above(middle) === now) before = middle;
    else after = middle;
  }
  return after;
}
