import { describe, expect, test } from "vitest";
import type { Payload } from "../protocol/frames";
import { Pair } from "./pair.fake";
import { LinkVerification } from "./verification";

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
    ["without descriptions", { descriptions: () => null }],
  ])("is unavailable %s, and says so once", (_when, more) => {
    const { verification, said, problems } = link(more);
    verification.begin();
    verification.hear({ type: "verify", step: "answer", nonce: "00".repeat(32) });
    expect(verification.state).toEqual({ status: "unavailable" });
    expect(said).toEqual([]);
    expect(problems).toHaveLength(1);
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
