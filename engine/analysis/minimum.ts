interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

const stepsMost = 4000;

/**
 * Where a function of a few numbers is least, by the simplex of Nelder and Mead (1965): reflect, stretch, contract, shrink.
 * It begins again at what it found until that gets no better, so that no flat simplex stops it early.
 */
export function leastOf(value: (at: readonly number[]) => number, start: readonly number[]): readonly number[] {
  let best = descend(value, start);
  for (let round = 0; round < 5; round++) {
    const next = descend(value, best.at);
    const done = best.value - next.value < 1e-10 * (Math.abs(best.value) + 1e-10);
    if (next.value <= best.value) best = next;
    if (done) break;
  }
  return best.at;
}

function descend(value: (at: readonly number[]) => number, start: readonly number[]): Corner {
  const corner = (at: readonly number[]): Corner => {
    const found = value(at);
    return { at, value: Number.isNaN(found) ? Infinity : found };
  };
  const moved = start.map((_, along) => start.map((it, at) => (at === along ? it + 0.25 : it)));
  let simplex = [start, ...moved].map(corner);
  for (let step = 0; step < stepsMost; step++) {
    simplex = simplex.toSorted((one, other) => one.value - other.value);
    const [best, worst, second] = [simplex[0]!, simplex.at(-1)!, simplex.at(-2)!];
    if (worst.value - best.value <= 1e-12 * (Math.abs(best.value) + 1e-12)) break;
    const middle = start.map((_, at) => simplex.slice(0, -1).reduce((sum, it) => sum + it.at[at]!, 0) / start.length);
    const along = (by: number) => corner(middle.map((it, at) => it + by * (it - worst.at[at]!)));
    const mirrored = along(1);
    const next =
      mirrored.value < best.value ? lesser(along(2), mirrored) : mirrored.value < second.value ? mirrored : undefined;
    const drawn = next ?? lesser(along(mirrored.value < worst.value ? 0.5 : -0.5), mirrored);
    simplex =
      drawn.value < worst.value
        ? [...simplex.slice(0, -1), drawn]
        : simplex.map((it) => corner(it.at.map((x, at) => best.at[at]! + (x - best.at[at]!) / 2)));
  }
  return simplex.toSorted((one, other) => one.value - other.value)[0]!;
}

const lesser = (one: Corner, other: Corner): Corner => (one.value < other.value ? one : other);
