import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Verification, type VerificationState, type VerifyMessage } from "./verification";

const ANN = "A1".repeat(32);
const BOB = "B2".repeat(32);
const EVE = "E5".repeat(32);

interface Side {
  verification: Verification;
  sent: VerifyMessage[];
  states: VerificationState[];
}

function side(role: "caller" | "callee", caller: string, callee: string): Side {
  const sent: VerifyMessage[] = [];
  const states: VerificationState[] = [];
  const verification = new Verification({
    role,
    fingerprints: { caller, callee },
    send: (message) => sent.push(message),
    onChange: (state) => states.push(state),
  });
  return { verification, sent, states };
}

/** Hands over what each has sent until nobody has anything to say. */
async function exchange(caller: Side, callee: Side): Promise<void> {
  await caller.verification.start();
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      const message = from.sent.shift();
      if (message) {
        moved = true;
        await to.verification.receive(JSON.parse(JSON.stringify(message)));
      }
    }
  }
}

function code({ verification }: Side): string {
  const { state } = verification;
  if (state.status !== "ready") throw new Error(`not ready: ${state.status}`);
  return state.code;
}

describe("Verification", () => {
  it("shows both sides the same six digits", async () => {
    const ann = side("caller", ANN, BOB);
    const bob = side("callee", ANN, BOB);
    await exchange(ann, bob);
    expect(code(ann)).toMatch(/^\d{6}$/);
    expect(code(ann)).toBe(code(bob));
    expect(ann.states).toHaveLength(1);
  });

  it("gives another code for every call", async () => {
    const codes = new Set<string>();
    for (let call = 0; call < 20; call++) {
      const ann = side("caller", ANN, BOB);
      await exchange(ann, side("callee", ANN, BOB));
      codes.add(code(ann));
    }
    expect(codes.size).toBeGreaterThan(15);
  });

  it("shows different codes when somebody in the middle runs an exchange with each side", async () => {
    let same = 0;
    for (let call = 0; call < 50; call++) {
      const ann = side("caller", ANN, EVE);
      const bob = side("callee", EVE, BOB);
      await exchange(ann, side("callee", ANN, EVE));
      await exchange(side("caller", EVE, BOB), bob);
      if (code(ann) === code(bob)) same++;
    }
    expect(same).toBe(0);
  });

  it("shows different codes when somebody in the middle hands the messages through", async () => {
    const ann = side("caller", ANN, EVE);
    const bob = side("callee", EVE, BOB);
    await exchange(ann, bob);
    expect(code(ann)).not.toBe(code(bob));
  });

  it("lets nobody choose the number after having seen the other side's", async () => {
    const bob = side("callee", ANN, BOB);
    const eve = side("caller", ANN, BOB);
    await eve.verification.start();
    await bob.verification.receive(eve.sent[0]);
    await bob.verification.receive({ type: "verify", step: "reveal", nonce: "00".repeat(32) });
    expect(bob.verification.state).toEqual({ status: "failed" });
  });

  it("never starts over", async () => {
    const ann = side("caller", ANN, BOB);
    const bob = side("callee", ANN, BOB);
    await exchange(ann, bob);
    await exchange(side("caller", ANN, BOB), bob);
    expect(bob.verification.state).toEqual({ status: "failed" });
    await ann.verification.start();
    expect(ann.sent).toEqual([]);
  });

  it("answers what comes again, word for word, with what it has said before", async () => {
    const ann = side("caller", ANN, BOB);
    const bob = side("callee", ANN, BOB);
    await ann.verification.start();
    const [commit] = ann.sent;
    for (let time = 0; time < 3; time += 1) await bob.verification.receive(commit);
    expect(bob.sent).toHaveLength(3);
    expect(new Set(bob.sent.map((message) => JSON.stringify(message))).size).toBe(1);
    for (const answer of bob.sent) await ann.verification.receive(answer);
    const reveals = ann.sent.slice(1);
    expect(new Set(reveals.map((message) => JSON.stringify(message))).size).toBe(1);
    for (const reveal of reveals) await bob.verification.receive(reveal);
    expect(code(ann)).toBe(code(bob));
    expect(bob.sent).toHaveLength(3);
    expect([ann.states, bob.states].map((states) => states.length)).toEqual([1, 1]);
  });

  it("takes no other message in the place of one that has come", async () => {
    const ann = side("caller", ANN, BOB);
    const bob = side("callee", ANN, BOB);
    await ann.verification.start();
    await bob.verification.receive(ann.sent[0]);
    await bob.verification.receive({ type: "verify", step: "commit", commitment: "00".repeat(32) });
    expect(bob.verification.state).toEqual({ status: "failed" });
    await ann.verification.receive(bob.sent[0]);
    await ann.verification.receive({ type: "verify", step: "answer", nonce: "00".repeat(32) });
    expect(ann.verification.state).toEqual({ status: "failed" });
    await ann.verification.receive({ type: "verify", step: "again" });
    expect(ann.sent).toHaveLength(2);
  });

  it("is begun by the caller when it is asked for, once", async () => {
    const ann = side("caller", ANN, BOB);
    const bob = side("callee", ANN, BOB);
    await bob.verification.repeat();
    expect(bob.sent).toEqual([{ type: "verify", step: "again" }]);
    await bob.verification.receive({ type: "verify", step: "again" });
    expect(bob.sent).toHaveLength(1);
    await ann.verification.receive(bob.sent.shift());
    await ann.verification.receive({ type: "verify", step: "again" });
    expect(ann.sent).toHaveLength(2);
    expect(ann.sent[0]).toEqual(ann.sent[1]);
    await exchange(ann, bob);
    expect(code(ann)).toBe(code(bob));
  });

  it("refuses its own number sent back to it", async () => {
    const ann = side("caller", ANN, BOB);
    let drawn = new Uint8Array(0);
    const spying = new Verification({
      role: "caller",
      fingerprints: { caller: ANN, callee: BOB },
      send: () => undefined,
      onChange: () => undefined,
      crypto: {
        subtle: crypto.subtle,
        getRandomValues: <T extends ArrayBufferView | null>(array: T): T => {
          crypto.getRandomValues(array as unknown as Uint8Array<ArrayBuffer>);
          drawn = new Uint8Array(array as unknown as Uint8Array<ArrayBuffer>);
          return array;
        },
      },
    });
    await spying.start();
    const nonce = Array.from(drawn, (byte) => byte.toString(16).padStart(2, "0")).join("");
    await spying.receive({ type: "verify", step: "answer", nonce });
    expect(spying.state).toEqual({ status: "failed" });
    expect(ann.states).toEqual([]);
  });

  it("fails on anything that is not the next message", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.anything(),
          fc.record({
            type: fc.constant("verify"),
            step: fc.constantFrom("answer", "reveal", "commit", "x"),
            nonce: fc.string(),
          }),
        ),
        async (message) => {
          const bob = side("callee", ANN, BOB);
          await bob.verification.receive(message);
          expect(bob.verification.state).toEqual({ status: "failed" });
          expect(bob.sent).toEqual([]);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });
});
