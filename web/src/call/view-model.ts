import { type CallContext, NO_CALL } from "./context";
import {
  type CallModel,
  type CallPhase,
  type CallVerification,
  type ChatMessage,
  type LocalMedia,
  NO_CALL_DETAILS,
  type RejoinOffer,
  type RemoteMedia,
} from "./model";

/** What the model is made of. */
export interface ModelParts {
  phase: CallPhase;
  /** Whether the call is one that the page before this one was in. */
  left: boolean;
  context: CallContext;
  local: LocalMedia;
  remote: RemoteMedia;
  chat: readonly ChatMessage[];
  verification: CallVerification;
}

export function toModel(parts: ModelParts): CallModel {
  const { phase, left, context, local, remote, chat, verification } = parts;
  const { callId, direction, peer, video, answeredAt, durationMs, ended } = left ? NO_CALL : context;
  const rejoin = left ? offerOf(context) : null;
  const call = { phase, callId, direction, peer, video, answeredAt, durationMs, local, remote, ended };
  return { ...call, ...NO_CALL_DETAILS, chat, verification, rejoin };
}

function offerOf({ callId, peer, video }: CallContext): RejoinOffer | null {
  return callId !== null && peer ? { callId, peer, video } : null;
}

/** These are made anew for each model. */
const NOT_COMPARED = { local: null, remote: null, rejoin: null };

/** Whether two models show the same: then the old one stays, and nothing is rendered anew. */
export function sameModel(one: CallModel, other: CallModel): boolean {
  return (
    sameFields({ ...one, ...NOT_COMPARED }, { ...other, ...NOT_COMPARED }) &&
    one.rejoin?.callId === other.rejoin?.callId &&
    sameFields(one.remote, other.remote) &&
    sameFields({ ...one.local, problem: null }, { ...other.local, problem: null }) &&
    one.local.problem?.device === other.local.problem?.device &&
    one.local.problem?.problem === other.local.problem?.problem
  );
}

function sameFields<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}
