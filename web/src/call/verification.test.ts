import { describe, expect, test } from "vitest";
import type { Payload } from "../protocol/frames";
import { FakeScheduler } from "../signaling/scheduler.fake";
import { Pair } from "./pair.fake";
import { LinkVerification } from "./verification";
import { fakeCrypto } from "./world.fake";

describe("in a call", () => {
  test("both see the same six digits, new ones after a reload", async () => {
    const world = await Pair.create();
    await world.ringing();
    expect(world.ada.model.verification).toEqual({ status: "waiting" });
    const frames = world.server.sent.length;
    world.bob.controller.accept();
    await world.elapse(1_000);
    const { code } = world.ada.model.verification;
    expect(code).toMatch(/^\d{6}$/);
    expect(world.bob.model.verification).toEqual({ status: "ready", code });
    // Only the accept has gone through the server.
    expect(world.server.sent.slice(frames).map(({ frame }) => frame.action)).toEqual(["accept"]);

    const reloaded = world.reload(world.bob);
    await world.elapse(1_000);
    expect(reloaded.model.verification).toEqual({ status: "waiting" });
    reloaded.controller.rejoin();
    await world.elapse(1_000);
    expect(reloaded.model.verification.status).toBe("ready");
    expect(reloaded.model.verification).toEqual(world.ada.model.verification);
    expect(reloaded.model.verification.code).not.toBe(code);
  });

  test("a channel that opens before the answer has been applied is no hindrance", async () => {
    const world = await Pair.create();
    world.network.applying = 400;
    world.ada.call("bob");
    while (world.bob.phase !== "ringing_in") await world.elapse(5);
    world.bob.controller.accept();
    await world.elapse(1_500);
    expect(world.ada.model.verification.status).toBe("ready");
    expect(world.bob.model.verification).toEqual(world.ada.model.verification);
  });

  test("a restart of ICE changes nothing", async () => {
    const world = await Pair.create();
    await world.inCall();
    const before = world.ada.model.verification;
    world.ada.network();
    await world.elapse(5_000);
    expect(before.status).toBe("ready");
    expect(world.ada.model.verification).toEqual(before);
  });

  test("a server that puts its own certificate into the descriptions makes the codes differ", async () => {
    const world = await Pair.create();
    const eve = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "EE").join(":")}`;
    world.server.tamper = (payload) => {
      const { type, description, ...rest } = payload as { type: string; description?: { sdp?: string } };
      if (!description?.sdp) return payload;
      return {
        ...rest,
        type,
        description: { ...description, sdp: description.sdp.replace(/a=fingerprint:.*/g, eve) },
      };
    };
    await world.inCall();
    const [ada, bob] = [world.ada.model.verification, world.bob.model.verification];
    expect([ada.status, bob.status]).toEqual(["ready", "ready"]);
    expect(ada.code).not.toBe(bob.code);
  });

  test("a server that adds its certificate beside the real one is noticed", async () => {
    const world = await Pair.create();
    world.server.tamper = (payload) => {
      const { description } = payload as { description?: { sdp?: string } };
      if (!description?.sdp) return payload;
      const added = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "EE").join(":")}`;
      return {
        ...(payload as object),
        description: { ...description, sdp: `${description.sdp}${added}\r\n` },
      };
    };
    await world.inCall();
    expect(world.ada.model.verification).toEqual({ status: "unavailable" });
    expect(world.bob.model.verification).toEqual({ status: "unavailable" });
  });
});

