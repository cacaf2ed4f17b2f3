/**
 * The devices of this machine for the device picker: a list, the person's choice, a look through the chosen ones, and what went away.
 * Listens to the browser only while somebody listens to it.
 */
import type { DeviceController, DeviceKind, DeviceOption, DevicesModel, DeviceUse } from "../call/model";
import { type Scheduler, Timer } from "../signaling/scheduler";
import { type ChoiceStorage, loadChoice, saveChoice } from "./choice";
import { type Chosen, type Devices, type InputKind, openInputs } from "./constraints";
import type { LevelMeter, Levels } from "./level";
import type { LocalTracks } from "./local";
import { classify, type Problems, summarize } from "./problems";

/** The media of the call, as far as the picker has to do with them. */
export interface CallMedia {
  readonly tracks: LocalTracks;
  /** Goes over to the chosen device. Settles when that has happened, or cannot. */
  change(kind: InputKind): Promise<void>;
}

export interface DirectoryDeps {
  /** Absent where the page is not in a secure context. */
  devices: Devices | undefined;
  storage: ChoiceStorage;
  scheduler: Scheduler;
  /** Null where the browser cannot measure sound. */
  levels: Levels | null;
  /** Whether the page may choose where sound comes out (`HTMLMediaElement.setSinkId`). */
  canChooseSpeaker: boolean;
  createMediaStream: (tracks: MediaStreamTrack[]) => MediaStream;
  call: () => CallMedia;
  report: (problem: string, error?: unknown) => void;
}

/** ms between readings of the level meter: as fast as eyes follow a bar. */
const LEVEL_INTERVAL = 80;
const KINDS: Readonly<Record<MediaDeviceKind, { kind: DeviceKind; name: string }>> = {
  videoinput: { kind: "camera", name: "Camera" },
  audioinput: { kind: "microphone", name: "Microphone" },
  audiooutput: { kind: "speaker", name: "Speaker" },
};
/** Names that stand for the system's choice; that is what null says here. */
const ALIASES: ReadonlySet<string> = new Set(["", "default", "communications"]);
const INPUTS = ["camera", "microphone"] as const;

export class DeviceDirectory implements DeviceController {
  readonly #deps: DirectoryDeps;
  readonly #listeners = new Set<() => void>();
  readonly #levelTimer: Timer;
  #model: DevicesModel;
  #previews: Record<InputKind, MediaStreamTrack | null> = { camera: null, microphone: null };
  #meter: LevelMeter | null = null;
  #problems: Problems = {};
  /** Counts previews and changes in them: what arrives for an earlier one is let go. */
  #turn: Record<InputKind, number> = { camera: 0, microphone: 0 };

