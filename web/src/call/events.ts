/**
 * What the call machine hears. Frames of the server become events here, by pure functions: the machine never sees a frame of a call
 * that is not its own, and every way in which the server says "it is over" is one event.
 */
import type {
  PayloadCandidates,
  PayloadDescription,
  PayloadRestart,
  Sender,
  ServerError,
  ServerFrame,
  ServerWelcome,
} from "../protocol/frames";
import { readPayload } from "../protocol/payloads";
import type { EndReason, Peer } from "./model";

/** A device of the other side, and how to reach it by way of the server. */
export interface Device extends Sender {
  /** Null while only its connection is known. */
  route: string | null;
}

/** Somebody calls. */
export interface Invite {
  callId: string;
  peer: Peer;
  video: boolean;
  /** By the server's clock, ms since the epoch. */
  ringUntil: number;
  /** Null when the call is known from a `welcome` only. */
  device: Device | null;
}

/** A call in which the page before this one was. */
export interface HeldCall {
  callId: string;
  direction: "incoming" | "outgoing";
  peer: Peer;
  video: boolean;
}

/** Negotiation as it comes by way of the server. */
export type SignalPayload = PayloadDescription | PayloadCandidates | PayloadRestart;

export type CallEvent =
  // The person in front of the screen.
  | { type: "user.call"; callId: string; peer: Peer; video: boolean }
  | { type: "user.accept"; video: boolean }
  | { type: "user.preview"; on: boolean }
  | { type: "user.decline" }
  | { type: "user.hang_up" }
  | { type: "user.dismiss" }
  | { type: "user.attend"; on: boolean }
  // As it was left: what was switched on, and when the call was answered.
  | { type: "user.rejoin"; audio: boolean; video: boolean; answeredAt: number | null }
  | { type: "page.gone" }
  | { type: "page.woken" }
  | { type: "server.welcome" }
  // The server, about this call.
  | { type: "server.invited"; ringUntil: number; devices: number }
  | { type: "server.ringing"; device: Device }
  | { type: "server.accept"; device: Device }
  | { type: "server.accepted"; device: Device | null }
  | { type: "server.route"; devices: Device[] }
  | { type: "server.signal"; device: Device; payload: SignalPayload }
  // `byPeer`: the other device has said so, not only the server.
  | { type: "server.over"; reason: EndReason; message?: string; byPeer?: boolean }
  | { type: "server.glare"; activeCallId: string }
  | { type: "server.exists" }
  | { type: "server.in_call"; activeCallId: string | null }
  | { type: "server.unreachable" }
  | { type: "server.back"; accepted: boolean; here: boolean }
  | { type: "server.forgot" }
  // The server, about other calls.
  | { type: "other.invite"; invite: Invite }
  | { type: "other.alive"; callId: string; stale: boolean }
  | { type: "other.held"; call: HeldCall }
  | { type: "other.over"; callId: string }
  | { type: "ending.failed"; callId: string }
  // The peer link to one device.
  | { type: "link.connected"; deviceId: string }
  | { type: "link.interrupted"; deviceId: string }
  | { type: "link.unrouted"; deviceId: string }
  | { type: "link.failed"; deviceId: string }
  | { type: "link.accept"; deviceId: string }
  | { type: "link.over"; deviceId: string; declined: boolean };

