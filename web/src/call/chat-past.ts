/** The text of a call for a page that was loaded anew: what the other side packs, and how it is taken in. */
import type { PastMessage, PayloadChatPast } from "../protocol/frames";
import type { ChatMessage } from "./model";

/** The protocol's limits for the whole list; UTF-16 units, of which there are at least as many as characters. */
const MOST_MESSAGES = 500;
const MOST_TEXT = 100_000;
/** For one payload: the protocol's limit, and far below the 256 KiB that a data channel surely carries, however the text is escaped. */
const MESSAGES_EACH = 100;
const TEXT_EACH = 12_000;

/** The newest messages, oldest first, for the other side. */
export function pack(messages: readonly ChatMessage[], now: number): PayloadChatPast[] {
  const payloads: PayloadChatPast[] = [];
  let current: PastMessage[] = [];
  let size = 0;
  for (const { id, from, text, at } of newest(messages)) {
    if (current.length > 0 && (current.length === MESSAGES_EACH || size + text.length > TEXT_EACH)) {
      payloads.push({ type: "chat_past", messages: current });
      current = [];
      size = 0;
    }
    size += text.length;
    current.push({ id, by: from === "me" ? "sender" : "receiver", text, ago: Math.max(0, now - at) });
  }
  if (current.length > 0) payloads.push({ type: "chat_past", messages: current });
  return payloads;
}

/** Those that fit into the limits for a whole list. */
export function newest<T extends Pick<ChatMessage, "text">>(messages: readonly T[]): readonly T[] {
  let first = messages.length;
  for (let size = 0; first > 0 && messages.length - first < MOST_MESSAGES; first -= 1) {
    size += messages[first - 1]?.text.length ?? 0;
    if (size > MOST_TEXT) break;
  }
  return messages.slice(first);
}

/**
 * Takes a part of the other side's list into the own one. `place` is how much of the list came before; what is known already only finds its
 * place in the order.
 *
 * @returns the list, and the place for the next part.
 */
export function unpack(
  known: readonly ChatMessage[],
  past: readonly PastMessage[],
  place: number,
  now: number,
): { messages: ChatMessage[]; place: number } {
  const messages = [...known];
  let next = place;
  for (const { id, by, text, ago } of past) {
    const from = by === "sender" ? "peer" : "me";
    const index = messages.findIndex((message) => message.from === from && message.id === id);
    if (index !== -1 && index < next) continue;
    const [message] = index === -1 ? [] : messages.splice(index, 1);
    messages.splice(next, 0, {
      ...(message ?? { id, from, text, at: now - ago, restored: true }),
      state: "delivered",
    });
    next += 1;
  }
  return { messages, place: next };
}
