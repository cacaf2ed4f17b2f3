/** What the REST API answers. Times are milliseconds since the Unix epoch. */

export interface User {
  userId: string;
  email: string;
  name: string;
}

export type ContactState = "pending_sent" | "pending_received" | "accepted" | "blocked";

export interface Contact {
  /** The contact's user id. */
  contactId: string;
  email: string;
  name: string;
  state: ContactState;
  online: boolean;
}

export interface SocketTicket {
  ticket: string;
  /** Seconds. */
  expiresIn: number;
}

export interface IceServers {
  iceServers: RTCIceServer[];
  /** Seconds for which the answer may be used. */
  ttl: number;
}

export type CallOutcome = "hangup" | "declined" | "cancelled" | "timeout" | "busy" | "offline" | "lost";

export interface PastCall {
  callId: string;
  direction: "incoming" | "outgoing";
  contactId: string;
  /** Empty when that user is gone, like `name`. */
  email: string;
  name: string;
  video: boolean;
  startedAt: number;
  answeredAt: number | null;
  endedAt: number | null;
  /** `null` while the call goes on. */
  outcome: CallOutcome | null;
  /** Incoming, never answered, and nobody declined it. */
  missed: boolean;
}

export interface CallHistory {
  calls: PastCall[];
  next: string | null;
}
