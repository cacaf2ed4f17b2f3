import { useEffect } from "react";
import type { CallActions, CallModel, EndReason } from "../call/model";
import { endMessage } from "../views/texts";
import type { Notice } from "./notice";

/** A call that ended before it had our attention gets a line on the home page instead of a screen. */
export function endsQuietly(model: CallModel): boolean {
  return model.phase === "ended" && model.direction === "incoming" && model.answeredAt === null;
}

/** Whether the call takes the whole window. */
export function fillsWindow(model: CallModel): boolean {
  return model.phase !== "idle" && model.phase !== "ringing_in" && !endsQuietly(model);
}

const missed: ReadonlySet<EndReason> = new Set(["cancelled", "timeout", "lost"]);

/** The line about a call that ended quietly; `null` when the person has ended it and knows. */
export function quietNotice(model: CallModel, onCallBack: CallActions["call"]): Notice | null {
  const reason = model.ended?.reason ?? "failed";
  if (reason === "declined" || reason === "hangup") return null;
  const { title, detail } = endMessage(model);
  if (reason === "failed") return { kind: "error", text: detail ? `${title}. ${detail}` : title };
  const { peer, video } = model;
  if (!peer || !missed.has(reason)) return { kind: "info", text: title };
  return {
    kind: "info",
    text: title,
    action: { label: "Call back", onSelect: () => onCallBack(peer, { video }) },
  };
}

/** Turns a quiet end into its line and closes the call. */
export function useQuietEnd(model: CallModel, calls: CallActions, tell: (notice: Notice) => void): void {
  const quiet = endsQuietly(model) ? model : null;
  useEffect(() => {
    if (!quiet) return;
    const notice = quietNotice(quiet, (peer, options) => calls.call(peer, options));
    if (notice) tell(notice);
    calls.dismiss();
  }, [quiet, calls, tell]);
}
