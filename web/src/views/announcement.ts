import type { CallModel } from "../call/model";
import { endMessage } from "./texts";

/** What a screen reader should say when a call comes to this state; empty when there is nothing to say. */
export function announcement(model: CallModel): string {
  const { phase, peer, remote } = model;
  const name = peer?.name ?? "";
  switch (phase) {
    case "idle":
    case "ringing_in": // the dialog that opens speaks for itself
      return "";
    case "inviting":
      return `Calling ${name}`;
    case "ringing_out":
      return `Ringing at ${name}’s`;
    case "connecting":
      return "Connecting";
    case "in_call": {
      if (remote.screen) return `${name} is sharing their screen`;
      const camera = remote.video ? "" : `, ${name}’s camera is off`;
      const sound = remote.audio ? "" : `, ${name} is muted`;
      return `In a call with ${name}${camera}${sound}`;
    }
    case "reconnecting":
      return "Connection interrupted. Reconnecting";
    case "ended": {
      const { title, detail } = endMessage(model);
      return detail ? `${title}. ${detail}` : title;
    }
  }
}