/** Every event, with what it means; the keys are checked to be complete. */
export const EVENTS: Readonly<Record<CallEvent["type"], string>> = {
  "user.call": "the person calls somebody",
  "user.accept": "the person takes the call",
  "user.preview": "the person wants to see the own picture before taking the call, or no longer",
  "user.decline": "the person does not take the call",
  "user.hang_up": "the person cancels or hangs up",
  "user.dismiss": "the person closes the end screen",
  "user.attend": "the person attends to the end screen, or no longer",
  "user.rejoin": "the person goes back to the call of the page before a reload",
  "page.gone": "the page is being closed or left",
  "page.woken": "the page goes on after a standstill, as when the machine has slept, or without a network",
  "server.welcome": "there is a new socket; what it says of calls follows",
  "server.invited": "our invite is saved and rings",
  "server.ringing": "a device of the callee rings",
  "server.accept": "the server says which device has taken the call",
  "server.accepted": "the server says that this device has won",
  "server.route": "the ways to the other side's devices, after a socket was replaced",
  "server.signal": "negotiation by way of the server",
  "server.over": "the server says that the call is over, or not to be had here",
  "server.glare": "our invite crossed theirs: their call counts",
  "server.exists": "our invite had arrived before, and the call is no longer new",
  "server.in_call": "our invite was refused: the server holds another call of ours",
  "server.unreachable": "what we sent to a device was refused: its socket or our ticket is gone",
  "server.back": "our socket is back and the call goes on",
  "server.forgot": "our socket is back and the call is not among the unfinished",
  "other.invite": "another call rings for us",
  "other.alive": "the server still holds a call that is not ours any more",
  "other.held":
    "the server says that this device is in a call that this page does not know: of a page before it",
  "other.over": "another call is over",
  "ending.failed": "the server could not do it when we ended a call, this one or another",
  "link.connected": "the peer link is up",
  "link.interrupted": "the peer link broke and is being mended",
  "link.unrouted": "the peer link has something to say by way of the server, which has not told the way yet",
  "link.failed": "the peer link is given up",
  "link.accept": "the callee's device says directly that it takes the call",
  "link.over": "the other device says directly that it is over",
};

/** What {@link toCallEvents} needs to know of the machine. */
export interface CallView {
  callId: string | null;
  peer: Peer | null;
  direction: "incoming" | "outgoing" | null;
  answeredAt: number | null;
}

/** The events that a frame stands for: none when it is not about calls. */
export function toCallEvents(frame: ServerFrame, call: CallView): CallEvent[] {
  if (frame.action === "welcome") return fromWelcome(frame, call);
  if (!("callId" in frame) || frame.callId === undefined) return [];
  const { callId } = frame;
  const own = callId === call.callId;
  switch (frame.action) {
    case "invite":
      return own ? [] : [{ type: "other.invite", invite: toInvite(frame) }];
    case "invited":
      return own
        ? [{ type: "server.invited", ringUntil: frame.ringUntil, devices: frame.devices }]
        : alive(callId);
    case "ringing":
      return own ? [{ type: "server.ringing", device: toDevice(frame.from, frame.route) }] : alive(callId);
    case "accept":
      return own ? [{ type: "server.accept", device: toDevice(frame.from, frame.route) }] : alive(callId);
    case "accepted":
      if (!own) return alive(callId);
      return [
        { type: "server.accepted", device: frame.peer ? toDevice(frame.peer, frame.route ?? null) : null },
      ];
    case "route":
      if (!own) return [];
      return [{ type: "server.route", devices: frame.peers.map((peer) => toDevice(peer, peer.route)) }];
    case "signal":
    case "relay": {
      const payload = readPayload(frame.payload);
      if (!own || frame.from.userId !== call.peer?.userId) return [];
      if (payload?.type !== "description" && payload?.type !== "candidates" && payload?.type !== "restart")
        return [];
      return [{ type: "server.signal", device: toDevice(frame.from, null), payload }];
    }
    case "error":
      return fromError(frame, callId, own, call);
    case "answered_elsewhere":
    case "busy":
    case "timeout":
      return own ? [{ type: "server.over", reason: frame.action }] : [{ type: "other.over", callId }];
    case "decline":
    case "cancel":
    case "hangup":
      if (!own) return [{ type: "other.over", callId }];
      if (frame.reason !== "lost") return [{ type: "server.over", reason: ended(frame.action, call) }];
      return [{ type: "server.over", reason: "lost", byPeer: frame.from !== undefined }];
  }
}

