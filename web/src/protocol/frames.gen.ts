/** Generated from protocol/schema.json by `npm run gen:protocol`: do not edit. */

/**
 * Every frame and payload.
 */
export type Message = ClientFrame | ServerFrame | Payload;
/**
 * What a client sends.
 */
export type ClientFrame =
  | ClientHello
  | ClientPing
  | ClientRelay
  | ClientSignal
  | ClientRoute
  | ClientInvite
  | ClientRinging
  | ClientAccept
  | ClientDecline
  | ClientCancel
  | ClientHangup;
/**
 * Chosen by the client; the direct answer carries the same.
 */
export type FrameId = string;
/**
 * Chosen at random by the caller (a UUID).
 */
export type CallId = string;
/**
 * Opaque route ticket: names the connection that a `signal` frame goes to.
 */
export type Route = string;
/**
 * What the server sends.
 */
export type ServerFrame =
  | ServerWelcome
  | ServerPong
  | ServerError
  | ServerRelay
  | ServerSignal
  | ServerRoute
  | ServerPresence
  | ServerContacts
  | ServerCalls
  | ServerInvite
  | ServerInvited
  | ServerRinging
  | ServerAccept
  | ServerAccepted
  | ServerAnsweredElsewhere
  | ServerBusy
  | ServerTimeout
  | ServerDecline
  | ServerCancel
  | ServerHangup;
/**
 * A user, device or connection id.
 */
export type Id = string;
/**
 * Milliseconds since the Unix epoch, by the server's clock.
 */
export type Time = number;
export type ErrorCode =
  | "bad_frame"
  | "too_large"
  | "unknown_action"
  | "rate_limited"
  | "not_allowed"
  | "offline"
  | "bad_ticket"
  | "call_not_found"
  | "call_ended"
  | "call_exists"
  | "in_call"
  | "glare"
  | "server_error";
/**
 * Why a call is over; with `accepted` and `answered_elsewhere` it is not over, but not to be had here any more.
 */
export type EndReason =
  | "hangup"
  | "declined"
  | "cancelled"
  | "timeout"
  | "busy"
  | "offline"
  | "lost"
  | "accepted"
  | "answered_elsewhere";
/**
 * What two clients say to each other, in `relay` and `signal` frames or over the data channel.
 */
export type Payload =
  | PayloadDescription
  | PayloadCandidates
  | PayloadMedia
  | PayloadAccept
  | PayloadHangup
  | PayloadChat
  | PayloadChatReceived
  | PayloadChatRecall
  | PayloadChatPast
  | PayloadRestart
  | PayloadAway
  | PayloadVerify;

/**
 * Opens the conversation; nothing is sent to a socket before it.
 */
export interface ClientHello {
  action: "hello";
  id?: FrameId;
}
/**
 * Keeps the socket alive and tells that it is.
 */
export interface ClientPing {
  action: "ping";
  id?: FrameId;
}
/**
 * Carries a payload to a user or a connection.
 */
export interface ClientRelay {
  action: "relay";
  id?: FrameId;
  /**
   * A user id (every device of that user) or a connection id.
   */
  to: string;
  callId?: CallId;
  /**
   * A matter of the two clients: the server never looks at it. See `Payload`.
   */
  payload: unknown;
}
/**
 * Carries a payload to the connection that the route ticket names.
 */
export interface ClientSignal {
  action: "signal";
  id?: FrameId;
  ticket: Route;
  callId?: CallId;
  /**
   * A matter of the two clients: the server never looks at it. See `Payload`.
   */
  payload: unknown;
}
/**
 * Asks for the tickets to the other side of a call.
 */
export interface ClientRoute {
  action: "route";
  id?: FrameId;
  callId: CallId;
}
/**
 * Calls an accepted contact.
 */
export interface ClientInvite {
  action: "invite";
  id?: FrameId;
  callId: CallId;
  /**
   * The callee's user id.
   */
  to: string;
  /**
   * Whether the caller means to show a picture.
   */
  video?: boolean;
}
/**
 * This device of the callee rings.
 */
export interface ClientRinging {
  action: "ringing";
  id?: FrameId;
  callId: CallId;
}
/**
 * This device of the callee takes the call.
 */
export interface ClientAccept {
  action: "accept";
  id?: FrameId;
  callId: CallId;
  /**
   * Milliseconds since it was accepted, when that could not be told at the time.
   */
  ago?: number;
}
/**
 * The callee does not take the call.
 */
export interface ClientDecline {
  action: "decline";
  id?: FrameId;
  callId: CallId;
}
/**
 * The caller gives up while it rings.
 */
