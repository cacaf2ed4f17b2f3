import { beforeEach, describe, expect, test } from "vitest";
import { ada, aPairForEach, bob, newPair, phases, world } from "./pair.fake";
import type { Tab } from "./world.fake";

aPairForEach();

/** What the media elements of these tabs have from the other side. */
const tracksOf = (...tabs: Tab[]) => tabs.flatMap(({ model }) => model.remote.stream?.getTracks() ?? []);

describe("a call", () => {
  test("rings, is connected before it is accepted, and is in call the moment it is accepted", async () => {
    await world.ringing();
    expect(world.network.open).toBe(2);
    bob.controller.accept();
    expect(bob.phase).toBe("in_call");
    await world.elapse(2);
    expect(ada.phase).toBe("in_call");
    expect(ada.phases).toEqual(["idle", "inviting", "ringing_out", "in_call"]);
    expect(bob.phases).toEqual(["idle", "ringing_in", "in_call"]);
    ada.controller.hangUp();
    await world.elapse(100);
    expect([ada.reason, bob.reason]).toEqual(["hangup", "remote_hangup"]);
    await world.expectQuiet();
  });

  test("takes few frames until it is accepted, and none until it is hung up", async () => {
    await world.inCall();
    const before = world.server.sent.length;
    expect(world.actions(ada)).toContain("invite");
    expect(world.actions(bob)).toContain("accept");
    expect(before).toBeLessThanOrEqual(8);
    await world.elapse(600_000);
    ada.controller.setMicrophone(false);
    bob.controller.setScreen(true);
    await world.elapse(10_000);
    expect(world.server.sent).toHaveLength(before);
    ada.controller.hangUp();
    await world.elapse(100);
    expect(world.server.sent).toHaveLength(before + 1);
  });

  test("opens the caller's camera for the preview, the callee's on accept, and sends nothing before", async () => {
    await world.ringing();
    expect(ada.devices.live).toHaveLength(2);
    expect(ada.model.local.stream).not.toBeNull();
    expect(bob.devices.asked).toEqual([]);
    const heard = () => tracksOf(ada, bob).map(({ enabled }) => enabled);
    expect(heard()).toEqual([false, false, false, false]);
    bob.controller.accept();
    await world.elapse(2);
    expect(heard()).toEqual([true, true, true, true]);
    await world.elapse(100);
    expect(bob.devices.live).toHaveLength(2);
    expect(ada.model.remote).toMatchObject({ audio: true, video: true, screen: null });
    expect(ada.model.remote.stream).not.toBeNull();
    expect(bob.model.answeredAt).not.toBeNull();
  });

  test("does not wait for the callee's camera", async () => {
    await newPair(false);
    bob.devices.delay = 20_000;
    await world.inCall();
    expect(bob.model.local.video).toBe(false);
    expect(ada.model.remote.video).toBe(false);
    await world.elapse(20_000);
    expect(ada.model.remote.video).toBe(true);
  });

  test("a preview is seen by nobody else, and is the picture of the call", async () => {
    await world.ringing();
    bob.controller.preview(true);
    await world.elapse(100);
    expect(bob.devices.asked).toEqual(["video"]);
    expect(bob.model.local).toMatchObject({ audio: false, video: true });
    const picture = bob.model.local.stream;
    expect(world.network.sent).toEqual([]);
    bob.controller.accept();
    await world.elapse(100);
    expect(world.network.sent).toHaveLength(4);
    expect(bob.devices.asked).toEqual(["video", "audio"]);
    expect(bob.model.local.stream).toBe(picture);
    expect(ada.model.remote).toMatchObject({ audio: true, video: true });
  });

  test.each([
    ["closed", () => bob.controller.preview(false)],
    ["declined", () => bob.controller.decline()],
    ["cancelled", () => ada.controller.hangUp()],
  ])("a preview ends when it is %s", async (_how, end) => {
    await world.ringing();
    bob.controller.preview(true);
    await world.elapse(100);
    expect(bob.devices.live).toHaveLength(1);
    end();
    await world.elapse(100);
    expect(bob.devices.live).toEqual([]);
  });

  test("tells the other side what is switched on", async () => {
    await world.inCall();
    ada.controller.setCamera(false);
    ada.controller.setMicrophone(false);
    await world.elapse(10);
    expect(bob.model.remote).toMatchObject({ audio: false, video: false });
    expect(ada.devices.live.map(({ kind, enabled }) => [kind, enabled])).toEqual([["audio", false]]);
    ada.controller.setCamera(true);
    ada.controller.setScreen(true);
    await world.elapse(100);
    expect(bob.model.remote).toMatchObject({ audio: false, video: true });
    expect(bob.model.remote.screen).not.toBeNull();
    ada.controller.setScreen(false);
    await world.elapse(10);
    expect(bob.model.remote.screen).toBeNull();
  });

  test("goes on without a camera and says why", async () => {
    bob.devices.refusals.video = "NotAllowedError";
    await world.inCall();
    expect(bob.model.local).toMatchObject({ audio: true, video: false });
    expect(bob.model.local.problem).toEqual({ device: "camera", problem: "denied" });
    expect(ada.model.remote).toMatchObject({ audio: true, video: false });
  });

  test("can be accepted without one's picture", async () => {
    await world.ringing();
    bob.controller.accept({ video: false });
    await world.elapse(100);
    expect(bob.devices.asked).toEqual(["audio"]);
    expect(ada.model.remote.video).toBe(false);
  });

  test("is measured", async () => {
    await world.inCall();
    await world.elapse(29_000);
    bob.controller.hangUp();
    expect(bob.model.durationMs).toBe(30_000);
  });
});

