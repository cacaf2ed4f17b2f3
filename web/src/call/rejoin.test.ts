import { describe, expect, test } from "vitest";
import { ada, aPairForEach, bob, phases, world } from "./pair.fake";

aPairForEach();

describe("after a reload in a call", () => {
  test("the page offers to go back, and the other side waits", async () => {
    await world.inCall();
    const { callId } = bob.model;
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    expect(reloaded.phase).toBe("idle");
    expect(reloaded.model.rejoin).toEqual({ callId, peer: { userId: "bob", name: "bob" }, video: true });
    expect(reloaded.model.peer).toBeNull();
    expect(reloaded.devices.asked).toEqual([]);
    await world.elapse(20_000);
    expect(bob.phase).toBe("reconnecting");
  });

  test.each([
    ["the caller", () => ada, () => bob],
    ["the callee", () => bob, () => ada],
  ])("%s goes back, and both see and hear each other", async (_who, leaves, stays) => {
    await world.inCall();
    const answeredAt = leaves().model.answeredAt;
    const reloaded = world.reload(leaves());
    await world.elapse(4_000);
    reloaded.controller.rejoin();
    expect(reloaded.phase).toBe("connecting");
    await world.elapse(1_000);
    expect(phases(reloaded, stays())).toEqual(["in_call", "in_call"]);
    expect(reloaded.model.rejoin).toBeNull();
    expect(reloaded.model.answeredAt).toBe(answeredAt);
    expect(reloaded.model.local).toMatchObject({ audio: true, video: true });
    expect(stays().model.remote).toMatchObject({ audio: true, video: true });
    // Each has one link, with microphone and camera.
    expect(world.network.open).toBe(2);
    expect(world.network.sent).toHaveLength(4);
    await world.elapse(100_000);
    expect(phases(reloaded, stays())).toEqual(["in_call", "in_call"]);
    reloaded.controller.hangUp();
    await world.expectQuiet();
  });

  test("both go back", async () => {
    await world.inCall();
    const tabs = [world.reload(ada), world.reload(bob)] as const;
    await world.elapse(2_000);
    for (const tab of tabs) tab.controller.rejoin();
    await world.elapse(10_000);
    expect(phases(...tabs)).toEqual(["in_call", "in_call"]);
    tabs[1].controller.hangUp();
    await world.expectQuiet();
  });

  test("again and again", async () => {
    await world.inCall();
    for (let time = 0; time < 3; time += 1) {
      const [one] = world.tabs;
      if (!one) throw new Error("no tab");
      const reloaded = world.reload(one);
      await world.elapse(1_000);
      reloaded.controller.rejoin();
      await world.elapse(1_000);
      expect(phases(reloaded, bob)).toEqual(["in_call", "in_call"]);
    }
  });

  test("microphone and camera are as they were left", async () => {
    await world.inCall();
    ada.controller.setMicrophone(false);
    ada.controller.setCamera(false);
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    reloaded.controller.rejoin();
    await world.elapse(1_000);
    expect(reloaded.devices.asked).toEqual([]);
    expect(bob.model.remote).toMatchObject({ audio: false, video: false });
    reloaded.controller.setMicrophone(true);
    await world.elapse(1_000);
    expect(bob.model.remote).toMatchObject({ audio: true, video: false });
  });

  test("an offer of the old connection that comes late does not disturb the new one", async () => {
    await world.inCall();
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    world.server.faults = { delay: 20, jitter: 2_000, lose: 0, repeat: 0.5 };
    reloaded.controller.rejoin();
    await world.elapse(25_000);
    expect(phases(reloaded, bob)).toEqual(["in_call", "in_call"]);
  });

  test("a lost request is said again", async () => {
    await world.inCall();
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    world.server.faults = { delay: 20, jitter: 0, lose: 1, repeat: 0 };
    reloaded.controller.rejoin();
    await world.elapse(2_000);
    world.server.faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };
    expect(reloaded.phase).toBe("connecting");
    await world.elapse(5_000);
    expect(phases(reloaded, bob)).toEqual(["in_call", "in_call"]);
  });
});

describe("an offer to go back ends", () => {
  test("with the call when the person hangs up", async () => {
    await world.inCall();
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    reloaded.controller.hangUp();
    await world.elapse(100);
    expect(reloaded.model.rejoin).toBeNull();
    expect(bob.reason).toBe("remote_hangup");
    await world.expectQuiet();
  });

  test("when the other side hangs up", async () => {
    await world.inCall();
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    bob.controller.hangUp();
    await world.elapse(100);
    expect(reloaded.model.rejoin).toBeNull();
    await world.expectQuiet();
  });

  test("when the other side has waited long enough", async () => {
    await world.inCall();
    const reloaded = world.reload(ada);
    await world.elapse(45_000);
    expect(bob.phases.at(-1)).toBe("idle");
    expect(reloaded.model.rejoin).toBeNull();
    await world.expectQuiet();
  });

  test("when nobody goes back", async () => {
    await world.inCall();
    const tabs = [world.reload(ada), world.reload(bob)];
    await world.elapse(1_000);
    expect(tabs.map(({ model }) => model.rejoin !== null)).toEqual([true, true]);
    await world.expectQuiet();
    expect(tabs.map(({ model }) => model.rejoin)).toEqual([null, null]);
  });

  test("when the person calls somebody", async () => {
    const eve = world.tab("eve");
    await world.inCall();
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    reloaded.call("eve");
    await world.elapse(1_000);
    expect(bob.reason).toBe("remote_hangup");
    expect(phases(reloaded, eve)).toEqual(["ringing_out", "ringing_in"]);
    reloaded.controller.hangUp();
    await world.expectQuiet();
  });

  test("when the other side calls anew", async () => {
    await world.inCall();
    world.network.setUp(false);
    const reloaded = world.reload(ada);
    await world.elapse(100);
    bob.signaling.disconnect();
    bob.controller.hangUp();
    bob.controller.dismiss();
    bob.signaling.connect();
    await world.elapse(100);
    world.network.setUp(true);
    bob.call("ada");
    await world.elapse(1_000);
    expect(phases(reloaded, bob)).toEqual(["ringing_in", "ringing_out"]);
    expect(reloaded.model.rejoin).toBeNull();
  });
});

describe("a page that is left for good", () => {
  test("ends the call for the other side soon", async () => {
    await world.inCall();
    ada.leave();
    await world.elapse(1_000);
    expect(bob.phase).toBe("reconnecting");
    await world.elapse(12_000);
    expect(bob.reason).toBe("remote_hangup");
    await world.elapse(5_000);
    expect(world.server.unfinishedOf("bob")).toBeUndefined();
    expect(world.network.open).toBe(0);
  });

  test("ends a call that rings at once", async () => {
    await world.ringing();
    ada.leave();
    await world.elapse(1_000);
    expect(bob.reason).toBe("cancelled");
  });
});
