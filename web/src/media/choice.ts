/** Which devices the person has chosen, remembered on this machine (`localStorage`). */
import type { DeviceUse } from "../call/model";
import type { Chosen } from "./constraints";

export type ChoiceStorage = Pick<Storage, "getItem" | "setItem">;

const KEY = "videochat.devices";
export const NO_CHOICE: Chosen = { camera: null, microphone: null, speaker: null, ringer: null };

export function loadChoice(storage: ChoiceStorage): Chosen {
  const text = storage.getItem(KEY);
  if (text === null) return NO_CHOICE;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return NO_CHOICE;
    const of = (use: DeviceUse) => {
      const id = (value as Partial<Record<DeviceUse, unknown>>)[use];
      return typeof id === "string" && id !== "" ? id : null;
    };
    return {
      camera: of("camera"),
      microphone: of("microphone"),
      speaker: of("speaker"),
      ringer: of("ringer"),
    };
  } catch {
    // Written by another version, or by hand.
    return NO_CHOICE;
  }
}

export function saveChoice(storage: ChoiceStorage, chosen: Chosen): void {
  storage.setItem(KEY, JSON.stringify(chosen));
}
