import { beforeEach, describe, expect, test } from "vitest";
import { FakeMachineClock, FakeScheduler, settled } from "../signaling/scheduler.fake";
import { IceServers, type IceServersAnswer } from "./ice-servers";

const TTL = 300;

let world: FakeScheduler;
let clock: FakeMachineClock;
let asked: number;
/** What each question is aborted by. */
let requests: AbortSignal[];
/** What the server does when it is asked. */
let answer: () => Promise<IceServersAnswer>;
let ice: IceServers;

beforeEach(() => {
  world = new FakeScheduler();
  clock = new FakeMachineClock(world);
  asked = 0;
  answer = async () => ({ iceServers: [{ urls: "turn:t.example", username: `u${asked}` }], ttl: TTL });
  requests = [];
  ice = new IceServers((signal) => {
    asked += 1;
    requests.push(signal);
    return answer();
  }, clock);
});

async function user(fresh = false): Promise<string | undefined> {
  const [server] = await ice.get(fresh);
  return server?.username;
}

describe("the servers at hand", () => {
  test("do for half the time that they are good, so that they last through the connecting", async () => {
    expect(await user()).toBe("u1");
    world.advance(TTL * 500 - 1);
    expect(await user()).toBe("u1");
    world.advance(1);
    expect(await user()).toBe("u2");
  });

  test("are replaced when the machine has slept, though its timers stood still", async () => {
    await user();
    clock.sleep();
    world.advance(TTL * 1_000);
    clock.wake();
    expect(await user()).toBe("u2");
  });

  test("are not trusted by a link that breaks, unless they are only just there", async () => {
    await user();
    world.advance(4_999);
    expect(await user(true)).toBe("u1");
    world.advance(1);
    expect(await user(true)).toBe("u2");
  });
});

describe("asking", () => {
  test("is done once for all who wait", async () => {
    const both = [user(), user(true)];
    expect(await Promise.all(both)).toEqual(["u1", "u1"]);
    expect(asked).toBe(1);
  });

  test("that fails is tried again by the next who needs them", async () => {
    answer = async () => {
      throw new Error("no network");
    };
    await expect(ice.get(false)).rejects.toThrow("no network");
    answer = async () => ({ iceServers: [], ttl: TTL });
    await expect(ice.get(false)).resolves.toEqual([]);
  });

  test("that fails leaves those at hand, for as long as they are good", async () => {
    await user();
    answer = async () => {
      throw new Error("no network");
    };
    world.advance(TTL * 1_000 - 1);
    expect(await user()).toBe("u1");
    expect(asked).toBe(2);
    await expect(user(true)).rejects.toThrow("no network");
    world.advance(1);
    await expect(user()).rejects.toThrow("no network");
  });

  test("is given up after 4 s; what comes later still serves the next", async () => {
    let late: (told: IceServersAnswer) => void = () => {};
    answer = () =>
      new Promise((resolve) => {
        late = resolve;
      });
    const waiting = ice.get(false);
    world.advance(4_000);
    await expect(waiting).rejects.toThrow("in time");
    late({ iceServers: [{ urls: "stun:s.example" }], ttl: TTL });
    await settled();
    await expect(ice.get(false)).resolves.toEqual([{ urls: "stun:s.example" }]);
    expect(asked).toBe(1);
  });

  test("is not done again while the first question waits, until that has been for long", async () => {
    answer = () => new Promise(() => {});
    for (let time = 0; time < 3; time += 1) {
      const waiting = ice.get(false);
      world.advance(4_000);
      await expect(waiting).rejects.toThrow("in time");
    }
    world.advance(3_000);
    answer = async () => ({ iceServers: [], ttl: TTL });
    await expect(ice.get(false)).resolves.toEqual([]);
    expect(requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  test("is done again for those who wait when there is a new way to the server", async () => {
    answer = () => new Promise(() => {});
    const waiting = [user(), user(true)];
    answer = async () => ({ iceServers: [{ urls: "turn:t.example", username: "there" }], ttl: TTL });
    ice.retry();
    await expect(Promise.all(waiting)).resolves.toEqual(["there", "there"]);
    expect(requests.map(({ aborted }) => aborted)).toEqual([true, false]);
    ice.retry();
    expect(asked).toBe(2);
  });

  test("that was aborted for another question says nothing any more", async () => {
    let fail: (error: Error) => void = () => {};
    answer = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const waiting = user();
    answer = async () => ({ iceServers: [{ urls: "turn:t.example", username: "there" }], ttl: TTL });
    ice.retry();
    fail(new DOMException("aborted", "AbortError"));
    expect(await waiting).toBe("there");
  });
});
