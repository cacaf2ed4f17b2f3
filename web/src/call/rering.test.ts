/** The callee's page is loaded anew while it rings: the device rings again, with a new connection, and can be answered. */
import { beforeEach, describe, expect, test } from "vitest";
import { ada, aPairForEach, bob, phases, world } from "./pair.fake";
import type { Tab } from "./world.fake";

aPairForEach();
beforeEach(() => world.ringing());

/** Both have picture and sound of the other, over one connection each. */
async function expectTalk(callee: Tab): Promise<void> {
  await world.elapse(2_000);
  expect(phases(ada, callee)).toEqual(["in_call", "in_call"]);
  expect(world.network.open).toBe(2);
  for (const { model } of [ada, callee]) expect(model.remote).toMatchObject({ audio: true, video: true });
  expect(world.network.sent).toHaveLength(4);
}

describe("the callee's page is loaded anew while it rings", () => {
  test("and rings again at once, without camera or microphone", async () => {
    const reloaded = world.reload(bob);
    await world.elapse(1_000);
    expect(phases(ada, reloaded)).toEqual(["ringing_out", "ringing_in"]);
    expect(reloaded.model).toMatchObject({ peer: { userId: "ada", name: "ada" }, direction: "incoming" });
    expect(reloaded.devices.asked).toEqual([]);
    expect(world.network.open).toBe(2);
  });

  test("and answers: connected before that, talking after it", async () => {
    const reloaded = world.reload(bob);
    await world.elapse(1_000);
    reloaded.controller.accept();
    expect(reloaded.phase).toBe("in_call");
    await expectTalk(reloaded);
    reloaded.controller.hangUp();
    await world.expectQuiet();
  });

  test("and answers before the new connection stands", async () => {
    const reloaded = world.reload(bob);
    await world.elapse(25);
    expect(reloaded.phase).toBe("ringing_in");
    reloaded.controller.accept();
    expect(reloaded.phase).toBe("connecting");
    await expectTalk(reloaded);
  });

  test("again and again", async () => {
    let tab = bob;
    for (let time = 0; time < 4; time += 1) {
      tab = world.reload(tab);
      await world.elapse(time === 2 ? 30 : 800);
    }
    expect(phases(ada, tab)).toEqual(["ringing_out", "ringing_in"]);
    tab.controller.accept();
    await expectTalk(tab);
  });

  test.each([
    ["declines", (tab: Tab) => tab.controller.decline(), "declined", undefined],
    ["is cancelled", () => ada.controller.hangUp(), "hangup", "cancelled"],
  ] as const)("and %s", async (_what, act, at, there) => {
    const reloaded = world.reload(bob);
    await world.elapse(1_000);
    act(reloaded);
    await world.elapse(1_000);
    expect([ada.reason, reloaded.reason]).toEqual([at, there]);
    await world.expectQuiet();
  });

  test("and does not answer: a missed call at the time at which it would have been one", async () => {
    await world.elapse(30_000);
    const reloaded = world.reload(bob);
    await world.elapse(27_000);
    expect(reloaded.phase).toBe("ringing_in");
    await world.elapse(3_000);
    expect([ada.reason, reloaded.reason]).toEqual(["timeout", "timeout"]);
    await world.expectQuiet();
  });

  test("while another device rings on, which answers", async () => {
    const other = world.tab("bob", "bob-2");
    await world.elapse(1_000);
    const reloaded = world.reload(bob);
    await world.elapse(1_000);
    expect(phases(reloaded, other)).toEqual(["ringing_in", "ringing_in"]);
    other.controller.accept();
    await expectTalk(other);
    expect(reloaded.reason).toBe("answered_elsewhere");
    other.controller.hangUp();
    await world.expectQuiet();
  });

  test("and is offered the old page's negotiation late: it does not disturb the new one", async () => {
    world.server.faults = { delay: 20, jitter: 2_000, lose: 0, repeat: 0.5 };
    const reloaded = world.reload(bob);
    await world.elapse(10_000);
    expect(phases(ada, reloaded)).toEqual(["ringing_out", "ringing_in"]);
    world.server.faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };
    await world.elapse(10_000);
    reloaded.controller.accept();
    await expectTalk(reloaded);
  });

  test("over a line that loses frames: it still connects when the line is good again", async () => {
    world.server.faults = { delay: 20, jitter: 40, lose: 0.5, repeat: 0 };
    const reloaded = world.reload(bob);
    await world.elapse(8_000);
    world.server.faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };
    await world.elapse(20_000);
    expect(reloaded.phase).toBe("ringing_in");
    reloaded.controller.accept();
    await expectTalk(reloaded);
  });
});

describe("the caller's page is loaded anew while it rings", () => {
  test("and is not in the call any more: nobody is left ringing", async () => {
    const reloaded = world.reload(ada);
    await world.elapse(1_000);
    expect(phases(reloaded)).toEqual(["idle"]);
    expect(bob.reason).toBe("cancelled");
    expect(reloaded.model.rejoin).toBeNull();
    await world.expectQuiet();
  });
});
