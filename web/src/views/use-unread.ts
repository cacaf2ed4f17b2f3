import { useState } from "react";
import type { ChatMessage } from "../call/model";

/** Messages from the other side since `open` was last true, oldest first; what was restored after a reload is no news. */
export function useUnread(messages: readonly ChatMessage[], open: boolean): readonly ChatMessage[] {
  // The last one that was seen, not their number: after a reload older ones come back before it.
  const [seen, setSeen] = useState<string | null>(null);
  const last = keyOf(messages.at(-1));
  if (open && seen !== last) setSeen(last);
  if (open) return [];
  const index = messages.findLastIndex((message) => keyOf(message) === seen);
  return messages.slice(index + 1).filter(({ from, restored }) => from === "peer" && !restored);
}

function keyOf(message: ChatMessage | undefined): string | null {
  return message ? `${message.from}:${message.id}` : null;
}
