import { useEffect, useState } from "react";
import type { ChatMessage } from "../call/model";

export interface ChatPeekProps {
  name: string;
  /** The newest message that has not been seen. */
  message: ChatMessage | undefined;
  onOpen(): void;
}

const shownMs = 8_000;

/** A message that comes while the chat is closed: shown for a while, and read out. The number on the button stays. */
export function ChatPeek({ name, message, onOpen }: ChatPeekProps) {
  const [past, setPast] = useState<string | null>(null);
  const id = message?.id;
  useEffect(() => {
    if (!id) return;
    const timer = setTimeout(() => setPast(id), shownMs);
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div className="chat-peek" role="status">
      {message && message.id !== past && (
        <button type="button" title="Open chat" onClick={onOpen}>
          <span className="chat-peek-text">
            <strong>{name}:</strong> <span dir="auto">{message.text}</span>
          </span>
        </button>
      )}
    </div>
  );
}
