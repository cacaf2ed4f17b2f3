/**
 * What a view needs to know of a call, and what it may ask for. Views render a {@link CallModel}; each state can be
 * rendered from a literal, with no call behind it. Nothing here knows React, WebRTC internals or the socket.
 */

export interface Peer {
  userId: string;
  name: string;
}

/** Why a call is over, as told to the person in front of the screen. */
export type EndReason =
  | "hangup" // we hung up or cancelled
  | "remote_hangup"
  | "declined"
  | "cancelled" // the caller gave up while it rang here
  | "timeout" // nobody answered
  | "busy"
  | "offline"
  | "answered_elsewhere"
  | "declined_elsewhere"
  | "lost" // the connection could not be kept or made
  | "not_allowed" // no longer contacts
  | "in_call" // another tab of ours is in a call
  | "failed"; // something unexpected; `message` says what

/** Why camera or microphone cannot be had. */
export interface MediaProblem {
  device: "camera" | "microphone" | "both";
  problem: "denied" | "missing" | "in_use" | "insecure" | "failed";
}

export interface LocalMedia {
  /** Camera stream for the own small picture; null while the camera is off or not opened. */
  stream: MediaStream | null;
  /** Switched on: there, or at the beginning of a call on its way without a question to the person. */
  audio: boolean;
  video: boolean;
  screen: boolean;
  /** The call goes on with what could be opened; this says what could not. */
  problem: MediaProblem | null;
}

export interface RemoteMedia {
  /** Camera picture and sound of the other side; attach it once, tracks come and go inside. */
  stream: MediaStream | null;
  /** The other side's screen, while it shares it. */
  screen: MediaStream | null;
  audio: boolean;
  video: boolean;
}

/**
 * How well the call gets through, in words; the view says them, with as many bars. They change slowly (see `quality.ts`): a moment's
 * trouble shows nothing.
 */
export type QualityLevel = "excellent" | "good" | "poor" | "very_poor";

export interface CallQuality {
  level: QualityLevel;
  /** Round trip, ms; null while it is not known. */
  roundTripMs: number | null;
  /** Lost packets of the last seconds in percent, 0 to 100, the worse of both directions. */
  lossPercent: number;
  /** Bits per second in thousands, of all that is sent and received. */
  sendKbps: number;
  receiveKbps: number;
  /** Only sound is sent for now: the line does not carry the picture. The own camera stays on. */
  audioOnly: boolean;
  /** The other side sends a picture, but none has come for some seconds. */
  frozen: boolean;
}

/** Who speaks right now, with a short lag at the end so that it does not flicker between words. */
export interface Speaking {
  local: boolean;
  remote: boolean;
  /** This side speaks although its microphone is off. Found out on this machine, from sound that goes nowhere. */
  muted: boolean;
}

export interface ChatMessage {
  /** Different for each message of a call. */
  id: string;
  from: "me" | "peer";
  /** Plain text of 1 to 4,000 characters. */
  text: string;
  /** `Date.now()` of this device when it was written here or arrived. */
  at: number;
  /** Of the own messages: `sending` until the other side has confirmed it; after a break it is sent again by itself. */
  state: "sending" | "delivered";
  /** From before a reload of this page, as the other side tells it: no news. */
  restored?: true;
}

/** The most characters of a chat message; the protocol's limit. */
export const MAX_CHAT_LENGTH = 4_000;

/**
 * Whether somebody could sit between the two. Both people compare the code: equal codes mean that nobody does.
 * - `waiting`: not connected yet, or the exchange is under way.
 * - `ready`: `code` holds six digits.
 * - `unanswered`: the other side has not done its part in time; see {@link CallActions.repeatVerification}.
 * - `failed`: the exchange broke its rules. Treat the call as listened to.
 * - `unavailable`: the other side or this browser cannot do it.
 */
export interface CallVerification {
  status: "waiting" | "ready" | "unanswered" | "failed" | "unavailable";
  code?: string;
}

/** An accepted call that this tab was in before its page was reloaded. The phase is `idle` meanwhile. */
export interface RejoinOffer {
  callId: string;
  peer: Peer;
  video: boolean;
}

