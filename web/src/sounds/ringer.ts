import { Outlet } from "./outlet";

/** What can be heard outside of a call's own sound. */
export type Sound = "ring" | "ringback" | "ended";

/** One tone: `at` and `length` in seconds, `pitch` in Hz, `loudness` 0 to 1. */
interface Note {
  at: number;
  pitch: number;
  length: number;
  loudness: number;
}

interface Tune {
  notes: Note[];
  /** Seconds after which it starts again; `null`: once. */
  every: number | null;
  wave: OscillatorType;
}

const tunes: Record<Sound, Tune> = {
  // A rising figure of bell-like notes, twice, then a rest.
  ring: {
    wave: "sine",
    every: 3.2,
    notes: [0, 0.95].flatMap((start) =>
      [659.26, 830.61, 987.77, 1318.51].map((pitch, i) => ({
        at: start + i * 0.14,
        pitch,
        length: 0.7,
        loudness: 0.22,
      })),
    ),
  },
  // The European ringing tone (ETSI TR 101 041-2): 425 Hz, one second in five.
  ringback: { wave: "sine", every: 5, notes: [{ at: 0, pitch: 425, length: 1, loudness: 0.07 }] },
  ended: {
    wave: "sine",
    every: null,
    notes: [
      { at: 0, pitch: 587.33, length: 0.22, loudness: 0.1 },
      { at: 0.16, pitch: 392, length: 0.35, loudness: 0.1 },
    ],
  },
};

/** Sounds made on the spot, so that none has to be loaded while somebody waits. */
export class Ringer {
  readonly #createContext: () => AudioContext;
  readonly #createElement: (() => HTMLAudioElement) | undefined;
  readonly #speakerOf: (sound: Sound) => string | null;
  #context: AudioContext | null = null;
  #gain: GainNode | null = null;
  #outlet: Outlet | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor({
    createContext = () => new AudioContext(),
    createElement,
    speakerOf = () => null,
  }: {
    createContext?: () => AudioContext;
    createElement?: () => HTMLAudioElement;
    /** On which speaker it is to be heard, asked when it begins; null is the system's default. */
    speakerOf?: (sound: Sound) => string | null;
  } = {}) {
    this.#createContext = createContext;
    this.#createElement = createElement;
    this.#speakerOf = speakerOf;
  }

  /**
   * Browsers let a page sound only after the person has touched it: to be called from a click or a key press, any one, so that a later ring
   * is heard.
   */
  unlock(): void {
    const context = this.#ensure();
    // A refusal only means that the next touch has to try again.
    if (context.state === "suspended") context.resume().catch(() => undefined);
  }

  play(sound: Sound): void {
    this.stop();
    const context = this.#ensure();
    this.unlock();
    const gain = context.createGain();
    this.#lead(context, gain, this.#speakerOf(sound));
    this.#gain = gain;
    const tune = tunes[sound];
    const round = () => {
      // A suspended context would keep the notes and sound all of them at once later.
      if (context.state === "running" && this.#gain === gain) schedule(context, gain, tune);
    };
    round();
    if (context.state !== "running") {
      context.addEventListener("statechange", round, { once: true });
    }
    if (tune.every !== null) this.#timer = setInterval(round, tune.every * 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#gain?.disconnect();
    this.#gain = null;
    this.#outlet?.close();
    this.#outlet = null;
  }

  #lead(context: AudioContext, gain: GainNode, speaker: string | null): void {
    if (speaker === null) {
      gain.connect(context.destination);
      return;
    }
    const outlet = new Outlet(context, this.#createElement);
    this.#outlet = outlet;
    gain.connect(outlet.input);
    void outlet.open(speaker).then((sounds) => {
      // Better on the wrong speaker than not at all.
      if (!sounds && this.#gain === gain) gain.connect(context.destination);
    });
  }

  #ensure(): AudioContext {
    this.#context ??= this.#createContext();
    return this.#context;
  }
}

function schedule(context: AudioContext, output: AudioNode, tune: Tune): void {
  for (const note of tune.notes) {
    const start = context.currentTime + 0.02 + note.at;
    const end = start + note.length;
    const oscillator = context.createOscillator();
    const envelope = context.createGain();
    oscillator.type = tune.wave;
    oscillator.frequency.value = note.pitch;
    // Ramps at both ends: a tone that is switched clicks.
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(note.loudness, start + 0.02);
    if (note.length < 1) envelope.gain.exponentialRampToValueAtTime(0.0001, end);
    else {
      envelope.gain.setValueAtTime(note.loudness, end - 0.04);
      envelope.gain.linearRampToValueAtTime(0, end);
    }
    oscillator.connect(envelope).connect(output);
    oscillator.start(start);
    oscillator.stop(end);
  }
}
