import { beforeEach, describe, expect, test } from "vitest";
import { createFakeStream } from "../peer/fake-media";
import { FakeScheduler } from "../signaling/scheduler.fake";
import { NO_CHOICE } from "./choice";
import type { Chosen } from "./constraints";
import { FakeDevices } from "./fake-devices";
import { LocalMediaSource } from "./local";
import { classify, summarize } from "./problems";

let scheduler: FakeScheduler;
let devices: FakeDevices;
let source: LocalMediaSource;
let changes: number;
let problems: string[];

beforeEach(() => {
  scheduler = new FakeScheduler();
  devices = new FakeDevices(scheduler);
  changes = 0;
  problems = [];
  granted = false;
  chosen = NO_CHOICE;
  lost = [];
  source = createSource();
});

let granted: boolean;
let chosen: Chosen;
let lost: unknown[];

function createSource(given: FakeDevices | null = devices): LocalMediaSource {
  return new LocalMediaSource({
    devices: given?.asDevices,
    createMediaStream: createFakeStream,
    granted: () => granted,
    chosen: () => chosen,
    lost: (device, label, now) => lost.push([device, label, now]),
    changed: () => {
      changes += 1;
    },
    report: (problem) => problems.push(problem),
  });
}

async function opened(wanted = { audio: true, video: true }): Promise<void> {
  source.open(wanted);
  await scheduler.elapse(1_000);
}

describe("opening", () => {
  test("asks for both with one question", async () => {
    await opened();
    expect(devices.asked).toEqual(["audio+video"]);
    expect(source.model).toMatchObject({ audio: true, video: true, screen: false, problem: null });
    expect(source.model.stream?.getTracks()).toEqual([source.tracks.camera]);
    expect(changes).toBeGreaterThan(0);
  });

  test("asks for each alone where that raises no question, and the sound does not wait for the camera", async () => {
    granted = true;
    devices.cameraDelay = 900;
    source.open({ audio: true, video: true });
    await scheduler.elapse(50);
    expect(devices.asked).toEqual(["audio", "video"]);
    expect(source.tracks).toMatchObject({ audio: { kind: "audio" }, camera: null });
    await scheduler.elapse(850);
    expect(source.tracks).toMatchObject({ audio: { kind: "audio" }, camera: { kind: "video" } });
    expect(source.model.problem).toBeNull();
  });

  test("of two that are asked for alone one may fail", async () => {
    granted = true;
    devices.refusals.video = "NotReadableError";
    await opened();
    expect(devices.asked).toEqual(["audio", "video"]);
    expect(source.model).toMatchObject({ audio: true, video: false });
    expect(source.model.problem).toEqual({ device: "camera", problem: "in_use" });
  });

  test("what will be there in a moment when a session begins counts as switched on, what the person may refuse does not", async () => {
    source.open({ audio: true, video: true });
    expect(source.model).toMatchObject({ audio: false, video: false });
    await scheduler.elapse(1_000);
    expect(source.model).toMatchObject({ audio: true, video: true });
    source.close();
    expect(source.model).toMatchObject({ audio: false, video: false });
    granted = true;
    devices.refusals.video = "NotReadableError";
    source.open({ audio: true, video: true });
    expect(source.model).toMatchObject({ audio: true, video: true });
    await scheduler.elapse(1_000);
    expect(source.model).toMatchObject({ audio: true, video: false });
    source.setMicrophone(false);
    expect(source.model).toMatchObject({ audio: false, video: false });
    // In the middle of a session the other side still has the last picture of before: it is on when there is a new one.
    delete devices.refusals.video;
    source.setCamera(true);
    expect(source.model.video).toBe(false);
    await scheduler.elapse(1_000);
    expect(source.model.video).toBe(true);
  });

  test("asks for the microphone only when the camera is not wanted", async () => {
    await opened({ audio: true, video: false });
    expect(devices.asked).toEqual(["audio"]);
    expect(source.model).toMatchObject({ audio: true, video: false, stream: null, problem: null });
  });

  test("a camera that is open already stays, and only the microphone is asked for", async () => {
    await opened({ audio: false, video: true });
    const { camera } = source.tracks;
    await opened({ audio: true, video: true });
    expect(devices.asked).toEqual(["video", "audio"]);
    expect(source.tracks.camera).toBe(camera);
    expect(source.model).toMatchObject({ audio: true, video: true });
  });

  test("a camera that is open and no longer wanted is let go", async () => {
    await opened({ audio: false, video: true });
    await opened({ audio: true, video: false });
    expect(devices.live.map(({ kind }) => kind)).toEqual(["audio"]);
    expect(source.model).toMatchObject({ audio: true, video: false, stream: null });
  });

  test.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["NotReadableError", "in_use"],
    ["TypeError", "failed"],
  ] as const)("a camera that cannot be had (%s) does not cost the microphone", async (name, problem) => {
    devices.refusals.video = name;
    await opened();
    expect(source.model).toMatchObject({ audio: true, video: false });
    expect(source.model.problem).toEqual({ device: "camera", problem });
  });

  test("a microphone that cannot be had does not cost the camera", async () => {
    devices.refusals.audio = "NotReadableError";
    await opened();
    expect(source.model).toMatchObject({ audio: false, video: true });
    expect(source.model.problem).toEqual({ device: "microphone", problem: "in_use" });
  });

  test("nothing to be had is one problem", async () => {
    devices.refusals.audio = "NotAllowedError";
    devices.refusals.video = "NotAllowedError";
    await opened();
    expect(source.model.problem).toEqual({ device: "both", problem: "denied" });
  });

  test("outside a secure context it says so", async () => {
    source = createSource(null);
    await opened();
    expect(source.model.problem).toEqual({ device: "both", problem: "insecure" });
    source.setScreen(true);
    source.close();
  });

  test("asking again gets what was missing, and only that", async () => {
    devices.refusals.video = "NotReadableError";
    await opened();
    delete devices.refusals.video;
    devices.asked.length = 0;
    source.retry();
    source.retry();
    await scheduler.elapse(1_000);
    expect(devices.asked).toEqual(["video"]);
    expect(source.model).toMatchObject({ video: true, problem: null });
    expect(devices.live).toHaveLength(2);
  });
});

