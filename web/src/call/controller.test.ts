import { beforeEach, describe, expect, test } from "vitest";
import { type Tab, World } from "./world.fake";

let world: World;
let ada: Tab;
let bob: Tab;

beforeEach(async () => {
  world = new World();
  ada = world.tab("ada");
  bob = world.tab("bob");
  await world.elapse(100);
});

function phases(...tabs: Tab[]): string[] {
  return tabs.map(({ phase }) => phase);
}

async function ringing(): Promise<void> {
  ada.call("bob");
  await world.elapse(1000);
  expect(phases(ada, bob)).toEqual(["ringing_out", "ringing_in"]);
}

async function inCall(): Promise<void> {
  await ringing();
  bob.controller.accept();
  await world.elapse(1000);
  expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
}

/** Nothing of any call is left: no link, no live track, no timer, no unfinished call. */
async function expectQuiet(...tabs: Tab[]): Promise<void> {
  await world.elapse(70_000);
  expect(phases(...tabs)).toEqual(tabs.map(() => "idle"));
  expect(world.network.open).toBe(0);
  expect(tabs.flatMap(({ devices }) => devices.live)).toEqual([]);
  expect(tabs.map(({ devices }) => devices.listeners)).toEqual(tabs.map(() => 0));
  expect(world.scheduler.pending).toBe(0);
  expect(world.server.unfinishedOf("ada")).toBeUndefined();
  expect(world.server.unfinishedOf("bob")).toBeUndefined();
  expect(world.problems).toEqual([]);
}

describe("a call", () => {
  test("rings, is connected before it is accepted, and is in call the moment it is accepted", async () => {
    await ringing();
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
    await expectQuiet(ada, bob);
  });

  test("takes few frames until it is accepted, and none until it is hung up", async () => {
    await inCall();
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
    await ringing();
    expect(ada.devices.live).toHaveLength(2);
    expect(ada.model.local.stream).not.toBeNull();
    expect(bob.devices.asked).toEqual([]);
    expect(ada.model.remote.stream).toBeNull();
    bob.controller.accept();
    await world.elapse(100);
    expect(bob.devices.live).toHaveLength(2);
    expect(ada.model.remote).toMatchObject({ audio: true, video: true, screen: null });
    expect(ada.model.remote.stream).not.toBeNull();
    expect(bob.model.answeredAt).not.toBeNull();
  });

  test("does not wait for the callee's camera", async () => {
    bob.devices.delay = 20_000;
    await inCall();
    expect(bob.model.local.video).toBe(false);
    expect(ada.model.remote.video).toBe(false);
    await world.elapse(20_000);
    expect(ada.model.remote.video).toBe(true);
  });

  test("tells the other side what is switched on", async () => {
    await inCall();
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
    await inCall();
    expect(bob.model.local).toMatchObject({ audio: true, video: false });
    expect(bob.model.local.problem).toEqual({ device: "camera", problem: "denied" });
    expect(ada.model.remote).toMatchObject({ audio: true, video: false });
  });

  test("can be accepted without one's picture", async () => {
    await ringing();
    bob.controller.accept({ video: false });
    await world.elapse(100);
    expect(bob.devices.asked).toEqual(["audio"]);
    expect(ada.model.remote.video).toBe(false);
  });

  test("is measured", async () => {
    await inCall();
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
    await ringing();
    act();
    await world.elapse(100);
    expect([ada.reason, bob.reason]).toEqual([adaReason, bobReason]);
    await expectQuiet(ada, bob);
  });

  test("times out after 60 s", async () => {
    await ringing();
    await world.elapse(59_500);
    expect([ada.reason, bob.reason]).toEqual(["timeout", "timeout"]);
    await expectQuiet(ada, bob);
  });

  test("stops by itself when the server is gone", async () => {
    await ringing();
    ada.signaling.disconnect();
    bob.signaling.disconnect();
    world.server.calls.clear();
    await world.elapse(66_000);
    expect(ada.phases.at(-1)).not.toBe("ringing_out");
    expect(bob.phases.at(-1)).not.toBe("ringing_in");
  });

  test("finds nobody there", async () => {
    bob.signaling.disconnect();
    ada.call("bob");
    await world.elapse(100);
    expect(ada.reason).toBe("offline");
    await expectQuiet(ada);
  });

  test("finds the other busy, who does not notice", async () => {
    const eve = world.tab("eve");
    await inCall();
    eve.call("bob");
    await world.elapse(100);
    expect(eve.reason).toBe("busy");
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });

  test("is refused while another tab of ours is in a call", async () => {
    const tablet = world.tab("ada", "ada-tablet");
    const eve = world.tab("eve");
    await inCall();
    tablet.call("eve");
    await world.elapse(100);
    expect(tablet.reason).toBe("in_call");
    expect(phases(ada, bob, eve)).toEqual(["in_call", "in_call", "idle"]);
  });

  test("takes the place of one that is over here and that the server still holds", async () => {
    const eve = world.tab("eve");
    await inCall();
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
    await ringing();
    ada.gone();
    await world.elapse(100);
    expect(bob.reason).toBe("cancelled");
    await expectQuiet(ada, bob);
  });
});

