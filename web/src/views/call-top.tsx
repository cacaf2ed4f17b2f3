import type { CallModel } from "../call/model";
import { CallTime } from "./call-time";
import { Icon } from "./icons";
import { Quality } from "./quality";

export interface CallTopProps {
  model: CallModel;
  /** Answered: there is somebody to tell about. */
  connected: boolean;
}

/** What is told over the picture: who it is, how long, how well, and what is out of the ordinary. */
export function CallTop({ model, connected }: CallTopProps) {
  const { phase, peer, local, remote, quality, speaking } = model;
  return (
    <div className="call-top">
      {connected && (
        <p className="call-title">
          <span className={`voice-bars ${speaking.remote && remote.audio ? "on" : ""}`} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className="call-title-name">{peer?.name}</span>
          {!remote.audio && (
            <span className="call-title-muted">
              <Icon name="micOff" size={16} />
              Muted
            </span>
          )}
          {model.answeredAt !== null && <CallTime since={model.answeredAt} />}
          {quality && phase === "in_call" && <Quality quality={quality} />}
        </p>
      )}
      {phase === "reconnecting" && (
        <p className="call-banner">
          <span className="spinner" />
          Reconnecting…
        </p>
      )}
      {local.screen && <p className="call-banner accent">You are sharing your screen</p>}
      {phase === "in_call" && quality?.audioOnly && (
        <p className="call-banner">
          <Icon name="warning" size={20} />
          Weak connection: sound only
        </p>
      )}
      {phase === "in_call" && quality?.frozen && !quality.audioOnly && (
        <p className="call-banner">
          <Icon name="warning" size={20} />
          Weak connection: frozen
        </p>
      )}
    </div>
  );
}
