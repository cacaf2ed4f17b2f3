import { describe, expect, it } from "vitest";
import type { SignalingStatus } from "../signaling/client";
import { watchConnection } from "./connection";
import { Emitter } from "./emitter";

function setUp() {
  const changed = new Emitter();
  const world = { status: "connecting" as SignalingStatus, online: true };
  const source = { subscribe: (listener: () => void) => changed.subscribe(listener) };
  const connection = watchConnection({
    signaling: {
      ...source,
      get status() {
        return world.status;
      },
    },
    network: { ...source, isOnline: () => world.online },
  });
  const become = (status: SignalingStatus, online = true) => {
    Object.assign(world, { status, online });
    changed.emit();
    return connection.getState();
  };
  return { become, connection };
}

describe("watchConnection", () => {
  it("alarms nobody while the first socket is being opened", () => {
    const { become, connection } = setUp();
    expect(connection.getState()).toBe("connecting");
    expect(become("online")).toBe("connected");
  });

  it("tells of a lost socket until it is back", () => {
    const { become } = setUp();
    become("online");
    expect(become("waiting")).toBe("reconnecting");
    expect(become("connecting")).toBe("reconnecting");
    expect(become("online")).toBe("connected");
  });

  it("tells of a first socket that could not be opened", () => {
    expect(setUp().become("waiting")).toBe("reconnecting");
  });

  it("tells no network from a server that is away", () => {
    expect(setUp().become("waiting", false)).toBe("offline");
  });

  it("tells only of changes", () => {
    const { become, connection } = setUp();
    let changes = 0;
    connection.subscribe(() => {
      changes += 1;
    });
    become("online");
    become("online");
    become("waiting");
    become("connecting");
    expect(changes).toBe(2);
  });
});