export interface ClientCancel {
  action: "cancel";
  id?: FrameId;
  callId: CallId;
}
/**
 * A member ends the call; before an accept a `cancel` or a `decline`.
 */
export interface ClientHangup {
  action: "hangup";
  id?: FrameId;
  callId: CallId;
  /**
   * Nobody hung up: the way between the two devices could not be kept.
   */
  reason?: "lost";
  /**
   * Milliseconds since it ended, when that could not be told at the time.
   */
  ago?: number;
  /**
   * From the callee: milliseconds since this device accepted, when that could not be told either.
   */
  answeredAgo?: number;
}
/**
 * Answer to `hello`.
 */
export interface ServerWelcome {
  action: "welcome";
  id?: FrameId;
  connectionId: Id;
  userId: Id;
  deviceId: Id;
  protocol: 1;
  now: Time;
  /**
   * Milliseconds since the Unix epoch, by the server's clock.
   */
  expiresAt: number;
  /**
   * Opaque: opens the next socket of this device, once, before `expiresAt`.
   */
  resume?: string;
  call?: UnfinishedCall;
}
/**
 * The unfinished call that this user is part of.
 */
export interface UnfinishedCall {
  callId: CallId;
  state: "ringing" | "accepted";
  role: "caller" | "callee";
  peer: Person;
  video?: boolean;
  /**
   * Milliseconds since the Unix epoch, by the server's clock.
   */
  ringUntil?: number;
  /**
   * A user, device or connection id.
   */
  deviceId?: string;
}
/**
 * A user as shown to a contact.
 */
export interface Person {
  userId: Id;
  name: string;
}
/**
 * Answer to `ping`.
 */
export interface ServerPong {
  action: "pong";
  id?: FrameId;
  now: Time;
}
/**
 * A frame was refused.
 */
export interface ServerError {
  action: "error";
  id?: FrameId;
  code: ErrorCode;
  /**
   * English, for people who read a log.
   */
  message: string;
  /**
   * The action of the refused frame.
   */
  about?: string;
  /**
   * As in the refused frame.
   */
  callId?: string;
  /**
   * With `call_ended`: how.
   */
  reason?:
    | "hangup"
    | "declined"
    | "cancelled"
    | "timeout"
    | "busy"
    | "offline"
    | "lost"
    | "accepted"
    | "answered_elsewhere";
  /**
   * Chosen at random by the caller (a UUID).
   */
  activeCallId?: string;
  /**
   * A user, device or connection id.
   */
  connectionId?: string;
}
/**
 * A payload from another client.
 */
export interface ServerRelay {
  action: "relay";
  to: Id;
  from: Sender;
  callId?: CallId;
  /**
   * A matter of the two clients: the server never looks at it. See `Payload`.
   */
  payload: unknown;
}
/**
 * Who sent the frame: stamped by the server.
 */
export interface Sender {
  userId: Id;
  connectionId: Id;
  deviceId: Id;
}
/**
 * A payload from the other side of a call.
 */
export interface ServerSignal {
  action: "signal";
  from: Sender;
  callId?: CallId;
  /**
   * A matter of the two clients: the server never looks at it. See `Payload`.
   */
  payload: unknown;
}
/**
 * The tickets to the other side, asked for or because its socket was replaced.
 */
export interface ServerRoute {
  action: "route";
  id?: FrameId;
  callId: CallId;
  peers: RoutePeer[];
}
/**
 * A connection of the other side and the ticket to it.
 */
export interface RoutePeer {
  connectionId: Id;
  userId: Id;
  deviceId: Id;
  route: Route;
}
/**
 * A contact came or went. The newest `at` per user counts.
 */
export interface ServerPresence {
  action: "presence";
  userId: Id;
  online: boolean;
  at: Time;
}
/**
 * The receiver's contact list has changed.
 */
export interface ServerContacts {
  action: "contacts";
}
/**
 * The receiver's call history has changed.
 */
export interface ServerCalls {
  action: "calls";
}
/**
 * Somebody calls.
 */
export interface ServerInvite {
  action: "invite";
  callId: CallId;
  from: Sender;
  /**
   * The caller's name.
   */
  name: string;
  video: boolean;
  route: Route;
  /**
   * Milliseconds since the Unix epoch, by the server's clock.
   */
  ringUntil: number;
}
/**
 * Answer to `invite`: the call is saved.
 */
export interface ServerInvited {
  action: "invited";
  id?: FrameId;
  callId: CallId;
  ringUntil: Time;
  /**
   * How many devices of the callee were told; 0 while one may come back from a reload.
   */
  devices: number;
}
/**
 * A device of the callee rings.
 */
