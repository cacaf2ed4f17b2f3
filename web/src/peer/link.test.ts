import { beforeEach, describe, expect, test } from "vitest";
import type { Payload } from "../protocol/frames";
import { FakeScheduler } from "../signaling/scheduler.fake";
import { createFakeStream, type FakeSender, FakeTrack } from "./fake-media";
import { FakeNetwork, FakePeerConnection } from "./fake-peer-connection";
import { type LinkStatus, PeerLink } from "./link";

const scheduler = { current: new FakeScheduler() };

/** One end: a link, its peer connection, and what it said and heard. */
class End {
  readonly statuses: LinkStatus[] = [];
  readonly heard: Payload[] = [];
  /** What went by way of the server. */
  readonly signals: Payload[] = [];
  readonly problems: string[] = [];
  readonly asked: boolean[] = [];
  peer: FakePeerConnection | null = null;
  /** What becomes of a signal; the other end gets it after 25 ms unless a test does something else. */
  carry: (payload: Payload, deliver: () => void) => void = (_payload, deliver) => deliver();
  iceServers: (fresh: boolean) => Promise<RTCIceServer[]> = async () => [];
  painted: Promise<void> = Promise.resolve();
  readonly link: PeerLink;
  other: End | null = null;

  constructor(network: FakeNetwork, polite: boolean, name: string, painted?: Promise<void>) {
    if (painted) this.painted = painted;
    this.link = new PeerLink(
      polite,
      { name, restart: null },
      {
        createPeerConnection: (configuration) => {
          this.peer = new FakePeerConnection(network, scheduler.current, configuration);
          return this.peer as unknown as RTCPeerConnection;
        },
        createMediaStream: createFakeStream,
        painted: () => this.painted,
        iceServers: (fresh) => {
          this.asked.push(fresh);
          return this.iceServers(fresh);
        },
        scheduler: scheduler.current,
        report: (problem) => this.problems.push(problem),
      },
      {
        signal: (payload) => {
          this.signals.push(payload);
          this.carry(payload, () =>
            scheduler.current.setTimeout(() => this.other?.link.receive(payload), 25),
          );
        },
        status: (status) => this.statuses.push(status),
        opened: () => {},
        payload: (payload) => this.heard.push(payload),
        remote: () => {},
        dead: () => {},
      },
    );
  }

  get pc(): FakePeerConnection {
    if (!this.peer) throw new Error("no peer connection yet");
    return this.peer;
  }

  sent(): (FakeTrack | null)[] {
    return this.pc.transceivers.map(({ sender }: { sender: FakeSender }) => sender.track);
  }

  types(): string[] {
    return this.signals.map((payload) =>
      payload.type === "description" ? payload.description.type : payload.type,
    );
  }
}

let network: FakeNetwork;
let caller: End;
let callee: End;

beforeEach(() => {
  scheduler.current = new FakeScheduler();
  network = new FakeNetwork();
  caller = new End(network, false, "caller");
  callee = new End(network, true, "callee");
  caller.other = callee;
  callee.other = caller;
});

function elapse(ms: number): Promise<void> {
  return scheduler.current.elapse(ms);
}

async function connected(): Promise<void> {
  await elapse(1000);
  expect([caller.link.status, callee.link.status]).toEqual(["connected", "connected"]);
}

