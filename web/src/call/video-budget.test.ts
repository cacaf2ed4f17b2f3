import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FULL_PICTURE, type PathReading, STEPS, VideoBudget } from "./video-budget";

const GOOD: PathReading = { availableBps: 2_000_000, lossPercent: 0 };
const THIN: PathReading = { availableBps: 30_000, lossPercent: 0 };

/** The index of the step after each of so many equal measurements. */
function stepsOver(budget: VideoBudget, times: number, reading: PathReading): number[] {
  return Array.from({ length: times }, () => {
    budget.take(reading);
    return STEPS.indexOf(budget.step);
  });
}

describe("the picture", () => {
  test("is sent in full on a good line", () => {
    const budget = new VideoBudget();
    expect(budget.step).toBe(FULL_PICTURE);
    expect(new Set(stepsOver(budget, 50, GOOD))).toEqual(new Set([0]));
  });

  test("survives a bad moment", () => {
    for (const [times, bad] of [
      [2, { ...THIN, availableBps: 200_000 }],
      [2, { ...GOOD, lossPercent: 50 }],
      [1, THIN],
    ] as const) {
      const budget = new VideoBudget();
      for (const [count, reading] of [
        [times, bad],
        [1, GOOD],
        [times, bad],
      ] as const)
        expect(stepsOver(budget, count, reading).at(-1)).toBe(0);
    }
  });

  test("gets as small as a thin line asks for, and then makes way for the sound", () => {
    expect(stepsOver(new VideoBudget(), 6, { availableBps: 200_000, lossPercent: 0 })).toEqual([
      0, 0, 1, 1, 1, 1,
    ]);
    expect(stepsOver(new VideoBudget(), 6, { availableBps: 100_000, lossPercent: 0 })).toEqual([
      0, 2, 2, 2, 2, 2,
    ]);
    expect(stepsOver(new VideoBudget(), 5, THIN)).toEqual([0, 2, 2, 2, 3]);
  });

  test("makes way where it does not fit, though Chromium never estimates so little", () => {
    const least = { availableBps: 80_000, lossPercent: 0 };
    const budget = new VideoBudget();
    expect(stepsOver(budget, 20, least).at(-1)).toBe(2);
    expect(stepsOver(budget, 3, { ...least, lossPercent: 10 })).toEqual([2, 2, 3]);
  });

  test("makes way sooner where much is lost beside the smallest of it, but not for what was lost before", () => {
    const least = { availableBps: 80_000, lossPercent: 0 };
    const budget = new VideoBudget();
    stepsOver(budget, 2, least);
    expect(stepsOver(budget, 2, { ...least, lossPercent: 30 })).toEqual([2, 3]);
  });

  test("gets smaller at once when estimate and losses agree", () => {
    expect(stepsOver(new VideoBudget(), 2, { ...THIN, lossPercent: 9 })).toEqual([2, 3]);
    expect(stepsOver(new VideoBudget(), 1, { availableBps: 240_000, lossPercent: 9 })).toEqual([1]);
  });

  test("gets smaller when much is lost, with or without an estimate", () => {
    for (const availableBps of [null, 2_000_000])
      expect(stepsOver(new VideoBudget(), 3, { availableBps, lossPercent: 20 })).toEqual([0, 0, 1]);
  });

  test("gets larger again step by step, more slowly", () => {
    const budget = new VideoBudget();
    stepsOver(budget, 2, THIN);
    expect(stepsOver(budget, 10, GOOD)).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 1, 0]);
  });

  test("is tried again after a rest, a longer one each time", () => {
    const budget = new VideoBudget();
    stepsOver(budget, 5, THIN);
    expect(stepsOver(budget, 10, THIN).at(-1)).toBe(2);
    expect(stepsOver(budget, 3, THIN)).toEqual([2, 2, 3]);
    expect(stepsOver(budget, 19, GOOD).every((step) => step === 3)).toBe(true);
    expect(stepsOver(budget, 1, GOOD)).toEqual([2]);
  });

  test("that is only tried goes at the first loss that was not there without it", () => {
    for (const [without, tried, then] of [
      [0, 6, 3],
      [0, 4, 2],
      [8, 12, 2],
      [8, 14, 3],
    ] as const) {
      const budget = new VideoBudget();
      stepsOver(budget, 5, THIN);
      expect(stepsOver(budget, 10, { availableBps: null, lossPercent: without }).at(-1)).toBe(2);
      expect(stepsOver(budget, 1, { availableBps: null, lossPercent: tried })).toEqual([then]);
    }
  });

  test("that has lasted is tried no longer", () => {
    const budget = new VideoBudget();
    stepsOver(budget, 5, THIN);
    stepsOver(budget, 10, GOOD);
    const worse = { availableBps: 180_000, lossPercent: 8 };
    stepsOver(budget, 5, { ...worse, lossPercent: 3 });
    expect(stepsOver(budget, 5, worse)).toEqual([2, 2, 2, 2, 2]);
  });
});

test("sound takes less room beside a small picture, and where there is none", () => {
  expect(STEPS.map(({ maxAudioBitrate }) => maxAudioBitrate)).toEqual([undefined, undefined, 20_000, 20_000]);
});

test("it gets larger step by step and slowly, and is off only after it was small", () => {
  const reading = fc.record({ availableBps: fc.option(fc.nat(2_000_000)), lossPercent: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 120 }), (readings) => {
      const budget = new VideoBudget();
      let last = 0;
      let since = 0;
      for (const each of readings) {
        const changed = budget.take(each);
        const step = STEPS.indexOf(budget.step);
        since += 1;
        expect(changed).toBe(step !== last);
        if (!changed) continue;
        if (step < last) {
          expect(step).toBe(last - 1);
          expect(since).toBeGreaterThanOrEqual(5);
        }
        if (step === 3) expect(last).toBe(2);
        last = step;
        since = 0;
      }
    }),
  );
});
