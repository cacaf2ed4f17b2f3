import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type ChatMessage, MAX_CHAT_LENGTH } from "../call/model";
import { Icon } from "./icons";
import { LinkedText } from "./linked-text";
import { moment } from "./time";

export interface ChatPanelProps {
  /** Who we write with. */
  name: string;
  messages: readonly ChatMessage[];
  /** What has been written and not sent; kept by whoever shows the panel, so that closing it loses nothing. */
  draft: string;
  onDraft(text: string): void;
  /** False when it was not taken: then it stays where it is. */
  onSend(text: string): boolean;
  onClose(): void;
}

/** Distance from the end, in px, up to which a reader counts as being there. */
const nearEnd = 80;

/** The text beside a call. New messages are read out by screen readers; whoever has scrolled up to read is left there. */
export function ChatPanel({ name, messages, draft, onDraft, onSend, onClose }: ChatPanelProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [refused, setRefused] = useState(false);

  useEffect(() => field.current?.focus(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a message more is what moves the list
  useLayoutEffect(() => {
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [messages.length]);

  function send(event?: FormEvent) {
    event?.preventDefault();
    if (draft.trim() === "") return;
    atEnd.current = true;
    const taken = onSend(draft.trim());
    setRefused(!taken);
    if (taken) onDraft("");
    field.current?.focus();
  }

  function press(event: KeyboardEvent) {
    // While an input method composes a character, Enter and Escape belong to it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      onClose();
    }
  }

  return (
    <section className="chat" aria-label="Chat" onKeyDown={press}>
      <header className="chat-head">
        <h2>Chat</h2>
        <button type="button" className="icon-button" aria-label="Close chat" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div
        ref={list}
        className="chat-list"
        role="log"
        aria-label={`Messages with ${name}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with the keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < nearEnd;
        }}
      >
        {messages.length === 0 && (
          <p className="chat-empty">
            Only you and {name} see what is written here. It is gone when the call ends.
          </p>
        )}
        {messages.map((message) => (
          <Message key={`${message.from}:${message.id}`} message={message} name={name} />
        ))}
      </div>
      <form className="chat-form" onSubmit={send}>
        {refused && (
          <p className="chat-refused" role="alert">
            This could not be sent. Try again.
          </p>
        )}
        <textarea
          ref={field}
          className="input chat-input"
          aria-label="Message"
          placeholder={`Message ${name}`}
          rows={1}
          maxLength={MAX_CHAT_LENGTH}
          enterKeyHint="send"
          value={draft}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
          }}
        />
        <button
          type="submit"
          className="icon-button chat-send"
          aria-label="Send"
          aria-disabled={draft.trim() === ""}
        >
          <Icon name="send" />
        </button>
      </form>
    </section>
  );
}

function Message({ message, name }: { message: ChatMessage; name: string }) {
  const { from, text, at, state } = message;
  return (
    <article className={`chat-message ${from}`}>
      <p className="chat-meta">
        <span className={from === "me" ? "visually-hidden" : ""}>{from === "me" ? "You" : name}</span>{" "}
        <time dateTime={new Date(at).toISOString()}>{moment(at, at)}</time>
        {state === "sending" && <span className="chat-sending"> · Sending…</span>}
      </p>
      <p className="chat-text" dir="auto">
        <LinkedText text={text} />
      </p>
    </article>
  );
}
