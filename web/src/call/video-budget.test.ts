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
    const budget = new VideoBudget();
    expect(stepsOver(budget, 2, THIN)).toEqual([0, 0]);
    expect(stepsOver(budget, 1, GOOD)).toEqual([0]);
    expect(stepsOver(budget, 2, THIN)).toEqual([0, 0]);
  });

  test("gets smaller step by step on a thin line, and then makes way for the sound", () => {
    expect(stepsOver(new VideoBudget(), 9, THIN)).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3]);
  });

  test("gets smaller when much is lost, with or without an estimate", () => {
    for (const availableBps of [null, 2_000_000])
      expect(stepsOver(new VideoBudget(), 3, { availableBps, lossPercent: 20 })).toEqual([0, 0, 1]);
  });

  test("gets larger again step by step, more slowly", () => {
    const budget = new VideoBudget();
    stepsOver(budget, 6, THIN);
    expect(stepsOver(budget, 10, GOOD)).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 1, 0]);
  });

  test("is tried again after a rest, a longer one each time", () => {
    const budget = new VideoBudget();
    stepsOver(budget, 9, THIN);
    expect(stepsOver(budget, 10, THIN).at(-1)).toBe(2);
    expect(stepsOver(budget, 3, THIN)).toEqual([2, 2, 3]);
    expect(stepsOver(budget, 19, GOOD).every((step) => step === 3)).toBe(true);
    expect(stepsOver(budget, 1, GOOD)).toEqual([2]);
  });
});

test("steps follow one another, three measurements apart at least", () => {
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
        expect(Math.abs(step - last)).toBe(1);
        expect(since).toBeGreaterThanOrEqual(3);
        last = step;
        since = 0;
      }
    }),
  );
});
