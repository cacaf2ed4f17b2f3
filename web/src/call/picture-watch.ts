/**
 * Whether the other side's picture stands still though it should move: on a thin line, pictures can be asked for again and again and never
 * be whole, and the last one that was stays on the screen. Whoever looks at it shall not take it for the other person holding still.
 */

/** Measurements without a new picture, {@link QUALITY_INTERVAL} apart, after which it has frozen. */
const FROZEN_AFTER = 3;

export class PictureWatch {
  #decoded: number | null = null;
  #without = 0;

  get frozen(): boolean {
    return this.#without >= FROZEN_AFTER;
  }

  /**
   * Takes a measurement.
   *
   * @param decoded pictures since the call began; null where the browser tells none: then nothing is known to be frozen.
   * @param expected whether pictures should come: the other side says that it sends some.
   */
  take(decoded: number | null, expected: boolean): void {
    this.#without = expected && decoded !== null && decoded === this.#decoded ? this.#without + 1 : 0;
    this.#decoded = decoded;
  }
}
