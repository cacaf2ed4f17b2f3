/** What is asked of camera and microphone. */
import type { DeviceKind } from "../call/model";

/** The part of `navigator.mediaDevices` that is used. */
export type Devices = Pick<
  MediaDevices,
  "getUserMedia" | "getDisplayMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
>;

/** Which of each kind is preferred, by device id; null is the system's default. */
export type Chosen = Readonly<Record<DeviceKind, string | null>>;

export type InputKind = Exclude<DeviceKind, "speaker">;

const AUDIO: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
/** What a call needs and every camera has; more only costs bandwidth and battery. */
const VIDEO: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

export function constraintsFor(kinds: readonly InputKind[], chosen: Chosen): MediaStreamConstraints {
  return {
    audio: kinds.includes("microphone") && { ...AUDIO, ...preferring(chosen.microphone) },
    video:
      kinds.includes("camera") &&
      (chosen.camera === null
        ? { ...VIDEO, facingMode: "user" }
        : { ...VIDEO, ...preferring(chosen.camera) }),
  };
}

/** `ideal`: when that device is not there, another one is better than none. */
function preferring(id: string | null): MediaTrackConstraints {
  return id === null ? {} : { deviceId: { ideal: id } };
}
