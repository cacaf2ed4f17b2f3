import { useId } from "react";
import type { DeviceController, DeviceKind, DeviceOption, DevicesModel } from "../call/model";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { LevelMeter } from "./level-meter";
import { MediaVideo } from "./media-element";
import { mediaMessage } from "./texts";

export interface DeviceDialogProps {
  model: DevicesModel;
  onChoose: DeviceController["choose"];
  /** Plays something through the chosen speaker. Only offered where it can be chosen. */
  onTestSpeaker(): void;
  onClose(): void;
}

/** Camera, microphone and speaker, with a look at what they give. */
export function DeviceDialog({ model, onChoose, onTestSpeaker, onClose }: DeviceDialogProps) {
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
      <Select kind="camera" label="Camera" options={model.cameras} chosen={chosen} onChoose={onChoose} />
      <div className="devices-sound">
        <Select
          kind="microphone"
          label="Microphone"
          options={model.microphones}
          chosen={chosen}
          onChoose={onChoose}
        />
        <LevelMeter level={preview?.level ?? 0} label="Microphone level" />
        <p className="hint">Say something: the bar moves when you can be heard.</p>
      </div>
      {model.canChooseSpeaker && (
        <div className="devices-sound">
          <Select
            kind="speaker"
            label="Speaker"
            options={model.speakers}
            chosen={chosen}
            onChoose={onChoose}
          />
          <button type="button" className="button small devices-test" onClick={onTestSpeaker}>
            <Icon name="speaker" size={20} />
            Play a test sound
          </button>
        </div>
      )}
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

interface SelectProps {
  kind: DeviceKind;
  label: string;
  options: readonly DeviceOption[];
  chosen: DevicesModel["chosen"];
  onChoose: DeviceController["choose"];
}

function Select({ kind, label, options, chosen, onChoose }: SelectProps) {
  const id = useId();
  const choice = chosen[kind];
  const away = choice !== null && !options.some((option) => option.id === choice);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="input"
        value={choice ?? ""}
        onChange={(event) => onChoose(kind, event.target.value || null)}
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
