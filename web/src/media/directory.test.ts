import { beforeEach, describe, expect, test } from "vitest";
import { createFakeStream, FakeTrack } from "../peer/fake-media";
import { FakeScheduler } from "../signaling/scheduler.fake";
import { DeviceDirectory } from "./directory";
import { FakeDevices } from "./fake-devices";
import type { LocalTracks } from "./local";

let scheduler: FakeScheduler;
let devices: FakeDevices;
let tracks: LocalTracks;
let changes: string[];
let level: number;
let metersRunning: number;
let stored: Map<string, string>;

beforeEach(() => {
  scheduler = new FakeScheduler();
  devices = new FakeDevices(scheduler);
  devices.list = [
    { kind: "audioinput", deviceId: "default", label: "Default" },
    { kind: "audioinput", deviceId: "m1", label: "Headset" },
    { kind: "audioinput", deviceId: "m2", label: "" },
    { kind: "videoinput", deviceId: "c1", label: "Webcam" },
    { kind: "audiooutput", deviceId: "s1", label: "Headset" },
    { kind: "audiooutput", deviceId: "s2", label: "Monitor" },
  ];
  tracks = { audio: null, camera: null, screen: null, screenSound: null };
  changes = [];
  level = 0;
  metersRunning = 0;
  stored = new Map();
});

function directory(given: FakeDevices | null = devices, canChooseSpeaker = true): DeviceDirectory {
  return new DeviceDirectory({
    devices: given?.asDevices,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    },
    scheduler,
    levels: () => {
      metersRunning += 1;
      return {
        read: () => level,
        stop: () => {
          metersRunning -= 1;
        },
      };
    },
    canChooseSpeaker,
    createMediaStream: createFakeStream,
    call: () => ({
      tracks,
      change: async (kind) => {
        changes.push(kind);
      },
    }),
    report: () => {},
  });
}

describe("the list", () => {
  test("has the devices by name, without those that stand for the system's choice", async () => {
    const here = directory();
    const stop = here.subscribe(() => {});
    await scheduler.elapse(0);
    expect(here.getModel()).toMatchObject({
      cameras: [{ id: "c1", label: "Webcam" }],
      microphones: [
        { id: "m1", label: "Headset" },
        { id: "m2", label: "Microphone 2" },
      ],
      speakers: [
        { id: "s1", label: "Headset" },
        { id: "s2", label: "Monitor" },
      ],
    });
    devices.list = devices.list.filter(({ deviceId }) => deviceId !== "c1");
    devices.change();
    await scheduler.elapse(0);
    expect(here.getModel().cameras).toEqual([]);
    stop();
    expect(devices.listeners).toBe(0);
  });

  test("has no speakers where the browser does not let a page choose", async () => {
    const here = directory(devices, false);
    here.subscribe(() => {});
    await scheduler.elapse(0);
    expect(here.getModel()).toMatchObject({ speakers: [], canChooseSpeaker: false });
  });

  test("tells when the chosen speaker is unplugged, and only then", async () => {
    const here = directory();
    here.subscribe(() => {});
    await scheduler.elapse(0);
    here.choose("speaker", "s2");
    for (const gone of ["s1", "s2"]) {
      devices.list = devices.list.filter(({ deviceId }) => deviceId !== gone);
      devices.change();
      await scheduler.elapse(0);
      expect(here.getModel().lost?.label).toBe(gone === "s2" ? "Monitor" : undefined);
    }
    here.dismissLost();
    expect(here.getModel().lost).toBeNull();
  });
});

describe("a choice", () => {
  test("is remembered, and taken to the call", () => {
    const here = directory();
    here.choose("microphone", "m2");
    here.choose("microphone", "m2");
    here.choose("speaker", "s1");
    expect(changes).toEqual(["microphone"]);
    expect(directory().chosen).toEqual({ camera: null, microphone: "m2", speaker: "s1", ringer: null });
  });

  test("shows in the preview", async () => {
    const here = directory();
    here.openPreview();
    await scheduler.elapse(100);
    here.choose("camera", "c1");
    await scheduler.elapse(100);
    expect(devices.asked).toEqual(["audio+video", "video"]);
    expect(devices.constraints.at(-1)?.video).toMatchObject({ deviceId: { exact: "c1" } });
    expect(devices.live).toHaveLength(2);
    here.closePreview();
    expect(devices.live).toEqual([]);
  });
});

describe("the preview", () => {
  test("opens both with one question, shows level and picture, and lets go of everything", async () => {
    const here = directory();
    here.openPreview();
    expect(here.getModel().preview).toEqual({ stream: null, level: 0, problem: null });
    await scheduler.elapse(100);
    level = 0.4;
    await scheduler.elapse(100);
    expect(devices.asked).toEqual(["audio+video"]);
    expect(here.getModel().preview).toMatchObject({ level: 0.4, problem: null });
    expect(here.getModel().preview?.stream).not.toBeNull();
    here.closePreview();
    expect(here.getModel().preview).toBeNull();
    expect(devices.live).toEqual([]);
    expect(metersRunning).toBe(0);
    expect(scheduler.pending).toBe(0);
  });

  test("that is closed while the browser asks lets go of what comes", async () => {
    const here = directory();
    here.openPreview();
    here.closePreview();
    await scheduler.elapse(100);
    expect(devices.tracks).toHaveLength(2);
    expect(devices.live).toEqual([]);
  });

  test("goes on with the one device that can be had", async () => {
    devices.refusals.video = "NotFoundError";
    const here = directory();
    here.openPreview();
    await scheduler.elapse(200);
    expect(here.getModel().preview).toMatchObject({
      stream: null,
      problem: { device: "camera", problem: "missing" },
    });
    expect(metersRunning).toBe(1);
  });

  test("says why there is nothing on a page that is not secure", async () => {
    const here = directory(null);
    here.openPreview();
    await scheduler.elapse(0);
    expect(here.getModel().preview?.problem).toEqual({ device: "both", problem: "insecure" });
  });

  test("in a call uses what the call has open, heard even when muted", async () => {
    const audio = new FakeTrack("audio");
    audio.enabled = false;
    tracks = { ...tracks, audio: audio as unknown as MediaStreamTrack };
    const here = directory();
    here.openPreview();
    level = 0.7;
    await scheduler.elapse(200);
    expect(devices.asked).toEqual(["video"]);
    expect(here.getModel().preview?.level).toBe(0.7);
    here.closePreview();
    expect(audio.readyState).toBe("live");
    expect(audio.enabled).toBe(false);
  });
});
