import { beforeEach, describe, expect, test } from "vitest";
import { EXPIRES_IN, World } from "./client.fake";
import { settled } from "./scheduler.fake";

let world: World;
beforeEach(() => {
  world = new World();
});

describe("opening", () => {
  test("takes a ticket, connects with it and the device id, says hello, and is online once welcomed", async () => {
    const statuses: string[] = [];
    world.client.subscribe(() => statuses.push(world.client.status));
    world.client.start();
    await settled();
    expect(world.socket.url.searchParams.get("Auth")).toBe("ticket-1");
    expect(world.socket.url.searchParams.get("Device")).toBe("device:1");
    expect(world.client.send({ action: "calls" } as never)).toBe(false);
    world.welcome(90_000);
    expect(world.socket.actions()).toEqual(["hello"]);
    expect(statuses).toEqual(["connecting", "online"]);
    expect(world.client.serverNow()).toBe(world.scheduler.now() + 90_000);
    expect(world.client.welcome?.connectionId).toBe("c-1");
  });

  test("a ticket that cannot be had is asked for again, later and later, with jitter", async () => {
    world.ticket = async () => {
      throw new Error("no network");
    };
    world.client.start();
    const delays: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      await settled();
      expect(world.client.status).toBe("waiting");
      const before = world.scheduler.now();
      const tickets = world.tickets;
      while (world.tickets === tickets) await world.scheduler.elapse(250);
      delays.push(world.scheduler.now() - before);
    }
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
  });

  test("a ticket that never comes does not hold it up", async () => {
    world.ticket = () => new Promise(() => {});
    world.client.start();
    await world.scheduler.elapse(14_999);
    expect(world.tickets).toBe(1);
    world.ticket = async () => "late";
    await world.scheduler.elapse(1);
    world.welcome();
    expect(world.client.status).toBe("online");
  });

  test("a handshake or hello without an answer is given up after 10 s", async () => {
    world.client.start();
    await settled();
    await world.scheduler.elapse(9_999);
    expect(world.socket.closed).toBe(false);
    await world.scheduler.elapse(1);
    // Nor is there a pause: it has been one.
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true, false]);
    expect(world.client.status).toBe("connecting");
  });

  test("every socket gets a fresh ticket", async () => {
    await world.online();
    world.socket.breaks();
    await world.scheduler.elapse(250);
    expect(world.socket.url.searchParams.get("Auth")).toBe("ticket-2");
  });
});

describe("frames", () => {
  test("go to the handlers of their action, and unreadable messages to nobody", async () => {
    await world.online();
    const heard: unknown[] = [];
    world.client.on("presence", (frame) => heard.push(frame.userId));
    const stop = world.client.on("contacts", () => heard.push("contacts"));
    world.socket.says({ action: "presence", userId: "u-2", online: true, at: 1 });
    world.socket.says({ action: "presence", userId: "u-3", online: "yes", at: 1 });
    world.socket.says({ action: "something_new" });
    world.socket.says("}");
    world.socket.says({ action: "contacts" });
    stop();
    world.socket.says({ action: "contacts" });
    expect(heard).toEqual(["u-2", "contacts"]);
    expect(world.problems).toHaveLength(3);
  });
});

