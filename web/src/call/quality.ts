/**
 * How well a call gets through, in words. Measured every two seconds; the word changes only when several measurements agree, sooner for
 * the worse than for the better, so that it does not flicker.
 */
import type { StatsSnapshot, Traffic } from "../peer/stats";
import type { CallQuality, QualityLevel } from "./model";

/** ms between measurements. */
export const QUALITY_INTERVAL = 2_000;

const LEVELS: readonly QualityLevel[] = ["excellent", "good", "poor", "very_poor"];
/**
 * From these on it is no longer excellent, good, poor. Round trip in ms: people notice 150 ms of delay each way and find 400 ms
 * unacceptable (ITU-T G.114). Loss in percent: up to 1 the codecs hide, from 3 on it is heard, from 10 on words are missing.
 */
const ROUND_TRIP_LIMITS = [200, 300, 800] as const;
const LOSS_LIMITS = [1, 3, 10] as const;
/** Measurements that have to agree before it says something worse, or better. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 4;
/** How much a new measurement counts in the loss that is shown: single packets weigh much in a quiet call. */
const WEIGHT = 0.5;

export class QualityMeter {
  #last: StatsSnapshot | null = null;
  #loss = 0;
  #recent: number[] = [];
  #level: number | null = null;

  /** Null until there are two measurements to compare. */
  take(snapshot: StatsSnapshot): Omit<CallQuality, "audioOnly" | "frozen"> | null {
    const last = this.#last;
    this.#last = snapshot;
    // A new connection begins to count anew.
    if (!last || snapshot.at <= last.at || isAnew(last, snapshot)) return null;
    const seconds = (snapshot.at - last.at) / 1_000;
    const sent = difference(last.sent, snapshot.sent);
    const received = difference(last.received, snapshot.received);
    const loss = Math.max(
      percent(sent.lost, sent.packets),
      percent(received.lost, received.packets + received.lost),
    );
    this.#loss += (loss - this.#loss) * (this.#level === null ? 1 : WEIGHT);
    const level = this.#settle(
      Math.max(severity(this.#loss, LOSS_LIMITS), severity(snapshot.roundTripMs ?? 0, ROUND_TRIP_LIMITS)),
    );
    return {
      level,
      roundTripMs: snapshot.roundTripMs === null ? null : Math.round(snapshot.roundTripMs),
      lossPercent: Math.round(this.#loss * 10) / 10,
      sendKbps: Math.round((sent.bytes * 8) / 1_000 / seconds),
      receiveKbps: Math.round((received.bytes * 8) / 1_000 / seconds),
    };
  }

  #settle(candidate: number): QualityLevel {
    this.#recent = [...this.#recent, candidate].slice(-BETTER_AFTER);
    const current = this.#level ?? candidate;
    const worse = this.#recent.slice(-WORSE_AFTER);
    if (worse.length === WORSE_AFTER && worse.every((level) => level > current))
      this.#level = Math.min(...worse);
    else if (this.#recent.length === BETTER_AFTER && this.#recent.every((level) => level < current))
      this.#level = Math.max(...this.#recent);
    else this.#level = current;
    return LEVELS[this.#level] ?? "very_poor";
  }
}

function severity(value: number, limits: readonly number[]): number {
  return limits.filter((limit) => value >= limit).length;
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, Math.max(0, (part / whole) * 100));
}

function difference(from: Traffic, to: Traffic): Traffic {
  // Reports of losses may be corrected downwards when packets come late.
  return {
    packets: to.packets - from.packets,
    lost: Math.max(0, to.lost - from.lost),
    bytes: to.bytes - from.bytes,
  };
}

function isAnew(from: StatsSnapshot, to: StatsSnapshot): boolean {
  return to.sent.packets < from.sent.packets || to.received.packets < from.received.packets;
}
