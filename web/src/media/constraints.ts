/** What is asked of camera and microphone. */
import type { DeviceKind, DeviceUse } from "../call/model";
import { classify } from "./problems";

/** The part of `navigator.mediaDevices` that is used. */
export type Devices = Pick<
  MediaDevices,
  "getUserMedia" | "getDisplayMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
>;

/** Which device is preferred for each use, by device id; null is the system's default. */
export type Chosen = Readonly<Record<DeviceUse, string | null>>;

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

/** `exact`: a device that is merely preferred loses against another one that fits size and rate better. */
function preferring(id: string | null): MediaTrackConstraints {
  return id === null ? {} : { deviceId: { exact: id } };
}

/**
 * Opens devices. When one that was chosen is not there, another one is better than none; of two that are asked for together it is not known
 * which is away, and whoever asks then asks for each alone.
 */
export async function openInputs(
  devices: Pick<Devices, "getUserMedia">,
  kinds: readonly InputKind[],
  chosen: Chosen,
): Promise<MediaStream> {
  try {
    return await devices.getUserMedia(constraintsFor(kinds, chosen));
  } catch (error) {
    const [kind, ...others] = kinds;
    if (!kind || others.length > 0 || chosen[kind] === null || classify(error) !== "missing") throw error;
    return devices.getUserMedia(constraintsFor(kinds, { ...chosen, [kind]: null }));
  }
}
