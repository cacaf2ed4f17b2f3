import { type MouseEvent, useState } from "react";
import { Icon } from "./icons";

export interface MutedHintProps {
  /** We speak, and the microphone is off. */
  speaking: boolean;
  /** Whether the microphone is on. */
  audio: boolean;
  onUnmute(): void;
}

/**
 * Tells somebody who speaks that nobody hears it. Whoever closes it has meant it so: it does not come back before the microphone has been
 * on again. The text for screen readers stands where they have looked before, so that they notice it change.
 */
export function MutedHint({ speaking, audio, onUnmute }: MutedHintProps) {
  const [closed, setClosed] = useState(false);
  if (audio && closed) setClosed(false);
  const close = ({ currentTarget }: MouseEvent<HTMLElement>) => {
    // The button goes away: the focus stays in the call.
    currentTarget.closest<HTMLElement>("main")?.focus();
    setClosed(true);
  };
  const shown = speaking && !audio && !closed;
  return (
    <>
      <p className="visually-hidden" role="status">
        {shown ? "You are speaking, but your microphone is off." : ""}
      </p>
      {shown && (
        <div className="toast muted-hint">
          <Icon name="micOff" size={20} />
          <span>Your microphone is off</span>
          <button
            type="button"
            className="button small"
            onClick={(event) => {
              close(event);
              onUnmute();
            }}
          >
            Turn it on
          </button>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={close}>
            <Icon name="close" size={20} />
          </button>
        </div>
      )}
    </>
  );
}
