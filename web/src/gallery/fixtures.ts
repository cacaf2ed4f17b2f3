import type { Contact, PastCall, User } from "../api/types";
import type { CallActions, CallModel, ChatMessage, DeviceController, DevicesModel } from "../call/model";

export const me: User = { userId: "u-me", email: "mara.lindt@example.com", name: "Mara Lindt" };

const person = (n: number, name: string, state: Contact["state"], online = false): Contact => ({
  contactId: `u-${n}`,
  email: `${name
    .toLowerCase()
    .normalize("NFD")
    .replace(/[^a-z ]/g, "")
    .replace(/ /g, ".")}@example.com`,
  name,
  state,
  online,
});

export const few: Contact[] = [
  person(1, "Ada Okafor", "accepted", true),
  person(2, "Jonas Weber", "accepted", true),
  person(3, "Lucía Fernández", "accepted"),
  person(4, "Grandma", "accepted"),
  person(5, "Tomasz Zieliński", "pending_received"),
  person(6, "Priya Raman", "pending_sent"),
  person(7, "Spam Caller", "blocked"),
];

export const many: Contact[] = [
  ...few.filter(({ state }) => state === "accepted"),
  person(10, "Alexandria Featherstonehaugh-Montgomery of Wolverhampton", "accepted", true),
  person(11, "Ben Carter", "accepted"),
  person(12, "Chiara Conti", "accepted"),
  person(13, "David Kim", "accepted", true),
  person(14, "Elif Yıldız", "accepted"),
  person(15, "Femi Adeyemi", "accepted"),
  person(16, "Hana Suzuki", "accepted"),
  person(17, "Igor Petrov", "accepted"),
];

/** Noon of an ordinary Wednesday. */
export const now = new Date(2026, 10, 25, 12, 0).getTime();
const minute = 60_000;
const hour = 60 * minute;

const past = (n: number, contact: string, name: string, ago: number, more: Partial<PastCall>): PastCall => ({
  callId: `call-${n}`,
  direction: "outgoing",
  contactId: contact,
  email: "",
  name,
  video: true,
  startedAt: now - ago,
  answeredAt: null,
  endedAt: now - ago + minute,
  outcome: "hangup",
  missed: false,
  ...more,
});

export const calls: PastCall[] = [
  past(1, "u-1", "Ada Okafor", 25 * minute, { direction: "incoming", outcome: "timeout", missed: true }),
  past(2, "u-2", "Jonas Weber", 3 * hour, {
    answeredAt: now - 3 * hour,
    endedAt: now - 3 * hour + 754_000,
  }),
  past(3, "u-3", "Lucía Fernández", 20 * hour, { outcome: "declined" }),
  past(4, "u-4", "Grandma", 27 * hour, {
    direction: "incoming",
    video: false,
    answeredAt: now - 27 * hour,
    endedAt: now - 27 * hour + 3_900_000,
  }),
  past(5, "u-4", "Grandma", 74 * hour, { outcome: "offline" }),
  past(6, "u-gone", "", 20 * 24 * hour, { outcome: "timeout" }),
];

const peer = { userId: "u-1", name: "Ada Okafor" };

/** A call that nothing is known of yet; states are made from it. */
export const blank: CallModel = {
  phase: "idle",
  callId: "call-1",
  direction: "outgoing",
  peer,
  video: true,
  answeredAt: null,
  durationMs: null,
  local: { stream: null, audio: true, video: true, screen: false, problem: null },
  remote: { stream: null, screen: null, audio: true, video: true },
  ended: null,
  quality: null,
  speaking: { local: false, remote: false, muted: false },
  chat: [],
  verification: { status: "waiting" },
  rejoin: null,
};

export const noActions: CallActions = {
  call: () => undefined,
  accept: () => undefined,
  preview: () => undefined,
  decline: () => undefined,
  hangUp: () => undefined,
  setMicrophone: () => undefined,
  setCamera: () => undefined,
  setScreen: () => undefined,
  retryMedia: () => undefined,
  dismiss: () => undefined,
  attend: () => undefined,
  sendChat: () => true,
  repeatVerification: () => undefined,
  rejoin: () => undefined,
};

/** Devices before anybody has given permission: none has a name yet. */
export const noDevices: DevicesModel = {
  cameras: [],
  microphones: [],
  speakers: [],
  chosen: { camera: null, microphone: null, speaker: null, ringer: null },
  canChooseSpeaker: true,
  preview: null,
  lost: null,
};

/** A machine with a choice of everything. */
export const someDevices: DevicesModel = {
  ...noDevices,
  cameras: [
    { id: "c1", label: "FaceTime HD Camera" },
    { id: "c2", label: "Logitech BRIO" },
  ],
  microphones: [
    { id: "m1", label: "MacBook Pro Microphone" },
    { id: "m2", label: "Jabra Evolve2 65" },
  ],
  speakers: [
    { id: "s1", label: "MacBook Pro Speakers" },
    { id: "s2", label: "Jabra Evolve2 65" },
  ],
  chosen: { camera: "c2", microphone: null, speaker: null, ringer: null },
};

/** Devices that stay as they are. */
export function devicesOf(model: DevicesModel = noDevices): DeviceController {
  return {
    getModel: () => model,
    subscribe: () => () => undefined,
    choose: () => undefined,
    openPreview: () => undefined,
    closePreview: () => undefined,
    dismissLost: () => undefined,
  };
}

const message = (n: number, from: ChatMessage["from"], text: string, more: Partial<ChatMessage> = {}) => ({
  id: `message-${n}`,
  from,
  text,
  at: now + n * minute,
  state: "delivered" as const,
  ...more,
});

export const chat: ChatMessage[] = [
  message(1, "peer", "Can you see the plan?"),
  message(2, "me", "Yes! The bed on the left is what I meant. Shall we put the beans there?"),
  message(
    3,
    "peer",
    "I think so. This is the article about raised beds:\nhttps://example.org/garden/raised-beds?from=spring#soil",
  ),
  message(4, "me", "Lovely, I read it tonight."),
  message(5, "peer", "👍"),
  message(6, "me", "And the tomatoes?", { state: "sending" }),
];
