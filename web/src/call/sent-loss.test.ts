import { expect, test } from "vitest";
import { SentLoss } from "./sent-loss";

/** Sends sound all the time, and a picture while there is one, and takes a measurement after each interval. */
class Bench {
  readonly loss = new SentLoss();
  #sound = { id: "A", packets: 0, lost: 0, progress: 0 };
  #picture = { id: "V", packets: 0, lost: 0, progress: 0 };

  constructor() {
    this.loss.take([this.#sound, this.#picture]);
  }

  /** The loss after an interval in which so many of 100 packets of each were reported lost. */
  after({ sound = 0, picture = 0, paused = false }): number {
    const { packets, lost, progress } = this.#sound;
    this.#sound = { id: "A", packets: packets + 100, lost: lost + sound, progress: progress + 100 };
    this.#picture = {
      id: "V",
      packets: this.#picture.packets + (paused ? 5 : 100),
      lost: this.#picture.lost + picture,
      progress: this.#picture.progress + (paused ? 0 : 40),
    };
    this.loss.take([this.#sound, this.#picture]);
    return this.loss.percent;
  }
}

test("is of all that is sent, and of the last two measurements", () => {
  const bench = new Bench();
  expect(bench.loss.percent).toBe(0);
  expect(bench.after({ sound: 10, picture: 30 })).toBe(20);
  expect(bench.after({})).toBe(10);
  expect(bench.after({})).toBe(0);
  expect(bench.after({ picture: 40 })).toBe(10);
});

test("is not of a picture that was sent before a pause", () => {
  const bench = new Bench();
  bench.after({ picture: 50 });
  expect(bench.after({ paused: true, sound: 2 })).toBeCloseTo((100 * 52) / 300);
  expect(bench.after({ paused: true, sound: 2, picture: 3 })).toBe(2);
  for (const picture of [17, 9]) expect(bench.after({ picture })).toBeLessThanOrEqual(1);
  expect(bench.after({ sound: 4, picture: 8 })).toBe(4);
});

test("knows nothing where nothing is sent, and takes no correction for a gain", () => {
  const loss = new SentLoss();
  loss.take([]);
  loss.take([]);
  expect(loss.percent).toBe(0);
  loss.take([{ id: "A", packets: 10, lost: 5, progress: 10 }]);
  loss.take([{ id: "A", packets: 20, lost: 3, progress: 20 }]);
  expect(loss.percent).toBe(0);
});
