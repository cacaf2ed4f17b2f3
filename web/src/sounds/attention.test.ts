import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallModel, CallPhase } from "../call/model";
import { blank } from "../gallery/fixtures";
import { Attention, type AttentionPorts } from "./attention";

/** Remembers what can be noticed at this moment. */
class FakeSurroundings implements AttentionPorts {
  sound: string | null = null;
  title = "Video Chat";
  hidden = false;
  notification: string | null = null;
  vibrations = 0;

  readonly ringer = {
    play: (sound: string) => {
      this.sound = sound;
    },
    stop: () => {
      this.sound = null;
    },
  };
  setTitle = (title: string) => {
    this.title = title;
  };
  isHidden = () => this.hidden;
  notify = (title: string) => {
    this.notification = title;
    return () => {
      this.notification = null;
    };
  };
  vibrate = (pattern: number[]) => {
    this.vibrations = pattern.length === 0 ? 0 : this.vibrations + 1;
  };
}

let around: FakeSurroundings;
let attention: Attention;

beforeEach(() => {
  vi.useFakeTimers();
  around = new FakeSurroundings();
  attention = new Attention(around);
});

afterEach(() => {
  vi.useRealTimers();
});

function be(phase: CallPhase, more: Partial<CallModel> = {}) {
  attention.update({ ...blank, phase, ...more });
}

describe("a ring", () => {
  it("is heard, felt and seen until it is answered", () => {
    be("ringing_in");
    expect(around).toMatchObject({ sound: "ring", title: "Ada Okafor is calling", vibrations: 1 });
    vi.advanceTimersByTime(1_000);
    expect(around.title).toBe("● Video Chat");
    vi.advanceTimersByTime(1_000);
    expect(around).toMatchObject({ title: "Ada Okafor is calling", vibrations: 2 });
    be("connecting");
    expect(around).toMatchObject({ sound: null, title: "Ada Okafor – Video Chat", vibrations: 0 });
    vi.advanceTimersByTime(10_000);
    expect(around.title).toBe("Ada Okafor – Video Chat");
  });

  it("shows a notification only when nobody looks, and takes it away", () => {
    be("ringing_in");
    expect(around.notification).toBeNull();
    be("idle");
    around.hidden = true;
    be("ringing_in");
    expect(around.notification).toBe("Ada Okafor is calling");
    be("ended", { ended: { reason: "cancelled" } });
    expect(around.notification).toBeNull();
  });

  it("that nobody took ends in silence", () => {
    be("ringing_in");
    be("ended", { ended: { reason: "answered_elsewhere" } });
    expect(around).toMatchObject({ sound: null, title: "Video Chat" });
  });

  it("does not start anew when something else of the call changes", () => {
    be("ringing_in");
    around.sound = "still the first one";
    be("ringing_in", { remote: { ...blank.remote, audio: false } });
    expect(around.sound).toBe("still the first one");
  });
});

describe("our own call", () => {
  it("is heard while it rings there, and when it ends", () => {
    be("inviting");
    expect(around.sound).toBeNull();
    be("ringing_out");
    expect(around.sound).toBe("ringback");
    be("in_call");
    expect(around.sound).toBeNull();
    be("ended", { ended: { reason: "remote_hangup" } });
    expect(around.sound).toBe("ended");
    be("idle");
    expect(around).toMatchObject({ sound: null, title: "Video Chat" });
  });
});
