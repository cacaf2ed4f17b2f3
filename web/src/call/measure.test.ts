import { beforeEach, describe, expect, test } from "vitest";
import { FakeTrack } from "../peer/fake-media";
import type { FakePeerConnection } from "../peer/fake-peer-connection";
import { FakeScheduler } from "../signaling/scheduler.fake";
import { Measurement } from "./measure";
import { Pair } from "./pair.fake";

const line = (packets: number, lost: number, availableOutgoingBitrate: number) => [
  { id: "T", type: "transport", selectedCandidatePairId: "P" },
  { id: "P", type: "candidate-pair", currentRoundTripTime: 0.05, availableOutgoingBitrate },
  { id: "O", type: "outbound-rtp", packetsSent: packets, bytesSent: packets * 1_000 },
  { id: "R", type: "remote-inbound-rtp", localId: "O", packetsLost: lost },
];

describe("in a call", () => {
  let world: Pair;
  let mine: FakePeerConnection;
  let packets: number;

  beforeEach(async () => {
    world = await Pair.create();
    await world.inCall();
    const [first] = world.network.connections;
    if (!first) throw new Error("no connection");
    mine = first;
    packets = 0;
  });

  async function on(seconds: number, availableBps: number, loss = 0): Promise<void> {
    for (let second = 0; second < seconds; second += 2) {
      packets += 100;
      mine.stats = line(packets, (packets * loss) / 100, availableBps);
      await world.elapse(2_000);
    }
  }

  function owner() {
    return [world.ada, world.bob].find(({ model }) => model.quality !== null) ?? world.ada;
  }

  test("the quality shows after two measurements, and is gone with the call", async () => {
    expect(world.ada.model.quality).toBeNull();
    await on(8, 1_000_000);
    const tab = owner();
    expect(tab.model.quality).toMatchObject({
      level: "excellent",
      roundTripMs: 50,
      lossPercent: 0,
      audioOnly: false,
    });
    tab.controller.hangUp();
    await world.elapse(100);
    expect(tab.model.quality).toBeNull();
    await world.expectQuiet();
  });

  test("a line too thin for a picture carries sound alone, and both sides know", async () => {
    await on(30, 20_000);
    const tab = owner();
    const other = tab === world.ada ? world.bob : world.ada;
    expect(tab.model.quality?.audioOnly).toBe(true);
    expect(tab.model.local.video).toBe(true);
    expect(other.model.remote).toMatchObject({ audio: true, video: false });
    const [audio, camera] = mine.transceivers;
    expect(camera?.sender.encoding.active).toBe(false);
    expect(audio?.sender.encoding).toMatchObject({ priority: "high" });
    expect(tab.devices.live).toHaveLength(2);
  });

  test("what gets lost on the way here takes nothing off the picture that goes out", async () => {
    for (let count = 0; count < 30; count += 1) {
      packets += 100;
      mine.stats = [
        ...line(packets, 0, 1_000_000),
        { id: "I", type: "inbound-rtp", packetsReceived: packets, packetsLost: packets / 2 },
      ];
      await world.elapse(2_000);
    }
    expect(owner().model.quality).toMatchObject({ level: "very_poor", audioOnly: false });
    expect(mine.transceivers[1]?.sender.encoding).toMatchObject({ active: true, maxBitrate: 1_700_000 });
  });

  test("a picture that has stopped though the other side sends one is noticed, and so is that it goes on", async () => {
    let decoded = 0;
    const frozen = async (seconds: number, pictures: number) => {
      for (let second = 0; second < seconds; second += 2) {
        packets += 100;
        decoded += pictures;
        mine.stats = [
          ...line(packets, 0, 1_000_000),
          { id: "I", type: "inbound-rtp", kind: "video", packetsReceived: packets, framesDecoded: decoded },
        ];
        await world.elapse(2_000);
      }
      return owner().model.quality?.frozen;
    };
    expect(await frozen(8, 20)).toBe(false);
    expect(await frozen(4, 0)).toBe(false);
    expect(await frozen(2, 0)).toBe(true);
    expect(await frozen(2, 1)).toBe(false);
    expect(await frozen(8, 0)).toBe(true);
    const tab = owner();
    (tab === world.ada ? world.bob : world.ada).controller.setCamera(false);
    expect(await frozen(2, 0)).toBe(false);
  });

  test("the estimate of a line without a picture does not count", async () => {
    for (const { controller } of [world.ada, world.bob]) controller.setCamera(false);
    await on(30, 20_000);
    expect(owner().model.quality?.audioOnly).toBe(false);
  });
});

describe("who speaks", () => {
  test("is known from the levels of both sides, and nobody does when it is off", async () => {
    const scheduler = new FakeScheduler();
    const level = { local: 0, remote: 0 };
    const stopped: string[] = [];
    const measurement = new Measurement({
      scheduler,
      stats: async () => null,
      remoteLevel: () => level.remote,
      levels: (track) => ({ read: () => level.local, stop: () => stopped.push(track.kind) }),
      pictureExpected: () => false,
      path: () => {},
      report: () => {},
      changed: () => {},
    });
    measurement.setTrack(new FakeTrack("audio") as unknown as MediaStreamTrack);
    measurement.setOn(true);
    await scheduler.elapse(1_000);
    expect(measurement.speaking).toEqual({ local: false, remote: false, muted: false });
    level.local = 0.6;
    await scheduler.elapse(1_000);
    expect(measurement.speaking).toEqual({ local: true, remote: false, muted: false });
    level.local = 0;
    level.remote = 0.6;
    await scheduler.elapse(1_000);
    expect(measurement.speaking).toEqual({ local: false, remote: true, muted: false });
    measurement.setOn(false);
    expect(measurement.speaking).toEqual({ local: false, remote: false, muted: false });
    expect(stopped).toEqual(["audio"]);
    expect(scheduler.pending).toBe(0);
  });

  test("statistics that fail are reported, and asked for again", async () => {
    const scheduler = new FakeScheduler();
    const problems: string[] = [];
    const measurement = new Measurement({
      scheduler,
      stats: () => Promise.reject(new Error("broken")),
      remoteLevel: () => null,
      levels: null,
      pictureExpected: () => false,
      path: () => {},
      report: (problem) => problems.push(problem),
      changed: () => {},
    });
    measurement.setOn(true);
    await scheduler.elapse(4_500);
    expect(problems).toHaveLength(2);
    measurement.setOn(false);
    expect(scheduler.pending).toBe(0);
  });
});
