/** The server promises no order of its frames: whichever comes late, a call is connected as soon as all have come. */
import { expect, test } from "vitest";
import type { ServerAction } from "../protocol/frames";
import { Pair, phases } from "./pair.fake";
import type { Tab } from "./world.fake";

const KINDS: ServerAction[] = ["invite", "invited", "ringing", "route", "signal", "accept", "accepted"];
/** One or two kinds of frames. */
const LATE = KINDS.flatMap((one, index) => KINDS.slice(index).map((other) => [...new Set([one, other])]));
const HOLDS = [15, 600];
/** ms from the accept until media flows, when the frames in between come at once. */
const SOON = 300;

/** Others overtake these. */
function holdBack(world: Pair, { signaling }: Tab, late: readonly ServerAction[], hold: number): void {
  const hear = signaling.hear.bind(signaling);
  signaling.hear = (frame, connectionId) => {
    if (late.includes(frame.action)) world.scheduler.setTimeout(() => hear(frame, connectionId), hold);
    else hear(frame, connectionId);
  };
}

async function elapseUntilInCall(world: Pair): Promise<number> {
  const { scheduler, tabs } = world;
  const from = scheduler.now();
  while (scheduler.now() - from < 20_000 && tabs.some(({ phase }) => phase !== "in_call"))
    await world.elapse(20);
  expect(phases(...tabs)).toEqual(["in_call", "in_call"]);
  return scheduler.now() - from;
}

for (const at of ["ada", "bob"]) {
  for (const late of LATE) {
    test.each(HOLDS)(`${late.join(" and ")} come late to ${at}, by %i ms`, async (hold) => {
      const world = await Pair.create();
      for (const tab of world.tabs) if (tab.userId === at) holdBack(world, tab, late, hold);
      world.ada.call("bob");
      await world.elapse(3_000);
      world.bob.controller.accept();
      expect(await elapseUntilInCall(world)).toBeLessThan(hold + SOON);
      world.ada.controller.hangUp();
      await world.expectQuiet();
    });

    test.each(HOLDS)(
      `${late.join(" and ")} come late to ${at}, by %i ms, and Bob's page is loaded anew while it rings`,
      async (hold) => {
        const world = await Pair.create();
        for (const tab of world.tabs) if (tab.userId === at) holdBack(world, tab, late, hold);
        await world.ringing();
        const bob = world.reload(world.bob);
        if (at === "bob") holdBack(world, bob, late, hold);
        await world.elapse(hold + 200);
        expect(bob.phase).toBe("ringing_in");
        bob.controller.accept();
        // At most three frames wait for each other: the way, the offer, the answer.
        expect(await elapseUntilInCall(world)).toBeLessThan(3 * hold + SOON);
        bob.controller.hangUp();
        await world.expectQuiet();
      },
    );
  }
}

test("the way comes late, and the caller's network changes before the answer can be sent", async () => {
  const world = await Pair.create();
  holdBack(world, world.ada, ["ringing", "route"], 600);
  world.ada.call("bob");
  await world.elapse(300);
  // An offer to restart ICE follows the answer; neither has a way yet.
  world.ada.network();
  await world.elapse(700);
  world.bob.controller.accept();
  expect(await elapseUntilInCall(world)).toBeLessThan(SOON);
  world.bob.controller.hangUp();
  await world.expectQuiet();
});
