import { expect, test } from "vitest";
import { levelOf, SpeechDetector } from "./level";

test.each([
  [0, 0],
  [Number.NaN, 0],
  [0.000_1, 0],
  [0.001, 0],
  [0.01, 1 / 3],
  [0.1, 2 / 3],
  [1, 1],
  [4, 1],
])("an amplitude of %f is a level of %f", (amplitude, level) => {
  expect(levelOf(amplitude)).toBeCloseTo(level);
});

test("speech begins with a loud sound, lasts through pauses between words, and ends with silence", () => {
  const detector = new SpeechDetector();
  expect(detector.take(0.35, 0)).toBe(false);
  expect(detector.take(0.5, 100)).toBe(true);
  expect(detector.take(0.35, 200)).toBe(true);
  expect(detector.take(0, 800)).toBe(true);
  expect(detector.take(0.35, 850)).toBe(true);
  expect(detector.take(0, 1_549)).toBe(true);
  expect(detector.take(0, 1_550)).toBe(false);
});