describe("a call that is not taken", () => {
  test.each([
    ["declined", () => bob.controller.decline(), "declined", undefined],
    ["cancelled", () => ada.controller.hangUp(), "hangup", "cancelled"],
  ])("is %s", async (_name, act, adaReason, bobReason) => {
    await world.ringing();
    act();
    await world.elapse(100);
    expect([ada.reason, bob.reason]).toEqual([adaReason, bobReason]);
    await world.expectQuiet();
  });

  test("times out after 60 s", async () => {
    await world.ringing();
    await world.elapse(59_500);
    expect([ada.reason, bob.reason]).toEqual(["timeout", "timeout"]);
    await world.expectQuiet();
  });

  test("stops by itself when the server is gone", async () => {
    await world.ringing();
    ada.signaling.disconnect();
    bob.signaling.disconnect();
    world.server.calls.clear();
    await world.elapse(66_000);
    expect(ada.phases.at(-1)).not.toBe("ringing_out");
    expect(bob.phases.at(-1)).not.toBe("ringing_in");
  });

  test("finds nobody there", async () => {
    bob.signaling.disconnect();
    await world.elapse(6_000);
    ada.call("bob");
    await world.elapse(100);
    expect(ada.reason).toBe("offline");
    await world.expectQuiet();
  });

  test("is not said to ring before the callee is back from a reload", async () => {
    bob.leave();
    ada.call("bob");
    await world.elapse(2_000);
    expect(ada.phase).toBe("inviting");
    const reloaded = world.comeBack(bob);
    await world.elapse(100);
    expect(phases(ada, reloaded)).toEqual(["ringing_out", "ringing_in"]);
    reloaded.controller.accept();
    await world.elapse(1_000);
    expect(phases(ada, reloaded)).toEqual(["in_call", "in_call"]);
  });

  test("ends as offline when the callee does not come back", async () => {
    bob.leave();
    ada.call("bob");
    await world.elapse(5_100);
    expect(ada.reason).toBe("offline");
    expect(ada.phases).not.toContain("ringing_out");
  });

  test("finds the other busy, who does not notice", async () => {
    const eve = world.tab("eve");
    await world.inCall();
    eve.call("bob");
    await world.elapse(100);
    expect(eve.reason).toBe("busy");
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });

  test("is refused while another tab of ours is in a call", async () => {
    const tablet = world.tab("ada", "ada-tablet");
    const eve = world.tab("eve");
    await world.inCall();
    tablet.call("eve");
    await world.elapse(100);
    expect(tablet.reason).toBe("in_call");
    expect(phases(ada, bob, eve)).toEqual(["in_call", "in_call", "idle"]);
  });

  test("takes the place of one that is over here and that the server still holds", async () => {
    const eve = world.tab("eve");
    await world.inCall();
    world.network.setUp(false);
    world.server.faults = { ...world.server.faults, lose: 0.9 };
    ada.controller.hangUp();
    ada.controller.dismiss();
    await world.elapse(100);
    world.server.faults = { ...world.server.faults, lose: 0 };
    ada.call("eve");
    await world.elapse(1_000);
    expect(phases(ada, eve)).toEqual(["ringing_out", "ringing_in"]);
    expect(bob.reason).toBe("remote_hangup");
  });

  test("finds no server, and says so", async () => {
    ada.signaling.disconnect();
    ada.call("bob");
    await world.elapse(21_000);
    expect(ada.model.ended).toEqual({ reason: "failed", message: "The server does not answer." });
  });

  test("ends when the caller's page is gone", async () => {
    await world.ringing();
    ada.gone();
    await world.elapse(100);
    expect(bob.reason).toBe("cancelled");
    await world.expectQuiet();
  });
});