describe("staying alive", () => {
  test("pings every 25 s while visible and stays when answered", async () => {
    await world.online();
    for (let i = 1; i <= 4; i += 1) {
      await world.scheduler.elapse(25_000);
      expect(world.socket.actions()).toHaveLength(1 + i);
      world.socket.says({ action: "pong", now: world.scheduler.now() });
      await world.scheduler.elapse(0);
    }
    expect(world.sockets).toHaveLength(1);
    expect(world.client.status).toBe("online");
  });

  test("pings rarely while hidden, and at once when the page comes back", async () => {
    world.hidden = true;
    await world.online();
    await world.scheduler.elapse(200_000);
    expect(world.socket.actions()).toEqual(["hello"]);
    world.visible();
    expect(world.socket.actions()).toEqual(["hello", "ping"]);
  });

  test("replaces a socket that does not answer within 10 s", async () => {
    await world.online();
    await world.scheduler.elapse(35_000);
    expect(world.socket.closed).toBe(true);
    expect(world.client.status).toBe("waiting");
    await world.scheduler.elapse(250);
    world.welcome();
    expect(world.client.status).toBe("online");
  });

  test("frames other than the pong do not hide a dead way out", async () => {
    await world.online();
    await world.scheduler.elapse(25_000);
    world.socket.says({ action: "contacts" });
    await world.scheduler.elapse(10_000);
    expect(world.socket.closed).toBe(true);
  });

  test("the network coming back ends the waiting at once", async () => {
    world.random = 0.999;
    await world.online();
    for (let i = 0; i < 5; i += 1) {
      world.socket.breaks();
      await world.scheduler.elapse(30_000);
    }
    world.socket.breaks();
    const before = world.sockets.length;
    expect(world.client.status).toBe("waiting");
    world.network();
    await settled();
    expect(world.sockets).toHaveLength(before + 1);
  });

  test("a socket that is checked and does not answer is replaced", async () => {
    await world.online();
    world.client.check();
    world.client.check();
    await world.scheduler.elapse(2_500);
    expect(world.sockets).toHaveLength(2);
    world.welcome();
    await world.scheduler.elapse(3_000);
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true, false]);
  });

  test("a changed network makes a socket prove that it is alive", async () => {
    await world.online();
    world.network();
    expect(world.socket.actions()).toEqual(["hello", "ping"]);
    await world.scheduler.elapse(2_400);
    world.socket.says({ action: "pong", now: world.scheduler.now() });
    await world.scheduler.elapse(20_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.client.status).toBe("online");
  });

  test("after a change of network another socket is there soon, and the silent one stays until then", async () => {
    await world.online();
    world.network();
    await world.scheduler.elapse(1_000);
    world.network();
    await world.scheduler.elapse(1_499);
    expect(world.sockets).toHaveLength(1);
    await world.scheduler.elapse(1);
    expect(world.sockets.map(({ closed }) => closed)).toEqual([false, false]);
    expect(world.client.status).toBe("online");
    world.welcome();
    expect(world.client.welcome?.connectionId).toBe("c-2");
  });

  test("on a slow line the answer that comes late is enough, if the other socket cannot be had", async () => {
    await world.online();
    const [old] = world.sockets;
    world.ticket = async () => {
      throw new Error("no network");
    };
    world.network();
    await world.scheduler.elapse(9_000);
    old?.says({ action: "pong", now: world.scheduler.now() });
    await world.scheduler.elapse(2_000);
    expect(old?.closed).toBe(false);
    expect(world.client.status).toBe("online");
  });

  test("changes that follow each other do not hold up what is being opened", async () => {
    await world.online();
    for (let time = 0; time < 7; time += 1) {
      world.network();
      await world.scheduler.elapse(1_000);
    }
    expect(world.sockets.map(({ closed }) => closed)).toEqual([false, false]);
    expect(world.tickets).toBe(2);
  });
});

describe("after a standstill", () => {
  test("another socket is opened at once, and the one there is stays in use until then", async () => {
    await world.online();
    const [old] = world.sockets;
    world.woken();
    await settled();
    expect(world.sockets).toHaveLength(2);
    expect(world.client.status).toBe("online");
    expect(old?.actions()).toEqual(["hello", "ping"]);
    world.welcome();
    expect(world.client.welcome?.connectionId).toBe("c-2");
    await world.scheduler.elapse(3_000);
    expect(old?.closed).toBe(true);
    expect(world.client.status).toBe("online");
  });

  test("what was being opened is given up, ticket and handshake alike", async () => {
    world.ticket = () => new Promise(() => {});
    world.client.start();
    await settled();
    world.ticket = async () => "new";
    world.woken();
    await settled();
    expect(world.sockets).toHaveLength(1);
    world.woken();
    await settled();
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true, false]);
    world.welcome();
    expect(world.client.status).toBe("online");
    await world.scheduler.elapse(20_000);
    expect(world.sockets).toHaveLength(2);
  });

  test("a network that comes back later than the machine ends the waiting for the new socket", async () => {
    world.random = 0.999;
    await world.online();
    world.ticket = async () => {
      throw new Error("no network");
    };
    world.woken();
    await world.scheduler.elapse(4_000);
    world.socket.says({ action: "pong", now: world.scheduler.now() });
    const before = world.tickets;
    world.ticket = async () => "there";
    world.network();
    await settled();
    expect(world.tickets).toBe(before + 1);
    world.welcome();
    expect(world.client.welcome?.connectionId).toBe("c-2");
  });
});

