/** What spans come to, in milliseconds. */
export interface SpansTold {
  readonly count: number;
  readonly mean_ms: number;
  readonly median_ms: number;
}

/** So many different spans are kept as they are. */
const differentMost = 5000;

/**
 * Spans as counts of equal ones, so that what is kept of them does not grow with their number. Where very many differ,
 * the median is told to three digits; the mean always exactly.
 */
export class Spans {
  #counts = new Map<number, number>();
  #sum = 0;
  #count = 0;
  #rounded = false;

  add(ms: number): void {
    this.#sum += ms;
    this.#count++;
    this.#put(ms, 1);
    if (this.#rounded || this.#counts.size <= differentMost) return;
    this.#rounded = true;
    const before = this.#counts;
    this.#counts = new Map();
    for (const [span, count] of before) this.#put(span, count);
  }

  /** Nothing where there were none. */
  told(): SpansTold | null {
    if (this.#count === 0) return null;
    return { count: this.#count, mean_ms: this.#sum / this.#count, median_ms: this.#median() };
  }

  #put(ms: number, count: number): void {
    const span = this.#rounded ? Number(ms.toPrecision(3)) : ms;
    this.#counts.set(span, (this.#counts.get(span) ?? 0) + count);
  }

  /** The one in the middle; the mean of the two there where their number is even. */
  #median(): number {
    const sorted = [...this.#counts].sort(([one], [other]) => one - other);
    const at = (place: number) => {
      let sofar = 0;
      return sorted.find(([, count]) => (sofar += count) > place)![0];
    };
    return (at(Math.floor((this.#count - 1) / 2)) + at(Math.floor(this.#count / 2))) / 2;
  }
}