describe("a camera that takes its time", () => {
  /** What the caller is shown of the callee's devices, from the answer on. */
  async function shown(): Promise<string[]> {
    await world.ringing();
    bob.devices.cameraDelay = 900;
    const seen: string[] = [];
    ada.controller.subscribe(() => {
      const { phase, remote } = ada.model;
      const state = `${remote.audio ? "sound" : "muted"}, ${remote.video ? "picture" : "no picture"}`;
      if (phase === "in_call" && seen.at(-1) !== state) seen.push(state);
    });
    bob.controller.accept();
    await world.elapse(500);
    return seen;
  }

  test("does not keep the sound waiting, and is not said to be off meanwhile", async () => {
    expect(await shown()).toEqual(["sound, picture"]);
    expect(world.network.sent.filter(({ kind }) => kind === "audio")).toHaveLength(2);
    await world.elapse(1_000);
    expect(world.network.sent).toHaveLength(4);
  });

  test("is off for the other side as long as the person may refuse it", async () => {
    await newPair(false);
    expect((await shown()).at(-1)).toBe("muted, no picture");
    await world.elapse(1_000);
    expect(ada.model.remote).toMatchObject({ audio: true, video: true });
  });
});

describe("several devices", () => {
  let phone: Tab;
  beforeEach(async () => {
    phone = world.tab("bob", "bob-phone");
    await world.elapse(100);
  });

  test("all ring and connect, one answers, the others stop", async () => {
    await world.ringing();
    expect(phone.phase).toBe("ringing_in");
    expect(world.network.open).toBe(4);
    phone.controller.accept();
    await world.elapse(1000);
    expect(phases(ada, phone)).toEqual(["in_call", "in_call"]);
    expect(bob.reason).toBe("answered_elsewhere");
    expect(world.network.open).toBe(2);
    ada.controller.hangUp();
    await world.expectQuiet();
  });

  test("when two accept, the server's word counts", async () => {
    await world.ringing();
    // Bob's own word is the faster one to Ada, the phone's accept the faster one to the server.
    world.server.faults = { ...world.server.faults, delay: 500 };
    bob.controller.accept();
    const late = world.server.sent.findIndex(({ frame }) => frame.action === "accept");
    expect(late).toBeGreaterThan(0);
    bob.signaling.disconnect();
    await world.elapse(5);
    expect(ada.phase).toBe("in_call");
    phone.controller.accept();
    await world.elapse(1_200);
    bob.signaling.connect();
    await world.elapse(2_000);
    expect(phases(ada, phone)).toEqual(["in_call", "in_call"]);
    expect(bob.reason).toBe("answered_elsewhere");
    expect(bob.devices.live).toEqual([]);
    await world.elapse(10);
    expect(world.network.open).toBe(2);
  });

  test("one of them declines for all", async () => {
    await world.ringing();
    bob.controller.decline();
    await world.elapse(100);
    expect([ada.reason, phone.reason]).toEqual(["declined", "declined_elsewhere"]);
    await world.expectQuiet();
  });

  test("one of them going away leaves the others ringing", async () => {
    await world.ringing();
    bob.gone();
    bob.signaling.disconnect();
    await world.elapse(1000);
    expect(phases(ada, phone)).toEqual(["ringing_out", "ringing_in"]);
    phone.controller.accept();
    await world.elapse(100);
    expect(phases(ada, phone)).toEqual(["in_call", "in_call"]);
  });

  test("one that opens while it rings, rings too", async () => {
    await world.ringing();
    const late = world.tab("bob", "bob-late");
    await world.elapse(1000);
    expect(late.phase).toBe("ringing_in");
    late.controller.accept();
    await world.elapse(1000);
    expect(phases(ada, late)).toEqual(["in_call", "in_call"]);
  });
});

test("disposing in the middle of a call hangs up and lets go of everything", async () => {
  await world.inCall();
  ada.controller.dispose();
  await world.elapse(100);
  expect(bob.reason).toBe("remote_hangup");
  expect(ada.devices.live).toEqual([]);
});

describe("the end of a call", () => {
  test("leaves the screen after a few seconds, but not while somebody attends to it", async () => {
    await world.inCall();
    bob.controller.hangUp();
    await world.elapse(3_000);
    bob.controller.attend(true);
    await world.elapse(600_000);
    expect(phases(ada, bob)).toEqual(["idle", "ended"]);
    bob.controller.attend(false);
    await world.elapse(5_000);
    expect(bob.phase).toBe("ended");
    await world.elapse(2_000);
    expect(bob.phase).toBe("idle");
  });

  test("that is attended to gives way to another call", async () => {
    await world.inCall();
    bob.controller.hangUp();
    bob.controller.attend(true);
    await world.elapse(1_000);
    ada.controller.dismiss();
    ada.call("bob");
    await world.elapse(1_000);
    expect(bob.phase).toBe("ringing_in");
    ada.controller.hangUp();
    await world.expectQuiet();
  });
});
