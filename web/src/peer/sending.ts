/** What a peer link sends: which tracks over which lines, and how much of the picture. */
import { type Scheduler, Timer } from "../signaling/scheduler";

/** What is sent; null sends nothing. */
export interface LinkTracks {
  audio: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
  /** What the shared screen plays, where the browser can capture that. */
  screenSound: MediaStreamTrack | null;
}

/** How much of the camera's picture is sent, and how much of the sound beside it. */
export interface VideoStep {
  active: boolean;
  /** How much smaller in each direction. */
  scale: number;
  /** Bits per second. */
  maxBitrate: number;
  maxFramerate: number;
  /** Bits per second; absent where it is left to the browser. */
  maxAudioBitrate?: number;
}

/**
 * How much smaller the camera's picture is sent at first, and without a limit of its bitrate: Chromium's own for that size is the same, and
 * setting one costs the first picture 50 ms. docs/decisions/0045-first-pictures-small.md has the measurements.
 */
const FIRST_SCALE = 2;
/** ms after which it is sent in full. */
const FULL_SIZE_AFTER = 2_000;
/** The m-lines, in the order of the first offer. Fixed: later changes are `replaceTrack` and need no negotiation. */
export const LINES = [
  ["audio", "audio"],
  ["camera", "video"],
  ["screen", "video"],
  ["screenSound", "audio"],
] as const;

/** Of an encoding; undefined leaves it to the browser. */
type Wanted = { [K in keyof RTCRtpEncodingParameters]: RTCRtpEncodingParameters[K] | undefined };

const NOTHING: LinkTracks = { audio: null, camera: null, screen: null, screenSound: null };

export interface SendingDeps {
  scheduler: Scheduler;
  /** Runs it between two steps of the negotiation. */
  between: (task: () => Promise<void>) => void;
  report: (problem: string, error?: unknown) => void;
}

export class Sending {
  readonly #deps: SendingDeps;
  readonly #fullSize: Timer;
  #senders: Partial<Record<keyof LinkTracks, RTCRtpSender>> = {};
  /** What each line's encoding was last set to, as JSON: to ask a sender for its parameters stops the page until the browser's media threads answer. */
  #tuned: Partial<Record<keyof LinkTracks, string>> = {};
  #tracks: LinkTracks = NOTHING;
  #step: VideoStep | null = null;
  #isConnected = false;
  #sentSmall = false;
  /** The camera's picture is sent small, because it is the first one. */
  #small = true;

  constructor(deps: SendingDeps) {
    this.#deps = deps;
    this.#fullSize = new Timer(deps.scheduler);
  }

  /** The lines exist. */
  take(senders: Partial<Record<keyof LinkTracks, RTCRtpSender>>): void {
    this.#senders = senders;
    this.#tuned = {};
    this.#tune();
    this.#apply();
  }

  /** Media can flow. */
  connected(): void {
    this.#isConnected = true;
    // Some browsers know the encodings only now.
    this.#tune();
    this.#enlargeSoon();
  }

  setStep(step: VideoStep): void {
    this.#step = step;
    this.#tune();
  }

  setTracks(tracks: LinkTracks): void {
    this.#tracks = { ...tracks };
    this.#apply();
    this.#enlargeSoon();
  }

  /** Nothing changes by itself any more. */
  pause(): void {
    this.#fullSize.clear();
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#isConnected = false;
    this.setTracks(NOTHING);
    this.pause();
  }

  /** Makes the senders' parameters what they shall be now. */
  #tune(): void {
    this.#deps.between(async () => {
      const { active = true, scale = 1, maxBitrate, maxFramerate, maxAudioBitrate } = this.#step ?? {};
      const small = this.#small && scale < FIRST_SCALE;
      try {
        await Promise.all([
          this.#tuneLine("audio", {
            priority: "high",
            networkPriority: "high",
            maxBitrate: maxAudioBitrate,
          }),
          this.#tuneLine("camera", {
            active,
            scaleResolutionDownBy: small ? FIRST_SCALE : scale,
            maxBitrate: small ? undefined : maxBitrate,
            maxFramerate,
          }),
        ]);
      } catch (error) {
        this.#deps.report("The senders could not be adjusted.", error);
      }
    });
  }

  async #tuneLine(line: keyof LinkTracks, wanted: Wanted): Promise<void> {
    const key = JSON.stringify(wanted);
    const sender = this.#senders[line];
    if (!sender || this.#tuned[line] === key) return;
    const parameters = sender.getParameters();
    const [encoding] = parameters.encodings;
    // Some browsers tell no encodings before the first negotiation: then they are set when it is connected.
    if (!encoding) return;
    Object.assign(encoding, wanted);
    await sender.setParameters(parameters);
    this.#tuned[line] = key;
  }

  /** Some time after the camera's picture has begun to flow for the first time, it is sent in full. */
  #enlargeSoon(): void {
    if (this.#sentSmall || !this.#isConnected || !this.#tracks.camera) return;
    this.#sentSmall = true;
    this.#fullSize.set(FULL_SIZE_AFTER, () => {
      this.#small = false;
      this.#tune();
    });
  }

  #apply(): void {
    for (const [line] of LINES) {
      const sender = this.#senders[line];
      const track = this.#tracks[line];
      if (!sender || sender.track === track) continue;
      sender.replaceTrack(track).catch((error: unknown) => {
        this.#deps.report(`The ${line} track could not be replaced.`, error);
      });
    }
  }
}
