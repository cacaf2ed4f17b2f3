import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StatsSnapshot } from "../peer/stats";
import { QualityMeter } from "./quality";

interface Reading {
  roundTripMs?: number | null;
  /** Of 100 packets in these two seconds. */
  sentLost?: number;
  receivedLost?: number;
}

/** Feeds a meter one reading every two seconds. */
class Bench {
  readonly meter = new QualityMeter();
  #last: StatsSnapshot = {
    at: 0,
    roundTripMs: null,
    availableBps: null,
    picturesDecoded: null,
    streams: [],
    sent: { packets: 0, lost: 0, bytes: 0 },
    received: { packets: 0, lost: 0, bytes: 0 },
  };

  constructor() {
    expect(this.meter.take(this.#last)).toBeNull();
  }

  take({ roundTripMs = 50, sentLost = 0, receivedLost = 0 }: Reading) {
    const { at, sent, received } = this.#last;
    this.#last = {
      at: at + 2_000,
      roundTripMs,
      availableBps: null,
      picturesDecoded: null,
      streams: [],
      sent: { packets: sent.packets + 100, lost: sent.lost + sentLost, bytes: sent.bytes + 250_000 },
      received: {
        packets: received.packets + 100 - receivedLost,
        lost: received.lost + receivedLost,
        bytes: received.bytes + 500,
      },
    };
    return this.meter.take(this.#last);
  }

  levels(times: number, reading: Reading): (string | undefined)[] {
    return Array.from({ length: times }, () => this.take(reading)?.level);
  }
}

describe("the first measurement says at once", () => {
  test.each<[string, Reading]>([
    ["excellent", {}],
    ["excellent", { roundTripMs: null }],
    ["good", { roundTripMs: 250 }],
    ["poor", { roundTripMs: 300 }],
    ["very_poor", { roundTripMs: 800 }],
    ["good", { sentLost: 2 }],
    ["poor", { receivedLost: 5 }],
    ["very_poor", { receivedLost: 20 }],
    ["very_poor", { roundTripMs: 250, sentLost: 30 }],
  ])("%s for %o", (level, reading) => {
    expect(new Bench().take(reading)?.level).toBe(level);
  });
});

test("tells the numbers", () => {
  expect(new Bench().take({ roundTripMs: 120.4, receivedLost: 4 })).toEqual({
    level: "poor",
    roundTripMs: 120,
    lossPercent: 4,
    sendKbps: 1_000,
    receiveKbps: 2,
  });
});

test("one bad moment changes nothing, two do, and four good ones mend it", () => {
  const bench = new Bench();
  expect(bench.levels(1, {})).toEqual(["excellent"]);
  expect(bench.levels(1, { roundTripMs: 900 })).toEqual(["excellent"]);
  expect(bench.levels(1, {})).toEqual(["excellent"]);
  expect(bench.levels(2, { roundTripMs: 900 })).toEqual(["excellent", "very_poor"]);
  expect(bench.levels(4, {})).toEqual(["very_poor", "very_poor", "very_poor", "excellent"]);
});

test("a new connection begins to count anew, and packets that were only late are no gain", () => {
  const bench = new Bench();
  bench.take({});
  const { meter } = bench;
  const traffic = { packets: 10, lost: 0, bytes: 100 };
  expect(
    meter.take({
      at: 9_000,
      roundTripMs: 1,
      availableBps: null,
      picturesDecoded: null,
      streams: [],
      sent: traffic,
      received: traffic,
    }),
  ).toBeNull();
  const more = { packets: 20, lost: -5, bytes: 200 };
  const next = meter.take({
    at: 11_000,
    roundTripMs: 1,
    availableBps: null,
    picturesDecoded: null,
    streams: [],
    sent: more,
    received: more,
  });
  expect(next?.lossPercent).toBe(0);
});

test("it gets worse only with two measurements that are, and better only with four", () => {
  const severity = (level: string | undefined) =>
    ["excellent", "good", "poor", "very_poor"].indexOf(level ?? "");
  const readings = fc.array(fc.record({ roundTripMs: fc.integer({ min: 0, max: 1_500 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(readings, (list) => {
      const bench = new Bench();
      const alone = list.map((reading) => severity(new Bench().take(reading)?.level));
      const shown = list.map((reading) => severity(bench.take(reading)?.level));
      expect(shown[0]).toBe(alone[0]);
      for (let index = 1; index < shown.length; index += 1) {
        const [before = -1, now = -1] = shown.slice(index - 1);
        const lately = (count: number) => alone.slice(Math.max(0, index + 1 - count), index + 1);
        if (now > before) expect(Math.min(...lately(2))).toBe(now);
        else if (now < before) expect(Math.max(...lately(4))).toBe(now);
        else {
          expect(Math.min(...lately(2))).toBeLessThanOrEqual(now);
          if (index >= 3) expect(Math.max(...lately(4))).toBeGreaterThanOrEqual(now);
        }
      }
    }),
    { numRuns: 200 },
  );
});
