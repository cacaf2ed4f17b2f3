/**
 * Exponential backoff with full jitter: the next delay is drawn evenly from 0 to a ceiling that doubles with each failure,
 * so that the clients of a server that comes back do not come all at once
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class Backoff {
  readonly #base: number;
  readonly #ceiling: number;
  readonly #random: () => number;
  #failures = 0;

  /** `base` and `ceiling` in ms; `random` yields 0 (included) to 1 (excluded). */
  constructor(base: number, ceiling: number, random: () => number) {
    this.#base = base;
    this.#ceiling = ceiling;
    this.#random = random;
  }

  /** Counts a failure; ms to wait before the next attempt. */
  next(): number {
    const limit = Math.min(this.#ceiling, this.#base * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return this.#random() * limit;
  }

  reset(): void {
    this.#failures = 0;
  }
}
