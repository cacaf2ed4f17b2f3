import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Ringer } from "./ringer";

/** An audio context that counts the tones it was given and whether they can be heard. */
class FakeAudioContext extends EventTarget {
  state: AudioContextState = "suspended";
  currentTime = 0;
  readonly destination = {};
  tones: { gain: { connected: boolean } }[] = [];
  resumes = 0;
  allowed = false;

  async resume() {
    this.resumes += 1;
    if (!this.allowed) throw new DOMException("not allowed", "NotAllowedError");
    this.state = "running";
    this.dispatchEvent(new Event("statechange"));
  }

  readonly gains: object[] = [];

  createGain() {
    const parameter = {
      setValueAtTime: () => undefined,
      linearRampToValueAtTime: () => undefined,
      exponentialRampToValueAtTime: () => undefined,
    };
    const gain = { connected: false, gain: parameter, output: null as unknown };
    this.gains.push(gain);
    return Object.assign(gain, {
      connect: (output: unknown) => {
        gain.connected = true;
        gain.output = output;
        return output;
      },
      disconnect: () => {
        gain.connected = false;
      },
    });
  }

  readonly streamed = { connected: false, stream: {} };

  createMediaStreamDestination() {
    return this.streamed;
  }

  createOscillator() {
    const tone = { gain: { connected: false } };
    return {
      type: "sine",
      frequency: { value: 0 },
      connect: (envelope: ReturnType<FakeAudioContext["createGain"]>) => ({
        connect: (output: { connected: boolean }) => {
          tone.gain = output;
          return envelope;
        },
      }),
      start: () => this.tones.push(tone),
      stop: () => undefined,
    };
  }

  get audible() {
    return this.tones.filter((tone) => tone.gain.connected).length;
  }
}

/** A media element that knows where it plays. */
class FakeAudio {
  srcObject: unknown = null;
  sinkId = "";
  playing = false;
  allowed = true;

  async setSinkId(id: string) {
    if (id === "unplugged") throw new DOMException("gone", "NotFoundError");
    this.sinkId = id;
  }

  async play() {
    if (!this.allowed) throw new DOMException("not allowed", "NotAllowedError");
    this.playing = true;
  }

  pause() {
    this.playing = false;
  }
}

let context: FakeAudioContext;
let ringer: Ringer;

beforeEach(() => {
  vi.useFakeTimers();
  context = new FakeAudioContext();
  ringer = new Ringer({ createContext: () => context as unknown as AudioContext });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("Ringer", () => {
  it("rings again and again until it is stopped", async () => {
    context.state = "running";
    ringer.play("ringback");
    expect(context.audible).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(context.audible).toBe(3);
    ringer.stop();
    expect(context.audible).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(context.tones).toHaveLength(3);
  });

  it("says once that a call has ended", () => {
    context.state = "running";
    ringer.play("ended");
    vi.advanceTimersByTime(60_000);
    expect(context.tones).toHaveLength(2);
  });

  it("is silent before the page has been touched, keeps nothing back, and sounds from the touch on", async () => {
    ringer.play("ring");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(context.tones).toHaveLength(0);
    context.allowed = true;
    ringer.unlock();
    await vi.advanceTimersByTimeAsync(0);
    expect(context.audible).toBe(8);
  });

  it("does not sound when the touch comes after the end", async () => {
    ringer.play("ring");
    await vi.advanceTimersByTimeAsync(0);
    ringer.stop();
    context.allowed = true;
    ringer.unlock();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(context.audible).toBe(0);
  });
});

describe("a chosen speaker", () => {
  let element: FakeAudio;
  const chosen: Partial<Record<string, string>> = { ring: "loud" };

  beforeEach(() => {
    element = new FakeAudio();
    context.state = "running";
    ringer = new Ringer({
      createContext: () => context as unknown as AudioContext,
      createElement: () => element as unknown as HTMLAudioElement,
      speakerOf: (sound) => chosen[sound] ?? null,
    });
  });

  const output = () => (context.gains[0] as { output: unknown }).output;

  it("rings there, and nothing is left of it", async () => {
    ringer.play("ring");
    await vi.advanceTimersByTimeAsync(0);
    expect(element).toMatchObject({ sinkId: "loud", playing: true, srcObject: context.streamed.stream });
    expect(output()).toBe(context.streamed);
    ringer.stop();
    expect(element).toMatchObject({ playing: false, srcObject: null });
  });

  it("is asked for each sound: what has none goes to the system's default", () => {
    ringer.play("ringback");
    expect(output()).toBe(context.destination);
    expect(element.srcObject).toBeNull();
  });

  it("that is not there does not keep a call from ringing", async () => {
    chosen["ring"] = "unplugged";
    ringer.play("ring");
    await vi.advanceTimersByTimeAsync(0);
    expect(element).toMatchObject({ sinkId: "", playing: true });
    chosen["ring"] = "loud";
  });

  it("that the browser does not let play gives way to the default", async () => {
    element.allowed = false;
    ringer.play("ring");
    await vi.advanceTimersByTimeAsync(0);
    expect(output()).toBe(context.destination);
  });
});
