/** Reads what the other client says, in `signal` and `relay` frames or over the data channel. */
import type { Payload } from "./frames.gen";
import {
  type Guard,
  isBoolean,
  isCount,
  isFromTo,
  isHash,
  isListOf,
  isNullOr,
  isObject,
  isOneOf,
  isRecord,
  isString,
  isUpTo,
} from "./guards";

export type PayloadType = Payload["type"];

const isCandidate = isObject({
  candidate: isString,
  "sdpMid?": isNullOr(isString),
  "sdpMLineIndex?": isNullOr(isCount),
  "usernameFragment?": isNullOr(isString),
});
const isRollback = isObject({ type: isOneOf("rollback") });
const isSdp = isObject({ type: isOneOf("offer", "answer"), sdp: isString });
const isDescription: Guard = (value) => isSdp(value) || isRollback(value);

const isPastMessage = isObject({
  id: isUpTo(64),
  by: isOneOf("sender", "receiver"),
  text: isFromTo(1, 4000),
  ago: isCount,
});

const isCommitment = isObject({ step: isOneOf("commit"), commitment: isHash, "nonce?": isHash });
const isNonce = isObject({ step: isOneOf("answer", "reveal"), nonce: isHash, "commitment?": isHash });
const isRepetition = isObject({ step: isOneOf("again"), "commitment?": isHash, "nonce?": isHash });

const GUARDS: Readonly<Record<PayloadType, Guard>> = {
  description: isObject({
    description: isDescription,
    "offerId?": isUpTo(64),
    "restart?": isUpTo(64),
    "candidates?": isListOf(isCandidate),
  }),
  candidates: isObject({ candidates: isListOf(isCandidate, 200) }),
  media: isObject({ audio: isBoolean, video: isBoolean, "screen?": isBoolean }),
  accept: isObject({}),
  hangup: isObject({ "reason?": isUpTo(64) }),
  restart: isObject({ name: isFromTo(1, 64) }),
  away: isObject({}),
  chat: isObject({ id: isUpTo(64), text: isFromTo(1, 4000), at: isCount }),
  chat_received: isObject({ id: isUpTo(64) }),
  chat_recall: isObject({}),
  chat_past: isObject({ messages: isListOf(isPastMessage, 100) }),
  verify: (value) => isCommitment(value) || isNonce(value) || isRepetition(value),
};

/** The payload, or null when it is none that this version knows. Never throws: the other side is another program. */
export function readPayload(value: unknown): Payload | null {
  if (!isRecord(value) || typeof value["type"] !== "string") return null;
  if (!Object.hasOwn(GUARDS, value["type"])) return null;
  return GUARDS[value["type"] as PayloadType](value) ? (value as unknown as Payload) : null;
}

/** As {@link readPayload}, from the text of a data channel message. */
export function readPayloadText(text: unknown): Payload | null {
  if (typeof text !== "string") return null;
  try {
    return readPayload(JSON.parse(text));
  } catch {
    return null;
  }
}
