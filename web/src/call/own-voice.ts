/** Listens to the own microphone, on this machine only: whether we speak, and whether we speak although it is off. */
import { type LevelMeter, type Levels, SpeechDetector } from "../media/level";

export interface OwnVoiceState {
  /** We speak, and are heard. */
  speaking: boolean;
  /** We speak into a microphone that is off, most likely without knowing. */
  muted: boolean;
}

/** ms of speech that are meant for somebody: longer than a cough or a door. */
const MEANT = 1_500;
/** ms of silence after which that is counted anew. */
const COUNT_ANEW = 3_000;
/** ms of silence after which the hint goes. */
const FORGET = 6_000;

const SILENT: OwnVoiceState = { speaking: false, muted: false };

export class OwnVoice {
  readonly #levels: Levels;
  #detector = new SpeechDetector();
  #track: MediaStreamTrack | null = null;
  #meter: LevelMeter | null = null;
  /** The track that is measured in the place of one that is off, which is silent. */
  #copy: MediaStreamTrack | null = null;
  #lookedAt: number | null = null;
  #spoken = 0;
  #spokenAt = Number.NEGATIVE_INFINITY;
  #state = SILENT;

  constructor(levels: Levels) {
    this.#levels = levels;
  }

  /**
   * Looks at the microphone, which is called several times a second, `now` in ms. What is heard while the other side speaks may be
   * their voice out of our speaker: it counts for nothing.
   */
  take(track: MediaStreamTrack | null, remoteSpeaks: boolean, now: number): OwnVoiceState {
    const on = track?.enabled ?? false;
    if (track !== this.#track || (track && on !== (this.#copy === null))) this.#hold(track, on);
    const passed = now - (this.#lookedAt ?? now);
    this.#lookedAt = now;
    const speaks = this.#detector.take(this.#meter?.read() ?? 0, now);
    if (on || track === null) {
      this.#forget();
      this.#state = { speaking: speaks, muted: false };
    } else {
      this.#state = { speaking: false, muted: this.#isMeant(speaks && !remoteSpeaks, passed, now) };
    }
    return this.#state;
  }

  stop(): void {
    this.#hold(null, false);
    this.#lookedAt = null;
    this.#state = SILENT;
  }

  #isMeant(speaks: boolean, passed: number, now: number): boolean {
    if (speaks) {
      this.#spoken += passed;
      this.#spokenAt = now;
    }
    const silence = now - this.#spokenAt;
    if (silence >= COUNT_ANEW) this.#spoken = 0;
    return this.#spoken >= MEANT || (this.#state.muted && silence < FORGET);
  }

  #forget(): void {
    this.#spoken = 0;
    this.#spokenAt = Number.NEGATIVE_INFINITY;
  }

  #hold(track: MediaStreamTrack | null, on: boolean): void {
    this.#meter?.stop();
    this.#copy?.stop();
    this.#detector = new SpeechDetector();
    this.#forget();
    this.#track = track;
    this.#copy = null;
    if (track && !on) {
      this.#copy = track.clone();
      this.#copy.enabled = true;
    }
    this.#meter = track && this.#levels(this.#copy ?? track);
  }
}
