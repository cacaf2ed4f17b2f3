import { useId } from "react";
import type { DeviceController, DeviceOption, DevicesModel, DeviceUse } from "../call/model";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { LevelMeter } from "./level-meter";
import { MediaVideo } from "./media-element";
import { mediaMessage } from "./texts";

export interface DeviceDialogProps {
  model: DevicesModel;
  onChoose: DeviceController["choose"];
  /** Plays something through a chosen speaker. Only offered where it can be chosen. */
  onTest(use: "speaker" | "ringer"): void;
  onClose(): void;
}

/** Camera, microphone and speaker, with a look at what they give. */
export function DeviceDialog({ model, onChoose, onTest, onClose }: DeviceDialogProps) {
  const { preview, chosen } = model;
  const problem = preview?.problem ?? null;
  return (
    <Dialog title="Camera and sound" className="devices" onDismiss={onClose}>
      <div className="devices-preview">
        {preview?.stream ? (
          <MediaVideo
            data-testid="device-preview"
            aria-label="Preview of your camera"
            stream={preview.stream}
            muted
          />
        ) : (
          <span className="devices-dark">
            <Icon name="cameraOff" size={32} />
            No picture
          </span>
        )}
      </div>
      {problem && (
        <p className="field-error" role="alert">
          {mediaMessage(problem).title}. {mediaMessage(problem).detail}
        </p>
      )}
      <Select use="camera" label="Camera" options={model.cameras} chosen={chosen} onChoose={onChoose} />
      <div className="devices-sound">
        <Select
          use="microphone"
          label="Microphone"
          options={model.microphones}
          chosen={chosen}
          onChoose={onChoose}
        />
        <LevelMeter level={preview?.level ?? 0} label="Microphone level" />
        <p className="hint">Say something: the bar moves when you can be heard.</p>
      </div>
      {model.canChooseSpeaker && (
        <>
          <Speaker use="speaker" label="Speaker" model={model} onChoose={onChoose} onTest={onTest} />
          <Speaker use="ringer" label="Ring on" model={model} onChoose={onChoose} onTest={onTest} />
        </>
      )}
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

interface SpeakerProps extends Pick<DeviceDialogProps, "model" | "onChoose" | "onTest"> {
  use: "speaker" | "ringer";
  label: string;
}

/** A speaker, with a button that lets it be heard. */
function Speaker({ use, label, model, onChoose, onTest }: SpeakerProps) {
  return (
    <div className="devices-speaker">
      <Select use={use} label={label} options={model.speakers} chosen={model.chosen} onChoose={onChoose} />
      <button
        type="button"
        className="icon-button"
        aria-label={use === "ringer" ? "Play a test sound where calls ring" : "Play a test sound"}
        title="Play a test sound"
        onClick={() => onTest(use)}
      >
        <Icon name="speaker" />
      </button>
    </div>
  );
}

interface SelectProps {
  use: DeviceUse;
  label: string;
  options: readonly DeviceOption[];
  chosen: DevicesModel["chosen"];
  onChoose: DeviceController["choose"];
}

function Select({ use, label, options, chosen, onChoose }: SelectProps) {
  const id = useId();
  const choice = chosen[use];
  const away = choice !== null && !options.some((option) => option.id === choice);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="input"
        value={choice ?? ""}
        onChange={(event) => onChoose(use, event.target.value || null)}
      >
        <option value="">System default</option>
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
        {away && <option value={choice}>Your choice, not connected</option>}
      </select>
    </div>
  );
}
