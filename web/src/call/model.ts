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

export type CallPhase =
  | "idle"
  /** Outgoing: the invite is on its way. */
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
  /** Over; stays until dismissed or a few seconds have passed. */
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
}

/** Works with React's `useSyncExternalStore`: a new model object per change. */
export interface CallController extends CallActions {
  getModel(): CallModel;
  subscribe(listener: () => void): () => void;
}
