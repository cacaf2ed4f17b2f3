import { useEffect, useRef, useState } from "react";
import type { CallActions, CallModel, Peer } from "../call/model";
import { Avatar } from "./avatar";
import { CallControls } from "./call-controls";
import { CallTime } from "./call-time";
import { Icon } from "./icons";
import { MediaVideo, play } from "./media-element";
import { MediaProblemCard } from "./media-problem-card";
import { useFit } from "./use-fit";
import { useIdle } from "./use-idle";
import { useShortcuts } from "./use-shortcuts";

export interface CallScreenProps {
  model: CallModel;
  actions: CallActions;
  me: Peer;
  canShareScreen: boolean;
}

/**
 * A call from our side's first ring to its end: everything but an incoming ring and the words after the end.
 *
 * The two `<video>` elements stay the same from beginning to end and only change their place: what has been attached while it rang shows
 * without a pause when the call is answered.
 */
export function CallScreen({ model, actions, me, canShareScreen }: CallScreenProps) {
  const { phase, local, remote } = model;
  const root = useRef<HTMLElement>(null);
  const remoteVideo = useRef<HTMLVideoElement>(null);
  const swallowClick = useRef(false);
  const fit = useFit(remoteVideo);
  const [soundBlocked, setSoundBlocked] = useState(false);
  const [closedProblem, setClosedProblem] = useState<CallModel["local"]["problem"]>(null);

  const peer = model.peer ?? { userId: "", name: "" };
  const calling = phase === "inviting" || phase === "ringing_out";
  const connected = phase === "in_call" || phase === "reconnecting";
  const seen = connected && remote.video;
  const problem = local.problem === closedProblem ? null : local.problem;
  const idle = useIdle(
    phase === "in_call" && (seen || remote.screen !== null) && !problem && !soundBlocked,
    root,
  );
  const layout = calling ? "calling" : connected && remote.screen ? "screen" : "talk";

  useShortcuts({
    m: () => actions.setMicrophone(!local.audio),
    v: () => actions.setCamera(!local.video),
    ...(canShareScreen && connected ? { s: () => actions.setScreen(!local.screen) } : {}),
  });

  useEffect(() => root.current?.focus(), []);

  return (
    <main
      ref={root}
      className={`call-screen ${layout}${idle ? " idle" : ""}`}
      tabIndex={-1}
      aria-label={`Call with ${peer.name}`}
      // The touch that brings hidden controls back must not press the one that happens to be under the finger.
      onPointerDownCapture={(event) => {
        swallowClick.current = idle && event.pointerType === "touch";
      }}
      onClickCapture={(event) => {
        if (!swallowClick.current) return;
        swallowClick.current = false;
        event.stopPropagation();
        event.preventDefault();
      }}
    >
      <h1 className="visually-hidden">Call with {peer.name}</h1>

      <MediaVideo
        ref={remoteVideo}
        data-testid="remote-video"
        className={`remote ${seen ? "" : "unseen"} ${phase === "reconnecting" ? "stale" : ""}`}
        style={{ objectFit: layout === "screen" ? "cover" : fit }}
        aria-label={`${peer.name}’s camera`}
        stream={remote.stream}
        onBlocked={setSoundBlocked}
      />
      {connected && remote.screen && (
        <MediaVideo
          data-testid="remote-screen"
          className="remote-screen"
          aria-label={`${peer.name}’s screen`}
          stream={remote.screen}
        />
      )}

      {!seen && layout !== "screen" && (
        <div className="call-person">
          <div className={calling ? "pulse" : ""}>
            <Avatar name={peer.name} id={peer.userId} size={calling ? "l" : "xl"} />
          </div>
          <p className="call-name">{peer.name}</p>
          <p className="call-state">{personState(model)}</p>
        </div>
      )}

      <div className="local">
        <MediaVideo
          data-testid="local-video"
          className={local.stream && local.video ? "" : "unseen"}
          aria-label="Your camera"
          stream={local.stream}
          muted
        />
        {!(local.stream && local.video) && !calling && (
          <span className="local-off">
            <Avatar name={me.name} id={me.userId} size="m" />
          </span>
        )}
        {!local.audio && (
          <span className="local-badge">
            <Icon name="micOff" size={16} />
          </span>
        )}
      </div>

      <div className="call-top">
        {connected && (
          <p className="call-title">
            <span className="call-title-name">{peer.name}</span>
            {!remote.audio && (
              <span className="call-title-muted">
                <Icon name="micOff" size={16} />
                Muted
              </span>
            )}
            {model.answeredAt !== null && <CallTime since={model.answeredAt} />}
          </p>
        )}
        {phase === "reconnecting" && (
          <p className="call-banner">
            <span className="spinner" />
            Reconnecting…
          </p>
        )}
        {local.screen && <p className="call-banner accent">You are sharing your screen</p>}
      </div>

      <p className="visually-hidden" role="status">
        {ownState(local)}
      </p>

      <div className="call-bottom">
        {soundBlocked && (
          <button
            type="button"
            className="button primary large"
            onClick={() => {
              if (remoteVideo.current) play(remoteVideo.current, setSoundBlocked);
            }}
          >
            <Icon name="speaker" />
            Tap to hear {peer.name}
          </button>
        )}
        {problem && (
          <MediaProblemCard
            problem={problem}
            onRetry={() => actions.retryMedia()}
            onClose={() => setClosedProblem(problem)}
          />
        )}
        <CallControls local={local} canShareScreen={canShareScreen} connected={connected} actions={actions} />
      </div>
    </main>
  );
}

/** The line under the other person's name while there is no picture of them. */
function personState({ phase, remote }: CallModel): string {
  switch (phase) {
    case "inviting":
      return "Calling…";
    case "ringing_out":
      return "Ringing…";
    case "connecting":
      return "Connecting…";
    default:
      return remote.video ? "" : "Camera off";
  }
}

/** For whoever does not see the own small picture; also after a shortcut, when no button says its new name. */
function ownState({ audio, video, screen }: CallModel["local"]): string {
  const parts = [
    audio ? "" : "You are muted.",
    video ? "" : "Your camera is off.",
    screen ? "You are sharing your screen." : "",
  ];
  return parts.filter(Boolean).join(" ");
}
