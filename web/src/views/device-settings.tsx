import { useEffect, useRef, useSyncExternalStore } from "react";
import type { DeviceController } from "../call/model";
import { playTestSound } from "../sounds/test-sound";
import { DeviceDialog } from "./device-dialog";

/** The device picker at work: camera and microphone are open for the preview while it is. */
export function DeviceSettings({ devices, onClose }: { devices: DeviceController; onClose(): void }) {
  const model = useSyncExternalStore(devices.subscribe, devices.getModel);
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => {
    devices.openPreview();
    return () => {
      devices.closePreview();
      stop.current?.();
    };
  }, [devices]);
  return (
    <DeviceDialog
      model={model}
      onChoose={devices.choose}
      onTest={(use) => {
        stop.current?.();
        stop.current = playTestSound(model.chosen[use]);
      }}
      onClose={onClose}
    />
  );
}
