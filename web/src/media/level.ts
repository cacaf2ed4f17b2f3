/** How loud sound is, as people perceive it, and whether that is speech. */

/** The quietest sound that shows, in decibels below full scale. */
const FLOOR_DB = -60;

/** From a linear amplitude (0 to 1) to a level from 0 (−60 dBFS or less) to 1 (full scale). */
export function levelOf(amplitude: number): number {
  if (!(amplitude > 0)) return 0;
  const decibels = 20 * Math.log10(amplitude);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

/** Measures one track, until stopped. */
export interface LevelMeter {
  /** Now: 0 to 1, see {@link levelOf}. */
  read(): number;
  stop(): void;
}

/** Makes meters: `browserLevels` in a browser with Web Audio. */
export type Levels = (track: MediaStreamTrack) => LevelMeter;

/** Samples per reading: 43 ms at 48 kHz, longer than a period of any voice. */
const SAMPLES = 2_048;

/** Null where the browser has no Web Audio. */
export function browserLevels(): Levels | null {
  if (!("AudioContext" in globalThis)) return null;
  let context: AudioContext | null = null;
  return (track) => {
    // Only once somebody has asked: before a gesture of the person browsers keep it suspended.
    context ??= new AudioContext();
    const running = context;
    if (running.state === "suspended") void running.resume();
    const source = running.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(running, { fftSize: SAMPLES });
    // Connected to nothing: it is measured, not played.
    source.connect(analyser);
    const samples = new Float32Array(SAMPLES);
    return {
      read() {
        analyser.getFloatTimeDomainData(samples);
        let sum = 0;
        for (const sample of samples) sum += sample * sample;
        return levelOf(Math.sqrt(sum / SAMPLES));
      },
      stop() {
        source.disconnect();
      },
    };
  };
}

/** Louder than this is speech: −36 dBFS. */
const SPEECH_ON = 0.4;
/** Quieter than this is silence, between the two it stays as it was: −42 dBFS. */
const SPEECH_OFF = 0.3;
/** ms of silence that belong to speaking: between words and sentences. */
const PAUSE = 700;

/** Tells speech from silence, without flickering between words. */
export class SpeechDetector {
  #speaking = false;
  #heardAt = Number.NEGATIVE_INFINITY;

  /** `level` from 0 to 1, `now` in ms. */
  take(level: number, now: number): boolean {
    if (level >= (this.#speaking ? SPEECH_OFF : SPEECH_ON)) {
      this.#speaking = true;
      this.#heardAt = now;
    } else if (now - this.#heardAt >= PAUSE) {
      this.#speaking = false;
    }
    return this.#speaking;
  }
}
