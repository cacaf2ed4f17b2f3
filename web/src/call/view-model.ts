import type { CallContext } from "./context";
import { type CallModel, type CallPhase, type LocalMedia, NO_CALL_DETAILS, type RemoteMedia } from "./model";

/** What the model is made of. */
export interface ModelParts {
  phase: CallPhase;
  context: CallContext;
  local: LocalMedia;
  remote: RemoteMedia;
}

export function toModel({ phase, context, local, remote }: ModelParts): CallModel {
  const { callId, direction, peer, video, answeredAt, durationMs, ended } = context;
  return {
    phase,
    callId,
    direction,
    peer,
    video,
    answeredAt,
    durationMs,
    local,
    remote,
    ended,
    ...NO_CALL_DETAILS,
  };
}

/** Whether two models show the same: then the old one stays, and nothing is rendered anew. */
export function sameModel(one: CallModel, other: CallModel): boolean {
  return (
    sameFields({ ...one, local: null, remote: null }, { ...other, local: null, remote: null }) &&
    sameFields(one.remote, other.remote) &&
    sameFields({ ...one.local, problem: null }, { ...other.local, problem: null }) &&
    one.local.problem?.device === other.local.problem?.device &&
    one.local.problem?.problem === other.local.problem?.problem
  );
}

function sameFields<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}
