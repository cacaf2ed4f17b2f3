import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { CallActions, CallModel, DeviceController, Peer } from "../call/model";
import { Avatar } from "./avatar";
import { CallControls } from "./call-controls";
import { type CallTool, menuOf, type Offers, shortcutsOf } from "./call-offers";
import { CallTop } from "./call-top";
import { ChatPeek } from "./chat-peek";
import { Icon } from "./icons";
import { MediaVideo, play } from "./media-element";
import { MediaProblemCard } from "./media-problem-card";
import { MutedHint } from "./muted-hint";
import { lostMessage } from "./texts";
import { Toast } from "./toast";
import { useFit } from "./use-fit";
import { useFullScreen } from "./use-full-screen";
import { useIdle } from "./use-idle";
import { usePictureInPicture } from "./use-picture-in-picture";
import { useShortcuts } from "./use-shortcuts";
import { useSpeaker } from "./use-speaker";
import { useStoredSwitch } from "./use-stored-switch";
import { useTools } from "./use-tools";
import { useUnread } from "./use-unread";

export interface CallScreenProps {
  model: CallModel;
  actions: CallActions;
  devices: DeviceController;
  me: Peer;
  canShareScreen: boolean;
  /** The chat is open from the start. */
  withChat?: boolean;
}

/**
 * A call from the first ring to its end: everything but the question whether to take it and the words after the end. While that question
 * is asked it waits, hidden, for nothing to have to be made between the click and the picture.
 *
 * The two `<video>` elements stay the same from beginning to end and only change their place: what has been attached while it rang shows
 * without a pause when the call is answered.
 */