describe("connecting", () => {
  test("takes an offer of the ringing side, an answer and a few candidates", async () => {
    await connected();
    expect(callee.types()).toEqual(["offer", "candidates"]);
    expect(caller.types()).toEqual(["answer"]);
    expect(caller.pc.offersMade).toBe(0);
  });

  test("the device that rings first shows who calls; the other one does not wait for a frame", async () => {
    let paint = () => {};
    const painted = new Promise<void>((resolve) => {
      paint = resolve;
    });
    const ringing = new End(network, true, "ringing", painted);
    const calling = new End(network, false, "calling", painted);
    await elapse(50);
    expect(ringing.peer).toBeNull();
    expect(calling.peer).not.toBeNull();
    paint();
    await elapse(50);
    expect(ringing.peer).not.toBeNull();
  });

  test("a link that is closed before its first frame never opens", async () => {
    let paint = () => {};
    const painted = new Promise<void>((resolve) => {
      paint = resolve;
    });
    const ringing = new End(network, true, "ringing", painted);
    await elapse(10);
    ringing.link.close();
    paint();
    await elapse(50);
    expect(ringing.peer).toBeNull();
  });

  test("the first candidates travel with the description", async () => {
    await elapse(15);
    const [offer] = callee.signals;
    expect(offer?.type === "description" && offer.description.sdp).toContain("a=candidate");
  });

  test("the three lines are there for both to send on, without a negotiation", async () => {
    await connected();
    for (const { pc } of [caller, callee]) {
      expect(pc.transceivers.map(({ receiver }) => receiver.track.kind)).toEqual([
        "audio",
        "video",
        "video",
        "audio",
      ]);
      expect(pc.transceivers.map(({ direction }) => direction)).toEqual([
        "sendrecv",
        "sendrecv",
        "sendrecv",
        "sendrecv",
      ]);
    }
    const audio = new FakeTrack("audio");
    const screen = new FakeTrack("video");
    const offers = callee.pc.offersMade;
    caller.link.setTracks({ audio, camera: null, screen, screenSound: null } as never);
    callee.link.setTracks({ audio, camera: null, screen, screenSound: null } as never);
    await elapse(100);
    expect(caller.sent()).toEqual([audio, null, screen, null]);
    expect(callee.sent()).toEqual([audio, null, screen, null]);
    expect(callee.pc.offersMade).toBe(offers);
    expect(caller.pc.offersMade).toBe(0);
  });

  test("tracks given before there are lines are sent once there are", async () => {
    const camera = new FakeTrack("video");
    caller.link.setTracks({ audio: null, camera, screen: null, screenSound: null } as never);
    await connected();
    expect(caller.sent()).toEqual([null, camera, null, null]);
  });

  test("the camera's picture is small at first, and full-size soon after", async () => {
    await connected();
    const scales = () => caller.pc.transceivers.map(({ sender }) => sender.scale);
    await elapse(10_000);
    expect(scales()).toEqual([1, 2, 1, 1]);
    caller.link.setTracks({
      audio: null,
      camera: new FakeTrack("video"),
      screen: null,
      screenSound: null,
    } as never);
    await elapse(1_000);
    expect(scales()).toEqual([1, 2, 1, 1]);
    await elapse(1_100);
    expect(scales()).toEqual([1, 1, 1, 1]);
  });

  test("the small picture has the browser's own limit: one of ours would delay the first frame", async () => {
    await connected();
    const camera = () => caller.pc.transceivers[1]?.sender.encoding;
    caller.link.setVideoStep({ active: true, scale: 1, maxBitrate: 1_700_000, maxFramerate: 30 });
    caller.link.setTracks({
      audio: null,
      camera: new FakeTrack("video"),
      screen: null,
      screenSound: null,
    } as never);
    await elapse(1_000);
    expect(camera()).toMatchObject({ scaleResolutionDownBy: 2, maxFramerate: 30 });
    expect(camera()?.maxBitrate).toBeUndefined();
    await elapse(1_100);
    expect(camera()).toMatchObject({ scaleResolutionDownBy: 1, maxBitrate: 1_700_000 });
  });

  test("a thin line's limit holds for the first picture, too", async () => {
    await connected();
    const camera = () => caller.pc.transceivers[1]?.sender.encoding;
    caller.link.setVideoStep({ active: true, scale: 4, maxBitrate: 150_000, maxFramerate: 15 });
    await elapse(10);
    expect(camera()).toMatchObject({ scaleResolutionDownBy: 4, maxBitrate: 150_000 });
    caller.link.setVideoStep({ active: true, scale: 1, maxBitrate: 1_700_000, maxFramerate: 30 });
    await elapse(10);
    expect(camera()).toMatchObject({ scaleResolutionDownBy: 2 });
    expect(camera()?.maxBitrate).toBeUndefined();
  });

  test("sound beside a small picture is limited, and left to the browser beside a large one", async () => {
    await connected();
    const sound = () => caller.pc.transceivers[0]?.sender.encoding;
    const large = { active: true, scale: 1, maxBitrate: 1_700_000, maxFramerate: 30 };
    for (const [step, limit] of [
      [{ ...large, maxAudioBitrate: 20_000 }, 20_000],
      [large, undefined],
    ] as const) {
      caller.link.setVideoStep(step);
      await elapse(10);
      expect(sound()?.maxBitrate).toBe(limit);
      expect(sound()).toMatchObject({ priority: "high", networkPriority: "high" });
    }
  });

  test("what is sent when a call is taken asks no sender for its parameters: that stops the page", async () => {
    await connected();
    const step = { active: true, scale: 1, maxBitrate: 1_000_000, maxFramerate: 30 };
    caller.link.setVideoStep(step);
    await elapse(10);
    const asked = () => caller.pc.transceivers.map(({ sender }) => sender.asked);
    const before = asked();
    caller.link.setVideoStep(step);
    caller.link.setTracks({
      audio: new FakeTrack("audio"),
      camera: new FakeTrack("video"),
      screen: null,
      screenSound: null,
    } as never);
    await elapse(10);
    expect(asked()).toEqual(before);
    caller.link.setVideoStep({ ...step, maxFramerate: 15 });
    await elapse(10);
    expect(asked()).not.toEqual(before);
  });

  test("sound and camera are one stream, the screen another", async () => {
    await connected();
    const streams = caller.pc.transceivers.map(({ sender }) => sender.streams[0]);
    expect(streams[0]).toBe(streams[1]);
    expect(streams[2]).not.toBe(streams[0]);
    expect(streams[3]).toBe(streams[2]);
    expect(caller.link.remote?.stream.getTracks()).toHaveLength(2);
    expect(caller.link.remote?.screen.getTracks()).toHaveLength(2);
  });

  test("signals may be reordered and repeated", async () => {
    const held: (() => void)[] = [];
    callee.carry = (_payload, deliver) => held.push(deliver);
    await elapse(300);
    for (const deliver of [...held].reverse()) {
      deliver();
      deliver();
    }
    await connected();
    expect(caller.pc.transceivers).toHaveLength(4);
  });

  test.each(["caller", "callee"] as const)(
    "what the %s has gathered when its description is said again is not lost in it",
    async (name) => {
      network.behindRouters = true;
      const end = { caller, callee }[name];
      let repeated = false;
      end.carry = (payload, deliver) => {
        deliver();
        if (payload.type !== "description" || repeated) return;
        repeated = true;
        // The other side has this one, later candidates wait for their batch, and a new way there is told, as when it accepts.
        scheduler.current.setTimeout(() => end.link.repeat(), 55);
      };
      // Before the page restarts ICE by itself.
      await elapse(1_000);
      expect(repeated).toBe(true);
      expect([caller.link.status, callee.link.status]).toEqual(["connected", "connected"]);
    },
  );

  test("candidates that were lost come again with the description", async () => {
    network.behindRouters = true;
    caller.carry = (payload, deliver) => {
      if (payload.type === "description") deliver();
    };
    await elapse(1_000);
    expect(caller.types()).toEqual(["answer", "candidates"]);
    caller.carry = (_payload, deliver) => deliver();
    caller.link.repeat();
    await connected();
  });

  test.each(["offer", "answer"] as const)("a lost %s is made up for", async (lost) => {
    let losses = 0;
    for (const end of [caller, callee]) {
      end.carry = (payload, deliver) => {
        if (payload.type === "description" && payload.description.type === lost && losses < 2) losses += 1;
        else deliver();
      };
    }
    await elapse(12_000);
    await connected();
    expect(losses).toBe(2);
    expect(callee.pc.offersMade).toBe(1);
  });

  test("an answer to an earlier offer is ignored", async () => {
    await elapse(100);
    const answer = caller.signals.find((payload) => payload.type === "description");
    if (answer?.type !== "description") throw new Error("no answer");
    network.setUp(false);
    callee.link.restart();
    caller.carry = () => {};
    await elapse(1000);
    expect(callee.pc.signalingState).toBe("have-local-offer");
    callee.link.receive(answer);
    await elapse(10);
    expect(callee.pc.signalingState).toBe("have-local-offer");
  });

  test("goes on without ICE servers when there are none to be had", async () => {
    const lonely = new End(network, true, "lonely");
    lonely.iceServers = () => Promise.reject(new Error("no"));
    const again = new End(network, true, "again");
    again.iceServers = async () => [{ urls: "stun:example.org" }];
    await elapse(0);
    expect(caller.pc.configurations[0]?.iceServers).toEqual([]);
    expect(again.asked).toEqual([false]);
  });

  test("is given up after 30 s", async () => {
    network.setUp(false);
    await elapse(29_000);
    expect(caller.link.status).toBe("connecting");
    await elapse(2_000);
    expect([caller.link.status, callee.link.status]).toEqual(["failed", "failed"]);
  });

  test("is tried anew, with fresh servers, when no path is found with what was told at first", async () => {
    network.setUp(false);
    await elapse(1_000);
    network.strand();
    network.setUp(true);
    await elapse(4_000);
    expect([caller.link.status, callee.link.status]).toEqual(["connecting", "connecting"]);
    expect(caller.pc.connectionState).not.toBe("failed");
    await elapse(3_000);
    await connected();
    expect(caller.asked).toEqual([false, true]);
    await elapse(30_000);
    expect(caller.asked).toEqual([false, true]);
  });

  test("gets the full time again when it is expected", async () => {
    network.setUp(false);
    await elapse(29_000);
    caller.link.expect();
    await elapse(29_000);
    expect([caller.link.status, callee.link.status]).toEqual(["connecting", "failed"]);
  });
});