test("a socket that the other end is closing takes nothing any more", async () => {
  await world.online();
  world.socket.readyState = WebSocket.CLOSING;
  expect(world.client.send({ action: "hangup", callId: "call-0001" })).toBe(false);
  await world.scheduler.elapse(25_000);
  expect(world.socket.actions()).toEqual(["hello"]);
  world.socket.breaks();
  expect(world.client.status).toBe("waiting");
});

describe("somebody who needs the socket", () => {
  test("does not wait for the next attempt", async () => {
    world.random = 0.999;
    await world.online();
    for (let i = 0; i < 5; i += 1) {
      world.socket.breaks();
      await world.scheduler.elapse(15_000);
    }
    world.socket.breaks();
    await settled();
    const before = world.sockets.length;
    expect(world.client.status).toBe("waiting");
    expect(world.client.send({ action: "hangup", callId: "call-0001" })).toBe(false);
    await settled();
    expect(world.sockets).toHaveLength(before + 1);
  });

  test("leaves an attempt that is being made its time", async () => {
    world.resumes = true;
    await world.online();
    world.socket.breaks();
    await world.scheduler.elapse(250 + 9_999);
    world.client.check();
    world.network();
    expect(world.sockets).toHaveLength(2);
    world.welcome();
    expect(world.client.status).toBe("online");
  });

  test("of a client that is stopped gets none", async () => {
    await world.online();
    world.client.stop();
    world.client.check();
    expect(world.client.send({ action: "hangup", callId: "call-0001" })).toBe(false);
    await world.scheduler.elapse(60_000);
    expect(world.sockets).toHaveLength(1);
  });
});

describe("renewal", () => {
  test("opens the successor before the end, and loses no frame of the old one", async () => {
    await world.online();
    const heard: string[] = [];
    world.client.on("presence", (frame) => heard.push(frame.userId));
    const [old] = world.sockets;
    await keepAlive(EXPIRES_IN - 450_000);
    expect(world.sockets).toHaveLength(2);
    expect(world.client.status).toBe("online");
    old?.says({ action: "presence", userId: "before", online: true, at: 1 });
    expect(world.client.send({ action: "hangup", callId: "call-0001" })).toBe(true);
    expect(old?.actions().at(-1)).toBe("hangup");
    world.welcome();
    old?.says({ action: "presence", userId: "draining", online: true, at: 1 });
    world.client.send({ action: "hangup", callId: "call-0002" });
    expect(world.socket.actions()).toEqual(["hello", "hangup"]);
    expect(old?.closed).toBe(false);
    await world.scheduler.elapse(3_000);
    expect(old?.closed).toBe(true);
    expect(heard).toEqual(["before", "draining"]);
    expect(world.client.status).toBe("online");
  });

  test("a successor that fails leaves the old socket in use and is tried again", async () => {
    await world.online();
    const [old] = world.sockets;
    await keepAlive(EXPIRES_IN - 450_000);
    world.socket.breaks();
    expect(world.client.status).toBe("online");
    expect(old?.closed).toBe(false);
    await world.scheduler.elapse(250);
    expect(world.sockets).toHaveLength(3);
    world.welcome();
    expect(world.client.welcome?.connectionId).toBe("c-3");
  });

  async function keepAlive(duration: number): Promise<void> {
    for (let passed = 0; passed < duration; passed += 25_000) {
      await world.scheduler.elapse(Math.min(25_000, duration - passed));
      world.sockets[0]?.says({ action: "pong", now: world.scheduler.now() });
    }
  }
});

describe("stopping", () => {
  test("leaves no socket, timer or listener", async () => {
    await world.online();
    world.client.stop();
    expect(world.socket.closed).toBe(true);
    expect(world.scheduler.pending).toBe(0);
    world.network();
    world.visible();
    world.woken();
    await world.scheduler.elapse(60_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.client.status).toBe("stopped");
  });

  test("while the ticket is on its way opens nothing", async () => {
    world.client.start();
    world.client.stop();
    await world.scheduler.elapse(60_000);
    expect(world.sockets).toHaveLength(0);
    expect(world.scheduler.pending).toBe(0);
  });

  test("may be followed by a new start", async () => {
    await world.online();
    world.client.stop();
    await world.online();
    expect(world.client.status).toBe("online");
  });
});
