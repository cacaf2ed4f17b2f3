/**
 * Reads and writes frames. The types are generated from protocol/schema.json; the guards here are by hand, because a JSON
 * Schema validator would weigh more than the rest of the engine. The golden frames keep the two together.
 */
import type { ClientFrame, ServerFrame } from "./frames.gen";
import {
  type Guard,
  isBoolean,
  isCallId,
  isCount,
  isId,
  isListOf,
  isObject,
  isOneOf,
  isPresent,
  isRecord,
  isString,
  isTicket,
  isUpTo,
} from "./guards";

export type * from "./frames.gen";

export type ServerAction = ServerFrame["action"];
export type ServerFrameOf<A extends ServerAction> = Extract<ServerFrame, { action: A }>;

const isFrameId = isUpTo(64);
const isReason = isOneOf(
  "hangup",
  "declined",
  "cancelled",
  "timeout",
  "busy",
  "offline",
  "lost",
  "accepted",
  "answered_elsewhere",
);
const isErrorCode = isOneOf(
  "bad_frame",
  "too_large",
  "unknown_action",
  "rate_limited",
  "not_allowed",
  "offline",
  "bad_ticket",
  "call_not_found",
  "call_ended",
  "call_exists",
  "in_call",
  "glare",
  "server_error",
);

const sender = { userId: isId, connectionId: isId, deviceId: isId };
const isSender = isObject(sender);
const isUnfinishedCall = isObject({
  callId: isCallId,
  state: isOneOf("ringing", "accepted"),
  role: isOneOf("caller", "callee"),
  peer: isObject({ userId: isId, name: isString }),
  "video?": isBoolean,
  "ringUntil?": isCount,
  "deviceId?": isId,
});
const ofCall = { callId: isCallId };
const ending = isObject({ ...ofCall, "from?": isSender, "reason?": isReason });

const GUARDS: Readonly<Record<ServerAction, Guard>> = {
  welcome: isObject({
    "id?": isFrameId,
    connectionId: isId,
    userId: isId,
    deviceId: isId,
    protocol: isOneOf(1),
    now: isCount,
    expiresAt: isCount,
    "resume?": isTicket,
    "call?": isUnfinishedCall,
  }),
  pong: isObject({ "id?": isFrameId, now: isCount }),
  error: isObject({
    "id?": isFrameId,
    code: isErrorCode,
    message: isString,
    "about?": isUpTo(64),
    "callId?": isUpTo(64),
    "reason?": isReason,
    "activeCallId?": isCallId,
  }),
  relay: isObject({ to: isId, from: isSender, "callId?": isCallId, payload: isPresent }),
  signal: isObject({ from: isSender, "callId?": isCallId, payload: isPresent }),
  route: isObject({
    "id?": isFrameId,
    ...ofCall,
    peers: isListOf(isObject({ ...sender, route: isTicket })),
  }),
  presence: isObject({ userId: isId, online: isBoolean, at: isCount }),
  contacts: isObject({}),
  calls: isObject({}),
  invite: isObject({
    ...ofCall,
    from: isSender,
    name: isString,
    video: isBoolean,
    route: isTicket,
    ringUntil: isCount,
  }),
  invited: isObject({ "id?": isFrameId, ...ofCall, ringUntil: isCount, devices: isCount }),
  ringing: isObject({ ...ofCall, from: isSender, route: isTicket }),
  accept: isObject({ ...ofCall, from: isSender, route: isTicket }),
  accepted: isObject({ "id?": isFrameId, ...ofCall, "peer?": isSender, "route?": isTicket }),
  answered_elsewhere: isObject(ofCall),
  busy: isObject({ "id?": isFrameId, ...ofCall }),
  timeout: isObject(ofCall),
  decline: ending,
  cancel: ending,
  hangup: ending,
};

/** A frame, or the code that says why the message is put aside. */
export type ReadFrame = { frame: ServerFrame } | { code: "bad_frame" | "unknown_action" };

/** Reads a message of the server. Never throws: a newer server may say what this client does not know. */
export function readServerFrame(message: unknown): ReadFrame {
  let value: unknown;
  try {
    value = JSON.parse(String(message));
  } catch {
    return { code: "bad_frame" };
  }
  if (!isRecord(value) || typeof value["action"] !== "string") return { code: "bad_frame" };
  if (!Object.hasOwn(GUARDS, value["action"])) return { code: "unknown_action" };
  const guard = GUARDS[value["action"] as ServerAction];
  return guard(value) ? { frame: value as unknown as ServerFrame } : { code: "bad_frame" };
}

/** A frame as the text of a message. */
export function writeClientFrame(frame: ClientFrame): string {
  return JSON.stringify(frame);
}
