/** People with devices that call each other: real controllers, a simulated server, network, camera and clock. */
import { createHash } from "node:crypto";
import { FakeDevices } from "../media/fake-devices";
import type { PermissionQueries } from "../media/permissions";
import { createFakeStream } from "../peer/fake-media";
import { FakeNetwork, FakePeerConnection } from "../peer/fake-peer-connection";
import type { ClientFrame } from "../protocol/frames";
import { FakeMachineClock, FakeScheduler } from "../signaling/scheduler.fake";
import { createCallController, type OwnedCallController } from "./controller";
import type { CallModel, CallPhase, Peer } from "./model";
import { SimulatedServer } from "./simulated-server";
import type { SimulatedSignaling } from "./simulated-signaling";

/** The real hash, without leaving the simulated time. */
export const fakeCrypto = {
  getRandomValues: <T extends ArrayBufferView | null>(array: T): T =>
    globalThis.crypto.getRandomValues(array as never),
  subtle: {
    digest: async (_algorithm: string, data: Uint8Array) =>
      new Uint8Array(createHash("sha256").update(data).digest()).buffer,
  } as unknown as SubtleCrypto,
};

/** As `sessionStorage`. */
export class FakeStorage {
  readonly #values = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }

  get values(): string[] {
    return [...this.#values.values()];
  }

  copy(): FakeStorage {
    const copy = new FakeStorage();
    for (const [key, value] of this.#values) copy.setItem(key, value);
    return copy;
  }
}

/** One browser tab. */
export class Tab {
  readonly signaling: SimulatedSignaling;
  readonly devices: FakeDevices;
  readonly controller: OwnedCallController;
  /** Every phase it has gone through. */
  readonly phases: CallPhase[] = ["idle"];
  /** Survives a reload. */
  readonly storage: FakeStorage;
  network = () => {};
  woken = () => {};
  gone = () => {};
  readonly userId: string;
  readonly deviceId: string;
  asleep = false;
  readonly #clock: FakeMachineClock;

  constructor(world: World, userId: string, deviceId: string, storage: FakeStorage) {
    this.storage = storage;
    this.userId = userId;
    this.deviceId = deviceId;
    this.signaling = world.server.client(userId, deviceId);
    const clock = new FakeMachineClock(world.scheduler);
    this.#clock = clock;
    this.devices = new FakeDevices(clock);
    this.controller = createCallController({
      signaling: this.signaling,
      fetchIceServers: async () => ({ iceServers: [], ttl: 3600 }),
      page: {
        onNetwork: (listener) => {
          this.network = listener;
          return () => {
            this.network = () => {};
          };
        },
        onWoken: (listener) => {
          this.woken = listener;
          return () => {
            this.woken = () => {};
          };
        },
        onGone: (listener) => {
          this.gone = listener;
          return () => {
            this.gone = () => {};
          };
        },
      },
      scheduler: clock,
      devices: this.devices.asDevices,
      permissions: world.permissions,
      createPeerConnection: (configuration) =>
        new FakePeerConnection(world.network, clock, configuration) as unknown as RTCPeerConnection,
      createMediaStream: createFakeStream,
      painted: async () => {},
      newId: () => world.newId(),
      storage,
      crypto: fakeCrypto,
      levels: null,
      preferences: new FakeStorage(),
      canChooseSpeaker: true,
      report: (problem, error) => world.problems.push(`${deviceId}: ${problem} ${error ?? ""}`),
    });
    this.controller.subscribe(() => {
      const { phase } = this.model;
      if (this.phases.at(-1) !== phase) this.phases.push(phase);
    });
  }

  get model(): CallModel {
    return this.controller.getModel();
  }

  get phase(): CallPhase {
    return this.model.phase;
  }

  /** How it ended, while that is shown. */
  get reason(): string | undefined {
    return this.model.ended?.reason;
  }

  /** The page is closed, or left for another. */
  leave(): void {
    this.gone();
    this.controller.dispose();
    this.signaling.disconnect();
  }

  /** The machine goes to sleep: its clocks stand still, its sockets die. The network between the two is the world's business. */
  sleep(): void {
    this.asleep = true;
    this.#clock.sleep();
    this.signaling.disconnect();
  }

  /** It goes on where it stood, and notices. */
  wake(): void {
    this.asleep = false;
    this.#clock.wake();
    this.woken();
    this.signaling.connect();
  }

  call(userId: string): void {
    this.controller.call(person(userId));
  }
}

export class World {
  readonly scheduler = new FakeScheduler();
  readonly network = new FakeNetwork();
  readonly server: SimulatedServer;
  readonly problems: string[] = [];
  /** Of `navigator`. */
  readonly permissions: PermissionQueries;
  readonly tabs: Tab[] = [];
  #ids = 0;

  /** `granted`: people have allowed camera and microphone for good. */
  constructor(random: () => number = () => 0.5, granted = true) {
    this.server = new SimulatedServer(this.scheduler, random);
    const query = async () => Object.assign(new EventTarget(), { state: granted ? "granted" : "prompt" });
    this.permissions = { query } as unknown as PermissionQueries;
  }

  tab(userId: string, deviceId = `${userId}-1`): Tab {
    const tab = new Tab(this, userId, deviceId, new FakeStorage());
    this.tabs.push(tab);
    return tab;
  }

  /** The tab after a reload; takes the place of the one before. */
  reload(tab: Tab): Tab {
    tab.leave();
    return this.comeBack(tab);
  }

  /** The next page in the tab of one that has left, with what that one had stored; takes its place. */
  comeBack(tab: Tab, storage: FakeStorage = tab.storage): Tab {
    const next = new Tab(this, tab.userId, tab.deviceId, storage);
    this.tabs.splice(this.tabs.indexOf(tab), 1, next);
    return next;
  }

  newId(): string {
    this.#ids += 1;
    return `call-${String(this.#ids).padStart(5, "0")}`;
  }

  elapse(ms: number): Promise<void> {
    return this.scheduler.elapse(ms);
  }

  /** The actions that the device has sent to the server. */
  actions(tab: Tab): ClientFrame["action"][] {
    return this.server.sent
      .filter(({ deviceId }) => deviceId === tab.deviceId)
      .map(({ frame }) => frame.action);
  }
}

export function person(userId: string): Peer {
  return { userId, name: userId };
}