describe("switching", () => {
  test("mutes by switching the track off, so that it is back at once", async () => {
    await opened();
    source.setMicrophone(false);
    expect(source.tracks.audio?.enabled).toBe(false);
    expect(source.model.audio).toBe(false);
    source.setMicrophone(true);
    expect(source.tracks.audio?.enabled).toBe(true);
    expect(devices.asked).toHaveLength(1);
  });

  test("releases a camera that is switched off, and opens it anew", async () => {
    await opened();
    source.setCamera(false);
    expect(devices.live.map(({ kind }) => kind)).toEqual(["audio"]);
    expect(source.model).toMatchObject({ video: false, stream: null });
    source.setCamera(true);
    await scheduler.elapse(1_000);
    expect(devices.asked).toEqual(["audio+video", "video"]);
    expect(source.model.video).toBe(true);
    expect(devices.live).toHaveLength(2);
  });

  test("a camera switched off while it is being opened stays off", async () => {
    source.open({ audio: true, video: true });
    source.setCamera(false);
    source.setMicrophone(false);
    await scheduler.elapse(1_000);
    expect(devices.live.map(({ kind, enabled }) => [kind, enabled])).toEqual([["audio", false]]);
    expect(source.model).toMatchObject({ audio: false, video: false, problem: null });
  });

  test("a camera switched off and on while it is being opened is opened once", async () => {
    source.open({ audio: true, video: true });
    source.setCamera(false);
    source.setCamera(true);
    await scheduler.elapse(1_000);
    expect(devices.live).toHaveLength(2);
    expect(source.model.video).toBe(true);
  });
});

