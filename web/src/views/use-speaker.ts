import { type RefObject, useEffect, useSyncExternalStore } from "react";
import type { DeviceController, DevicesModel } from "../call/model";
import { setSpeaker } from "../sounds/speaker";

/** The chosen speaker while it is connected; else the empty string, which is the system's default. */
function speakerOf({ chosen, speakers }: DevicesModel): string {
  const { speaker } = chosen;
  return speaker !== null && speakers.some(({ id }) => id === speaker) ? speaker : "";
}

/** Plays `media` on the chosen speaker. */
export function useSpeaker(media: RefObject<HTMLMediaElement | null>, devices: DeviceController): void {
  const speaker = useSyncExternalStore(devices.subscribe, () => speakerOf(devices.getModel()));
  useEffect(() => {
    if (media.current) void setSpeaker(media.current, speaker);
  }, [media, speaker]);
}
