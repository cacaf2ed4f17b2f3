import type { CallActions, CallModel } from "../call/model";
import { Icon, type IconName } from "./icons";

interface ControlProps {
  /** The accessible name; `caption`, which is seen, is part of it. */
  label: string;
  caption: string;
  icon: IconName;
  kind?: "on" | "off" | "hang-up";
  shortcut?: string;
  onClick(): void;
}

function Control({ label, caption, icon, kind = "on", shortcut, onClick }: ControlProps) {
  return (
    <button
      type="button"
      className={`control ${kind}`}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut})` : label}
      onClick={onClick}
    >
      <span className="control-face">
        <Icon name={icon} size={26} />
      </span>
      <span className="control-caption">{caption}</span>
    </button>
  );
}

export interface CallControlsProps {
  local: CallModel["local"];
  /** Phones' browsers cannot share the screen. */
  canShareScreen: boolean;
  /** Sharing makes sense once there is somebody to see it. */
  connected: boolean;
  actions: Pick<CallActions, "setMicrophone" | "setCamera" | "setScreen" | "hangUp">;
}

/** The row of buttons of a call, ringing or under way. */
export function CallControls({ local, canShareScreen, connected, actions }: CallControlsProps) {
  return (
    <fieldset className="controls" aria-label="Call controls">
      <Control
        label={local.audio ? "Mute" : "Unmute"}
        caption={local.audio ? "Mute" : "Unmute"}
        icon={local.audio ? "mic" : "micOff"}
        kind={local.audio ? "on" : "off"}
        shortcut="M"
        onClick={() => actions.setMicrophone(!local.audio)}
      />
      <Control
        label={local.video ? "Turn camera off" : "Turn camera on"}
        caption="Camera"
        icon={local.video ? "camera" : "cameraOff"}
        kind={local.video ? "on" : "off"}
        shortcut="V"
        onClick={() => actions.setCamera(!local.video)}
      />
      {canShareScreen && connected && (
        <Control
          label={local.screen ? "Stop sharing" : "Share screen"}
          caption={local.screen ? "Stop" : "Share"}
          icon={local.screen ? "screenOff" : "screen"}
          kind={local.screen ? "off" : "on"}
          shortcut="S"
          onClick={() => actions.setScreen(!local.screen)}
        />
      )}
      <Control
        label="Hang up"
        caption="Hang up"
        icon="phoneDown"
        kind="hang-up"
        onClick={() => actions.hangUp()}
      />
    </fieldset>
  );
}