describe("talking", () => {
  test("goes over the data channel", async () => {
    await connected();
    expect(callee.link.send({ type: "accept" })).toBe(true);
    await elapse(5);
    expect(caller.heard).toEqual([{ type: "accept" }]);
  });

  test("before the channel is open only the latest of each slot is kept", async () => {
    expect(callee.link.send({ type: "accept" })).toBe(false);
    callee.link.send({ type: "media", audio: true, video: false }, "media");
    callee.link.send({ type: "media", audio: true, video: true }, "media");
    await connected();
    expect(caller.heard).toEqual([{ type: "media", audio: true, video: true }]);
  });

  test("what is no payload is put aside", async () => {
    await connected();
    callee.pc.channel?.send("}");
    callee.pc.channel?.send('{"type":"unknown"}');
    callee.pc.channel?.send('{"type":"media","audio":1}');
    await elapse(5);
    expect(caller.heard).toEqual([]);
    expect(caller.problems).toHaveLength(3);
  });

  test("negotiation goes over the channel while the path is good", async () => {
    await connected();
    await elapse(10_000);
    const before = [caller.signals.length, callee.signals.length];
    callee.pc.restartIce();
    await elapse(1_000);
    expect(callee.pc.offersMade).toBe(2);
    expect([caller.signals.length, callee.signals.length]).toEqual(before);
    expect(caller.link.status).toBe("connected");
  });
});