describe("several devices", () => {
  let phone: Tab;
  beforeEach(async () => {
    phone = world.tab("bob", "bob-phone");
    await world.elapse(100);
  });

  test("all ring and connect, one answers, the others stop", async () => {
    await ringing();
    expect(phone.phase).toBe("ringing_in");
    expect(world.network.open).toBe(4);
    phone.controller.accept();
    await world.elapse(1000);
    expect(phases(ada, phone)).toEqual(["in_call", "in_call"]);
    expect(bob.reason).toBe("answered_elsewhere");
    expect(world.network.open).toBe(2);
    ada.controller.hangUp();
    await expectQuiet(ada, bob, phone);
  });

  test("when two accept, the server's word counts", async () => {
    await ringing();
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
    await ringing();
    bob.controller.decline();
    await world.elapse(100);
    expect([ada.reason, phone.reason]).toEqual(["declined", "declined_elsewhere"]);
    await expectQuiet(ada, bob, phone);
  });

  test("one of them going away leaves the others ringing", async () => {
    await ringing();
    bob.gone();
    bob.signaling.disconnect();
    await world.elapse(1000);
    expect(phases(ada, phone)).toEqual(["ringing_out", "ringing_in"]);
    phone.controller.accept();
    await world.elapse(100);
    expect(phases(ada, phone)).toEqual(["in_call", "in_call"]);
  });

  test("one that opens while it rings, rings too", async () => {
    await ringing();
    const late = world.tab("bob", "bob-late");
    await world.elapse(1000);
    expect(late.phase).toBe("ringing_in");
    late.controller.accept();
    await world.elapse(1000);
    expect(phases(ada, late)).toEqual(["in_call", "in_call"]);
  });
});

describe("crossing", () => {
  test("two who call each other at the same moment talk", async () => {
    ada.call("bob");
    bob.call("ada");
    await world.elapse(1000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    expect(ada.model.callId).toBe(bob.model.callId);
    bob.controller.hangUp();
    await expectQuiet(ada, bob);
  });

  test("a cancel that crosses an accept ends the call for both", async () => {
    await ringing();
    world.network.setUp(false);
    bob.controller.accept();
    await world.elapse(10);
    ada.controller.hangUp();
    await world.elapse(1000);
    expect(ada.phase).toBe("ended");
    expect(bob.reason).toBe("remote_hangup");
    world.network.setUp(true);
    await expectQuiet(ada, bob);
  });

  test("a hang-up that overtakes the invite is said again", async () => {
    world.server.faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };
    ada.call("bob");
    const [invite] = world.server.sent;
    expect(invite?.frame.action).toBe("invite");
    ada.controller.hangUp();
    await world.elapse(1000);
    await expectQuiet(ada, bob);
  });

  test("a frame of an old call changes nothing in a new one", async () => {
    await ringing();
    bob.controller.decline();
    await world.elapse(100);
    ada.controller.dismiss();
    await ringing();
    const [old] = [...world.server.calls.keys()];
    const from = { userId: "bob", connectionId: bob.signaling.connectionId, deviceId: bob.deviceId };
    ada.signaling.hear({ action: "decline", callId: old ?? "", from }, ada.signaling.connectionId);
    bob.signaling.hear({ action: "cancel", callId: old ?? "" }, bob.signaling.connectionId);
    expect(phases(ada, bob)).toEqual(["ringing_out", "ringing_in"]);
  });

  test("a repeated invite of a declined call does not ring", async () => {
    await ringing();
    const call = [...world.server.calls.values()][0];
    bob.controller.decline();
    bob.signaling.hear(
      {
        action: "invite",
        callId: call?.callId ?? "",
        from: { userId: "ada", connectionId: "c", deviceId: "ada-1" },
        name: "ada",
        video: true,
        route: "r",
        ringUntil: call?.ringUntil ?? 0,
      },
      bob.signaling.connectionId,
    );
    expect(bob.phase).toBe("idle");
  });

  test("whoever calls again at once after a lost hang-up rings anew", async () => {
    await inCall();
    bob.controller.hangUp();
    bob.controller.dismiss();
    bob.call("ada");
    await world.elapse(1000);
    expect(phases(ada, bob)).toEqual(["ringing_in", "ringing_out"]);
  });
});