describe("one link", () => {
  const sdp = (digit: string) =>
    `v=0\r\na=fingerprint:sha-256 ${Array.from({ length: 32 }, () => digit + digit).join(":")}\r\n`;

  function link(more: Partial<ConstructorParameters<typeof LinkVerification>[0]>) {
    const said: Payload[] = [];
    const problems: string[] = [];
    const verification = new LinkVerification({
      isCaller: true,
      descriptions: () => ({ local: sdp("A"), remote: sdp("B") }),
      say: (payload) => said.push(payload),
      crypto: globalThis.crypto,
      scheduler: new FakeScheduler(),
      report: (problem) => problems.push(problem),
      changed: () => {},
      ...more,
    });
    return { verification, said, problems };
  }

  test.each([
    ["without a secure context", { crypto: undefined }],
    ["without hashing", { crypto: { getRandomValues: globalThis.crypto.getRandomValues } }],
    [
      "with another hash in the description",
      { descriptions: () => ({ local: sdp("A"), remote: "a=fingerprint:sha-1 AB" }) },
    ],
  ])("is unavailable %s, and says so once", (_when, more) => {
    const { verification, said, problems } = link(more);
    verification.begin();
    verification.hear({ type: "verify", step: "answer", nonce: "00".repeat(32) });
    expect(verification.state).toEqual({ status: "unavailable" });
    expect(said).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  test("waits for the descriptions with what has come before them", async () => {
    let descriptions: { local: string; remote: string } | null = null;
    const { verification, said, problems } = link({ isCaller: false, descriptions: () => descriptions });
    verification.hear({ type: "verify", step: "commit", commitment: "00".repeat(32) });
    expect(verification.state).toEqual({ status: "waiting" });
    expect(said).toEqual([]);
    descriptions = { local: sdp("A"), remote: sdp("B") };
    verification.begin();
    await expect
      .poll(() => said.map((payload) => payload.type === "verify" && payload.step))
      .toEqual(["answer"]);
    expect(problems).toEqual([]);
  });

  test("fails when the hash fails", async () => {
    const subtle = { digest: () => Promise.reject(new Error("broken")) } as unknown as SubtleCrypto;
    const getRandomValues: Crypto["getRandomValues"] = (array) => globalThis.crypto.getRandomValues(array);
    const { verification, problems } = link({ crypto: { getRandomValues, subtle } });
    verification.begin();
    await expect.poll(() => verification.state).toEqual({ status: "failed" });
    expect(problems).toHaveLength(1);
  });
});

describe("without an answer", () => {
  const sdp = (digit: string) =>
    `v=0\r\na=fingerprint:sha-256 ${Array.from({ length: 32 }, () => digit + digit).join(":")}\r\n`;
  type Side = "caller" | "callee";

  /** Two sides; what one says arrives at the other unless `lost` says that it does not. */
  function two(lost: (from: Side, payload: Payload, time: number) => boolean) {
    const scheduler = new FakeScheduler();
    const said: [Side, string][] = [];
    const make = (side: Side): LinkVerification =>
      new LinkVerification({
        isCaller: side === "caller",
        descriptions: () => ({
          local: sdp(side === "caller" ? "A" : "B"),
          remote: sdp(side === "caller" ? "B" : "A"),
        }),
        say: (payload) => {
          if (payload.type !== "verify") throw new Error(payload.type);
          said.push([side, payload.step]);
          if (!lost(side, payload, said.length)) sides[side === "caller" ? "callee" : "caller"].hear(payload);
        },
        crypto: fakeCrypto,
        scheduler,
        report: (problem) => {
          throw new Error(problem);
        },
        changed: () => {},
      });
    const sides: Record<Side, LinkVerification> = { caller: make("caller"), callee: make("callee") };
    const begin = async () => {
      for (const side of Object.values(sides)) side.begin();
      await scheduler.elapse(10);
    };
    return { ...sides, scheduler, said, begin };
  }

  test("says so after 15 s, and both see that", async () => {
    const { caller, callee, scheduler, begin } = two(() => true);
    await begin();
    await scheduler.elapse(14_900);
    expect([caller.state, callee.state]).toEqual([{ status: "waiting" }, { status: "waiting" }]);
    await scheduler.elapse(100);
    expect([caller.state, callee.state]).toEqual([{ status: "unanswered" }, { status: "unanswered" }]);
    expect(scheduler.pending).toBe(0);
    caller.repeat();
    expect(caller.state).toEqual({ status: "waiting" });
    await scheduler.elapse(16_000);
    expect(caller.state).toEqual({ status: "unanswered" });
  });

  test.each([
    ["the first message", "commit", "caller"],
    ["the first message", "commit", "callee"],
    ["the second", "answer", "caller"],
    ["the second", "answer", "callee"],
    ["the last", "reveal", "callee"],
  ] as const)("is mended when %s (%s) was lost and the %s tries again", async (_which, step, who) => {
    let losing = true;
    const world = two((_from, payload) => losing && payload.type === "verify" && payload.step === step);
    await world.begin();
    await world.scheduler.elapse(16_000);
    losing = false;
    expect(world[who].state).toEqual({ status: "unanswered" });
    world[who].repeat();
    await world.scheduler.elapse(10);
    expect(world.caller.state.status).toBe("ready");
    expect(world.callee.state).toEqual(world.caller.state);
    expect(world.scheduler.pending).toBe(0);
  });

  test.each(["commit", "answer", "reveal"])(
    "mends itself when only one message (%s) was lost",
    async (step) => {
      const lost: Payload[] = [];
      const world = two((_from, payload) => {
        if (lost.length > 0 || payload.type !== "verify" || payload.step !== step) return false;
        lost.push(payload);
        return true;
      });
      await world.begin();
      expect(lost).toHaveLength(1);
      await world.scheduler.elapse(5_000);
      expect(world.callee.state.status).toBe("ready");
      expect(world.caller.state).toEqual(world.callee.state);
      expect(world.scheduler.pending).toBe(0);
    },
  );

  test("is no state of an exchange that worked, which cannot be tried again", async () => {
    const { caller, callee, scheduler, said, begin } = two(() => false);
    await begin();
    const messages = said.length;
    await scheduler.elapse(20_000);
    caller.repeat();
    callee.repeat();
    await scheduler.elapse(10);
    expect(said).toHaveLength(messages);
    expect(caller.state.status).toBe("ready");
  });

  test("stops waiting with the link", async () => {
    const { caller, scheduler } = two(() => true);
    caller.begin();
    caller.stop();
    expect(scheduler.pending).toBe(0);
  });
});
