/**
 * Camera, microphone and screen of this device: opens what is wanted, lives with what cannot be had, and lets go of everything
 * reliably. Sound is muted by switching the track off; a camera that is off is released, so that its light goes out.
 */
import type { LocalMedia, MediaProblem } from "../call/model";
import { type Chosen, type Devices, type InputKind, openInputs } from "./constraints";
import { classify, summarize } from "./problems";

export interface LocalMediaDeps {
  /** Absent where the page is not in a secure context. */
  devices: Devices | undefined;
  createMediaStream: (tracks: MediaStreamTrack[]) => MediaStream;
  /** Whether camera and microphone are opened without a question to the person. */
  granted: () => boolean;
  /** Which devices the person prefers. */
  chosen: () => Chosen;
  /** Told when a device went away, and what is used instead. */
  lost: (device: InputKind, label: string, now: string | null) => void;
  /** Told after every change of {@link LocalMediaSource.model} or {@link LocalMediaSource.tracks}. */
  changed: () => void;
  report: (problem: string, error?: unknown) => void;
}

export interface LocalTracks {
  audio: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
  /** What the shared screen plays, where the browser can capture that and the person allows it. */
  screenSound: MediaStreamTrack | null;
}

type Device = InputKind;

/** Music and film are not speech: what cleans up a voice spoils them. */
const SCREEN_SOUND: MediaTrackConstraints = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};
const SCREEN: DisplayMediaStreamOptions = {
  video: { frameRate: { ideal: 15, max: 30 } },
  audio: SCREEN_SOUND,
};

export class LocalMediaSource {
  readonly #deps: LocalMediaDeps;
  #wanted: Record<Device, boolean> = { camera: false, microphone: false };
  #problems: Partial<Record<Device, MediaProblem["problem"]>> = {};
  #tracks: LocalTracks = { audio: null, camera: null, screen: null, screenSound: null };
  #stream: MediaStream | null = null;
  /** What is being asked for right now, so that it is asked for once. */
  #asking: Record<Device, boolean> = { camera: false, microphone: false };
  /** What a session begins with and will be there in a moment: the person need not be asked for it. It counts as switched on. */
  #coming: Record<Device, boolean> = { camera: false, microphone: false };
  #askingScreen = false;
  /** Counts changes of the choice: what arrives for an earlier one is let go. */
  #changes: Record<Device, number> = { camera: 0, microphone: 0 };
  /** Counts sessions: what arrives for an earlier one is let go at once. */
  #session = 0;
  #open = false;

  constructor(deps: LocalMediaDeps) {
    this.#deps = deps;
  }

  get tracks(): LocalTracks {
    return this.#tracks;
  }

