import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Payload } from "../protocol/frames";
import { readPayload } from "../protocol/payloads";
import { Chat, type ChatPayload } from "./chat";
import { Pair, phases } from "./pair.fake";
import type { Tab } from "./world.fake";

function isAboutText(payload: Payload): payload is ChatPayload {
  return payload.type.startsWith("chat");
}

/** One side alone. */
class Side {
  readonly said: Payload[] = [];
  #ids = 0;
  clock: number;
  readonly chat: Chat;

  constructor(name: string, clock = 1_000) {
    this.clock = clock;
    this.chat = new Chat({
      now: () => this.clock,
      newId: () => {
        this.#ids += 1;
        return `${name}-${this.#ids}`;
      },
      say: (payload) => this.said.push(payload),
      recall: () => [],
      keep: () => {},
      changed: () => {},
    });
    this.chat.belongTo("call-0001");
  }

  hear(payload: Payload): void {
    if (isAboutText(payload)) this.chat.hear(payload);
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
          ada.chat.opened(false);
          bob.chat.opened(false);
        } else move({ lose: 0, pass: 1, twice: 2 }[step]);
      }
      ada.chat.opened(false);
      bob.chat.opened(false);
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

describe("after a reload", () => {
  function talk(ada: Side, bob: Side) {
    while (ada.said.length + bob.said.length > 0) {
      for (const payload of ada.said.splice(0)) bob.hear(payload);
      for (const payload of bob.said.splice(0)) ada.hear(payload);
    }
  }

  test("the other side gives back the text, with who wrote it, when, and in which order", () => {
    const ada = new Side("ada");
    const bob = new Side("bob");
    bob.chat.send("one");
    ada.chat.send("two");
    talk(ada, bob);
    bob.chat.send("three");
    talk(ada, bob);
    bob.clock = 61_000;
    const again = new Side("ada", 500_000);
    bob.chat.opened(false);
    again.chat.opened(true);
    talk(again, bob);
    expect(again.chat.messages.map(({ from, text, at, restored }) => [from, text, at, restored])).toEqual([
      ["peer", "one", 440_000, true],
      ["me", "two", 440_000, true],
      ["peer", "three", 440_000, true],
    ]);
    expect(again.chat.messages.every(({ state }) => state === "delivered")).toBe(true);
  });

  test("what was written meanwhile is news, in its place", () => {
    const bob = new Side("bob");
    const ada = new Side("ada");
    ada.chat.send("old");
    talk(ada, bob);
    bob.chat.send("Are you there?");
    bob.said.splice(0);
    const again = new Side("ada-anew");
    again.chat.send("I am back");
    again.said.splice(0);
    bob.chat.opened(false);
    again.chat.opened(true);
    talk(again, bob);
    expect(again.chat.messages.map(({ text, restored }) => [text, restored])).toEqual([
      ["old", true],
      ["Are you there?", undefined],
      ["I am back", undefined],
    ]);
    expect(bob.texts).toEqual(["old", "Are you there?", "I am back"]);
  });

  test("what was written meanwhile is news as well when the list has overtaken it", () => {
    const bob = new Side("bob");
    bob.chat.send("Are you there?");
    bob.said.splice(0);
    const again = new Side("ada-anew");
    again.chat.opened(true);
    // The question is there before this side has noticed that the channel is open.
    talk(again, bob);
    expect(again.chat.messages[0]?.restored).toBe(true);
    bob.chat.opened(false);
    talk(again, bob);
    expect(again.chat.messages).toMatchObject([{ text: "Are you there?", state: "delivered" }]);
    expect(again.chat.messages[0]?.restored).toBeUndefined();
    expect(bob.chat.messages[0]?.state).toBe("delivered");
  });

  test("asked on every connection, answered once on each, shown once", () => {
    const ada = new Side("ada");
    const bob = new Side("bob");
    for (let number = 0; number < 250; number += 1) bob.chat.send(`${number}`);
    talk(ada, bob);
    const again = new Side("ada");
    for (let connection = 0; connection < 3; connection += 1) {
      bob.chat.opened(false);
      again.chat.opened(true);
      const questions = again.said.splice(0);
      for (const question of [...questions, ...questions]) bob.hear(question);
      const answers = bob.said.splice(0);
      expect(answers.map((payload) => payload.type === "chat_past" && payload.messages.length)).toEqual([
        100, 100, 50,
      ]);
      for (const payload of answers) again.hear(payload);
      expect(again.texts).toEqual(bob.texts);
    }
  });

  test("at most so much is given back, and each part can be read", () => {
    const bob = new Side("bob");
    for (let number = 0; number < 600; number += 1)
      bob.chat.send(number < 580 ? `${number}` : "\u0001".repeat(4_000));
    bob.said.splice(0);
    bob.hear({ type: "chat_recall" });
    const parts = bob.said.filter((payload) => payload.type === "chat_past");
    const messages = parts.flatMap((part) => part.messages);
    expect(messages.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(100_000);
    expect(messages).toHaveLength(500);
    expect(messages.at(-1)?.text).toHaveLength(4_000);
    for (const part of parts) {
      expect(readPayload(part)).not.toBeNull();
      expect(JSON.stringify(part).length).toBeLessThan(80_000);
    }
  });

  test("whoever has not asked is told nothing", () => {
    const ada = new Side("ada");
    ada.chat.opened(false);
    ada.hear({ type: "chat_past", messages: [{ id: "x", by: "receiver", text: "I owe you", ago: 0 }] });
    expect(ada.texts).toEqual([]);
    ada.chat.opened(true);
    ada.chat.belongTo("call-0002");
    ada.hear({ type: "chat_past", messages: [{ id: "x", by: "receiver", text: "I owe you", ago: 0 }] });
    expect(ada.texts).toEqual([]);
  });
});

describe("in a call after a reload", () => {
  test("the text is there again, and the server has seen none of it", async () => {
    const world = await Pair.create();
    await world.inCall();
    world.ada.controller.sendChat("Hi Bob");
    await world.elapse(100);
    world.bob.controller.sendChat("Hi Ada");
    await world.elapse(100);
    let reloaded = world.reload(world.ada);
    await world.elapse(1_000);
    expect(reloaded.model.chat).toEqual([]);
    world.bob.controller.sendChat("Back?");
    reloaded.controller.rejoin();
    await world.elapse(1_000);
    const texts = () =>
      reloaded.model.chat.map(({ from, text, restored }) => [from, text, restored === true]);
    expect(texts()).toEqual([
      ["me", "Hi Bob", true],
      ["peer", "Hi Ada", true],
      ["peer", "Back?", false],
    ]);
    // The one that lost it gives it back to the other.
    const bob = world.reload(world.bob);
    await world.elapse(1_000);
    bob.controller.rejoin();
    await world.elapse(1_000);
    expect(bob.model.chat.map(({ text }) => text)).toEqual(["Hi Bob", "Hi Ada", "Back?"]);
    expect(JSON.stringify(world.server.sent)).not.toContain("Hi ");
    reloaded = world.reload(reloaded);
    const both = world.reload(bob);
    await world.elapse(1_000);
    reloaded.controller.rejoin();
    both.controller.rejoin();
    await world.elapse(5_000);
    expect(phases(reloaded, both)).toEqual(["in_call", "in_call"]);
    expect(texts()).toEqual([]);
    both.controller.hangUp();
    await world.expectQuiet();
  });

  describe("what was still on its way", () => {
    const texts = (tab: Tab) => tab.model.chat.map(({ from, text, state }) => [from, text, state]);

    test("arrives once its page goes back, in its place", async () => {
      const world = await Pair.create();
      await world.inCall();
      world.ada.controller.sendChat("Delivered");
      await world.elapse(100);
      // Bob's page is loaded anew as well: nobody is there to take it.
      const bob = world.reload(world.bob);
      await world.elapse(1_000);
      world.ada.controller.sendChat("On its way");
      world.ada.controller.sendChat("This too");
      await world.elapse(1_000);
      const again = world.reload(world.ada);
      // And anew once more, before anybody goes back.
      await world.elapse(1_000);
      const ada = world.reload(again);
      await world.elapse(1_000);
      bob.controller.rejoin();
      ada.controller.rejoin();
      await world.elapse(5_000);
      expect(phases(ada, bob)).toEqual(["in_call", "in_call"]);
      expect(texts(ada)).toEqual([
        ["me", "On its way", "delivered"],
        ["me", "This too", "delivered"],
      ]);
      expect(texts(bob)).toEqual([
        ["peer", "On its way", "delivered"],
        ["peer", "This too", "delivered"],
      ]);
      expect(JSON.stringify(world.server.sent)).not.toContain("way");
      expect(ada.storage.values.join()).not.toContain("way");
      ada.controller.hangUp();
      await world.expectQuiet();
    });

    test("and had arrived, but was not confirmed, is there once", async () => {
      const world = await Pair.create();
      await world.inCall();
      world.ada.controller.sendChat("First");
      await world.elapse(100);
      world.ada.controller.sendChat("Second");
      // The page goes before the confirmation comes.
      const left = world.ada.storage.copy();
      expect(left.values.join()).toContain("Second");
      await world.elapse(100);
      expect(texts(world.bob)).toHaveLength(2);
      world.ada.leave();
      const ada = world.comeBack(world.ada, left);
      await world.elapse(1_000);
      ada.controller.rejoin();
      await world.elapse(1_000);
      expect(texts(ada)).toEqual([
        ["me", "First", "delivered"],
        ["me", "Second", "delivered"],
      ]);
      expect(texts(world.bob)).toHaveLength(2);
    });

    const ENDS: [string, (ada: Tab, bob: Tab) => void][] = [
      ["the call is ended instead", (ada) => ada.controller.hangUp()],
      ["the other side ends the call", (_, bob) => bob.controller.hangUp()],
    ];

    test.each(ENDS)("is forgotten when %s", async (_how, end) => {
      const world = await Pair.create();
      await world.inCall();
      const bob = world.reload(world.bob);
      world.ada.controller.sendChat("On its way");
      const ada = world.reload(world.ada);
      await world.elapse(1_000);
      expect(ada.storage.values.join()).toContain("On its way");
      end(ada, bob);
      await world.elapse(1_000);
      expect(ada.storage.values.join()).not.toContain("On its way");
    });

    test("is forgotten when the call is over before the page is back", async () => {
      const world = await Pair.create();
      await world.inCall();
      const bob = world.reload(world.bob);
      world.ada.controller.sendChat("On its way");
      world.ada.leave();
      await world.elapse(1_000);
      bob.controller.hangUp();
      await world.elapse(1_000);
      const ada = world.comeBack(world.ada);
      await world.elapse(1_000);
      expect(ada.storage.values.join()).not.toContain("On its way");
    });

    test("is forgotten when the call ends without a reload", async () => {
      const world = await Pair.create();
      await world.inCall();
      world.network.setUp(false);
      world.ada.controller.sendChat("On its way");
      expect(world.ada.storage.values.join()).toContain("On its way");
      world.ada.controller.hangUp();
      expect(world.ada.storage.values.join()).not.toContain("On its way");
    });
  });
});