export function CallScreen({
  model,
  actions,
  devices,
  me,
  canShareScreen,
  withChat = false,
}: CallScreenProps) {
  const { phase, local, remote, chat, quality } = model;
  const root = useRef<HTMLElement>(null);
  const remoteVideo = useRef<HTMLVideoElement>(null);
  const remoteScreen = useRef<HTMLVideoElement>(null);
  const swallowClick = useRef(false);
  const fit = useFit(remoteVideo);
  const [soundBlocked, setSoundBlocked] = useState(false);
  const [closedProblem, setClosedProblem] = useState<CallModel["local"]["problem"]>(null);
  const [chatWanted, setChatWanted] = useState(withChat);
  const [draft, setDraft] = useState("");
  const [tool, setTool] = useState<CallTool | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [shortcutsOn, switchShortcuts] = useStoredSwitch("videochat.shortcuts");

  const peer = model.peer ?? { userId: "", name: "" };
  const waiting = phase === "ringing_in";
  const calling = phase === "inviting" || phase === "ringing_out";
  const connected = phase === "in_call" || phase === "reconnecting";
  const seen = connected && remote.video;
  const sharing = connected && remote.screen !== null;
  const problem = local.problem === closedProblem ? null : local.problem;

  const { tools, failed, retry } = useTools(true);
  const chatOpen = chatWanted && connected && tools !== null;
  const unread = useUnread(chat, chatOpen);
  const lost = useSyncExternalStore(devices.subscribe, () => devices.getModel().lost);
  const fullScreen = useFullScreen();
  const picture = useCallback(() => remoteScreen.current ?? remoteVideo.current, []);
  const pictureInPicture = usePictureInPicture(root, picture, seen || sharing);
  useSpeaker(remoteVideo, devices);

  const told =
    problem !== null ||
    soundBlocked ||
    lost !== null ||
    trouble !== null ||
    model.speaking.muted ||
    unread.length > 0;
  const idle = useIdle(phase === "in_call" && (seen || sharing) && !told && !chatOpen, root);
  const layout = calling ? "calling" : sharing ? "screen" : "talk";

  const attempt = (done: Promise<boolean>, what: string) =>
    void done.then((worked) => setTrouble(worked ? null : `${what} does not work here right now.`));
  const offers: Offers = {
    microphone: () => actions.setMicrophone(!local.audio),
    camera: () => actions.setCamera(!local.video),
    screen: canShareScreen && connected ? () => actions.setScreen(!local.screen) : null,
    chat: connected ? () => setChatWanted(!chatOpen) : null,
    fullScreen: fullScreen && {
      active: fullScreen.active,
      toggle: () => attempt(fullScreen.toggle(), "Full screen"),
    },
    pictureInPicture: pictureInPicture && {
      active: pictureInPicture.active,
      toggle: () => attempt(pictureInPicture.toggle(), "Picture in picture"),
    },
    verify: connected,
    open: setTool,
  };
  const shortcuts = shortcutsOf(offers);
  useShortcuts(Object.fromEntries(shortcuts.map(({ key, run }) => [key, run])), shortcutsOn && !waiting);

  const waited = useRef(waiting);
  useEffect(() => {
    if (waiting) return;
    root.current?.focus();
    const video = remoteVideo.current;
    // While it rang nobody had touched the page, maybe, and it was not allowed to play.
    if (waited.current && video?.srcObject && video.paused) play(video, setSoundBlocked);
  }, [waiting]);

  const chatWasOpen = useRef(false);
  useEffect(() => {
    // The panel has taken the focus away with it: back to the button that opens it.
    if (chatWasOpen.current && !chatOpen && document.activeElement === document.body)
      root.current?.querySelector<HTMLElement>(".control[aria-expanded]")?.focus();
    chatWasOpen.current = chatOpen;
  }, [chatOpen]);

  return (
    <main
      ref={root}
      className={`call-screen ${layout}${idle ? " idle" : ""}${chatOpen ? " with-chat" : ""}`}
      // Laid out already, for the click to leave nothing but the painting to do.
      style={waiting ? { visibility: "hidden" } : undefined}
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
      {sharing && (
        <MediaVideo
          ref={remoteScreen}
          data-testid="remote-screen"
          className="remote-screen"
          aria-label={`${peer.name}’s screen`}
          stream={remote.screen}
        />
      )}

      {!seen && layout !== "screen" && (
        <div className="call-person">
          <div className={calling ? "pulse" : model.speaking.remote && remote.audio ? "voice" : ""}>
            <Avatar name={peer.name} id={peer.userId} size={calling ? "l" : "xl"} />
          </div>
          <p className="call-name">{peer.name}</p>
          <p className="call-state">{personState(model)}</p>
        </div>
      )}

      <div className={`local ${model.speaking.local && local.audio ? "voice" : ""}`}>
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

      <CallTop model={model} connected={connected} />

      <p className="visually-hidden" role="status">
        {ownState(local)}
      </p>
      <p className="visually-hidden" role="status">
        {quality && phase === "in_call" ? qualityState(quality.level) : ""}
      </p>
      <p className="visually-hidden" role="status">
        {quality && phase === "in_call" ? pictureState(quality) : ""}
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
        {lost && <Toast text={lostMessage(lost)} onClose={() => devices.dismissLost()} />}
        {trouble && <Toast text={trouble} onClose={() => setTrouble(null)} />}
        {failed && (chatWanted || tool) && (
          <Toast
            text="This part of the page could not be loaded."
            action={{ label: "Try again", onSelect: retry }}
            onClose={() => {
              setChatWanted(false);
              setTool(null);
            }}
          />
        )}
        <MutedHint
          speaking={model.speaking.muted}
          audio={local.audio}
          onUnmute={() => actions.setMicrophone(true)}
        />
        <ChatPeek name={peer.name} message={unread.at(-1)} onOpen={() => setChatWanted(true)} />
        <CallControls
          local={local}
          canShareScreen={canShareScreen}
          connected={connected}
          actions={actions}
          chat={{ open: chatOpen, unread: unread.length, onToggle: () => offers.chat?.() }}
          menu={menuOf(offers)}
        />
      </div>

      {chatOpen && (
        <tools.ChatPanel
          name={peer.name}
          messages={chat}
          draft={draft}
          onDraft={setDraft}
          onSend={(text) => actions.sendChat(text)}
          onClose={() => setChatWanted(false)}
        />
      )}
      {tools && tool === "devices" && (
        <tools.DeviceSettings devices={devices} onClose={() => setTool(null)} />
      )}
      {tools && tool === "verification" && (
        <tools.VerificationDialog
          name={peer.name}
          verification={model.verification}
          onRepeat={() => actions.repeatVerification()}
          onClose={() => setTool(null)}
        />
      )}
      {tools && tool === "shortcuts" && (
        <tools.ShortcutsDialog
          shortcuts={shortcuts}
          on={shortcutsOn}
          onSwitch={switchShortcuts}
          onClose={() => setTool(null)}
        />
      )}
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

/** Only what explains a call that sounds or looks bad. */
function qualityState(level: NonNullable<CallModel["quality"]>["level"]): string {
  if (level === "poor") return "The connection is poor.";
  return level === "very_poor" ? "The connection is very poor." : "";
}

/** What the banners over the picture say of it, for whoever does not see them. */
function pictureState({ audioOnly, frozen }: NonNullable<CallModel["quality"]>): string {
  if (audioOnly) return "Only sound is sent.";
  return frozen ? "The picture has stopped." : "";
}
