import type { CallActions, CallModel } from "../call/model";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { MediaVideo } from "./media-element";
import { mediaMessage } from "./texts";

export interface IncomingCallProps {
  model: CallModel;
  actions: Pick<CallActions, "accept" | "decline" | "preview">;
}

/** Somebody rings. Stays until it is answered or stops: no stray key or click may decline. */
export function IncomingCall({ model, actions }: IncomingCallProps) {
  const peer = model.peer ?? { userId: "", name: "Somebody" };
  const { stream, problem } = model.local;
  return (
    <Dialog
      title="Incoming call"
      className="incoming"
      unasked
      lead={
        <div className="pulse">
          <Avatar name={peer.name} id={peer.userId} size="xl" />
        </div>
      }
    >
      <p className="incoming-name">{peer.name}</p>
      <p className="muted">{model.video ? "wants to talk with video" : "wants to talk"}</p>
      {stream && (
        <MediaVideo
          data-testid="local-video"
          className="incoming-preview"
          aria-label="Your camera"
          stream={stream}
          muted
        />
      )}
      {problem && (
        <p className="incoming-problem" role="alert">
          {mediaMessage(problem).title} {mediaMessage(problem).detail}
        </p>
      )}
      <div className="incoming-actions">
        <button type="button" className="answer decline" onClick={() => actions.decline()}>
          <span className="answer-face">
            <Icon name="phoneDown" size={30} />
          </span>
          Decline
        </button>
        <button
          type="button"
          className="answer accept"
          onClick={() => actions.accept({ video: model.video })}
        >
          <span className="answer-face">
            <Icon name={model.video ? "camera" : "phone"} size={30} />
          </span>
          Accept
        </button>
      </div>
      {model.video && (
        <div className="incoming-options">
          <button type="button" className="button ghost" onClick={() => actions.preview(!stream)}>
            {stream ? "Close preview" : "Preview camera"}
          </button>
          <button type="button" className="button ghost" onClick={() => actions.accept({ video: false })}>
            Answer without video
          </button>
        </div>
      )}
    </Dialog>
  );
}
