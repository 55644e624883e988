import { Cache } from "../cache.ts";

const dayMs = 86_400_000;
/** A name may be written in many ways, "europe/VIENNA" too, and moments lie in any year: of both a few are asked for. */
const zonesMost = 100;
const yearsMost = 200;

/** A time zone as arithmetic. Moments are milliseconds since 1970 in UTC; what its clocks show is told as if it were UTC. */
export interface Zone {
  readonly name: string;
  /** What the clocks show at a moment. */
  shown(moment: number): number;
  /**
   * The moment at which the clocks show this. Where they show it twice, the earlier; where they never do, as far behind
   * the change as it stands behind the last moment before it (Temporal's "compatible").
   */
  moment(shown: number): number;
}

/** From a moment up to another, clocks are so far ahead of UTC. */
interface Offset {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

const zones = new Cache<Zone>(zonesMost);

/** The zone of a name in the IANA database. Throws a RangeError where there is none. */
export function zoneOf(name: string): Zone {
  return zones.get(name, () => readZone(name));
}

/** The name of a zone as the database has it; nothing where that names none. */
export function zoneNamed(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  try {
    return zoneOf(name).name;
  } catch {
    return undefined;
  }
}

function readZone(name: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  const years = new Cache<readonly Offset[], number>(yearsMost);
  // Who asks for one moment asks for others near it.
  let near: Offset = { from: 0, to: 0, ms: 0 };
  const offsetAt = (moment: number): number => {
    if (moment >= near.from && moment < near.to) return near.ms;
    const year = new Date(moment).getUTCFullYear();
    const offsets = years.get(year, () => offsetsIn(year, format));
    near = offsets.find(({ to }) => moment < to)!;
    return near.ms;
  };
  return {
    name,
    shown: (moment) => moment + offsetAt(moment),
    moment: (shown) => {
      const before = shown - offsetAt(shown - dayMs);
      const after = shown - offsetAt(shown + dayMs);
      const fitting = [before, after].filter((it) => it + offsetAt(it) === shown);
      return fitting.length > 0 ? Math.min(...fitting) : before;
    },
  };
}

/** The offsets of a year in UTC, one after the other; no zone changes its clocks twice in a day. */
function offsetsIn(year: number, format: Intl.DateTimeFormat): readonly Offset[] {
  const end = startOf(year + 1);
  const offsets: Offset[] = [];
  let from = startOf(year);
  let ms = readOffset(from, format);
  for (let day = from + dayMs; day <= end; day += dayMs) {
    if (readOffset(day, format) === ms) continue;
    let [before, to] = [day - dayMs, day];
    while (to - before > 1000) {
      const middle = before + Math.floor((to - before) / 2000) * 1000;
      if (readOffset(middle, format) === ms) before = middle;
      else to = middle;
    }
    offsets.push({ from, to, ms });
    [from, ms] = [to, readOffset(to, format)];
  }
  return from < end ? [...offsets, { from, to: end, ms }] : offsets;
}

/** The first moment of a year in UTC; `Date.UTC` takes 26 for 1926. */
export const startOf = (year: number): number => new Date(0).setUTCFullYear(year, 0, 1);

/** `GMT-04:00`, or `GMT` alone. */
function readOffset(moment: number, format: Intl.DateTimeFormat): number {
  const [, sign, ...parts] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(moment)) ?? [];
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return (sign === "-" ? -1000 : 1000) * (hours * 3600 + minutes * 60 + seconds);
}
