import type { CallModel, DevicesModel, MediaProblem } from "../call/model";

/** What a person is told: a line that says what happened, and one that says what it means or what to do. */
export interface Message {
  title: string;
  detail?: string;
}

export type EndedCall = Pick<CallModel, "ended" | "peer" | "direction" | "answeredAt">;

/** How a call ended, in words. */
export function endMessage({ ended, peer, direction, answeredAt }: EndedCall): Message {
  const name = peer?.name ?? "";
  const answered = answeredAt !== null;
  const reason = ended?.reason ?? "failed";
  switch (reason) {
    case "hangup":
      return { title: "Call ended" };
    case "remote_hangup":
      return { title: "Call ended", detail: `${name} hung up.` };
    case "declined":
      return direction === "incoming"
        ? { title: "Call declined" }
        : { title: `${name} can’t talk right now`, detail: "The call was declined." };
    case "cancelled":
      return { title: `Missed call from ${name}`, detail: "They hung up before you answered." };
    case "timeout":
      return direction === "incoming"
        ? { title: `Missed call from ${name}` }
        : { title: "No answer", detail: `${name} will see that you called.` };
    case "busy":
      return {
        title: `${name} is in another call`,
        detail: "They will see that you called. Try again in a while.",
      };
    case "offline":
      return { title: `${name} is offline`, detail: "They will see that you called when they are back." };
    case "answered_elsewhere":
      return { title: "Answered on another device" };
    case "declined_elsewhere":
      return { title: "Declined on another device" };
    case "lost":
      if (direction === "incoming" && !answered) return { title: `Missed call from ${name}` };
      return {
        title: "Connection lost",
        detail: `The connection to ${name} could not be kept. Check your network, then call again.`,
      };
    case "not_allowed":
      return {
        title: `You can’t call ${name}`,
        detail: "You are no longer in each other’s contacts. Ask to be added again.",
      };
    case "in_call":
      return { title: "You are in another call", detail: "Hang up in your other window or device first." };
    case "failed":
      return {
        title: "The call failed",
        detail: ended?.message ?? "Something unexpected went wrong. Try again.",
      };
  }
}

const devices = { camera: "camera", microphone: "microphone", both: "camera and microphone" } as const;

/** Why camera or microphone cannot be used, and what to do about it. */
export function mediaMessage({ device, problem }: MediaProblem): Message {
  const what = devices[device];
  const are = device === "both" ? "are" : "is";
  switch (problem) {
    case "denied":
      return {
        title: `Your ${what} ${are} blocked`,
        detail: `Allow the ${what} for this site, in the address bar or the browser’s settings, then try again.`,
      };
    case "missing":
      return { title: `No ${what} found`, detail: `Connect a ${what}, then try again.` };
    case "in_use":
      return {
        title: `Your ${what} ${are} in use`,
        detail: "Another program holds it. Close that program, then try again.",
      };
    case "insecure":
      return {
        title: `Your ${what} can’t be used here`,
        detail:
          "Browsers allow it only on addresses that start with https:// or on localhost. Open Video Chat there.",
      };
    case "failed":
      return {
        title: `Your ${what} could not be started`,
        detail: "Reconnect it or restart the browser, then try again.",
      };
  }
}

/** What the other side still gets while {@link mediaMessage} stands there. */
export function mediaConsequence({ device }: MediaProblem): string {
  switch (device) {
    case "camera":
      return "They can hear you but not see you.";
    case "microphone":
      return "They can see you but not hear you.";
    case "both":
      return "They can neither see nor hear you.";
  }
}

/** A device that went away in the middle of a call. */
export function lostMessage({ device, label, now }: NonNullable<DevicesModel["lost"]>): string {
  const what = label || `Your ${device}`;
  return now
    ? `${what} was disconnected. ${now} is used now.`
    : `${what} was disconnected, and there is no other ${device}.`;
}

/** Errors of the REST API that a person can do something about, by code. */
const apiMessages: Record<string, string> = {
  user_not_found: "Nobody here has this email address. Ask them to create an account first.",
  already_contact: "This person is on your list already.",
  cannot_add_self: "That is your own address.",
  invalid_email: "That does not look like an email address.",
  contact_not_found: "This contact is no longer on your list.",
  no_request: "This request has been withdrawn.",
  too_many_contacts: "Your contact list is full. Remove somebody first.",
  network: "The server can’t be reached. Check your connection and try again.",
  unavailable: "The server is busy. Try again in a moment.",
  too_many_requests: "Too many attempts. Wait a moment, then try again.",
  sign_in_required: "Your session has ended. Sign in again.",
};

/** `code` is an `ApiError`'s. */
export function apiMessage(code: string): string {
  return apiMessages[code] ?? "That did not work. Try again.";
}