function fromWelcome({ call: known, deviceId }: ServerWelcome, call: CallView): CallEvent[] {
  const events: CallEvent[] = [{ type: "server.welcome" }];
  const own = known !== undefined && known.callId === call.callId;
  const here = known?.deviceId === deviceId;
  if (own) events.push({ type: "server.back", accepted: known.state === "accepted", here });
  else if (call.callId !== null) events.push({ type: "server.forgot" });
  if (!known || own) return events;
  const { callId, state, role, peer, video = true, ringUntil } = known;
  if (state === "ringing" && role === "callee" && ringUntil !== undefined)
    events.push({ type: "other.invite", invite: { callId, peer, video, ringUntil, device: null } });
  else if (here && state === "accepted") {
    const direction = role === "caller" ? "outgoing" : "incoming";
    events.push({ type: "other.held", call: { callId, direction, peer, video } });
  } else if (here) events.push({ type: "other.alive", callId, stale: true });
  return events;
}

function fromError(frame: ServerError, callId: string, own: boolean, call: CallView): CallEvent[] {
  const { code, about, reason, activeCallId, message } = frame;
  switch (code) {
    case "call_ended":
      // A cancel that crossed an accept: the call is not over, and has to be hung up.
      if (about === "cancel" && reason === "accepted") return alive(callId);
      if (!own) return [{ type: "other.over", callId }];
      return [{ type: "server.over", reason: endedBefore(reason ?? "lost", call) }];
    case "glare":
      return own && activeCallId ? [{ type: "server.glare", activeCallId }] : [];
    case "call_exists":
      return own ? [{ type: "server.exists" }] : [];
    case "call_not_found":
      // About an ending it may only mean that our invite is still on its way; its arrival shows and is answered.
      if (!own || isEnding(about)) return [];
      return [{ type: "server.over", reason: "lost" }];
    case "bad_ticket":
      return own ? [{ type: "server.unreachable" }] : [];
    case "offline":
      if (!own) return [];
      return about === "invite"
        ? [{ type: "server.over", reason: "offline" }]
        : [{ type: "server.unreachable" }];
    case "not_allowed":
      return own && about === "invite" ? [{ type: "server.over", reason: "not_allowed" }] : [];
    case "in_call":
      return own ? [{ type: "server.in_call", activeCallId: activeCallId ?? null }] : [];
    case "bad_frame":
    case "too_large":
    case "unknown_action":
      return own && about === "invite" ? [{ type: "server.over", reason: "failed", message }] : [];
    case "rate_limited":
    case "server_error":
      // Invites and accepts are sent again by the machine's own timers.
      return isEnding(about) ? [{ type: "ending.failed", callId }] : [];
  }
}

function isEnding(action: string | undefined): boolean {
  return action === "hangup" || action === "cancel" || action === "decline";
}

function ended(action: "decline" | "cancel" | "hangup", { direction, answeredAt }: CallView): EndReason {
  switch (action) {
    case "decline":
      return direction === "outgoing" ? "declined" : "declined_elsewhere";
    case "cancel":
      return direction === "outgoing" ? "hangup" : "cancelled";
    case "hangup":
      return direction === "incoming" && answeredAt === null ? "cancelled" : "remote_hangup";
  }
}

function endedBefore(reason: NonNullable<ServerError["reason"]>, call: CallView): EndReason {
  switch (reason) {
    case "hangup":
      return ended("hangup", call);
    case "declined":
      return ended("decline", call);
    case "cancelled":
      return ended("cancel", call);
    case "accepted":
    case "answered_elsewhere":
      return "answered_elsewhere";
    case "timeout":
    case "busy":
    case "offline":
    case "lost":
      return reason;
  }
}

function alive(callId: string): CallEvent[] {
  return [{ type: "other.alive", callId, stale: false }];
}

function toDevice({ userId, connectionId, deviceId }: Sender, route: string | null): Device {
  return { userId, connectionId, deviceId, route };
}

function toInvite(frame: Extract<ServerFrame, { action: "invite" }>): Invite {
  const { callId, from, name, video, ringUntil, route } = frame;
  return { callId, peer: { userId: from.userId, name }, video, ringUntil, device: toDevice(from, route) };
}
