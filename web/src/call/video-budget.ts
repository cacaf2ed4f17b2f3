/**
 * Sound first: how much picture a thin line is given. The browsers' own congestion control makes the picture smaller as long as that
 * helps; this decides when there shall be less of it than the browser would try, or none, so that words still get through.
 * docs/decisions/0092-sound-first.md has the reasons.
 */

import type { VideoStep } from "../peer/sending";

/** What one measurement says of the path. */
export interface PathReading {
  /** Bits per second that the path takes, by the browser's estimate; null where it tells none. */
  availableBps: number | null;
  /** Of the packets sent in the last seconds, as the other side reports. */
  lossPercent: number;
}

/** Bits per second of speech where every bit counts: Opus is still wideband, with in-band error correction (RFC 7587, 3.1.1). */
const PLAIN_SPEECH = 20_000;
export const FULL_PICTURE: VideoStep = { active: true, scale: 1, maxBitrate: 1_700_000, maxFramerate: 30 };
const NO_PICTURE: VideoStep = {
  active: false,
  scale: 4,
  maxBitrate: 150_000,
  maxFramerate: 15,
  maxAudioBitrate: PLAIN_SPEECH,
};
/** The steps, from all of the picture to none. `scale`: how much smaller in each direction. */
export const STEPS: readonly VideoStep[] = [
  FULL_PICTURE,
  { active: true, scale: 2, maxBitrate: 500_000, maxFramerate: 24 },
  { ...NO_PICTURE, active: true },
  NO_PICTURE,
];

const OFF = STEPS.length - 1;
/**
 * Bits per second below which a step is too much, and above which the step before it fits again. The first is below Chromium's estimate
 * for an untried path (300,000), the others are within what its estimate can reach while only that step is sent (1.5 times the rate).
 */
const TOO_THIN = [250_000, 120_000, 60_000] as const;
const FITS_AGAIN = [600_000, 200_000] as const;
/** Percent of lost packets above which a step is too much: repair and retransmission of the picture then crowd out the sound. */
const TOO_LOSSY = 15;
/** The same where the estimate is too small as well. */
const TOO_LOSSY_WHEN_THIN = 8;
/**
 * Below this estimate the smallest picture is too much when packets are lost: on whatever line Chromium estimates 80,000 at least while there
 * is a picture (sound, and 30,000 for the picture), so that only the losses tell whether it fits.
 */
const CROWDED = 100_000;
/** Percent that may be lost beyond what was lost without a picture, while one is only being tried. */
const TOO_LOSSY_TO_TRY = 5;
const CALM = 4;
/**
 * Measurements that have to agree; one when estimate and losses do: meanwhile the sound suffers. A measurement by which not even the next
 * step fits counts as two, since pictures much larger than the line can take stand in its queue for seconds; so does one with many losses
 * while there is only the smallest picture.
 */
const DOWN_AFTER = 3;
const UP_AFTER = 5;
/** Measurements after a picture was switched on again for which it is only a try. */
const TRY_FOR = 5;
/** Measurements without a picture before it is tried again; doubled each time that it does not last. */
const FIRST_REST = 10;
const LONGEST_REST = 60;

export class VideoBudget {
  #step = 0;
  #bad = 0;
  #good = 0;
  #rest = FIRST_REST;
  #resting = 0;
  /** Measurements for which the picture is still only tried. */
  #trying = 0;
  /** Percent that was lost without a picture. */
  #lostWithout = 0;

  get step(): VideoStep {
    return STEPS[this.#step] ?? NO_PICTURE;
  }

  /** Takes a measurement; true when the step has changed. */
  take({ availableBps, lossPercent }: PathReading): boolean {
    if (this.#step === OFF) return this.#wait(lossPercent);
    // Without an estimate only the losses speak.
    const available = availableBps ?? Number.POSITIVE_INFINITY;
    if (this.#trying > 0) {
      this.#trying -= 1;
      if (lossPercent > this.#lostWithout + TOO_LOSSY_TO_TRY) return this.#go(OFF);
    }
    const votes = this.#votesAgainst(available, lossPercent);
    const isGood = this.#step > 0 && lossPercent < CALM && available > (FITS_AGAIN[this.#step - 1] ?? 0);
    this.#bad = votes > 0 ? this.#bad + votes : 0;
    this.#good = isGood ? this.#good + 1 : 0;
    if (this.#bad >= DOWN_AFTER) return this.#go(this.#below(available));
    if (this.#good < UP_AFTER) return false;
    this.#rest = FIRST_REST;
    return this.#go(this.#step - 1);
  }

  /** How much a measurement says against the step, in measurements that are merely bad. */
  #votesAgainst(available: number, lossPercent: number): number {
    const isThin = available < (TOO_THIN[this.#step] ?? 0);
    const isLossy = lossPercent > TOO_LOSSY;
    if (isThin && lossPercent > TOO_LOSSY_WHEN_THIN) return DOWN_AFTER;
    if (available < (TOO_THIN[this.#step + 1] ?? 0)) return 2;
    if (this.#step === OFF - 1 && available < CROWDED) {
      if (isLossy) return 2;
      if (lossPercent > TOO_LOSSY_WHEN_THIN) return 1;
    }
    return isThin || isLossy ? 1 : 0;
  }

  /**
   * The next step down that the estimate does not rule out. Before the picture goes it gets small: of what was sent before, the other side
   * asks for lost packets until it has a new whole picture, and what is sent again takes the place of the sound.
   */
  #below(available: number): number {
    let step = this.#step + 1;
    while (step < OFF - 1 && available < (TOO_THIN[step] ?? 0)) step += 1;
    return step;
  }

  /** Without a picture the path's estimate does not grow: only trying tells. */
  #wait(lossPercent: number): boolean {
    this.#resting += 1;
    this.#lostWithout = lossPercent;
    if (this.#resting < this.#rest) return false;
    this.#rest = Math.min(this.#rest * 2, LONGEST_REST);
    this.#trying = TRY_FOR;
    return this.#go(OFF - 1);
  }

  #go(step: number): boolean {
    this.#step = step;
    this.#bad = 0;
    this.#good = 0;
    this.#resting = 0;
    return true;
  }
}
