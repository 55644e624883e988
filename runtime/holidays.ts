import { problem } from "engine";

/** A day that is kept somewhere. */
export interface Holiday {
  readonly date: string;
  readonly title: string;
  /** `public` is off for everybody; `bank` closes banks and offices, `optional` closes some; `school` and `observance` close none. */
  readonly type: "public" | "bank" | "optional" | "school" | "observance";
  /** Kept from this time of the day on, `14:00`; left out where it is the whole day. */
  readonly from?: string;
}

/** A place with holidays of its own: a country, a state, a region. */
export interface HolidayPlace {
  /** `DE`, `DE-BY`, `DE-BY-A`. */
  readonly code: string;
  readonly title: string;
}

const dayMs = 86_400_000;

/** Read when first asked for: the rules of the whole world are large, and few servers are asked. */
const library = async () => (await import("date-holidays")).default;

/** The countries whose holidays are known, by the names that they have there. */
export async function holidayCountries(): Promise<readonly HolidayPlace[]> {
  const Holidays = await library();
  return named(new Holidays().getCountries());
}

/** The holidays of a place in a year, and the places in it that have more. Titles are in a language where it is known. */
export async function holidaysOf(
  place: string,
  year: number,
  language: string | undefined,
): Promise<{ readonly places: readonly HolidayPlace[]; readonly items: readonly Holiday[] }> {
  const Holidays = await library();
  const all = new Holidays();
  const [country = "", state, region] = place.split("-");
  const known =
    Object.hasOwn(all.getCountries(), country) &&
    (state === undefined || Object.hasOwn(all.getStates(country) ?? {}, state)) &&
    (region === undefined || Object.hasOwn(all.getRegions(country, state ?? "") ?? {}, region)) &&
    place.split("-").length <= 3;
  if (!known) throw problem("holidays.place", { place: place.slice(0, 40) });
  if (!Number.isInteger(year) || year < 1970 || year > 2100) throw problem("holidays.year", { path: "/year" });
  const own = new Holidays(country, state ?? "", region ?? "");
  const within = state === undefined ? all.getStates(country) : region === undefined && all.getRegions(country, state);
  const items = own.getHolidays(year, language).flatMap(({ date, start, end, name, type }) => {
    // A feast that begins at sunset is that of the day after; one of several days is each of them.
    const days = Math.max(1, Math.floor((end.getTime() - start.getTime()) / dayMs + 0.1));
    const from = date.slice(11, 16);
    const first = Date.parse(date.slice(0, 10));
    return Array.from({ length: days }, (_, at): Holiday => ({
      date: new Date(first + at * dayMs).toISOString().slice(0, 10),
      title: name,
      type,
      ...(from === "00:00" ? {} : { from }),
    }));
  });
  return { places: named(within || {}, `${place}-`), items };
}

const named = (names: Readonly<Record<string, string>>, before = ""): readonly HolidayPlace[] =>
  Object.entries(names).map(([code, title]) => ({ code: before + code, title }));
