import { expect, test } from "vitest";
import { loadChoice, NO_CHOICE, saveChoice } from "./choice";
import { constraintsFor } from "./constraints";

function storage(value: string | null) {
  return {
    value,
    getItem() {
      return this.value;
    },
    setItem(_key: string, text: string) {
      this.value = text;
    },
  };
}

test("a choice is remembered", () => {
  const store = storage(null);
  expect(loadChoice(store)).toEqual(NO_CHOICE);
  saveChoice(store, { camera: "c1", microphone: null, speaker: "s1", ringer: "s2" });
  expect(loadChoice(store)).toEqual({ camera: "c1", microphone: null, speaker: "s1", ringer: "s2" });
});

test("a choice of an earlier version, which knew no speaker for ringing, is kept", () => {
  const store = storage('{"camera":"c1","microphone":null,"speaker":"s1"}');
  expect(loadChoice(store)).toEqual({ camera: "c1", microphone: null, speaker: "s1", ringer: null });
});

test.each(["no json", "null", "7", '{"camera":7,"microphone":"","speaker":null}'])(
  "%s is no choice",
  (text) => {
    expect(loadChoice(storage(text))).toEqual(NO_CHOICE);
  },
);

test("a chosen device is preferred, not demanded: it may be unplugged", () => {
  const chosen = { camera: "c1", microphone: "m1", speaker: null, ringer: null };
  expect(constraintsFor(["camera", "microphone"], chosen)).toMatchObject({
    video: { deviceId: { exact: "c1" } },
    audio: { deviceId: { exact: "m1" }, echoCancellation: true },
  });
  expect(constraintsFor(["microphone"], NO_CHOICE)).toEqual({
    video: false,
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  expect(constraintsFor(["camera"], NO_CHOICE).video).toMatchObject({ facingMode: "user" });
});
