import { beforeEach, expect, test } from "vitest";
import { FakeTrack } from "../peer/fake-media";
import { OwnVoice, type OwnVoiceState } from "./own-voice";

let now: number;
let level: number;
let metered: FakeTrack[];
let stopped: number;
let voice: OwnVoice;
let microphone: FakeTrack;

beforeEach(() => {
  now = 0;
  level = 0;
  metered = [];
  stopped = 0;
  voice = new OwnVoice((track) => {
    metered.push(track as unknown as FakeTrack);
    return {
      // A track that is off is silent.
      read: () => (track.enabled ? level : 0),
      stop: () => {
        stopped += 1;
      },
    };
  });
  microphone = new FakeTrack("audio");
});

/** So loud for so many ms. */
function hear(loudness: number, ms: number, remoteSpeaks = false): OwnVoiceState {
  level = loudness;
  let state: OwnVoiceState = { speaking: false, muted: false };
  for (const end = now + ms; now < end; now += 100)
    state = voice.take(microphone as unknown as MediaStreamTrack, remoteSpeaks, now);
  return state;
}

test("a microphone that is on is listened to itself", () => {
  expect(hear(0.6, 5_000)).toEqual({ speaking: true, muted: false });
  expect(metered).toEqual([microphone]);
});

test("speech into a microphone that is off is noticed after a while, by a copy that goes nowhere", () => {
  microphone.enabled = false;
  expect(hear(0.6, 1_000)).toEqual({ speaking: false, muted: false });
  expect(hear(0.6, 1_000)).toEqual({ speaking: false, muted: true });
  expect(metered).toHaveLength(1);
  expect(metered[0]).not.toBe(microphone);
  expect(microphone.enabled).toBe(false);
});

test("a cough, a door and a quiet room are no speech", () => {
  microphone.enabled = false;
  for (let time = 0; time < 5; time += 1) {
    expect(hear(0.8, 200).muted).toBe(false);
    expect(hear(0.1, 5_000).muted).toBe(false);
  }
});

test("the other side's voice out of the speaker does not count", () => {
  microphone.enabled = false;
  expect(hear(0.6, 20_000, true).muted).toBe(false);
  expect(hear(0.6, 2_000, false).muted).toBe(true);
});

test("it stays through pauses, goes after a longer silence, and comes again", () => {
  microphone.enabled = false;
  hear(0.6, 2_000);
  expect(hear(0, 5_000).muted).toBe(true);
  expect(hear(0.6, 200).muted).toBe(true);
  expect(hear(0, 8_000).muted).toBe(false);
  expect(hear(0.6, 200).muted).toBe(false);
  expect(hear(0.6, 2_000).muted).toBe(true);
});

test("it goes at once when the microphone is switched on, and the copy with it", () => {
  microphone.enabled = false;
  hear(0.6, 2_000);
  microphone.enabled = true;
  expect(hear(0.6, 100).muted).toBe(false);
  expect(metered[0]?.readyState).toBe("ended");
  expect(hear(0.6, 100)).toEqual({ speaking: true, muted: false });
  microphone.enabled = false;
  expect(hear(0.6, 1_000).muted).toBe(false);
});

test("nothing is left when it stops", () => {
  microphone.enabled = false;
  hear(0.6, 2_000);
  voice.stop();
  expect(metered.map(({ readyState }) => readyState)).toEqual(["ended"]);
  expect(stopped).toBe(1);
  expect(microphone.readyState).toBe("live");
});
