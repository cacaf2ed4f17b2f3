/** A machine leaves one network for another in the middle of a call: no address of before leads to it, and neither end of its socket notices. */
import { describe, expect, test } from "vitest";
import { Pair, phases } from "./pair.fake";

const WHO = ["ada", "bob"] as const;
const GAPS = [0, 3_000, 12_000];
const OPENING = [100, 6_000];

const CASES = WHO.flatMap((who) => GAPS.flatMap((gap) => OPENING.map((ms) => ({ who, gap, ms }))));

describe("the call goes on", () => {
  test.each(CASES)(
    "when $who has no network for $gap ms, and another socket $ms ms later",
    async (moving) => {
      const { who, gap, ms } = moving;
      const world = await Pair.create();
      const { ada, bob } = world;
      await world.inCall();
      const { signaling, woken } = world[who];
      signaling.strand();
      world.network.setUp(false);
      world.network.strand();
      await world.elapse(gap);
      world.network.setUp(true);
      woken();
      await world.elapse(ms);
      signaling.replace();
      await world.elapse(1_000);
      expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
      expect(
        world.network.connections.map(({ connectionState, signalingState }) => [
          connectionState,
          signalingState,
        ]),
      ).toEqual([
        ["connected", "stable"],
        ["connected", "stable"],
      ]);
      world[who].controller.hangUp();
      await world.expectQuiet();
    },
  );

  test.each(WHO)("when nobody tells %s's page of the other network", async (who) => {
    const world = await Pair.create();
    const { ada, bob } = world;
    await world.inCall();
    world[who].signaling.strand();
    world.network.strand();
    await world.elapse(25_000);
    expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
    world[who].controller.hangUp();
    await world.expectQuiet();
  });
});
