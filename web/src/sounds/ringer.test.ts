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

  createGain() {
    const parameter = {
      setValueAtTime: () => undefined,
      linearRampToValueAtTime: () => undefined,
      exponentialRampToValueAtTime: () => undefined,
    };
    const gain = { connected: false, gain: parameter, output: null as unknown };
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

let context: FakeAudioContext;
let ringer: Ringer;

beforeEach(() => {
  vi.useFakeTimers();
  context = new FakeAudioContext();
  ringer = new Ringer(() => context as unknown as AudioContext);
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