describe("sockets that come and go", () => {
  test("the call goes on, and finds new ways through the server", async () => {
    await inCall();
    ada.signaling.disconnect();
    await world.elapse(5_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    ada.signaling.connect();
    await world.elapse(1000);
    expect(world.actions(ada).filter((action) => action === "route")).toHaveLength(1);
    world.network.setUp(false);
    await world.elapse(10_000);
    expect(phases(ada, bob)).toEqual(["reconnecting", "reconnecting"]);
    world.network.setUp(true);
    await world.elapse(10_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });

  test("a call outlives the server", async () => {
    await inCall();
    ada.signaling.disconnect();
    bob.signaling.disconnect();
    await world.elapse(100_000);
    expect(world.server.unfinishedOf("ada")).toBeUndefined();
    ada.signaling.connect();
    bob.signaling.connect();
    await world.elapse(1000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    bob.controller.hangUp();
    await expectQuiet(ada, bob);
  });

  test.each([
    ["accepted", () => bob.controller.accept(), ["in_call", "in_call"]],
    ["declined", () => bob.controller.decline(), ["ended", "idle"]],
  ])("the caller's return shows what was %s meanwhile", async (_name, act, expected) => {
    world.network.setUp(false);
    await ringing();
    ada.signaling.disconnect();
    await world.elapse(100);
    act();
    await world.elapse(100);
    ada.signaling.connect();
    world.network.setUp(true);
    await world.elapse(5_000);
    expect(phases(ada, bob)).toEqual(expected);
  });

  test("an accept while offline counts when the socket is back", async () => {
    await ringing();
    world.network.setUp(false);
    bob.signaling.disconnect();
    bob.controller.accept();
    await world.elapse(3_000);
    bob.signaling.connect();
    world.network.setUp(true);
    await world.elapse(5_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    expect(world.server.unfinishedOf("ada")?.calleeDevice).toBe("bob-1");
  });

  test("a hang-up while offline is told when the socket is back", async () => {
    await inCall();
    world.network.setUp(false);
    ada.signaling.disconnect();
    ada.controller.hangUp();
    await world.elapse(1_000);
    ada.signaling.connect();
    await world.elapse(1_000);
    expect(bob.reason).toBe("remote_hangup");
    await expectQuiet(ada, bob);
  });

  test("a call from before a reload is cleaned up", async () => {
    await inCall();
    ada.controller.dispose();
    ada.signaling.disconnect();
    // Its last frame was lost with the socket.
    expect(world.server.unfinishedOf("ada")?.state).toBe("accepted");
    const reloaded = world.tab("ada");
    await world.elapse(1_000);
    expect(reloaded.phase).toBe("idle");
    expect(world.server.unfinishedOf("ada")).toBeUndefined();
  });
});

describe("a broken path", () => {
  test("shows as reconnecting and ends as lost after 30 s", async () => {
    await inCall();
    world.network.setUp(false);
    await world.elapse(8_000);
    expect(phases(ada, bob)).toEqual(["reconnecting", "reconnecting"]);
    await world.elapse(31_000);
    expect([ada.reason ?? ada.phase, bob.reason ?? bob.phase]).toContain("lost");
    world.network.setUp(true);
    await expectQuiet(ada, bob);
  });

  test("that never was ends as lost", async () => {
    world.network.setUp(false);
    await ringing();
    bob.controller.accept();
    await world.elapse(100);
    expect(phases(ada, bob)).toEqual(["connecting", "connecting"]);
    await world.elapse(31_000);
    expect(ada.phases.at(-1)).toBe("ended");
    world.network.setUp(true);
    await expectQuiet(ada, bob);
  });

  test("that comes up only after a long ringing still connects", async () => {
    world.network.setUp(false);
    await ringing();
    await world.elapse(40_000);
    expect(world.network.open).toBe(0);
    world.network.setUp(true);
    bob.controller.accept();
    await world.elapse(2_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });
});

test("disposing in the middle of a call hangs up and lets go of everything", async () => {
  await inCall();
  ada.controller.dispose();
  await world.elapse(100);
  expect(bob.reason).toBe("remote_hangup");
  expect(ada.devices.live).toEqual([]);
});
