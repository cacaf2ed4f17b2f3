/** Measures a call while it goes on: its quality every two seconds, who speaks several times a second. */
import { type Levels, SpeechDetector } from "../media/level";
import { readStats } from "../peer/stats";
import { type Scheduler, Timer } from "../signaling/scheduler";
import type { CallQuality, Speaking } from "./model";
import { OwnVoice } from "./own-voice";
import { PictureWatch } from "./picture-watch";
import { QUALITY_INTERVAL, QualityMeter } from "./quality";
import { SentLoss } from "./sent-loss";
import type { PathReading } from "./video-budget";

/** ms between looks at who speaks. */
const SPEAKING_INTERVAL = 150;
const NOBODY: Speaking = { local: false, remote: false, muted: false };

export interface MeasureDeps {
  scheduler: Scheduler;
  /** Statistics of the link in the call; null when there is none. */
  stats: () => Promise<RTCStatsReport | null>;
  /** How loud the other side is, 0 to 1; null while it is not known. */
  remoteLevel: () => number | null;
  /** Null where the browser cannot measure sound: then nobody is shown to speak. */
  levels: Levels | null;
  /** Whether the other side says that it sends a picture. */
  pictureExpected: () => boolean;
  /** Told of each measurement of the path. */
  path: (reading: PathReading) => void;
  report: (problem: string, error?: unknown) => void;
  /** Told after every change of {@link Measurement.quality} or {@link Measurement.speaking}. */
  changed: () => void;
}

export class Measurement {
  readonly #deps: MeasureDeps;
  readonly #qualityTimer: Timer;
  readonly #speakingTimer: Timer;
  #on = false;
  /** Counts runs: what arrives for an earlier one is thrown away. */
  #run = 0;
  #meter = new QualityMeter();
  #lost = new SentLoss();
  #watch = new PictureWatch();
  #quality: Omit<CallQuality, "audioOnly"> | null = null;
  #speaking = NOBODY;
  #remote = new SpeechDetector();
  #track: MediaStreamTrack | null = null;
  readonly #own: OwnVoice | null;

  constructor(deps: MeasureDeps) {
    this.#deps = deps;
    this.#own = deps.levels && new OwnVoice(deps.levels);
    this.#qualityTimer = new Timer(deps.scheduler);
    this.#speakingTimer = new Timer(deps.scheduler);
  }

  get on(): boolean {
    return this.#on;
  }

  get quality(): Omit<CallQuality, "audioOnly"> | null {
    return this.#quality;
  }

  get speaking(): Speaking {
    return this.#speaking;
  }

  /** Whether there is a call to measure. Tells nobody. */
  setOn(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    this.#run += 1;
    if (on) {
      this.#measureLater();
      if (this.#own) this.#listenLater(this.#own);
      return;
    }
    this.#qualityTimer.clear();
    this.#speakingTimer.clear();
    this.#meter = new QualityMeter();
    this.#lost = new SentLoss();
    this.#watch = new PictureWatch();
    this.#quality = null;
    this.#speaking = NOBODY;
    this.#remote = new SpeechDetector();
    this.#own?.stop();
  }

  /** The own microphone, as it is sent. */
  setTrack(track: MediaStreamTrack | null): void {
    this.#track = track;
  }

  #measureLater(): void {
    this.#qualityTimer.set(QUALITY_INTERVAL, () => void this.#measure());
  }

  async #measure(): Promise<void> {
    const run = this.#run;
    const { stats, scheduler, report, path, pictureExpected, changed } = this.#deps;
    try {
      const all = await stats();
      if (run !== this.#run) return;
      const snapshot = all && readStats(all.values(), scheduler.now());
      const quality = snapshot && this.#meter.take(snapshot);
      if (snapshot) this.#lost.take(snapshot.streams);
      if (snapshot && quality) {
        this.#watch.take(snapshot.picturesDecoded, pictureExpected());
        this.#quality = { ...quality, frozen: this.#watch.frozen };
        path({ availableBps: snapshot.availableBps, lossPercent: this.#lost.percent });
        changed();
      }
    } catch (error) {
      if (run !== this.#run) return;
      report("The connection could not be measured.", error);
    }
    this.#measureLater();
  }

  #listenLater(own: OwnVoice): void {
    this.#speakingTimer.set(SPEAKING_INTERVAL, () => {
      this.#listen(own);
      this.#listenLater(own);
    });
  }

  #listen(own: OwnVoice): void {
    const { scheduler, remoteLevel, changed } = this.#deps;
    const now = scheduler.now();
    const remote = this.#remote.take(remoteLevel() ?? 0, now);
    const { speaking: local, muted } = own.take(this.#track, remote, now);
    const before = this.#speaking;
    if (local === before.local && remote === before.remote && muted === before.muted) return;
    this.#speaking = { local, remote, muted };
    changed();
  }
}