export type CallPhase =
  | "idle"
  /** Outgoing: the invite is on its way, to the server or to a device that is not back yet from a reload. */
  | "inviting"
  /** Outgoing: at least one device rings. */
  | "ringing_out"
  /** Incoming: this device rings. */
  | "ringing_in"
  /** Accepted; the picture is not there yet. */
  | "connecting"
  | "in_call"
  /** The media path broke and is being repaired. */
  | "reconnecting"
  /** Over; stays until dismissed, or until a few seconds have passed in which nobody attended to it. */
  | "ended";

export interface CallModel {
  phase: CallPhase;
  callId: string | null;
  direction: "incoming" | "outgoing" | null;
  peer: Peer | null;
  video: boolean;
  /** `Date.now()` at which it was answered; the view shows the time since. */
  answeredAt: number | null;
  /** How long the finished call lasted, in ms. */
  durationMs: number | null;
  local: LocalMedia;
  remote: RemoteMedia;
  ended: { reason: EndReason; message?: string } | null;
  /** Null until it has been measured, and outside of calls. */
  quality: CallQuality | null;
  speaking: Speaking;
  /** Oldest first; kept until the call is off the screen. */
  chat: readonly ChatMessage[];
  verification: CallVerification;
  /** Set while there is a call to go back to. It vanishes when the call ends. */
  rejoin: RejoinOffer | null;
}

export type DeviceKind = "camera" | "microphone" | "speaker";

/** What a device is chosen for; `ringer` is the speaker on which calls ring, which headphones on the table would keep to themselves. */
export type DeviceUse = DeviceKind | "ringer";

export interface DeviceOption {
  /** For {@link DeviceController.choose} and `HTMLMediaElement.setSinkId`. */
  id: string;
  /** As the system names it, or "Camera 1" and the like before the browser tells. */
  label: string;
}

/** The devices of this machine, and a look through them. Renders the device picker; needs no call. */
export interface DevicesModel {
  cameras: readonly DeviceOption[];
  microphones: readonly DeviceOption[];
  /** Empty where the browser does not let a page choose ({@link canChooseSpeaker}). */
  speakers: readonly DeviceOption[];
  /** The person's choice, remembered on this machine; null is the system's default. Kept while the device is away. */
  chosen: Readonly<Record<DeviceUse, string | null>>;
  canChooseSpeaker: boolean;
  /** While the picker is open: the picture for it, how loud the microphone is (0 to 1), and what cannot be had. */
  preview: { stream: MediaStream | null; level: number; problem: MediaProblem | null } | null;
  /** A device that went away in the middle of a call, until dismissed; `now` is what is used instead, if there is something. */
  lost: { device: DeviceKind; label: string; now: string | null } | null;
}

/** Works with `useSyncExternalStore`, apart from the call's model because the level changes many times a second. */
export interface DeviceController {
  getModel(): DevicesModel;
  subscribe(listener: () => void): () => void;
  /** Takes effect at once, in a call too. Null is the system's default. */
  choose(use: DeviceUse, id: string | null): void;
  /** Opens camera and microphone for the picker; asks the person for permission where that has not happened. */
  openPreview(): void;
  closePreview(): void;
  dismissLost(): void;
}

export interface CallActions {
  call(peer: Peer, options?: { video?: boolean }): void;
  accept(options?: { video?: boolean }): void;
  /**
   * While it rings here: opens the own camera, or closes it. Nothing of it is sent before the call is accepted; then the picture is
   * there at once. The microphone stays closed.
   */
  preview(on: boolean): void;
  decline(): void;
  /** Cancels while it rings, hangs up afterwards. */
  hangUp(): void;
  setMicrophone(on: boolean): void;
  setCamera(on: boolean): void;
  setScreen(on: boolean): void;
  /** Asks for camera and microphone again after a {@link MediaProblem}. */
  retryMedia(): void;
  /** Closes the "call ended" screen. */
  dismiss(): void;
  /** Whether somebody attends to that screen: it does not close by itself meanwhile. */
  attend(on: boolean): void;
  /** Sends it, or keeps it until the other side can be reached. False when there is no call, or it is empty or too long. */
  sendChat(text: string): boolean;
  /** Asks the other side once more for its part of the verification, after it has not answered. */
  repeatVerification(): void;
  /** Goes back to the call of {@link CallModel.rejoin}. {@link hangUp} ends that call instead. */
  rejoin(): void;
}

/** Works with React's `useSyncExternalStore`: a new model object per change. */
export interface CallController extends CallActions {
  getModel(): CallModel;
  subscribe(listener: () => void): () => void;
  readonly devices: DeviceController;
}
