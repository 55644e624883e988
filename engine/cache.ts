/** Keeps what was worked out last, under a key; of more than `most`, the one that was not asked for longest goes. */
export class Cache<Value, Key = string> {
  readonly #kept = new Map<Key, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** What is kept under `key`, or what `make` makes. What throws is not kept. */
  get(key: Key, make: () => Value): Value {
    const found = this.#kept.get(key);
    return this.keep(key, found === undefined ? make() : found);
  }

  /** What is kept under `key`, as it is. */
  find(key: Key): Value | undefined {
    return this.#kept.get(key);
  }

  /** Keeps a value under `key` as the newest. Answers it. */
  keep(key: Key, value: Value): Value {
    this.#kept.delete(key);
    this.#kept.set(key, value);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    return value;
  }

  /** Keeps a value no longer, unless another stands in its place. */
  drop(key: Key, value: Value): void {
    if (this.#kept.get(key) === value) this.#kept.delete(key);
  }
}
