/** A machine that sleeps in the middle of a call: its timers and their clock stand still, the time of day and the others go on. */
import { describe, expect, test } from "vitest";
import { ada, aPairForEach, bob, phases, world } from "./pair.fake";
import type { Tab } from "./world.fake";

aPairForEach();

/** Nothing comes from the machine, and nothing gets there. */
async function sleeps(tab: Tab, ms: number): Promise<void> {
  tab.sleep();
  world.network.setUp(false);
  await world.elapse(ms);
  tab.wake();
  world.network.setUp(true);
}

describe("in a call", () => {
  test("a short sleep interrupts it, and the devices are as they were left", async () => {
    await world.inCall();
    ada.controller.setMicrophone(false);
    ada.controller.setCamera(false);
    await sleeps(ada, 20_000);
    await world.elapse(5_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    expect(ada.model.local).toMatchObject({ audio: false, video: false });
    expect(bob.model.remote).toMatchObject({ audio: false, video: false });
    ada.controller.setMicrophone(true);
    ada.controller.setCamera(true);
    await world.elapse(1_000);
    expect(bob.model.remote).toMatchObject({ audio: true, video: true });
    bob.controller.hangUp();
    await world.expectQuiet();
  });

  test.each([60_000, 8 * 3_600_000])("a sleep of %i ms ends it for both", async (ms) => {
    await world.inCall();
    await sleeps(ada, ms);
    // The page that woke would try for half a minute by its own clock: the server tells it that the other side has given up.
    await world.elapse(1_000);
    expect(ada.reason).toBe("lost");
    expect(ada.devices.live).toEqual([]);
    expect(bob.phases.slice(-2)).toEqual(["ended", "idle"]);
    await world.elapse(10_000);
    ada.call("bob");
    await world.elapse(1_000);
    bob.controller.accept();
    await world.elapse(1_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    ada.controller.hangUp();
    await world.expectQuiet();
  });

  test("both machines sleep", async () => {
    await world.inCall();
    ada.sleep();
    await sleeps(bob, 120_000);
    ada.wake();
    await world.elapse(1_000);
    expect([ada.reason, bob.reason]).toEqual(["lost", "lost"]);
    await world.expectQuiet();
  });

  test("the other side hangs up meanwhile", async () => {
    await world.inCall();
    ada.sleep();
    world.network.setUp(false);
    await world.elapse(5_000);
    bob.controller.hangUp();
    await world.elapse(600_000);
    ada.wake();
    world.network.setUp(true);
    await world.elapse(1_000);
    expect(ada.reason).toBe("remote_hangup");
    await world.expectQuiet();
  });

  test("what the server has lost sight of is believed only right after a sleep", async () => {
    await world.inCall();
    for (const tab of [ada, bob]) tab.signaling.disconnect();
    await world.elapse(60_000);
    expect(world.server.unfinishedOf("ada")).toBeUndefined();
    for (const tab of [ada, bob]) tab.signaling.connect();
    await world.elapse(20_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });
});

describe("while it rings", () => {
  test("the caller's machine sleeps: it is over when it wakes, and no camera is on", async () => {
    await world.ringing();
    await sleeps(ada, 120_000);
    await world.elapse(1_000);
    expect(ada.phase).not.toBe("ringing_out");
    expect(ada.devices.live).toEqual([]);
    await world.expectQuiet();
  });

  test("the callee's machine sleeps: it rings no more when it wakes", async () => {
    await world.ringing();
    await sleeps(bob, 120_000);
    await world.elapse(1_000);
    expect(bob.phase).not.toBe("ringing_in");
    await world.expectQuiet();
  });

  test("the callee's machine sleeps for a moment and rings on", async () => {
    await world.ringing();
    await sleeps(bob, 15_000);
    await world.elapse(2_000);
    expect(phases(ada, bob)).toEqual(["ringing_out", "ringing_in"]);
    bob.controller.accept();
    await world.elapse(10_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });
});
