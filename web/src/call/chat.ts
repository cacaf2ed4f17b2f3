/** The text messages of one call: what was written here, what has arrived, and what the other side has confirmed. */
import type { Payload, PayloadChat, PayloadChatReceived } from "../protocol/frames";
import { type ChatMessage, MAX_CHAT_LENGTH } from "./model";

export interface ChatDeps {
  /** Milliseconds since the Unix epoch. */
  now: () => number;
  newId: () => string;
  /** Says it to the other side, if that can be reached now. */
  say: (payload: Payload) => void;
  /** Told after every change of {@link Chat.messages}. */
  changed: () => void;
}

/** More than two people write in a call; the other side could send without end. */
const MOST_MESSAGES = 2_000;

export class Chat {
  readonly #deps: ChatDeps;
  #callId: string | null = null;
  #messages: readonly ChatMessage[] = [];

  constructor(deps: ChatDeps) {
    this.#deps = deps;
  }

  /** Oldest first. A new list after every change. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Nothing of another call is shown in this one. Tells nobody. */
  belongTo(callId: string | null): void {
    if (callId === this.#callId) return;
    this.#callId = callId;
    if (this.#messages.length > 0) this.#messages = [];
  }

  /** False when there is nothing to send, or too much. */
  send(text: string): boolean {
    // Characters as the protocol counts them: code points.
    if (text.trim() === "" || [...text].length > MAX_CHAT_LENGTH) return false;
    const { now, newId } = this.#deps;
    const message: ChatMessage = { id: newId(), from: "me", text, at: now(), state: "sending" };
    this.#add(message);
    this.#say(message);
    return true;
  }

  /** What the other side says. */
  hear(payload: PayloadChat | PayloadChatReceived): void {
    const { id } = payload;
    if (payload.type === "chat_received") {
      this.#delivered(id);
      return;
    }
    // Confirmed even when it is known: the confirmation may not have arrived.
    this.#deps.say({ type: "chat_received", id });
    if (this.#messages.some((message) => message.from === "peer" && message.id === id)) return;
    this.#add({ id, from: "peer", text: payload.text, at: this.#deps.now(), state: "delivered" });
  }

  /** The way to the other side is a new one: what is not confirmed is said again. */
  repeat(): void {
    for (const message of this.#messages) if (message.state === "sending") this.#say(message);
  }

  #say({ id, text, at }: ChatMessage): void {
    this.#deps.say({ type: "chat", id, text, at });
  }

  #delivered(id: string): void {
    const index = this.#messages.findIndex(
      (message) => message.from === "me" && message.id === id && message.state === "sending",
    );
    const message = this.#messages[index];
    if (!message) return;
    this.#messages = this.#messages.with(index, { ...message, state: "delivered" });
    this.#deps.changed();
  }

  #add(message: ChatMessage): void {
    this.#messages = [...this.#messages, message].slice(-MOST_MESSAGES);
    this.#deps.changed();
  }
}