  constructor(deps: DirectoryDeps) {
    this.#deps = deps;
    this.#levelTimer = new Timer(deps.scheduler);
    this.#model = {
      cameras: [],
      microphones: [],
      speakers: [],
      chosen: loadChoice(deps.storage),
      canChooseSpeaker: deps.canChooseSpeaker,
      preview: null,
      lost: null,
    };
  }

  get chosen(): Chosen {
    return this.#model.chosen;
  }

  // Bound: views hand them around.
  readonly getModel = (): DevicesModel => this.#model;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) {
      this.#deps.devices?.addEventListener("devicechange", this.#changed);
      this.#changed();
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#deps.devices?.removeEventListener("devicechange", this.#changed);
    };
  };

  readonly choose = (use: DeviceUse, id: string | null): void => {
    if (this.#model.chosen[use] === id) return;
    const chosen = { ...this.#model.chosen, [use]: id };
    saveChoice(this.#deps.storage, chosen);
    this.#set({ chosen });
    if (use === "speaker" || use === "ringer") return;
    const kind = use;
    const turn = this.#turn[kind];
    void this.#deps
      .call()
      .change(kind)
      .then(() => {
        if (this.#model.preview && turn === this.#turn[kind]) void this.#look([kind]);
      });
  };

  readonly openPreview = (): void => {
    if (this.#model.preview) return;
    this.#problems = {};
    this.#set({ preview: { stream: null, level: 0, problem: null } });
    void this.#look([...INPUTS]);
    if (this.#deps.levels) this.#measureLater();
  };

  readonly closePreview = (): void => {
    if (!this.#model.preview) return;
    for (const kind of INPUTS) {
      this.#turn[kind] += 1;
      this.#previews[kind]?.stop();
      this.#previews[kind] = null;
    }
    this.#levelTimer.clear();
    this.#measure(null);
    this.#set({ preview: null });
  };

  /** A device went away in a call; `now` is what is used instead. */
  tellLost(kind: DeviceKind, label: string, now: string | null): void {
    this.#set({ lost: { device: kind, label: label || nameOf(kind), now } });
  }

  readonly dismissLost = (): void => {
    if (this.#model.lost) this.#set({ lost: null });
  };

  /** Reads the list again: labels are told only after the person has allowed camera or microphone. */
  refresh(): void {
    if (this.#listeners.size > 0 || this.#model.preview) this.#changed();
  }

  // -- the list -----------------------------------------------------------------------------------------------------

  readonly #changed = (): void => {
    const { devices, report } = this.#deps;
    devices?.enumerateDevices().then(
      (found) => this.#take(found),
      (error: unknown) => report("The devices could not be listed.", error),
    );
  };

  #take(found: readonly MediaDeviceInfo[]): void {
    const lists: Record<DeviceKind, DeviceOption[]> = { camera: [], microphone: [], speaker: [] };
    for (const { kind: browserKind, deviceId, label } of found) {
      if (ALIASES.has(deviceId)) continue;
      const { kind, name } = KINDS[browserKind];
      lists[kind].push({ id: deviceId, label: label || `${name} ${lists[kind].length + 1}` });
    }
    const { speakers: before, chosen, canChooseSpeaker } = this.#model;
    const speakers = canChooseSpeaker ? lists.speaker : [];
    const gone = before.find(({ id }) => id === chosen.speaker);
    this.#set({ cameras: lists.camera, microphones: lists.microphone, speakers });
    // Inputs say so themselves, by the end of their tracks.
    if (gone && !speakers.some(({ id }) => id === gone.id))
      this.tellLost("speaker", gone.label, "the system's default");
  }

  // -- the preview --------------------------------------------------------------------------------------------------

  async #look(kinds: readonly InputKind[]): Promise<void> {
    const turns = kinds.map((kind) => {
      this.#turn[kind] += 1;
      return [kind, this.#turn[kind]] as const;
    });
    const missing = turns.filter(([kind, turn]) => !this.#borrow(kind, turn));
    await this.#ask(missing);
    this.refresh();
  }

  /** A device that the call has open is not opened twice: some systems would take it from the call. */
  #borrow(kind: InputKind, turn: number): boolean {
    const { audio, camera } = this.#deps.call().tracks;
    const track = kind === "microphone" ? audio : camera;
    if (!track) return false;
    const copy = track.clone();
    copy.enabled = true;
    this.#show(kind, turn, copy);
    return true;
  }

  /** One question for both; when that fails for each alone, so that one does not cost the other. */
  async #ask(turns: readonly (readonly [InputKind, number])[]): Promise<void> {
    if (turns.length === 0) return;
    const { devices } = this.#deps;
    if (!devices) {
      this.#fail(turns, "insecure");
      return;
    }
    const kinds = turns.map(([kind]) => kind);
    try {
      const stream = await openInputs(devices, kinds, this.#model.chosen);
      for (const track of stream.getTracks()) {
        const kind = track.kind === "audio" ? "microphone" : "camera";
        const [, turn = -1] = turns.find(([asked]) => asked === kind) ?? [];
        this.#show(kind, turn, track);
      }
    } catch (error) {
      if (turns.length > 1) await Promise.all(turns.map((turn) => this.#ask([turn])));
      else this.#fail(turns, classify(error));
    }
  }

  #fail(turns: readonly (readonly [InputKind, number])[], problem: NonNullable<Problems["camera"]>): void {
    for (const [kind, turn] of turns) {
      if (turn !== this.#turn[kind]) continue;
      this.#problems[kind] = problem;
      this.#previews[kind]?.stop();
      this.#previews[kind] = null;
      this.#shown(kind);
    }
  }

  #show(kind: InputKind, turn: number, track: MediaStreamTrack): void {
    if (turn !== this.#turn[kind] || !this.#model.preview) {
      track.stop();
      return;
    }
    delete this.#problems[kind];
    this.#previews[kind]?.stop();
    this.#previews[kind] = track;
    this.#shown(kind);
  }

  #shown(kind: InputKind): void {
    const { preview } = this.#model;
    if (!preview) return;
    const { camera, microphone } = this.#previews;
    if (kind === "microphone") this.#measure(microphone);
    const stream = kind === "camera" ? camera && this.#deps.createMediaStream([camera]) : preview.stream;
    this.#set({ preview: { ...preview, stream, problem: summarize(this.#problems) } });
  }

  #measure(track: MediaStreamTrack | null): void {
    this.#meter?.stop();
    this.#meter = track && this.#deps.levels ? this.#deps.levels(track) : null;
  }

  #measureLater(): void {
    this.#levelTimer.set(LEVEL_INTERVAL, () => {
      const { preview } = this.#model;
      const level = this.#meter?.read() ?? 0;
      if (preview && preview.level !== level) this.#set({ preview: { ...preview, level } });
      this.#measureLater();
    });
  }

  #set(change: Partial<DevicesModel>): void {
    this.#model = { ...this.#model, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

function nameOf(kind: DeviceKind): string {
  return { camera: "The camera", microphone: "The microphone", speaker: "The speaker" }[kind];
}