describe("sharing the screen", () => {
  test("takes what it plays along, and lets go of both", async () => {
    devices.screenSound = true;
    await opened();
    source.setScreen(true);
    await scheduler.elapse(1_000);
    expect(source.tracks.screen?.contentHint).toBe("detail");
    expect(source.tracks.screenSound?.contentHint).toBe("music");
    expect(devices.live).toHaveLength(4);
    source.setScreen(false);
    expect(devices.live).toHaveLength(2);
    expect(source.tracks.screenSound).toBeNull();
  });

  test("goes on beside the camera until it is stopped here", async () => {
    await opened();
    source.setScreen(true);
    source.setScreen(true);
    await scheduler.elapse(1_000);
    expect(source.model).toMatchObject({ video: true, screen: true });
    expect(devices.asked.filter((asked) => asked === "screen")).toHaveLength(1);
    source.setScreen(false);
    expect(source.model.screen).toBe(false);
    expect(devices.live).toHaveLength(2);
  });

  test("ends when it is stopped in the browser's own bar", async () => {
    await opened();
    source.setScreen(true);
    await scheduler.elapse(1_000);
    (source.tracks.screen as unknown as { ends(): void }).ends();
    expect(source.model.screen).toBe(false);
  });

  test("a picker that is closed is no problem", async () => {
    devices.refusals.screen = "NotAllowedError";
    await opened();
    source.setScreen(true);
    await scheduler.elapse(1_000);
    expect(source.model).toMatchObject({ screen: false, problem: null });
    expect(problems).toEqual([]);
  });

  test("a capture that fails is reported, and can be tried again", async () => {
    devices.refusals.screen = "NotReadableError";
    await opened();
    source.setScreen(true);
    await scheduler.elapse(1_000);
    expect(problems).toHaveLength(1);
    delete devices.refusals.screen;
    source.setScreen(true);
    await scheduler.elapse(1_000);
    expect(source.model.screen).toBe(true);
  });
});

describe("devices that come and go", () => {
  test("an unplugged camera is replaced when there is another", async () => {
    await opened();
    (source.tracks.camera as unknown as { ends(): void }).ends();
    expect(source.model).toMatchObject({ video: false, problem: { device: "camera", problem: "missing" } });
    await scheduler.elapse(1_000);
    expect(source.model).toMatchObject({ video: true, problem: null });
  });

  test("a camera that is plugged in is taken when it is wanted", async () => {
    devices.refusals.video = "NotFoundError";
    await opened();
    delete devices.refusals.video;
    devices.change();
    await scheduler.elapse(1_000);
    expect(source.model).toMatchObject({ video: true, problem: null });
  });

  test("what was refused by the person is not asked for at every change", async () => {
    devices.refusals.video = "NotAllowedError";
    await opened();
    const asked = devices.asked.length;
    devices.change();
    expect(devices.asked).toHaveLength(asked);
  });
});

describe("closing", () => {
  test("stops every track and listens no more", async () => {
    await opened();
    source.setScreen(true);
    await scheduler.elapse(1_000);
    expect(devices.live).toHaveLength(3);
    source.close();
    expect(devices.live).toEqual([]);
    expect(devices.listeners).toBe(0);
    expect(source.model).toEqual({ stream: null, audio: false, video: false, screen: false, problem: null });
  });

  test("stops also what arrives afterwards", async () => {
    source.open({ audio: true, video: true });
    source.setScreen(true);
    source.close();
    await scheduler.elapse(1_000);
    expect(devices.tracks).toHaveLength(3);
    expect(devices.live).toEqual([]);
    expect(source.model.problem).toBeNull();
  });

  test("what arrives late does not get into the next session", async () => {
    source.open({ audio: true, video: true });
    source.close();
    source.open({ audio: true, video: true });
    await scheduler.elapse(1_000);
    expect(devices.live).toHaveLength(2);
    source.close();
    expect(devices.live).toEqual([]);
  });

  test("switches do nothing outside a session", async () => {
    source.setCamera(true);
    source.setMicrophone(true);
    source.setScreen(true);
    source.retry();
    await scheduler.elapse(1_000);
    expect(devices.asked).toEqual([]);
  });
});

