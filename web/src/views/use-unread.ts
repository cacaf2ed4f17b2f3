import { useState } from "react";
import type { ChatMessage } from "../call/model";

/** Messages from the other side since `open` was last true, oldest first. */
export function useUnread(messages: readonly ChatMessage[], open: boolean): readonly ChatMessage[] {
  // Messages stay in their order and none goes away, so that their number is enough to know what was seen.
  const [seen, setSeen] = useState(0);
  if (open && seen !== messages.length) setSeen(messages.length);
  return open ? [] : messages.slice(seen).filter(({ from }) => from === "peer");
}
