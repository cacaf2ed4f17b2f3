/**
 * The call machine: a pure statechart. This file is the table of its transitions; what the names stand for is in `effects.ts`,
 * what it remembers in `context.ts`, what it hears in `events.ts`, what it does in `environment.ts`. docs/call-machine.md is
 * generated from it.
 *
 * Every state has an answer to every event: where none is written, and none at the root, `ignored.ts` says why.
 */
import { type Ending, INITIAL_CONTEXT } from "./context";
import { createCallSetup } from "./effects";
import type { CallEnvironment } from "./environment";

const HANG_UP: Ending = { reason: "hangup", owed: "hangup", lastWord: "hangup" };
const DECLINE: Ending = { reason: "declined", owed: "decline", lastWord: "declined" };
/** The page goes while it rings: other devices may still answer. */
const LEAVE: Ending = { reason: "hangup" };
const NO_ANSWER: Ending = { reason: "timeout", owed: "hangup", lastWord: "hangup" };
const RANG_OUT: Ending = { reason: "timeout" };
const NO_SERVER: Ending = { reason: "failed", message: "The server does not answer.", owed: "hangup" };
const LOST: Ending = { reason: "lost", owed: "lost" };
const ANSWERED_ELSEWHERE: Ending = { reason: "answered_elsewhere" };
const DECLINED_DIRECTLY: Ending = { reason: "declined", owed: "hangup", tell: false };
const OTHER_CALL: Ending = { reason: "in_call" };
const CANCELLED_DIRECTLY: Ending = { reason: "cancelled" };
/** The other side has told the server as well, most likely; when not, we do. */
const HUNG_UP_DIRECTLY: Ending = { reason: "remote_hangup", owed: "hangup", tell: false };
const CALLED_ANEW: Ending = { reason: "remote_hangup" };

// An effect, and the memory of it.
const OPEN = ["openLinks", "noteLinks"] as const;
const OPEN_CALLER = ["openCallerLink", "noteCallerLink"] as const;
const CLOSE_OTHERS = ["closeOtherLinks", "forgetOtherLinks"] as const;
const CLOSE_ALL = ["closeLinks", "forgetLinks"] as const;
const ASK_ROUTE = ["askRoute", "noteAsked"] as const;
const DROP = ["closeLink", "forgetLink"] as const;
const TELL_AT_LAST = ["tellServerAtLast", "noteTold"] as const;

