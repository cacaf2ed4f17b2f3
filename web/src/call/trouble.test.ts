import { describe, expect, test } from "vitest";
import { ada, aPairForEach, bob, phases, world } from "./pair.fake";

aPairForEach();

describe("crossing", () => {
  test("two who call each other at the same moment talk", async () => {
    ada.call("bob");
    bob.call("ada");
    await world.elapse(1000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    expect(ada.model.callId).toBe(bob.model.callId);
    bob.controller.hangUp();
    await world.expectQuiet();
  });

  test("a cancel that crosses an accept ends the call for both", async () => {
    await world.ringing();
    world.network.setUp(false);
    bob.controller.accept();
    await world.elapse(10);
    ada.controller.hangUp();
    await world.elapse(1000);
    expect(ada.phase).toBe("ended");
    expect(bob.reason).toBe("remote_hangup");
    world.network.setUp(true);
    await world.expectQuiet();
  });

  test("a hang-up that overtakes the invite is said again", async () => {
    world.server.faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };
    ada.call("bob");
    const [invite] = world.server.sent;
    expect(invite?.frame.action).toBe("invite");
    ada.controller.hangUp();
    await world.elapse(1000);
    await world.expectQuiet();
  });

  test("a frame of an old call changes nothing in a new one", async () => {
    await world.ringing();
    bob.controller.decline();
    await world.elapse(100);
    ada.controller.dismiss();
    await world.ringing();
    const [old] = [...world.server.calls.keys()];
    const from = { userId: "bob", connectionId: bob.signaling.connectionId, deviceId: bob.deviceId };
    ada.signaling.hear({ action: "decline", callId: old ?? "", from }, ada.signaling.connectionId);
    bob.signaling.hear({ action: "cancel", callId: old ?? "" }, bob.signaling.connectionId);
    expect(phases(ada, bob)).toEqual(["ringing_out", "ringing_in"]);
  });

  test("a repeated invite of a declined call does not ring", async () => {
    await world.ringing();
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
    await world.inCall();
    bob.controller.hangUp();
    bob.controller.dismiss();
    bob.call("ada");
    await world.elapse(1000);
    expect(phases(ada, bob)).toEqual(["ringing_in", "ringing_out"]);
  });
});

