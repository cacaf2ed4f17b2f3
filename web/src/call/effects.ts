/** What the names in the call machine's table stand for: its actions, guards and delays. */
import { assign, raise, setup } from "xstate";
import type { ClientFrame } from "../protocol/frames";
import {
  type CallContext,
  type Debt,
  type Ending,
  finish,
  finishedCall,
  markTold,
  NO_CALL,
  settle,
  takeHeld,
  takeInvite,
  takeOver,
  withLink,
  withLinks,
  withoutLink,
} from "./context";
import type { CallEnvironment } from "./environment";
import type { CallEvent, Device } from "./events";

/** ms after which an unanswered invite, accept or question for a route is sent again. */
const RETRY = 5_000;
const MOST_INVITES = 4;
/** ms that a call rings at most, whatever the server says; it ends it after 60 s. */
const LONGEST_RING = 65_000;
/** ms for the server's own end of the ringing to arrive. */
const RING_GRACE = 4_000;
/** ms for a peer link that has not even begun. A link that has gives up by itself, earlier. */
const CONNECT_LIMIT = 40_000;
/** ms after which the server is told what the other side should have told it. */
const SETTLE = 2_000;
/** ms after which it matters that something was told later than it happened. */
const LATE = 1_000;
/** ms in which one may go back to a call; the other side gives up earlier. */
const REJOIN_LIMIT = 60_000;
/** ms after a standstill in which a link that seems to be up may have been given up by the other side. */
const DOUBT = 10_000;
/** ms that the end of a call stays on the screen. */
const ENDED_SHOWN = 6_000;

type EventOf<T extends CallEvent["type"]> = Extract<CallEvent, { type: T }>;

/** The devices that an event speaks of. */
function devicesOf(event: CallEvent): Device[] {
  switch (event.type) {
    case "server.ringing":
    case "server.accept":
    case "server.signal":
      return [event.device];
    case "server.accepted":
      return event.device ? [event.device] : [];
    case "server.route":
      return event.devices;
    default:
      return [];
  }
}

/** For actions that stand only at transitions of these events. */
function only<T extends CallEvent["type"]>(event: CallEvent, ...types: T[]): EventOf<T> {
  if (!types.some((type) => type === event.type)) throw new Error(`unexpected ${event.type}`);
  return event as EventOf<T>;
}

function callIdOf(context: CallContext): string {
  if (context.callId === null) throw new Error("there is no call");
  return context.callId;
}

/** The end of a call as the server hears it, with how long ago it was when that could not be told at the time. */
function toFrame(callId: string, { word, endedAt, unheardAt }: Debt, now: number): ClientFrame {
  if (word === "decline") return { action: "decline", callId };
  return {
    action: "hangup",
    callId,
    ...(word === "lost" && { reason: "lost" }),
    ...(unheardAt !== null && { answeredAgo: Math.max(0, now - unheardAt) }),
    ...ago(endedAt, now),
  };
}

function ago(at: number, now: number): { ago?: number } {
  return now - at < LATE ? {} : { ago: now - at };
}

