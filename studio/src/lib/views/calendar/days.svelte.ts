import { post, type RecordRow } from "../../api.ts";
import { Rows, type Asked } from "../rows.svelte.ts";
import { dayOf } from "./month.ts";

const pageSize = 500;
const pagesMost = 4;

/** What a calendar asks for, ordered by the field of its days. */
export interface DaysAsked extends Asked {
  /** The field by which records lie on days. */
  readonly date: string;
  readonly zone: string;
}

/** The records of a month by their days; what a month holds beyond 2,000 is counted. */
export class Days {
  readonly rows = new Rows();
  #counts = $state.raw<ReadonlyMap<string, number>>(new Map());
  #asked = $state.raw<DaysAsked | undefined>();

  readonly #byDay = $derived.by(() => {
    const found = new Map<string, RecordRow[]>();
    const { date = "", zone = "UTC" } = this.#asked ?? {};
    for (const row of this.rows.items) {
      const day = dayOf(row[date], zone);
      if (day !== undefined) found.set(day, [...(found.get(day) ?? []), row]);
    }
    return found;
  });

  on(day: string): readonly RecordRow[] {
    return this.#byDay.get(day) ?? [];
  }

  /** How many lie on a day, those that were not read among them. */
  countOn(day: string): number {
    return this.#counts.get(day) ?? this.on(day).length;
  }

  async ask(asked: DaysAsked): Promise<void> {
    this.#asked = asked;
    const { date: _date, zone: _zone, ...list } = asked;
    await this.rows.ask({ ...list, limit: pageSize });
    await this.fill();
  }

  /** Reads on until the month is whole. */
  async fill(): Promise<void> {
    const asked = this.#asked;
    for (let page = 1; page < pagesMost && this.rows.next && asked === this.#asked; page++) await this.rows.more();
    const counts = this.rows.next && asked ? await countDays(asked) : new Map<string, number>();
    if (asked === this.#asked) this.#counts = counts;
  }
}

async function countDays({ entity, date, zone, filter, search }: DaysAsked): Promise<ReadonlyMap<string, number>> {
  const group = [{ field: date, by: "day", zone }];
  const measures = { n: "count()" };
  const asked = { group, measures, filter, search, limit: 100 };
  const { body } = await post<{ rows: Record<string, unknown>[] }>(`/api/records/${entity}/aggregate`, asked);
  return new Map(body.rows.map((row) => [String(row[date]).slice(0, 10), Number(row.n)]));
}