export interface ServerRinging {
  action: "ringing";
  callId: CallId;
  from: Sender;
  route: Route;
}
/**
 * A device of the callee has taken the call.
 */
export interface ServerAccept {
  action: "accept";
  callId: CallId;
  from: Sender;
  route: Route;
}
/**
 * Answer to `accept`: this device has won.
 */
export interface ServerAccepted {
  action: "accepted";
  id?: FrameId;
  callId: CallId;
  peer?: Sender1;
  route?: Route;
}
/**
 * Who sent the frame: stamped by the server.
 */
export interface Sender1 {
  userId: Id;
  connectionId: Id;
  deviceId: Id;
}
/**
 * Another device of the callee has taken the call.
 */
export interface ServerAnsweredElsewhere {
  action: "answered_elsewhere";
  callId: CallId;
}
/**
 * The callee is in another call.
 */
export interface ServerBusy {
  action: "busy";
  id?: FrameId;
  callId: CallId;
}
/**
 * Nobody answered in time.
 */
export interface ServerTimeout {
  action: "timeout";
  callId: CallId;
}
/**
 * The callee does not take the call; told to the caller and to the callee's other devices.
 */
export interface ServerDecline {
  action: "decline";
  callId: CallId;
  from?: Sender;
  reason?: EndReason;
}
/**
 * The caller has given up, or is gone (`reason` is `lost`).
 */
export interface ServerCancel {
  action: "cancel";
  callId: CallId;
  from?: Sender;
  reason?: EndReason;
}
/**
 * The other side has ended the call, or is gone (`reason` is `lost`).
 */
export interface ServerHangup {
  action: "hangup";
  callId: CallId;
  from?: Sender;
  reason?: EndReason;
}
/**
 * A session description with the candidates gathered so far.
 */
export interface PayloadDescription {
  type: "description";
  description: {
    type: "offer" | "answer" | "rollback";
    sdp?: string;
  };
  /**
   * Names an offer; its answer carries the same, so that repeated and late descriptions are told apart.
   */
  offerId?: string;
  candidates?: IceCandidate[];
  /**
   * The name of the `restart` that this offer answers.
   */
  restart?: string;
}
/**
 * W3C WebRTC, RTCIceCandidateInit. An empty `candidate` ends the candidates.
 */
export interface IceCandidate {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}
/**
 * Later candidates, in batches.
 */
export interface PayloadCandidates {
  type: "candidates";
  /**
   * @maxItems 200
   */
  candidates: IceCandidate[];
}
/**
 * What the sender has switched on.
 */
export interface PayloadMedia {
  type: "media";
  audio: boolean;
  video: boolean;
  screen?: boolean;
}
/**
 * The call is taken: as the server's frame, but faster.
 */
export interface PayloadAccept {
  type: "accept";
}
/**
 * The call is over: as the server's frame, but faster.
 */
export interface PayloadHangup {
  type: "hangup";
  reason?: string;
}
/**
 * Text within a call.
 */
export interface PayloadChat {
  type: "chat";
  id: string;
  text: string;
  /**
   * Milliseconds since the Unix epoch, by the sender's clock.
   */
  at: number;
}
/**
 * Confirms a chat message.
 */
export interface PayloadChatReceived {
  type: "chat_received";
  id: string;
}
/**
 * The sender's page was loaded anew in the call: asks for the call's text so far.
 */
export interface PayloadChatRecall {
  type: "chat_recall";
}
/**
 * Answers `chat_recall`: text of the call, oldest first, in as many of these as it takes.
 */
export interface PayloadChatPast {
  type: "chat_past";
  /**
   * @maxItems 100
   */
  messages: PastMessage[];
}
/**
 * A text that was written earlier in the call.
 */
export interface PastMessage {
  id: string;
  /**
   * Who wrote it: the sender or the receiver of this payload.
   */
  by: "sender" | "receiver";
  text: string;
  /**
   * Milliseconds since it was written or arrived at the sender's device.
   */
  ago: number;
}
/**
 * The sender's page was loaded anew and waits for an offer of a new peer connection that bears this name.
 */
export interface PayloadRestart {
  type: "restart";
  name: string;
}
/**
 * The sender's page is being left; it may come back.
 */
export interface PayloadAway {
  type: "away";
}
/**
 * A step of the exchange behind the verification code.
 */
export interface PayloadVerify {
  type: "verify";
  /**
   * `again`: the sender waits, and asks for what was said last.
   */
  step: "commit" | "answer" | "reveal" | "again";
  /**
   * With `commit`: the hash of the caller's number.
   */
  commitment?: string;
  /**
   * With `answer` and `reveal`: the random number.
   */
  nonce?: string;
}
