import { beforeEach, describe, expect, test } from "vitest";
import { EXPIRES_IN, World } from "./client.fake";
import { settled } from "./scheduler.fake";

let world: World;
beforeEach(() => {
  world = new World();
});

describe("requests for a ticket that a dead connection swallows", () => {
  const swallowed = () => new Promise<string>(() => {});

  test("are aborted soon after a standstill, so that the next one goes over another connection", async () => {
    await world.online();
    world.ticket = swallowed;
    world.woken();
    await world.scheduler.elapse(2_499);
    expect(world.asked.map(({ aborted }) => aborted)).toEqual([false, false]);
    world.ticket = async () => "there";
    await world.scheduler.elapse(1);
    expect(world.asked.map(({ aborted }) => aborted)).toEqual([false, true, false]);
    world.welcome();
    expect(world.client.welcome?.connectionId).toBe("c-2");
  });

  test("are aborted soon after a socket fell silent", async () => {
    await world.online();
    world.ticket = swallowed;
    await world.scheduler.elapse(25_000 + 10_000 + 250);
    expect(world.tickets).toBe(2);
    await world.scheduler.elapse(2_500);
    expect(world.asked[1]?.aborted).toBe(true);
  });

  test("are aborted soon after a socket gave no answer on a new network", async () => {
    await world.online();
    world.ticket = swallowed;
    world.network();
    await world.scheduler.elapse(2_500);
    expect(world.tickets).toBe(2);
    await world.scheduler.elapse(2_500);
    expect(world.asked[1]?.aborted).toBe(true);
  });

  test("are aborted when the page wakes once more", async () => {
    await world.online();
    world.ticket = swallowed;
    world.woken();
    world.woken();
    await settled();
    expect(world.asked.map(({ aborted }) => aborted)).toEqual([false, true, false]);
  });

  test("are so few that a slow line gets its ticket at last", async () => {
    await world.online();
    world.ticket = () => new Promise((resolve) => world.scheduler.setTimeout(() => resolve("slow"), 14_000));
    world.woken();
    await world.scheduler.elapse(3 * 2_500 + 14_000);
    expect(world.asked.map(({ aborted }) => aborted)).toEqual([false, true, true, true, false]);
    expect(world.socket.url.searchParams.get("Auth")).toBe("slow");
  });
});

describe("a resume ticket", () => {
  beforeEach(async () => {
    world.resumes = true;
    await world.online();
  });

  test("opens the next socket without a question", async () => {
    world.ticket = () => new Promise(() => {});
    world.socket.breaks();
    await world.scheduler.elapse(250);
    expect(world.auths).toEqual(["ticket-1", "resume-1"]);
    world.welcome();
    expect(world.client.status).toBe("online");
    world.woken();
    expect(world.auths).toEqual(["ticket-1", "resume-1", "resume-2"]);
    expect(world.tickets).toBe(1);
  });

  test("is tried again, over a connection of its own each time, while nobody answers", async () => {
    world.network();
    await world.scheduler.elapse(2_500 + 40_000);
    expect(world.auths).toEqual(["ticket-1", ...Array(5).fill("resume-1")]);
    expect(world.tickets).toBe(1);
  });

  test("that is refused takes turns with tickets that are asked for", async () => {
    world.ticket = async () => {
      throw new Error("no network");
    };
    world.socket.breaks();
    await world.scheduler.elapse(250);
    world.socket.breaks();
    await world.scheduler.elapse(500);
    expect(world.tickets).toBe(2);
    await world.scheduler.elapse(1_000);
    expect(world.auths).toEqual(["ticket-1", "resume-1", "resume-1"]);
    world.ticket = async () => "fresh";
    world.socket.breaks();
    await world.scheduler.elapse(2_000);
    expect(world.auths.at(-1)).toBe("fresh");
    world.welcome();
    world.socket.breaks();
    await world.scheduler.elapse(250);
    expect(world.auths.at(-1)).toBe("resume-4");
  });

  test("is no use when its time is nearly over, nor for a socket that is to last", async () => {
    for (let passed = 0; passed < EXPIRES_IN - 450_000; passed += 25_000) {
      await world.scheduler.elapse(25_000);
      world.sockets[0]?.says({ action: "pong", now: world.scheduler.now() });
    }
    expect(world.auths).toEqual(["ticket-1", "ticket-2"]);
    world.socket.breaks();
    world.sockets[0]?.breaks();
    await world.scheduler.elapse(1_000);
    expect(world.auths.at(-1)).toBe("ticket-3");
  });

  test("is forgotten by a client that is stopped", async () => {
    world.client.stop();
    world.client.start();
    await settled();
    expect(world.auths).toEqual(["ticket-1", "ticket-2"]);
  });

  test("of a server whose clock goes differently ends by that clock", async () => {
    world.socket.breaks();
    await world.scheduler.elapse(250);
    world.welcome(-3 * EXPIRES_IN);
    world.socket.breaks();
    await world.scheduler.elapse(250);
    expect(world.auths.at(-1)).toBe("resume-2");
  });
});