describe("another device", () => {
  test.each([
    ["camera", "video"],
    ["microphone", "audio"],
  ] as const)("takes over from the %s without a gap", async (device, kind) => {
    await opened();
    const before = source.tracks;
    chosen = { ...NO_CHOICE, [device]: "other" };
    const changed = source.change(device);
    expect(source.tracks).toEqual(before);
    await scheduler.elapse(1_000);
    await changed;
    expect(devices.asked).toEqual(["audio+video", kind]);
    expect(devices.constraints.at(-1)).toMatchObject({ [kind]: { deviceId: { exact: "other" } } });
    expect(devices.live).toHaveLength(2);
    expect(source.tracks).not.toEqual(before);
    source.close();
    expect(devices.live).toEqual([]);
  });

  test("is opened after the first was let go where the system opens only one", async () => {
    await opened();
    devices.refusals.video = "NotReadableError";
    const changed = source.change("camera");
    await scheduler.elapse(60);
    expect(source.tracks.camera).toBeNull();
    delete devices.refusals.video;
    await scheduler.elapse(1_000);
    await changed;
    expect(source.tracks.camera).not.toBeNull();
    expect(devices.live).toHaveLength(2);
  });

  test("that was chosen last is the one, however fast", async () => {
    await opened();
    const changes = [source.change("camera"), source.change("camera")];
    await scheduler.elapse(1_000);
    await Promise.all(changes);
    expect(devices.live).toHaveLength(2);
    expect(devices.live).toContain(source.tracks.camera);
  });

  test("is not opened while the camera is off, and muted stays muted", async () => {
    await opened({ audio: true, video: false });
    source.setMicrophone(false);
    await source.change("camera");
    const changed = source.change("microphone");
    await scheduler.elapse(1_000);
    await changed;
    expect(devices.asked).toEqual(["audio", "audio"]);
    expect(source.tracks.audio?.enabled).toBe(false);
  });

  test("that arrives after the end is let go", async () => {
    await opened();
    const changed = source.change("camera");
    source.close();
    await scheduler.elapse(1_000);
    await changed;
    expect(devices.live).toEqual([]);
  });
});

describe("a device that is unplugged", () => {
  test("is named, and what is used instead", async () => {
    devices.list = [{ kind: "videoinput", deviceId: "c1", label: "Webcam" }];
    await opened();
    devices.list = [{ kind: "videoinput", deviceId: "c2", label: "Built-in" }];
    devices.live.find(({ kind }) => kind === "video")?.ends();
    await scheduler.elapse(1_000);
    expect(lost).toEqual([["camera", "Webcam", "Built-in"]]);
    expect(source.model).toMatchObject({ video: true, problem: null });
  });

  test("is named when there is nothing else", async () => {
    devices.list = [{ kind: "audioinput", deviceId: "m1", label: "Headset" }];
    await opened();
    devices.refusals.audio = "NotFoundError";
    devices.live.find(({ kind }) => kind === "audio")?.ends();
    await scheduler.elapse(1_000);
    expect(lost).toEqual([["microphone", "Headset", null]]);
    expect(source.model).toMatchObject({
      audio: false,
      problem: { device: "microphone", problem: "missing" },
    });
  });
});

test("the errors of the browser have names for people", () => {
  expect(classify(new DOMException("", "SecurityError"))).toBe("denied");
  expect(classify(new DOMException("", "OverconstrainedError"))).toBe("missing");
  expect(classify(new DOMException("", "AbortError"))).toBe("in_use");
  expect(classify("what")).toBe("failed");
  expect(summarize({})).toBeNull();
  expect(summarize({ camera: "missing", microphone: "denied" })).toEqual({
    device: "microphone",
    problem: "denied",
  });
});