export function createCallMachine(environment: CallEnvironment) {
  return createCallSetup(environment).createMachine({
    id: "call",
    context: INITIAL_CONTEXT,
    initial: "idle",
    on: {
      "link.connected": { actions: "noteLink" },
      "link.interrupted": { actions: "noteLink" },
      "server.welcome": {
        actions: "tellServerOfUnheard",
        description: "calls that were answered and ended while it was away",
      },
      "other.invite": [
        { guard: "isNew", actions: "keepWaiting", description: "rings when this call is over" },
        {
          guard: "isEnded",
          actions: "tellServerOfInvited",
          description: "it does not know that this call is over",
        },
      ],
      "other.alive": {
        actions: "tellServerOfOther",
        description: "tells the server again, or for the first time",
      },
      "other.held": {
        actions: "tellServerOfGone",
        description: "there is another call here, or it was ended here",
      },
      "other.over": { actions: "settleOther" },
      "ending.failed": { actions: "tellServerLater" },
    },
    states: {
      idle: {
        description: "No call.",
        entry: "forgetCall",
        always: { guard: "callWaits", target: "ringing_in" },
        on: {
          "user.call": { target: "outgoing", actions: ["startCall", "openMedia"] },
          "other.invite": { guard: "isNew", target: "ringing_in", actions: "keepWaiting" },
          "other.held": { guard: "isUnknown", target: "left", actions: "takeHeld" },
        },
      },

      left: {
        description:
          "The page was loaded anew in the middle of a call: the person may go back to it. The other side waits.",
        entry: [...ASK_ROUTE],
        after: {
          rejoinLimit: { target: "idle", actions: [{ type: "finish", params: LOST }, "tellServer"] },
        },
        on: {
          "user.rejoin": {
            target: "active",
            actions: [...OPEN_CALLER, "askRouteIfUnknown", "noteAskedIfUnknown", "openMedia"],
          },
          "user.hang_up": { target: "idle", actions: [{ type: "finish", params: HANG_UP }, "tellServer"] },
          "user.call": {
            target: "outgoing",
            actions: [{ type: "finish", params: HANG_UP }, "tellServer", "startCall", "openMedia"],
            description: "ends that call first",
          },
          "page.gone": { target: "idle", description: "loaded anew once more, perhaps" },
          "page.woken": { actions: [...ASK_ROUTE], description: "asks how it stands" },
          "server.over": { target: "idle", actions: "settle" },
          "server.route": { actions: ["learnCaller", "choose"] },
          "server.back": { actions: [...ASK_ROUTE] },
          "server.forgot": { actions: [...ASK_ROUTE], description: "asks how it ended" },
          "other.invite": [
            {
              guard: "isNewFromPeer",
              target: "idle",
              actions: ["keepWaiting", { type: "finish", params: CALLED_ANEW }],
              description: "they could not call while the server holds this call: it is over, and rings anew",
            },
            { guard: "isNew", actions: "keepWaiting", description: "rings when this call is over" },
          ],
        },
      },

      outgoing: {
        description: "We call; nobody has accepted.",
        initial: "inviting",
        on: {
          "user.hang_up": { target: "ended", actions: [{ type: "finish", params: HANG_UP }, "tellServer"] },
          "page.gone": { target: "ended", actions: [{ type: "finish", params: HANG_UP }, "tellServer"] },
          "page.woken": { actions: [...ASK_ROUTE], description: "asks how it stands" },
          "server.accept": { target: "active", actions: [...OPEN, "choose", "confirm"] },
          "server.over": { target: "ended", actions: "finish" },
          "server.unreachable": {
            guard: "mayAsk",
            actions: [...ASK_ROUTE],
            description: "once, until a way is told",
          },
          "link.unrouted": { guard: "mayAsk", actions: [...ASK_ROUTE], description: "its `ringing` is late" },
          "link.accept": {
            target: "active",
            actions: "choose",
            description: "faster than the server's word",
          },
          "link.failed": { actions: [...DROP], description: "tried again when that device accepts" },
          "link.over": [
            { guard: "isDeclined", target: "ended", actions: { type: "finish", params: DECLINED_DIRECTLY } },
            { actions: [...DROP], description: "one of the ringing devices has gone" },
          ],
        },
        states: {
          inviting: {
            description: "The invite is on its way.",
            entry: ["countInvite", "sendInvite"],
            after: {
              retry: [
                { guard: "mayInviteAgain", target: "inviting", reenter: true },
                { target: "#call.ended", actions: [{ type: "finish", params: NO_SERVER }, "tellServer"] },
              ],
            },
            on: {
              "server.invited": { target: "ringing_out", actions: "noteInvited" },
              "server.ringing": { target: "ringing_out", actions: [...OPEN] },
              "server.signal": { target: "ringing_out", actions: [...OPEN, "deliver"] },
              "server.route": { target: "ringing_out", actions: [...OPEN] },
              "server.exists": {
                target: "ringing_out",
                actions: [...ASK_ROUTE],
                description: "asks how it stands",
              },
              "server.glare": {
                target: "#call.active",
                actions: [...CLOSE_ALL, "takeOver", ...OPEN_CALLER],
                description: "accepts their call",
              },
              "server.back": [
                {
                  guard: "isAccepted",
                  target: "#call.active",
                  actions: ["chooseLater", "confirm", ...ASK_ROUTE],
                },
                { target: "ringing_out", actions: [...ASK_ROUTE] },
              ],
              "server.in_call": [
                {
                  guard: "holdsFinished",
                  target: "inviting",
                  reenter: true,
                  actions: "tellServerOfHeld",
                  description: "ends that call and invites again",
                },
                { target: "#call.ended", actions: { type: "finish", params: OTHER_CALL } },
              ],
              "server.forgot": {
                target: "inviting",
                reenter: true,
                description: "the invite did not arrive",
              },
            },
          },
          ringing_out: {
            description: "The callee's devices ring, and connect to us meanwhile.",
            after: {
              ringLimit: {
                target: "#call.ended",
                actions: [{ type: "finish", params: NO_ANSWER }, "tellServer"],
                description: "the server's own timeout did not come",
              },
            },
            on: {
              "server.invited": { actions: "noteInvited" },
              "server.ringing": { actions: [...OPEN] },
              "server.route": { actions: [...OPEN] },
              "server.signal": { actions: [...OPEN, "deliver"] },
              "server.back": [
                {
                  guard: "isAccepted",
                  target: "#call.active",
                  actions: ["chooseLater", "confirm", ...ASK_ROUTE],
                },
                { actions: [...ASK_ROUTE] },
              ],
              "server.forgot": { actions: [...ASK_ROUTE], description: "asks how it ended" },
            },
          },
        },
      },

      ringing_in: {
        description:
          "Somebody calls: this device rings and connects to the caller. No media, and no camera unless for the own eyes.",
        entry: ["takeWaiting", ...OPEN_CALLER, "sendRinging", "askRouteIfUnknown", "noteAskedIfUnknown"],
        after: {
          ringLimit: {
            target: "ended",
            actions: { type: "finish", params: RANG_OUT },
            description: "the server's own timeout did not come",
          },
        },
        on: {
          "user.accept": {
            target: "active",
            actions: ["sayAccept", ...OPEN_CALLER, "openMedia"],
            description: "does not wait for the camera",
          },
          "user.preview": { actions: "previewMedia" },
          "user.decline": {
            target: "idle",
            actions: [{ type: "finish", params: DECLINE }, "tellServer", ...CLOSE_ALL, "closeMedia"],
          },
          "user.hang_up": {
            target: "idle",
            actions: [{ type: "finish", params: DECLINE }, "tellServer", ...CLOSE_ALL, "closeMedia"],
          },
          "page.gone": {
            target: "idle",
            actions: [{ type: "finish", params: LEAVE }, ...CLOSE_ALL, "closeMedia"],
          },
          "page.woken": { actions: [...ASK_ROUTE], description: "asks how it stands" },
          "server.over": { target: "ended", actions: "finish" },
          "server.route": { actions: ["learnCaller", "chooseIfUnknown", ...OPEN] },
          "server.signal": { actions: "deliver" },
          "server.unreachable": {
            guard: "mayAsk",
            actions: [...ASK_ROUTE],
            description: "once, until a way is told",
          },
          "link.unrouted": { guard: "mayAsk", actions: [...ASK_ROUTE], description: "its `ringing` is late" },
          "server.back": [
            {
              guard: "isAccepted",
              target: "ended",
              actions: { type: "finish", params: ANSWERED_ELSEWHERE },
            },
            { actions: ["sendRinging", ...ASK_ROUTE] },
          ],
          "server.forgot": { actions: [...ASK_ROUTE], description: "asks how it ended" },
          "link.failed": { actions: [...DROP], description: "tried again on accept" },
          "link.over": { target: "ended", actions: { type: "finish", params: CANCELLED_DIRECTLY } },
        },
      },

      active: {
        description: "Accepted.",
        type: "parallel",
        entry: ["markAnswered", "activateLink"],
        on: {
          "user.hang_up": { target: "ended", actions: [{ type: "finish", params: HANG_UP }, "tellServer"] },
          "page.gone": {
            target: "idle",
            actions: ["sayAway", ...CLOSE_ALL, "closeMedia"],
            description: "a reload, perhaps: the next page may go back to the call",
          },
          "page.woken": {
            actions: ["noteWoken", ...ASK_ROUTE],
            description: "asks how it stands: the other side may have given up meanwhile",
          },
          "server.route": { actions: [...OPEN, "chooseIfUnknown", "activateLink"] },
          "server.signal": { actions: "deliver" },
          "server.unreachable": {
            guard: "mayAsk",
            actions: [...ASK_ROUTE],
            description: "once, until a way is told",
          },
          "link.unrouted": { guard: "mayAsk", actions: [...ASK_ROUTE], description: "its `ringing` is late" },
          "server.forgot": { actions: [...ASK_ROUTE], description: "asks how it ended" },
          "other.invite": [
            {
              guard: "isNewFromPeer",
              target: "ended",
              actions: ["keepWaiting", { type: "finish", params: CALLED_ANEW }],
              description: "they could not call while the server holds this call: it is over, and rings anew",
            },
            { guard: "isNew", actions: "keepWaiting", description: "rings when this call is over" },
          ],
          "link.failed": [
            {
              guard: "isOurDevice",
              target: "ended",
              actions: [{ type: "finish", params: LOST }, "tellServer"],
            },
            { actions: [...DROP] },
          ],
          "link.over": [
            { guard: "isOurDevice", target: "ended", actions: { type: "finish", params: HUNG_UP_DIRECTLY } },
            { actions: [...DROP] },
          ],
        },
        states: {
          path: {
            description: "The way between the two devices.",
            initial: "connecting",
            states: {
              connecting: {
                description: "Media cannot flow yet.",
                always: { guard: "linkIsUp", target: "in_call" },
                after: {
                  connectLimit: {
                    target: "#call.ended",
                    actions: [{ type: "finish", params: LOST }, "tellServer"],
                  },
                },
              },
              in_call: {
                description: "Media flows.",
                always: { guard: "linkIsDown", target: "reconnecting" },
              },
              reconnecting: {
                description: "The path broke and is being mended; the link gives up after 30 s.",
                always: { guard: "linkIsUp", target: "in_call" },
              },
            },
          },
          claim: {
            description: "Which device has the call: the server's word.",
            initial: "pending",
            states: {
              pending: {
                description:
                  "The server has not said it yet. Until then it may still name another device, or an end.",
                entry: "sendAccept",
                always: { guard: "isConfirmed", target: "confirmed" },
                after: { retry: { guard: "isIncoming", target: "pending", reenter: true } },
                on: {
                  "server.accept": {
                    target: "confirmed",
                    actions: [...OPEN, "choose", "confirm", "activateLink"],
                  },
                  "server.accepted": {
                    target: "confirmed",
                    actions: ["learnCaller", ...OPEN, "choose", "confirm", "activateLink"],
                  },
                  "server.over": [
                    {
                      guard: "isTalking",
                      target: "unheard",
                      description: "it was away when the call was answered, and has heard of it too late",
                    },
                    { target: "#call.ended", actions: "finish" },
                  ],
                  "server.forgot": [
                    { guard: "isIncoming", target: "pending", reenter: true },
                    { guard: "linkIsUp", description: "the callee says that the call was answered" },
                    { actions: [...ASK_ROUTE], description: "asks how it ended" },
                  ],
                  "server.back": [
                    { guard: "isAcceptedHere", target: "confirmed", actions: ["confirm", ...ASK_ROUTE] },
                    {
                      guard: "isAccepted",
                      target: "#call.ended",
                      actions: { type: "finish", params: ANSWERED_ELSEWHERE },
                    },
                    { guard: "isIncoming", target: "pending", reenter: true },
                    { actions: [...ASK_ROUTE] },
                  ],
                },
              },
              unheard: {
                description:
                  "The server has given the call up, as one that nobody answered. The two talk without it; the callee tells it when the call is over.",
                entry: [...CLOSE_OTHERS],
                on: {
                  "server.over": { guard: "endsConfirmed", target: "#call.ended", actions: "finish" },
                  "server.forgot": { description: "as we know" },
                },
              },
              confirmed: {
                description: "The server has named the device.",
                entry: [...CLOSE_OTHERS],
                on: {
                  "server.accept": { actions: [...OPEN, "choose", "activateLink", ...CLOSE_OTHERS] },
                  "server.accepted": { actions: ["learnCaller", ...OPEN, "choose", "activateLink"] },
                  "server.over": { guard: "endsConfirmed", target: "#call.ended", actions: "finish" },
                  "server.back": {
                    actions: [...ASK_ROUTE],
                    description: "the old ways led to the old socket",
                  },
                },
              },
            },
          },
        },
      },

      ended: {
        description: "Over; shown for a few seconds, or as long as somebody attends to it.",
        initial: "closing",
        entry: [...CLOSE_ALL, "closeMedia"],
        exit: [...TELL_AT_LAST],
        always: { guard: "callWaits", target: "ringing_in" },
        after: {
          settle: { actions: [...TELL_AT_LAST] },
        },
        states: {
          closing: {
            description: "Nobody attends to the end screen: it goes by itself.",
            after: { endedShown: { target: "#call.idle" } },
            on: { "user.attend": { guard: "isOn", target: "kept" } },
          },
          kept: {
            description: "Somebody is about to press something, with the pointer or the keyboard.",
            on: { "user.attend": { guard: "isOff", target: "closing" } },
          },
        },
        on: {
          "user.dismiss": { target: "idle" },
          "user.call": { target: "outgoing", actions: ["startCall", "openMedia"] },
          "other.invite": { guard: "isNew", target: "ringing_in", actions: "keepWaiting" },
          "server.over": { actions: "settle" },
          "server.forgot": [
            {
              guard: "wasUnheard",
              actions: "tellServerAgain",
              description: "it takes the call for a missed one",
            },
            { actions: "settle" },
          ],
          "server.back": { actions: "tellServerAgain", description: "our ending did not arrive" },
          "server.invited": {
            actions: "tellServerAgain",
            description: "our ending was faster than our invite",
          },
          "server.ringing": {
            actions: "tellServerAgain",
            description: "our ending was faster than our invite",
          },
          "server.accept": { actions: "tellServerAgain", description: "our ending crossed their accept" },
          "server.accepted": { actions: "tellServerAgain", description: "our ending crossed the answer" },
        },
      },
    },
  });
}
