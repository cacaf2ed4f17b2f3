import { describe, expect, test } from "vitest";
import { ada, aPairForEach, bob, newPair, phases, world } from "./pair.fake";

aPairForEach();

type Away = "killed" | "out of reach";

/** The server is away for everybody. */
function leave(how: Away): void {
  if (how === "killed") world.server.kill();
  else for (const { signaling } of world.tabs) signaling.disconnect();
}

/** Bob takes the call while the server is away: the two are connected, and talk. */
async function talkUnheard(how: Away = "killed"): Promise<void> {
  await world.ringing();
  leave(how);
  bob.controller.accept();
  await world.elapse(10_000);
  expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
}

/** The call as the server has stored it: state or reason, seconds from the ringing to the answer and from there to the end. */
function stored(): [string | null, number | null, number | null] {
  const [call] = [...world.server.calls.values()];
  if (!call) throw new Error("no call");
  const { state, reason, answeredAt, endedAt, ringUntil } = call;
  const seconds = (from: number, to: number | null) => to && Math.round((to - from) / 1_000);
  return [
    reason ?? state,
    seconds(ringUntil - 60_000, answeredAt),
    answeredAt && seconds(answeredAt, endedAt),
  ];
}

describe("a call that was answered and is over while the server is away", () => {
  test.each([
    ["the caller", () => ada],
    ["the callee", () => bob],
  ])("is stored as it was, when %s hung up", async (_who, who) => {
    await talkUnheard();
    who().controller.hangUp();
    await world.elapse(4_000);
    for (const { signaling } of [ada, bob]) signaling.connect();
    await world.elapse(1_000);
    expect(stored()).toEqual(["hangup", 1, 10]);
    await world.expectQuiet();
  });

  test.each([
    ["at once", 0, "killed"],
    ["at once", 0, "out of reach"],
    ["after the end has left the screen", 20_000, "killed"],
    ["after the end has left the screen", 20_000, "out of reach"],
    ["after the ringing had timed out", 90_000, "killed"],
    ["after the ringing had timed out", 90_000, "out of reach"],
  ] as const)("is stored as it was when the server is back %s (%d ms, %s)", async (_when, after, how) => {
    for (const first of ["ada", "bob"]) {
      await newPair();
      await talkUnheard(how);
      bob.controller.hangUp();
      await world.elapse(after);
      const [one, other] = first === "ada" ? [ada, bob] : [bob, ada];
      one.signaling.connect();
      await world.elapse(3_000);
      other.signaling.connect();
      await world.elapse(1_000);
      expect(stored()).toEqual(["hangup", 1, 10]);
      // Told once more with the next socket, if at all, and then known to be known.
      for (let socket = 0; socket < 3; socket += 1) {
        bob.signaling.disconnect();
        bob.signaling.connect();
        await world.elapse(1_000);
      }
      expect(world.actions(bob).filter((action) => action === "hangup").length).toBeLessThanOrEqual(3);
      expect(stored()).toEqual(["hangup", 1, 10]);
      await world.expectQuiet();
    }
  });

  test("is stored as lost when nobody hung up", async () => {
    await talkUnheard();
    world.network.setUp(false);
    await world.elapse(50_000);
    expect(phases(ada, bob)).toEqual(["idle", "idle"]);
    world.network.setUp(true);
    for (const { signaling } of [ada, bob]) signaling.connect();
    await world.elapse(1_000);
    const [reason, answered] = stored();
    expect([reason, answered]).toEqual(["lost", 1]);
    await world.expectQuiet();
  });

  test("is told while another call goes on", async () => {
    const eve = world.tab("eve");
    await talkUnheard();
    bob.controller.hangUp();
    await world.elapse(70_000);
    eve.signaling.connect();
    bob.signaling.connect();
    await world.elapse(1_000);
    eve.call("bob");
    await world.elapse(1_000);
    bob.controller.accept();
    await world.elapse(1_000);
    expect(phases(eve, bob)).toEqual(["in_call", "in_call"]);
    expect(stored()).toEqual(["hangup", 1, 10]);
  });
});

describe("a call that was answered while the server was away", () => {
  test("goes on when it is back, and was answered when it was", async () => {
    await talkUnheard();
    for (const { signaling } of [ada, bob]) signaling.connect();
    await world.elapse(1_000);
    expect(stored()).toEqual(["accepted", 1, null]);
    ada.controller.hangUp();
    await world.elapse(1_000);
    expect(stored()).toEqual(["hangup", 1, 11]);
    await world.expectQuiet();
  });

  test.each([
    ["out of reach", ["ada", "bob"], "lost"],
    ["out of reach", ["bob", "ada"], "lost"],
    ["killed", ["ada", "bob"], "accepted"],
    ["killed", ["bob", "ada"], "accepted"],
  ] as const)(
    "goes on although it should have rung out meanwhile (%s, first %s)",
    async (how, order, state) => {
      await talkUnheard(how);
      await world.elapse(60_000);
      for (const name of order) {
        (name === "ada" ? ada : bob).signaling.connect();
        await world.elapse(1_000);
      }
      expect(stored()[0]).toBe(state);
      expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
      const frames = world.server.sent.length;
      await world.elapse(60_000);
      expect(world.server.sent).toHaveLength(frames);
      ada.controller.hangUp();
      await world.elapse(5_000);
      expect(bob.reason).toBe("remote_hangup");
      expect(stored()).toEqual(["hangup", 1, 132]);
      await world.expectQuiet();
    },
  );

  test("belongs to another device when that one has told it first", async () => {
    const other = world.tab("bob", "bob-2");
    await world.elapse(100);
    await world.ringing();
    bob.signaling.disconnect();
    world.network.setUp(false);
    bob.controller.accept();
    await world.elapse(1_000);
    other.controller.accept();
    world.network.setUp(true);
    await world.elapse(1_000);
    bob.signaling.connect();
    await world.elapse(5_000);
    expect(phases(ada, bob, other)).toEqual(["in_call", "ended", "in_call"]);
    expect(bob.reason).toBe("answered_elsewhere");
  });
});

test("a call that was declined while the server was away is declined", async () => {
  await world.ringing();
  world.network.setUp(false);
  bob.signaling.disconnect();
  bob.controller.decline();
  await world.elapse(10_000);
  expect(phases(ada, bob)).toEqual(["ringing_out", "idle"]);
  bob.signaling.connect();
  await world.elapse(1_000);
  expect(ada.reason).toBe("declined");
  world.network.setUp(true);
  await world.expectQuiet();
});

test("a hang-up that is told late happened when it did", async () => {
  await world.inCall();
  world.network.setUp(false);
  leave("killed");
  ada.controller.hangUp();
  await world.elapse(20_000);
  ada.signaling.connect();
  await world.elapse(1_000);
  expect(stored()).toEqual(["hangup", 1, 1]);
});
