import { beforeEach, describe, expect, test } from "vitest";
import { FakeMachineClock, FakeScheduler } from "./scheduler.fake";
import { watchStandstill } from "./standstill";

let world: FakeScheduler;
let machine: FakeMachineClock;
let hidden: boolean;
let told: number;
let stop: () => void;

beforeEach(() => {
  world = new FakeScheduler();
  machine = new FakeMachineClock(world);
  hidden = false;
  told = 0;
  stop = watchStandstill(
    machine,
    () => hidden,
    () => {
      told += 1;
    },
  );
});

function sleep(ms: number): void {
  machine.sleep();
  world.advance(ms);
  machine.wake();
}

describe("a standstill", () => {
  test("is told once, soon after the page goes on", () => {
    world.advance(12_000);
    sleep(3_600_000);
    world.advance(5_000);
    expect(told).toBe(1);
    world.advance(600_000);
    expect(told).toBe(1);
    sleep(20_000);
    world.advance(5_000);
    expect(told).toBe(2);
  });

  test("is told where the timers' clock went on meanwhile, too", () => {
    // What is overdue runs as soon as the page goes on: so it does when the system has stopped the browser.
    world.advance(12_000);
    machine.sleep();
    world.advance(60_000);
    machine.wake();
    world.advance(3_000);
    expect(told).toBe(1);
  });

  test("is not made out of a busy moment", () => {
    world.advance(1_000);
    sleep(9_000);
    world.advance(600_000);
    expect(told).toBe(0);
  });

  test("is not made out of the slow timers of a page that nobody sees", () => {
    hidden = true;
    world.advance(5_000);
    sleep(60_000);
    world.advance(2_000);
    hidden = false;
    world.advance(600_000);
    expect(told).toBe(0);
    hidden = true;
    world.advance(5_000);
    sleep(120_000);
    world.advance(5_000);
    expect(told).toBe(1);
  });

  test("is watched for until it is stopped", () => {
    stop();
    expect(world.pending).toBe(0);
  });
});
