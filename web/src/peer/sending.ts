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

/** How much of the camera's picture is sent. */
export interface VideoStep {
  active: boolean;
  /** How much smaller in each direction. */
  scale: number;
  /** Bits per second. */
  maxBitrate: number;
  maxFramerate: number;
}

/**
 * How much smaller the camera's picture is sent at first. Measured with fake cameras on loopback, accept to first frame: 265 ms for
 * 1280x720 at once, 110 ms for half of it; on a real network the first picture also has to fit through an untried path.
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
    const { audio, camera } = this.#senders;
    if (!audio && !camera) return;
    this.#deps.between(async () => {
      try {
        await Promise.all([
          tune(audio, (encoding) => {
            encoding.priority = "high";
            encoding.networkPriority = "high";
          }),
          tune(camera, (encoding) => {
            const { active = true, scale = 1, maxBitrate, maxFramerate } = this.#step ?? {};
            encoding.active = active;
            encoding.scaleResolutionDownBy = Math.max(scale, this.#small ? FIRST_SCALE : 1);
            if (maxBitrate !== undefined) encoding.maxBitrate = maxBitrate;
            if (maxFramerate !== undefined) encoding.maxFramerate = maxFramerate;
          }),
        ]);
      } catch (error) {
        this.#deps.report("The senders could not be adjusted.", error);
      }
    });
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

async function tune(
  sender: RTCRtpSender | undefined,
  change: (encoding: RTCRtpEncodingParameters) => void,
): Promise<void> {
  const parameters = sender?.getParameters();
  const encoding = parameters?.encodings[0];
  // Some browsers tell no encodings before the first negotiation: then they are set when it is connected.
  if (!sender || !parameters || !encoding) return;
  const before = JSON.stringify(encoding);
  change(encoding);
  if (JSON.stringify(encoding) !== before) await sender.setParameters(parameters);
}
