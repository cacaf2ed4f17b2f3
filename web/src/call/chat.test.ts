import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Payload } from "../protocol/frames";
import { readPayload } from "../protocol/payloads";
import { Chat } from "./chat";
import { Pair, phases } from "./pair.fake";

/** One side alone. */
class Side {
  readonly said: Payload[] = [];
  #ids = 0;
  readonly chat: Chat;

  constructor(name: string) {
    this.chat = new Chat({
      now: () => 1_000,
      newId: () => {
        this.#ids += 1;
        return `${name}-${this.#ids}`;
      },
      say: (payload) => this.said.push(payload),
      changed: () => {},
    });
    this.chat.belongTo("call-0001");
  }

  hear(payload: Payload): void {
    if (payload.type === "chat" || payload.type === "chat_received") this.chat.hear(payload);
  }

  get texts(): string[] {
    return this.chat.messages.map(({ text }) => text);
  }
}

describe("a message", () => {
  test("is in flight until it is confirmed", () => {
    const ada = new Side("ada");
    const bob = new Side("bob");
    expect(ada.chat.send("Hello 👋")).toBe(true);
    expect(ada.chat.messages).toEqual([
      { id: "ada-1", from: "me", text: "Hello 👋", at: 1_000, state: "sending" },
    ]);
    for (const payload of ada.said) bob.hear(payload);
    expect(bob.chat.messages).toMatchObject([{ from: "peer", text: "Hello 👋", state: "delivered" }]);
    for (const payload of bob.said) ada.hear(payload);
    expect(ada.chat.messages[0]?.state).toBe("delivered");
  });

  test.each([
    ["", false],
    [" \n", false],
    ["x".repeat(4_000), true],
    ["👋".repeat(4_000), true],
    ["x".repeat(4_001), false],
  ])("is sent or refused by its length (case %#)", (text, sent) => {
    const ada = new Side("ada");
    expect(ada.chat.send(text)).toBe(sent);
    expect(ada.said.map((payload) => readPayload(payload) !== null)).toEqual(sent ? [true] : []);
  });

  test("of the other side cannot pass for an own one, nor confirm what was not sent", () => {
    const ada = new Side("ada");
    ada.chat.send("mine");
    ada.hear({ type: "chat", id: "ada-1", text: "theirs", at: 1 });
    expect(ada.chat.messages.map(({ from }) => from)).toEqual(["me", "peer"]);
    ada.hear({ type: "chat_received", id: "bob-9" });
    expect(ada.chat.messages[0]?.state).toBe("sending");
  });

  test("of one call is not shown in the next", () => {
    const ada = new Side("ada");
    ada.chat.send("one");
    ada.chat.belongTo("call-0001");
    expect(ada.texts).toEqual(["one"]);
    ada.chat.belongTo("call-0002");
    expect(ada.texts).toEqual([]);
  });
});

test("whatever gets lost or comes twice: after a repetition each message is there once, and confirmed", () => {
  const moves = fc.array(fc.constantFrom("ada", "bob", "lose", "twice", "pass", "repeat"), { maxLength: 40 });
  fc.assert(
    fc.property(moves, (steps) => {
      const ada = new Side("ada");
      const bob = new Side("bob");
      const written = { ada: 0, bob: 0 };
      const move = (times: number) => {
        for (const [from, to] of [
          [ada, bob],
          [bob, ada],
        ] as const) {
          const payload = from.said.shift();
          for (let time = 0; payload && time < times; time += 1) to.hear(payload);
        }
      };
      for (const step of steps) {
        if (step === "ada" || step === "bob") {
          written[step] += 1;
          (step === "ada" ? ada : bob).chat.send(`${step} ${written[step]}`);
        } else if (step === "repeat") {
          ada.chat.repeat();
          bob.chat.repeat();
        } else move({ lose: 0, pass: 1, twice: 2 }[step]);
      }
      ada.chat.repeat();
      bob.chat.repeat();
      while (ada.said.length + bob.said.length > 0) move(1);
      for (const { chat } of [ada, bob]) {
        expect(chat.messages.every(({ state }) => state === "delivered")).toBe(true);
        expect(chat.messages).toHaveLength(written.ada + written.bob);
      }
      expect([...ada.texts].sort()).toEqual([...bob.texts].sort());
    }),
  );
});

describe("in a call", () => {
  test("messages go from one to the other without the server, and are there until the call is off the screen", async () => {
    const world = await Pair.create();
    const { ada, bob } = world;
    expect(ada.controller.sendChat("too early")).toBe(false);
    await world.inCall();
    const frames = world.server.sent.length;
    expect(ada.controller.sendChat("Hi Bob")).toBe(true);
    await world.elapse(100);
    bob.controller.sendChat("Hi Ada");
    await world.elapse(100);
    expect(world.server.sent).toHaveLength(frames);
    expect(ada.model.chat.map(({ text, from, state }) => [from, text, state])).toEqual([
      ["me", "Hi Bob", "delivered"],
      ["peer", "Hi Ada", "delivered"],
    ]);
    ada.controller.hangUp();
    await world.elapse(100);
    expect(phases(ada, bob)).toEqual(["ended", "ended"]);
    expect(bob.model.chat).toHaveLength(2);
    expect(bob.controller.sendChat("too late")).toBe(false);
    bob.controller.dismiss();
    expect(bob.model.chat).toEqual([]);
    await world.expectQuiet();
  });

  test("what was written while the other side was away arrives when it is back", async () => {
    const world = await Pair.create();
    await world.inCall();
    const reloaded = world.reload(world.ada);
    await world.elapse(1_000);
    expect(world.bob.controller.sendChat("Are you there?")).toBe(true);
    await world.elapse(1_000);
    expect(world.bob.model.chat[0]?.state).toBe("sending");
    reloaded.controller.rejoin();
    await world.elapse(1_000);
    expect(reloaded.model.chat).toMatchObject([{ from: "peer", text: "Are you there?" }]);
    expect(world.bob.model.chat[0]?.state).toBe("delivered");
  });
});