describe("mending", () => {
  test("a short interruption goes by unnoticed", async () => {
    await connected();
    network.setUp(false);
    await elapse(6_500);
    network.setUp(true);
    await elapse(5_000);
    expect(caller.statuses).toEqual(["connected"]);
    expect(caller.pc.offersMade).toBe(0);
  });

  test("after 2 s of disconnection ICE is restarted with fresh servers, by way of the server, until it works", async () => {
    await connected();
    caller.iceServers = async () => [{ urls: "turn:fresh.example.org" }];
    const before = caller.signals.length + callee.signals.length;
    network.setUp(false);
    await elapse(8_000);
    expect(caller.statuses).toEqual(["connected", "interrupted"]);
    expect(caller.signals.length + callee.signals.length).toBeGreaterThan(before);
    expect(caller.asked).toContain(true);
    network.setUp(true);
    await elapse(10_000);
    expect(caller.statuses).toEqual(["connected", "interrupted", "connected"]);
    expect(callee.statuses).toEqual(["connected", "interrupted", "connected"]);
    expect(caller.pc.configurations.at(-1)?.iceServers).toEqual([{ urls: "turn:fresh.example.org" }]);
    expect([caller.pc.signalingState, callee.pc.signalingState]).toEqual(["stable", "stable"]);
  });

  test("is given up after 30 s", async () => {
    await connected();
    network.setUp(false);
    await elapse(45_000);
    expect([caller.link.status, callee.link.status]).toEqual(["failed", "failed"]);
    expect(scheduler.current.pending).toBe(0);
  });

  test("a changed network restarts ICE at once, and both sides may do so together", async () => {
    await connected();
    caller.link.restart();
    callee.link.restart();
    await elapse(2_000);
    expect([caller.pc.signalingState, callee.pc.signalingState]).toEqual(["stable", "stable"]);
    expect([caller.link.status, callee.link.status]).toEqual(["connected", "connected"]);
    expect(caller.pc.offersMade).toBeGreaterThan(0);
  });

  test("the other side going away without a word is noticed", async () => {
    await connected();
    callee.pc.close();
    await elapse(100);
    expect(caller.link.status).toBe("interrupted");
    await elapse(31_000);
    expect(caller.link.status).toBe("failed");
  });
});

describe("closing", () => {
  test("says the last word, stops sending and leaves nothing behind", async () => {
    await connected();
    caller.link.setTracks({
      audio: new FakeTrack("audio"),
      camera: null,
      screen: null,
      screenSound: null,
    } as never);
    await elapse(10);
    caller.link.close({ type: "hangup" });
    expect(caller.sent()).toEqual([null, null, null, null]);
    await elapse(10);
    expect(callee.heard).toEqual([{ type: "hangup" }]);
    callee.link.close();
    await elapse(10);
    expect(network.open).toBe(0);
    expect(scheduler.current.pending).toBe(0);
    expect(caller.link.status).toBe("closed");
  });

  test("does not wait for the other side for ever", async () => {
    await connected();
    caller.link.close({ type: "hangup" });
    await elapse(500);
    expect(caller.pc.signalingState).toBe("closed");
  });

  test("while the ICE servers are still asked for opens no connection", async () => {
    const early = new End(network, true, "early");
    early.link.close();
    await elapse(1000);
    expect(early.peer).toBeNull();
  });

  test("in the middle of a negotiation reports nothing", async () => {
    await elapse(11);
    callee.link.close();
    caller.link.close();
    await elapse(40_000);
    expect([...caller.problems, ...callee.problems]).toEqual([]);
    expect(scheduler.current.pending).toBe(0);
  });
});
