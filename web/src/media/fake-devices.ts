import { FakeStream, FakeTrack } from "../peer/fake-media";
import type { Scheduler } from "../signaling/scheduler";
import type { Devices } from "./constraints";

type Kind = "audio" | "video";

/** Camera, microphone and screen for tests. */
export class FakeDevices {
  /** ms that opening takes, when it is asked for alone or with something faster. */
  delay = 50;
  /** For a camera that takes longer. */
  cameraDelay = 0;
  /** What each kind is refused with: the name of a DOMException. */
  readonly refusals: Partial<Record<Kind | "screen", string>> = {};
  readonly tracks: FakeTrack[] = [];
  /** Whether the shared screen comes with what it plays. */
  screenSound = false;
  /** What is plugged in, as `enumerateDevices` tells it. */
  list: Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[] = [];
  readonly constraints: { audio: unknown; video: unknown }[] = [];
  readonly asked: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** What the system's default device of that kind is called. */
  labelOf(kind: Kind): string {
    const wanted = kind === "audio" ? "audioinput" : "videoinput";
    return this.list.find(({ kind: each }) => each === wanted)?.label ?? "";
  }

  /** Tracks that have not been stopped. */
  get live(): FakeTrack[] {
    return this.tracks.filter(({ readyState }) => readyState === "live");
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** As `navigator.mediaDevices`. */
  get asDevices(): Devices {
    return this as unknown as Devices;
  }

  /** A device was plugged in or out. */
  change(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  addEventListener(_type: string, listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: string, listener: () => void): void {
    this.#listeners.delete(listener);
  }

  async enumerateDevices(): Promise<Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[]> {
    return this.list;
  }

  getUserMedia({ audio, video }: { audio: unknown; video: unknown }): Promise<FakeStream> {
    this.constraints.push({ audio, video });
    const kinds: Kind[] = [...(audio ? (["audio"] as const) : []), ...(video ? (["video"] as const) : [])];
    this.asked.push(kinds.join("+"));
    return this.#open(kinds, kinds);
  }

  getDisplayMedia(): Promise<FakeStream> {
    this.asked.push("screen");
    return this.#open(["screen"], this.screenSound ? ["video", "audio"] : ["video"]);
  }

  #open(names: (Kind | "screen")[], kinds: Kind[]): Promise<FakeStream> {
    return new Promise((resolve, reject) => {
      this.#scheduler.setTimeout(
        () => {
          const refusal = names.map((name) => this.refusals[name]).find((name) => name !== undefined);
          if (refusal !== undefined) {
            reject(new DOMException(refusal, refusal));
            return;
          }
          const tracks = kinds.map((kind) => new FakeTrack(kind, this.labelOf(kind)));
          this.tracks.push(...tracks);
          resolve(new FakeStream(tracks));
        },
        Math.max(this.delay, names.includes("video") ? this.cameraDelay : 0),
      );
    });
  }
}
