/** The call machine's memory, and the pure functions that change it. */
import type { Device, HeldCall, Invite } from "./events";
import type { EndReason, Peer } from "./model";

export type LinkState = "connecting" | "connected" | "interrupted";

/** What the server is told of an end: `lost` is a hang-up that nobody wanted. */
export type Owed = "hangup" | "lost" | "decline";

/** `away`: the page goes, and may come back. */
export type LastWord = "hangup" | "declined" | "away";

/** What the server has to be told of the end of a call. Times are `Date.now()` of this device. */
export interface Debt {
  word: Owed;
  endedAt: number;
  /** When this device answered, while the server has not confirmed that; null otherwise. */
  unheardAt: number | null;
}

/** A call that is over here. */
export interface Finished {
  callId: string;
  /** Until the server knows that the call is over; null when it knows, or when it is not ours to say. */
  owed: Debt | null;
  told: boolean;
}

export interface CallContext {
  callId: string | null;
  direction: "incoming" | "outgoing" | null;
  peer: Peer | null;
  video: boolean;
  /** The other side's device in the call; null while several ring, or while it is not known. */
  device: string | null;
  /** Incoming, or going back to a call: the one device of the other side that it can be, as far as it is known. */
  caller: Device | null;
  /** The peer links of this call, by device id. */
  links: Readonly<Record<string, LinkState>>;
  /** By the server's clock. */
  ringUntil: number | null;
  /** Whether it has reached a device of the callee; not so while theirs is being reloaded. */
  reached: boolean;
  /** When the ways to the other side were last asked for, until one is told. */
  askedAt: number | null;
  /** How often the invite has been sent. */
  attempts: number;
  /** Whether the server has named the device that won. */
  confirmed: boolean;
  /** Whether this page goes back to a call in which the page before it was. */
  rejoined: boolean;
  answeredAt: number | null;
  /** When the page went on after its last standstill. */
  wokenAt: number | null;
  durationMs: number | null;
  ended: { reason: EndReason; message?: string } | null;
  /** What the other devices are told directly when the call ends here. */
  lastWord: LastWord | null;
  /** A call that rings while another one is going on here. */
  waiting: Invite | null;
  /** The latest finished calls, oldest first: frames of them may still be on their way. */
  finished: readonly Finished[];
}

/** Enough for the calls of a few minutes, which is how late a frame may be. */
const MOST_FINISHED = 32;

/** No call. */
export const NO_CALL = {
  callId: null,
  direction: null,
  peer: null,
  video: true,
  device: null,
  caller: null,
  links: {},
  ringUntil: null,
  reached: false,
  askedAt: null,
  attempts: 0,
  confirmed: false,
  rejoined: false,
  answeredAt: null,
  wokenAt: null,
  durationMs: null,
  ended: null,
  lastWord: null,
} satisfies Partial<CallContext>;

export const INITIAL_CONTEXT: CallContext = { ...NO_CALL, waiting: null, finished: [] };

/** How a call ends here. */
export interface Ending {
  reason: EndReason;
  message?: string;
  /** What the server has to be told. */
  owed?: Owed;
  /** False when the server will probably know from the other side. */
  tell?: boolean;
  lastWord?: LastWord;
}

export function finish(context: CallContext, ending: Ending, now: number): Partial<CallContext> {
  const { reason, message, owed = null, tell = owed !== null, lastWord = null } = ending;
  const { callId, answeredAt, direction, confirmed } = context;
  const unheardAt = direction === "incoming" && !confirmed ? answeredAt : null;
  const debt = owed && { word: owed, endedAt: now, unheardAt };
  return {
    ended: message === undefined ? { reason } : { reason, message },
    durationMs: answeredAt === null ? null : Math.max(0, now - answeredAt),
    lastWord,
    finished:
      callId === null ? context.finished : remember(context.finished, { callId, owed: debt, told: tell }),
  };
}

/** The server knows that this call is over. */
export function settle(context: CallContext, callId: string | null): Partial<CallContext> {
  if (callId === null) return {};
  return {
    finished: remember(context.finished, { callId, owed: null, told: true }),
    waiting: context.waiting?.callId === callId ? null : context.waiting,
  };
}

export function finishedCall(context: CallContext, callId: string | null): Finished | null {
  return context.finished.find((finished) => finished.callId === callId) ?? null;
}

export function markTold(context: CallContext, callId: string | null): Partial<CallContext> {
  return {
    finished: context.finished.map((finished) =>
      finished.callId === callId ? { ...finished, told: true } : finished,
    ),
  };
}

/** Becomes the callee of a call that rings. */
export function takeInvite(context: CallContext, invite: Invite): Partial<CallContext> {
  const { callId, peer, video, ringUntil, device } = invite;
  return {
    ...NO_CALL,
    callId,
    direction: "incoming",
    peer,
    video,
    ringUntil,
    caller: device,
    device: device?.deviceId ?? null,
    waiting: context.waiting?.callId === callId ? null : context.waiting,
  };
}

/** Remembers the call in which the page before this one was. */
export function takeHeld({ callId, direction, peer, video }: HeldCall): Partial<CallContext> {
  return { ...NO_CALL, callId, direction, peer, video, confirmed: true, rejoined: true };
}

/** Our call crossed theirs: becomes the callee of theirs, with the same person. */
export function takeOver(context: CallContext, activeCallId: string): Partial<CallContext> {
  const { peer, video, waiting, callId } = context;
  const device = waiting?.callId === activeCallId ? waiting.device : null;
  return {
    ...NO_CALL,
    callId: activeCallId,
    direction: "incoming",
    peer,
    video,
    caller: device,
    device: device?.deviceId ?? null,
    waiting: waiting?.callId === activeCallId ? null : waiting,
    finished:
      callId === null ? context.finished : remember(context.finished, { callId, owed: null, told: true }),
  };
}

export function withLink(context: CallContext, deviceId: string, state: LinkState): Partial<CallContext> {
  return { links: { ...context.links, [deviceId]: state } };
}

/** Links to these devices are opened, unless they are there. */
export function withLinks(context: CallContext, devices: readonly Device[]): Partial<CallContext> {
  const opened = devices.map(({ deviceId }): [string, LinkState] => [deviceId, "connecting"]);
  const told = devices.some(({ route }) => route !== null);
  return {
    links: { ...Object.fromEntries(opened), ...context.links },
    reached: context.reached || devices.length > 0,
    askedAt: told ? null : context.askedAt,
  };
}

export function withoutLink(context: CallContext, deviceId: string): Partial<CallContext> {
  const { [deviceId]: _gone, ...links } = context.links;
  return { links };
}

function remember(finished: readonly Finished[], call: Finished): readonly Finished[] {
  return [...finished.filter(({ callId }) => callId !== call.callId), call].slice(-MOST_FINISHED);
}