  /** What the person has switched on, whether it could be had or not. */
  get wanted(): { audio: boolean; video: boolean } {
    return { audio: this.#wanted.microphone, video: this.#wanted.camera };
  }

  get model(): LocalMedia {
    const { audio, camera, screen } = this.#tracks;
    return {
      stream: this.#stream,
      audio: this.#wanted.microphone && (audio !== null || this.#coming.microphone),
      video: camera !== null || (this.#wanted.camera && this.#coming.camera),
      screen: screen !== null,
      problem: summarize(this.#problems),
    };
  }

  /** Starts a session, or goes on with it: asks for what is wanted, lets go of a camera that is not. Returns at once. */
  open(wanted: { audio: boolean; video: boolean }): void {
    if (!this.#open) {
      this.#open = true;
      this.#session += 1;
      this.#deps.devices?.addEventListener("devicechange", this.#devicesChanged);
    }
    this.#wanted = { microphone: wanted.audio, camera: wanted.video };
    if (!wanted.video && (this.#tracks.camera || this.#problems.camera)) this.setCamera(false);
    const missing = this.#missing();
    if (this.#deps.granted()) for (const device of missing) this.#coming[device] = true;
    this.#ask(missing);
    this.#deps.changed();
  }

  /** Ends the session: every track is stopped, also those that are still on their way. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#session += 1;
    this.#deps.devices?.removeEventListener("devicechange", this.#devicesChanged);
    this.#wanted = { camera: false, microphone: false };
    this.#asking = { camera: false, microphone: false };
    this.#coming = { camera: false, microphone: false };
    this.#askingScreen = false;
    this.#problems = {};
    for (const track of Object.values(this.#tracks)) release(track);
    this.#set({ audio: null, camera: null, screen: null, screenSound: null });
  }

  setMicrophone(on: boolean): void {
    if (!this.#open) return;
    this.#wanted.microphone = on;
    if (this.#tracks.audio) this.#tracks.audio.enabled = on;
    else if (on) this.#ask(["microphone"]);
    this.#deps.changed();
  }

  setCamera(on: boolean): void {
    if (!this.#open) return;
    this.#wanted.camera = on;
    if (on) {
      if (!this.#tracks.camera) this.#ask(["camera"]);
      return;
    }
    delete this.#problems.camera;
    release(this.#tracks.camera);
    this.#set({ ...this.#tracks, camera: null });
  }

  setScreen(on: boolean): void {
    if (!this.#open) return;
    if (on) {
      this.#askScreen();
    } else if (this.#tracks.screen) {
      release(this.#tracks.screen);
      release(this.#tracks.screenSound);
      this.#set({ ...this.#tracks, screen: null, screenSound: null });
    }
  }

  /** The person has chosen another device: goes over to it, without a gap where the system can have two open. */
  async change(device: Device): Promise<void> {
    const source = this.#deps.devices;
    const current = device === "camera" ? this.#tracks.camera : this.#tracks.audio;
    if (!this.#open || !source || !(current || this.#wanted[device])) return;
    this.#changes[device] += 1;
    const change = this.#changes[device];
    const session = this.#session;
    const isLatest = () => session === this.#session && change === this.#changes[device];
    if (current) {
      try {
        const stream = await openInputs(source, [device], this.#deps.chosen());
        const old = device === "camera" ? this.#tracks.camera : this.#tracks.audio;
        const [track, ...others] = stream.getTracks();
        for (const other of others) release(other);
        if (!track) return;
        if (!isLatest() || !old) {
          release(track);
          return;
        }
        release(old);
        this.#adopt(track);
        return;
      } catch (error) {
        if (!isLatest()) return;
        // Some systems open one at a time.
        this.#deps.report("A second device could not be opened beside the first.", error);
        const old = device === "camera" ? this.#tracks.camera : this.#tracks.audio;
        release(old);
        this.#set(device === "camera" ? { ...this.#tracks, camera: null } : { ...this.#tracks, audio: null });
      }
    }
    if (this.#wanted[device]) await this.#ask([device]);
  }

  /** Asks again for what is wanted and missing. */
  retry(): void {
    if (this.#open) this.#ask(this.#missing());
  }

  // -- asking -------------------------------------------------------------------------------------------------------

  #missing(): Device[] {
    const missing: Device[] = [];
    if (this.#wanted.microphone && !this.#tracks.audio) missing.push("microphone");
    if (this.#wanted.camera && !this.#tracks.camera) missing.push("camera");
    return missing;
  }

  /**
   * Asks for both at once, for one question to the person; when that fails for each alone, so that one does not cost the other. Without a
   * question for each alone as well, the microphone first: it is open at once, and the first words need not wait for a camera.
   */
  async #ask(devices: Device[]): Promise<void> {
    const open = devices.filter((device) => !this.#asking[device]);
    if (open.length === 0) return;
    const source = this.#deps.devices;
    if (!source) {
      for (const device of open) {
        this.#problems[device] = "insecure";
        this.#coming[device] = false;
      }
      this.#deps.changed();
      return;
    }
    const session = this.#session;
    for (const device of open) this.#asking[device] = true;
    const apart = open.length > 1 && this.#deps.granted();
    const failures = apart ? [] : await this.#request(source, open, session);
    if (apart || (open.length > 1 && failures.length > 0)) {
      await Promise.all(
        open.map(async (device) =>
          this.#note(session, [device], await this.#request(source, [device], session)),
        ),
      );
    } else {
      this.#note(session, open, failures);
    }
  }

  /** Takes the tracks; the errors when there are none. */
  async #request(source: Devices, devices: Device[], session: number): Promise<unknown[]> {
    try {
      const stream = await openInputs(source, devices, this.#deps.chosen());
      this.#take(stream.getTracks(), session);
      return [];
    } catch (error) {
      return [error];
    }
  }

  #note(session: number, devices: Device[], failures: unknown[]): void {
    if (session !== this.#session) return;
    for (const device of devices) {
      this.#asking[device] = false;
      this.#coming[device] = false;
      const [error] = failures;
      if (error === undefined) delete this.#problems[device];
      else if (this.#wanted[device]) this.#problems[device] = classify(error);
    }
    this.#deps.changed();
  }

  #take(tracks: MediaStreamTrack[], session: number): void {
    for (const track of tracks) {
      const isAudio = track.kind === "audio";
      const superfluous = isAudio ? this.#tracks.audio : this.#tracks.camera || !this.#wanted.camera;
      if (session !== this.#session || superfluous) {
        release(track);
        continue;
      }
      this.#adopt(track);
    }
  }

  #adopt(track: MediaStreamTrack): void {
    track.onended = () => void this.#lost(track);
    if (track.kind === "audio") {
      track.enabled = this.#wanted.microphone;
      this.#set({ ...this.#tracks, audio: track });
    } else {
      track.contentHint = "motion";
      this.#set({ ...this.#tracks, camera: track });
    }
  }

  async #askScreen(): Promise<void> {
    const source = this.#deps.devices;
    if (!source || this.#askingScreen || this.#tracks.screen) return;
    const session = this.#session;
    this.#askingScreen = true;
    try {
      const stream = await source.getDisplayMedia(SCREEN);
      const [track, ...others] = stream.getVideoTracks();
      const [sound, ...otherSounds] = stream.getAudioTracks();
      for (const other of [...others, ...otherSounds]) release(other);
      if (!track || session !== this.#session) {
        release(track ?? null);
        release(sound ?? null);
        return;
      }
      if (sound) sound.contentHint = "music";
      track.contentHint = "detail";
      // The browser's own "Stop sharing" ends the track.
      track.onended = () => this.setScreen(false);
      this.#set({ ...this.#tracks, screen: track, screenSound: sound ?? null });
    } catch (error) {
      // The person has changed their mind in the browser's picker: nothing to mend. Anything else is for the console.
      if (classify(error) !== "denied") this.#deps.report("The screen could not be captured.", error);
    } finally {
      if (session === this.#session) this.#askingScreen = false;
    }
  }

  // -- devices that come and go -------------------------------------------------------------------------------------

  /** Unplugged, or taken back by the system or the person. */
  async #lost(track: MediaStreamTrack): Promise<void> {
    release(track);
    const device =
      track === this.#tracks.audio ? "microphone" : track === this.#tracks.camera ? "camera" : null;
    if (!device) return;
    const session = this.#session;
    this.#problems[device] = "missing";
    this.#set(device === "camera" ? { ...this.#tracks, camera: null } : { ...this.#tracks, audio: null });
    // Another device may be there to take over; when not, the next `devicechange` tries again.
    await this.#ask(this.#missing());
    if (session !== this.#session) return;
    const { audio, camera } = this.#tracks;
    this.#deps.lost(device, track.label, (device === "camera" ? camera : audio)?.label ?? null);
  }

  readonly #devicesChanged = (): void => {
    const missing = this.#missing().filter((device) => this.#problems[device] !== "denied");
    this.#ask(missing);
  };

  #set(tracks: LocalTracks): void {
    if (tracks.camera !== this.#tracks.camera)
      this.#stream = tracks.camera ? this.#deps.createMediaStream([tracks.camera]) : null;
    this.#tracks = tracks;
    this.#deps.changed();
  }
}

function release(track: MediaStreamTrack | null): void {
  if (!track) return;
  track.onended = null;
  track.stop();
}