describe("sockets that come and go", () => {
  test("the call goes on, and finds new ways through the server", async () => {
    await world.inCall();
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

  test("somebody who does not get through asks for a way once, until one is told", async () => {
    await world.inCall();
    bob.signaling.disconnect();
    world.network.setUp(false);
    const asked = () => world.actions(ada).filter((action) => action === "route");
    const refused = () => world.actions(ada).filter((action) => action === "signal");
    // An offer, and its candidates batch by batch: each is refused.
    ada.network();
    await world.elapse(2_000);
    expect(refused().length).toBeGreaterThan(1);
    expect(asked()).toHaveLength(1);
    bob.signaling.connect();
    await world.elapse(2_000);
    world.network.setUp(true);
    await world.elapse(1_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    // The next time is a question of its own.
    bob.signaling.disconnect();
    world.network.setUp(false);
    ada.network();
    await world.elapse(2_000);
    expect(asked()).toHaveLength(2);
  });

  test("a way that was asked for in vain is asked for again with what is said later", async () => {
    await world.inCall();
    bob.signaling.disconnect();
    world.network.setUp(false);
    ada.network();
    await world.elapse(2_000);
    expect(world.actions(ada).filter((action) => action === "route")).toHaveLength(1);
    // An offer without an answer is said again.
    await world.elapse(8_000);
    expect(world.actions(ada).filter((action) => action === "route").length).toBeGreaterThan(1);
  });

  test("a restart that was lost with the socket is said again with the next one", async () => {
    await world.inCall();
    ada.signaling.disconnect();
    world.network.setUp(false);
    ada.network();
    await world.elapse(500);
    expect(world.network.connections.map(({ signalingState }) => signalingState)).toContain(
      "have-local-offer",
    );
    ada.signaling.connect();
    await world.elapse(500);
    // Without a way between the two, and long before an offer without an answer is sent again.
    expect(world.network.connections.map(({ signalingState }) => signalingState)).toEqual([
      "stable",
      "stable",
    ]);
    world.network.setUp(true);
    await world.elapse(1_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });

  test("a call outlives the server", async () => {
    await world.inCall();
    ada.signaling.disconnect();
    bob.signaling.disconnect();
    await world.elapse(100_000);
    expect(world.server.unfinishedOf("ada")).toBeUndefined();
    ada.signaling.connect();
    bob.signaling.connect();
    await world.elapse(1000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    bob.controller.hangUp();
    await world.expectQuiet();
  });

  test.each([
    ["accepted", () => bob.controller.accept(), ["in_call", "in_call"]],
    ["declined", () => bob.controller.decline(), ["ended", "idle"]],
  ])("the caller's return shows what was %s meanwhile", async (_name, act, expected) => {
    world.network.setUp(false);
    await world.ringing();
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
    await world.ringing();
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
    await world.inCall();
    world.network.setUp(false);
    ada.signaling.disconnect();
    ada.controller.hangUp();
    await world.elapse(1_000);
    ada.signaling.connect();
    await world.elapse(1_000);
    expect(bob.reason).toBe("remote_hangup");
    await world.expectQuiet();
  });
});

describe("a lid that was closed and is opened again", () => {
  test("after a moment: the call goes on, with camera and microphone as they were", async () => {
    await world.inCall();
    ada.controller.setMicrophone(false);
    ada.controller.setCamera(false);
    ada.signaling.disconnect();
    world.network.setUp(false);
    await world.elapse(15_000);
    world.network.setUp(true);
    ada.signaling.connect();
    ada.network();
    await world.elapse(10_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    expect(ada.model.local).toMatchObject({ audio: false, video: false });
    expect(bob.model.remote).toMatchObject({ audio: false, video: false });
    ada.controller.setMicrophone(true);
    await world.elapse(100);
    expect(bob.model.remote.audio).toBe(true);
  });

  test("when the other side has hung up meanwhile: it ends, and the camera is off", async () => {
    await world.inCall();
    ada.signaling.disconnect();
    world.network.setUp(false);
    await world.elapse(5_000);
    bob.controller.hangUp();
    await world.elapse(5_000);
    world.network.setUp(true);
    ada.signaling.connect();
    await world.elapse(1_000);
    expect(ada.reason).toBe("remote_hangup");
    expect(ada.devices.live).toEqual([]);
    await world.expectQuiet();
  });
});

describe("a broken path", () => {
  test("shows as reconnecting and ends as lost after 30 s", async () => {
    await world.inCall();
    world.network.setUp(false);
    await world.elapse(8_000);
    expect(phases(ada, bob)).toEqual(["reconnecting", "reconnecting"]);
    await world.elapse(31_000);
    expect([ada.reason, bob.reason]).toEqual(["lost", "lost"]);
    world.network.setUp(true);
    await world.expectQuiet();
  });

  test("that never was ends as lost", async () => {
    world.network.setUp(false);
    await world.ringing();
    bob.controller.accept();
    await world.elapse(100);
    expect(phases(ada, bob)).toEqual(["connecting", "connecting"]);
    await world.elapse(31_000);
    expect([ada.reason, bob.reason]).toEqual(["lost", "lost"]);
    world.network.setUp(true);
    await world.expectQuiet();
  });

  test("that comes up only after a long ringing still connects", async () => {
    world.network.setUp(false);
    await world.ringing();
    await world.elapse(40_000);
    expect(world.network.open).toBe(0);
    world.network.setUp(true);
    bob.controller.accept();
    await world.elapse(2_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
  });
});

describe("a connection whose keys are given up", () => {
  /** One after the other is on another network, and offers new addresses. */
  async function eachMoves(): Promise<void> {
    for (const moved of [ada, bob]) {
      world.network.strand();
      moved.network();
      await world.elapse(2_000);
      expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    }
  }

  test.each([
    ["the callee's", [true], true],
    ["the caller's", [false], true],
    ["each side's", [true, false], true],
    ["the caller's, which does not say so,", [false], false],
  ])("%s is replaced, and the new one is mended like any other", async (_whose, dying, said) => {
    await world.inCall();
    await eachMoves();
    const before = world.network.connections;
    const [offering, answering] = before;
    for (const polite of dying) (polite ? offering : answering)?.dies(said);
    await world.elapse(1);
    expect(phases(ada, bob)).toContain("reconnecting");
    await world.elapse(said ? 2_000 : 8_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    expect(world.network.open).toBe(2);
    for (const one of world.network.connections) expect(before).not.toContain(one);
    // Microphone and camera of both.
    expect(world.network.sent).toHaveLength(4);
    await eachMoves();
    ada.controller.sendChat("Still there?");
    await world.elapse(1_000);
    expect(bob.model.chat.map(({ text }) => text)).toEqual(["Still there?"]);
    ada.controller.hangUp();
    await world.expectQuiet();
  });

  test("before it was connected is given up like any that finds no path", async () => {
    world.network.setUp(false);
    await world.ringing();
    for (const one of world.network.connections) one.dies();
    expect(world.network.open).toBe(2);
    bob.controller.accept();
    await world.expectQuiet();
  });
});
