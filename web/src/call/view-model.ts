import { type CallContext, NO_CALL } from "./context";
import type { CallModel, CallQuality, RejoinOffer } from "./model";

/** What the model is made of. */
export interface ModelParts
  extends Pick<CallModel, "phase" | "local" | "remote" | "chat" | "verification" | "speaking"> {
  /** Whether the call is one that the page before this one was in. */
  left: boolean;
  context: CallContext;
  quality: Omit<CallQuality, "audioOnly"> | null;
  audioOnly: boolean;
}

export function toModel({ left, context, quality, audioOnly, ...shown }: ModelParts): CallModel {
  const { callId, direction, peer, video, answeredAt, durationMs, ended } = left ? NO_CALL : context;
  return {
    ...shown,
    ...{ callId, direction, peer, video, answeredAt, durationMs, ended },
    quality: quality && { ...quality, audioOnly },
    rejoin: left ? offerOf(context) : null,
  };
}

function offerOf({ callId, peer, video }: CallContext): RejoinOffer | null {
  return callId !== null && peer ? { callId, peer, video } : null;
}

/** Whether two models show the same: then the old one stays, and nothing is rendered anew. */
export function sameModel(one: CallModel, other: CallModel): boolean {
  return (
    sameFields({ ...one, ...MADE_ANEW }, { ...other, ...MADE_ANEW }) &&
    one.rejoin?.callId === other.rejoin?.callId &&
    sameOrNull(one.quality, other.quality) &&
    sameFields(one.speaking, other.speaking) &&
    sameFields(one.remote, other.remote) &&
    sameFields({ ...one.local, problem: null }, { ...other.local, problem: null }) &&
    sameOrNull(one.local.problem, other.local.problem)
  );
}

/** These parts are made anew for each model. */
const MADE_ANEW = { local: null, remote: null, rejoin: null, quality: null, speaking: null };

function sameOrNull<T extends object>(one: T | null, other: T | null): boolean {
  return one && other ? sameFields(one, other) : one === other;
}

function sameFields<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}