export function createCallSetup(env: CallEnvironment) {
  function open(context: CallContext, device: Device): void {
    const { direction, rejoined } = context;
    env.openLink(callIdOf(context), device, direction === "incoming", rejoined);
  }

  function tell(context: CallContext, callId: string | null): void {
    const finished = finishedCall(context, callId);
    if (finished?.owed) env.send(toFrame(finished.callId, finished.owed, env.now()));
  }

  return setup({
    types: { context: {} as CallContext, events: {} as CallEvent },
    actions: {
      // -- memory
      forgetCall: assign(NO_CALL),
      startCall: assign(({ event }) => {
        const { callId, peer, video } = only(event, "user.call");
        return { ...NO_CALL, callId, peer, video, direction: "outgoing" as const };
      }),
      keepWaiting: assign(({ event }) => ({ waiting: only(event, "other.invite").invite })),
      takeWaiting: assign(({ context }) => (context.waiting ? takeInvite(context, context.waiting) : {})),
      takeHeld: assign(({ event }) => takeHeld(only(event, "other.held").call)),
      takeOver: assign(({ context, event }) => takeOver(context, only(event, "server.glare").activeCallId)),
      countInvite: assign(({ context }) => ({ attempts: context.attempts + 1 })),
      noteInvited: assign(({ context, event }) => {
        const { ringUntil, devices } = only(event, "server.invited");
        return { ringUntil, reached: context.reached || devices > 0 };
      }),
      confirm: assign({ confirmed: true }),
      markAnswered: assign(({ event }) => ({
        answeredAt: (event.type === "user.rejoin" ? event.answeredAt : null) ?? env.now(),
      })),
      noteWoken: assign(() => ({ wokenAt: env.now() })),
      noteLink: assign(({ context, event }) => {
        const { deviceId, type } = only(event, "link.connected", "link.interrupted");
        if (!(deviceId in context.links)) return {};
        return withLink(context, deviceId, type === "link.connected" ? "connected" : "interrupted");
      }),
      /** The event's device is the one in the call. */
      choose: assign(({ context, event }) => {
        if (event.type === "link.accept") return { device: event.deviceId };
        const [device] = devicesOf(event);
        return device ? { device: device.deviceId } : { device: context.device };
      }),
      /** Which device has accepted will be known with the routes. */
      chooseLater: assign({ device: null }),
      chooseIfUnknown: assign(({ context, event }) => ({
        device: context.device ?? devicesOf(event)[0]?.deviceId ?? null,
      })),
      finish: assign(({ context, event }, ending: Ending | undefined) => {
        if (ending) return finish(context, ending, env.now());
        const { reason, message } = only(event, "server.over");
        return finish(context, message === undefined ? { reason } : { reason, message }, env.now());
      }),
      sayAway: assign({ lastWord: "away" }),
      settle: assign(({ context }) => settle(context, context.callId)),
      settleOther: assign(({ context, event }) => settle(context, only(event, "other.over").callId)),

      // -- the server
      sendInvite: ({ context }) => {
        const { peer, video } = context;
        if (peer) env.send({ action: "invite", callId: callIdOf(context), to: peer.userId, video });
      },
      sendRinging: ({ context }) => env.send({ action: "ringing", callId: callIdOf(context) }),
      sendAccept: ({ context }) => {
        const { direction, answeredAt } = context;
        if (direction !== "incoming") return;
        const now = env.now();
        env.send({ action: "accept", callId: callIdOf(context), ...ago(answeredAt ?? now, now) });
      },
      askRoute: ({ context }) => env.send({ action: "route", callId: callIdOf(context) }),
      askRouteIfUnknown: ({ context }) => {
        if (!context.caller) env.send({ action: "route", callId: callIdOf(context) });
      },
      noteAsked: assign(() => ({ askedAt: env.now() })),
      noteAskedIfUnknown: assign(({ context }) => (context.caller ? {} : { askedAt: env.now() })),
      /** Unless the other side's word to the server is enough. */
      tellServer: ({ context }) => {
        if (finishedCall(context, context.callId)?.told) tell(context, context.callId);
      },
      tellServerAgain: ({ context }) => tell(context, context.callId),
      tellServerAtLast: ({ context }) => {
        if (!finishedCall(context, context.callId)?.told) tell(context, context.callId);
      },
      /** Calls that were answered here and are over, without the server having confirmed the answer. This call's own state speaks for it. */
      tellServerOfUnheard: ({ context }) => {
        for (const { callId, owed } of context.finished)
          if (callId !== context.callId && owed && owed.unheardAt !== null) tell(context, callId);
      },
      tellServerOfInvited: ({ context, event }) => tell(context, only(event, "other.invite").invite.callId),
      noteTold: assign(({ context }) => markTold(context, context.callId)),
      tellServerOfOther: ({ context, event }) => {
        const { callId, stale } = only(event, "other.alive");
        if (finishedCall(context, callId)) tell(context, callId);
        // A call of this device from before a reload: nobody here is in it any more.
        else if (stale) env.send({ action: "hangup", callId });
      },

      /** The call of a page before this one cannot be gone back to: this page is in another, or has ended it. */
      tellServerOfGone: ({ context, event }) => {
        const { callId } = only(event, "other.held").call;
        if (finishedCall(context, callId)) tell(context, callId);
        else env.send({ action: "hangup", callId });
      },

      tellServerLater: raise(
        ({ event }) => ({
          type: "other.alive",
          callId: only(event, "ending.failed").callId,
          stale: false,
        }),
        { delay: "retry" },
      ),
      tellServerOfHeld: ({ context, event }) => tell(context, only(event, "server.in_call").activeCallId),

      // -- peer links
      openLinks: ({ context, event }) => {
        for (const device of devicesOf(event)) open(context, device);
      },
      noteLinks: assign(({ context, event }) => withLinks(context, devicesOf(event))),
      openCallerLink: ({ context }) => {
        if (context.caller) open(context, context.caller);
      },
      noteCallerLink: assign(({ context }) => withLinks(context, context.caller ? [context.caller] : [])),
      learnCaller: assign(({ context, event }) => ({ caller: devicesOf(event)[0] ?? context.caller })),
      deliver: ({ event }) => {
        const { device, payload } = only(event, "server.signal");
        env.deliver(device.deviceId, payload);
      },
      sayAccept: ({ context }) => {
        if (context.device !== null) env.sayAccept(context.device);
      },
      activateLink: ({ context }) => {
        if (context.device !== null) env.activateLink(context.device);
      },
      closeOtherLinks: ({ context }) => {
        if (context.device !== null) env.closeOtherLinks(context.device);
      },
      forgetOtherLinks: assign(({ context: { device, links } }) => {
        if (device === null) return {};
        const state = links[device];
        return { links: state ? { [device]: state } : {} };
      }),
      closeLink: ({ event }) => env.closeLink(only(event, "link.failed", "link.over").deviceId),
      forgetLink: assign(({ context, event }) =>
        withoutLink(context, only(event, "link.failed", "link.over").deviceId),
      ),
      closeLinks: ({ context }) => env.closeLinks(context.lastWord),
      forgetLinks: assign({ links: {} }),

      // -- camera and microphone
      openMedia: ({ event }) => {
        const wanted = only(event, "user.call", "user.accept", "user.rejoin");
        env.openMedia({ audio: wanted.type === "user.rejoin" ? wanted.audio : true, video: wanted.video });
      },
      previewMedia: ({ event }) => env.previewMedia(only(event, "user.preview").on),
      closeMedia: () => env.closeMedia(),
    },
    guards: {
      isNew: ({ context, event }) =>
        !finishedCall(context, only(event, "other.invite").invite.callId) &&
        only(event, "other.invite").invite.ringUntil > env.serverNow(),
      isNewFromPeer: ({ context, event }) => {
        const { callId, peer } = only(event, "other.invite").invite;
        return !finishedCall(context, callId) && peer.userId === context.peer?.userId;
      },
      isUnknown: ({ context, event }) => !finishedCall(context, only(event, "other.held").call.callId),
      callWaits: ({ context: { waiting } }) => waiting !== null && waiting.ringUntil > env.serverNow(),
      /** A question for the ways that was not answered, or with nobody there, stands for a while: whoever comes back is told of by itself. */
      mayAsk: ({ context: { askedAt } }) => askedAt === null || env.now() - askedAt >= RETRY,
      mayInviteAgain: ({ context }) => context.attempts < MOST_INVITES,
      /** A call that is over here, and of whose end the server has not heard. One that was answered is told of already. */
      isEnded: ({ context, event }) => {
        const { owed } = finishedCall(context, only(event, "other.invite").invite.callId) ?? {};
        return owed != null && owed.unheardAt === null;
      },
      wasUnheard: ({ context }) => finishedCall(context, context.callId)?.owed?.unheardAt != null,
      /** The two have been talking for a while, and the server gives up a call that it believes to be ringing. */
      isTalking: ({ context: { device, links, answeredAt }, event }) => {
        const { reason } = only(event, "server.over");
        const flows = device !== null && links[device] === "connected";
        const since = env.now() - (answeredAt ?? env.now());
        return (reason === "timeout" || reason === "lost") && flows && since > SETTLE;
      },
      isOn: ({ event }) => only(event, "user.attend").on,
      isOff: ({ event }) => !only(event, "user.attend").on,
      isIncoming: ({ context }) => context.direction === "incoming",
      isConfirmed: ({ context }) => context.confirmed,
      isAccepted: ({ event }) => only(event, "server.back").accepted,
      isAcceptedHere: ({ context, event }) => {
        const { accepted, here } = only(event, "server.back");
        return accepted && (here || context.direction === "outgoing");
      },
      /** The call that the server holds against us is over here: it has not heard of it. */
      holdsFinished: ({ context, event }) =>
        finishedCall(context, only(event, "server.in_call").activeCallId)?.owed != null,
      isDeclined: ({ event }) => only(event, "link.over").declined,
      isOurDevice: ({ context, event }) =>
        only(event, "link.failed", "link.over").deviceId === context.device,
      linkIsUp: ({ context: { device, links } }) => device !== null && links[device] === "connected",
      linkIsDown: ({ context: { device, links } }) => device === null || links[device] !== "connected",
      /** What a server can rightly say of a call that it has confirmed. */
      endsConfirmed: ({ context: { device, links, wokenAt }, event }) => {
        const { reason, byPeer = false } = only(event, "server.over");
        if (reason === "remote_hangup" || reason === "hangup" || byPeer) return true;
        // It has lost sight of us; as long as media flows between the two that does not matter. After a standstill it only seems to.
        const flows = device !== null && links[device] === "connected";
        return reason === "lost" && (!flows || (wokenAt !== null && env.now() - wokenAt < DOUBT));
      },
    },
    delays: {
      retry: RETRY,
      settle: SETTLE,
      rejoinLimit: REJOIN_LIMIT,
      endedShown: ENDED_SHOWN,
      connectLimit: CONNECT_LIMIT,
      ringLimit: ({ context }) => {
        const left = context.ringUntil === null ? LONGEST_RING : context.ringUntil - env.serverNow();
        return Math.min(Math.max(left + RING_GRACE, RETRY), LONGEST_RING);
      },
    },
  });
}
