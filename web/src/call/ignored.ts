import type { CallEvent } from "./events";

const NO_CALL_HERE = "there is no call it could be about";
const NOT_ASKED = "the person is not offered this here";
const NOT_OURS = "the server says it to the other role only";
const LATE = "late or repeated: it has been dealt with";

/**
 * Events that a state ignores, and why. A test checks that together with the table every state has an answer to every event,
 * and that nothing stands in both.
 */
export const IGNORED: Readonly<Record<string, Partial<Record<CallEvent["type"], string>>>> = {
  idle: {
    "user.accept": NOT_ASKED,
    "user.decline": NOT_ASKED,
    "user.hang_up": NOT_ASKED,
    "user.dismiss": NOT_ASKED,
    "page.gone": "nobody has to know",
    "server.invited": NO_CALL_HERE,
    "server.ringing": NO_CALL_HERE,
    "server.accept": NO_CALL_HERE,
    "server.accepted": NO_CALL_HERE,
    "server.route": NO_CALL_HERE,
    "server.signal": NO_CALL_HERE,
    "server.over": NO_CALL_HERE,
    "server.glare": NO_CALL_HERE,
    "server.exists": NO_CALL_HERE,
    "server.in_call": NO_CALL_HERE,
    "server.unreachable": NO_CALL_HERE,
    "server.back": NO_CALL_HERE,
    "server.forgot": NO_CALL_HERE,
    "link.failed": NO_CALL_HERE,
    "link.accept": NO_CALL_HERE,
    "link.over": NO_CALL_HERE,
  },
  "outgoing.inviting": {
    "user.call": "one call at a time",
    "user.accept": NOT_ASKED,
    "user.decline": NOT_ASKED,
    "user.dismiss": NOT_ASKED,
    "server.accepted": NOT_OURS,
  },
  "outgoing.ringing_out": {
    "user.call": "one call at a time",
    "user.accept": NOT_ASKED,
    "user.decline": NOT_ASKED,
    "user.dismiss": NOT_ASKED,
    "server.accepted": NOT_OURS,
    "server.glare": "an earlier answer says that our call counts",
    "server.exists": LATE,
    "server.in_call": LATE,
  },
  ringing_in: {
    "user.call": "one call at a time",
    "user.dismiss": NOT_ASKED,
    "server.invited": NOT_OURS,
    "server.ringing": NOT_OURS,
    "server.accept": NOT_OURS,
    "server.accepted": "nothing was accepted here",
    "server.glare": NOT_OURS,
    "server.exists": NOT_OURS,
    "server.in_call": NOT_OURS,
    "link.accept": NOT_OURS,
  },
  active: {
    "user.call": "one call at a time",
    "user.accept": LATE,
    "user.decline": NOT_ASKED,
    "user.dismiss": NOT_ASKED,
    "server.invited": LATE,
    "server.ringing": "other devices have not heard yet that it was answered",
    "server.glare": LATE,
    "server.exists": LATE,
    "server.in_call": LATE,
    "link.accept": "the first word counts until the server has spoken",
  },
  ended: {
    "user.accept": NOT_ASKED,
    "user.decline": NOT_ASKED,
    "user.hang_up": LATE,
    "page.gone": "the server was told",
    "server.route": LATE,
    "server.signal": LATE,
    "server.glare": LATE,
    "server.exists": LATE,
    "server.in_call": LATE,
    "server.unreachable": LATE,
    "link.failed": LATE,
    "link.accept": LATE,
    "link.over": LATE,
  },
};
