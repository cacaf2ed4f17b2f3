/** How much is lost of what is sent now, as far as the other side's reports tell. */
import type { SentStream } from "../peer/stats";

/**
 * Measurements that are taken together. Reports have to come over the same line: where that is bad, two seconds may pass without one, and
 * then comes one about four.
 */
const TOGETHER = 2;

interface Known extends SentStream {
  /** Measurements for which its reports still tell of what was sent before a pause. */
  resumed: number;
}

interface Interval {
  packets: number;
  lost: number;
}

export class SentLoss {
  #streams = new Map<string, Known>();
  #intervals: readonly Interval[] = [];

  /** 0 to 100. */
  get percent(): number {
    const sum = (part: keyof Interval) => this.#intervals.reduce((total, each) => total + each[part], 0);
    const packets = sum("packets");
    return packets <= 0 ? 0 : Math.min(100, (100 * sum("lost")) / packets);
  }

  /** Takes a measurement. */
  take(streams: readonly SentStream[]): void {
    const interval = { packets: 0, lost: 0 };
    const next = new Map<string, Known>();
    for (const stream of streams) {
      const last = this.#streams.get(stream.id);
      const paused = last !== undefined && last.progress > 0 && stream.progress === last.progress;
      const resumed = paused ? TOGETHER : Math.max(0, (last?.resumed ?? 0) - 1);
      next.set(stream.id, { ...stream, resumed });
      // What was lost at the end of what was sent before a pause is missed, and reported, with the first packet after it.
      if (!last || paused || last.resumed > 0) continue;
      interval.packets += Math.max(0, stream.packets - last.packets);
      // Reports may be corrected downwards when packets come late.
      interval.lost += Math.max(0, stream.lost - last.lost);
    }
    this.#streams = next;
    this.#intervals = [interval, ...this.#intervals].slice(0, TOGETHER);
  }
}
