/**
 * Properties of whole calls: whatever people do at whatever moment, over a line that delays, reorders, repeats and loses frames and
 * sockets that break, once the line is good again nobody rings for ever, who talks talks with who believes the same, and
 * after hanging up nothing is left.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Tab, World } from "./world.fake";

type Act =
  | { kind: "call"; to: number }
  | {
      kind:
        | "accept"
        | "decline"
        | "hangUp"
        | "dismiss"
        | "break"
        | "camera"
        | "network"
        | "reload"
        | "sleep"
        | "rejoin"
        | "dies";
    };

interface Step {
  /** ms after the step before. */
  after: number;
  tab: number;
  act: Act;
}

const TABS = [
  ["ada", "ada-1"],
  ["bob", "bob-1"],
  ["bob", "bob-2"],
  ["eve", "eve-1"],
] as const;
const USERS = ["ada", "bob", "eve"] as const;

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("call" as const), to: fc.nat(USERS.length - 1) }) },
  { weight: 6, arbitrary: fc.constant({ kind: "accept" as const }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Act>(
      { kind: "decline" },
      { kind: "hangUp" },
      { kind: "dismiss" },
      { kind: "break" },
      { kind: "camera" },
      { kind: "network" },
      { kind: "reload" },
      { kind: "sleep" },
      { kind: "rejoin" },
      { kind: "dies" },
    ),
  },
);
const step: fc.Arbitrary<Step> = fc.record({
  after: fc.oneof(fc.nat(60), fc.nat(3_000), fc.nat(40_000)),
  tab: fc.nat(TABS.length - 1),
  act,
});
const scenario = fc.record({
  tabs: fc.integer({ min: 2, max: TABS.length }),
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
  /** Begins in the middle of a call. */
  talking: fc.boolean(),
  seed: fc.integer(),
  jitter: fc.constantFrom(0, 40, 2_000),
  lose: fc.constantFrom(0, 0.1, 0.3),
  repeat: fc.constantFrom(0, 0.3),
  behindRouters: fc.boolean(),
});

test("whatever happens, calls end well", async () => {
  await fc.assert(
    fc.asyncProperty(
      scenario,
      async ({ tabs, steps, talking, seed, jitter, lose, repeat, behindRouters }) => {
        const world = new World(generator(seed));
        world.network.behindRouters = behindRouters;
        for (const [userId, deviceId] of TABS.slice(0, tabs)) world.tab(userId, deviceId);
        await world.elapse(100);
        if (talking) {
          world.tabs[0]?.call("bob");
          await world.elapse(500);
          world.tabs[1]?.controller.accept();
          await world.elapse(500);
        }
        world.server.faults = { delay: 20, jitter, lose, repeat };
        for (const { after, tab, act } of steps) {
          await world.elapse(after);
          perform(world, tab % tabs, act);
        }
        // The line is good again, and everybody waits.
        world.server.faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };
        world.network.setUp(true);
        await world.elapse(150_000);
        expectAgreement(world.tabs);

        for (const { controller } of world.tabs) controller.hangUp();
        await world.elapse(150_000);
        expect(world.tabs.map(({ phase }) => phase)).toEqual(world.tabs.map(() => "idle"));
        expectNothingLeft(world);
      },
    ),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 120) },
  );
}, 600_000);

/** Whenever it is taken, in the middle of gathering candidates too: each side has to get all that the other has found. */
test("who takes a call on a good line is connected at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ seed: fc.integer(), after: fc.nat(300), delay: fc.nat(60), jitter: fc.nat(60) }),
      async ({ seed, after, delay, jitter }) => {
        const world = new World(generator(seed));
        world.network.behindRouters = true;
        const ada = world.tab("ada", "ada-1");
        const bob = world.tab("bob", "bob-1");
        await world.elapse(100);
        world.server.faults = { delay, jitter, lose: 0, repeat: 0 };
        ada.call("bob");
        while (bob.phase !== "ringing_in") await world.elapse(1);
        await world.elapse(after);
        bob.controller.accept();
        // A page that finds no path restarts ICE after 6 s: this has to be over long before.
        await world.elapse(2_000);
        expect([ada.phase, bob.phase]).toEqual(["in_call", "in_call"]);
        expect(world.network.connections.map(({ connectionState }) => connectionState)).toEqual([
          "connected",
          "connected",
        ]);
        expect(world.network.connections.map(({ offersMade }) => offersMade).sort()).toEqual([0, 1]);
      },
    ),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 120) },
  );
}, 600_000);

function perform(world: World, index: number, act: Act): void {
  const tab = world.tabs[index];
  if (!tab) throw new Error("no such tab");
  if (tab.asleep) return;
  const { controller } = tab;
  switch (act.kind) {
    case "call": {
      const to = USERS[act.to];
      if (to && to !== tab.userId) tab.call(to);
      return;
    }
    case "accept":
    case "decline":
    case "hangUp":
    case "rejoin":
    case "dismiss":
      controller[act.kind]();
      return;
    case "camera":
      controller.setCamera(!tab.model.local.video);
      return;
    case "network":
      for (const each of world.tabs) if (!each.asleep) each.network();
      return;
    case "break":
      // Real clients are back after their backoff; here always within five seconds.
      tab.signaling.disconnect();
      world.scheduler.setTimeout(() => tab.signaling.connect(), 5_000);
      return;
    case "reload":
      world.reload(tab);
      return;
    case "dies": {
      // Whosever it is.
      const one = world.network.connections[index];
      if (one?.connectionState === "connected") one.dies();
      return;
    }
    case "sleep":
      // Longer than the other side waits, or shorter.
      tab.sleep();
      world.scheduler.setTimeout(() => tab.wake(), index % 2 === 0 ? 20_000 : 70_000);
      return;
  }
}

/** Nobody is on the way to anything, and who is in a call is in it with exactly one other, of another user. */
function expectAgreement(tabs: Tab[]): void {
  for (const { phase } of tabs) expect(["idle", "in_call"]).toContain(phase);
  const talking = tabs.filter(({ phase }) => phase === "in_call");
  for (const tab of talking) {
    const { callId, peer } = tab.model;
    const others = talking.filter((other) => other !== tab && other.model.callId === callId);
    expect(others.map(({ userId }) => userId)).toEqual([peer?.userId]);
    expect(others.map(({ model }) => model.direction)).not.toEqual([tab.model.direction]);
  }
}

function expectNothingLeft(world: World): void {
  expect(world.network.open).toBe(0);
  expect(world.tabs.flatMap(({ devices }) => devices.live)).toEqual([]);
  expect(world.scheduler.pending).toBe(0);
  for (const user of USERS) expect(world.server.unfinishedOf(user)).toBeUndefined();
}

/** Numbers from 0 to 1 out of a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
