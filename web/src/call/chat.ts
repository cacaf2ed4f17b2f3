/** The text messages of one call: what was written here, what has arrived, and what the other side has confirmed. */
import type { Payload } from "../protocol/frames";
import { pack, unpack } from "./chat-past";
import type { Unsent } from "./memory";
import { type ChatMessage, MAX_CHAT_LENGTH } from "./model";

/** What is said about the text of a call. */
export type ChatPayload = Extract<Payload, { type: `chat${string}` }>;

export interface ChatDeps {
  /** Milliseconds since the Unix epoch. */
  now: () => number;
  newId: () => string;
  /** Says it to the other side, if that can be reached now. */
  say: (payload: Payload) => void;
  /** What was on its way in this call when the page before this one was left; oldest first. */
  recall: (callId: string) => readonly Unsent[];
  /** Keeps what is on its way in this call, and only that. */
  keep: (callId: string, unsent: readonly Unsent[]) => void;
  /** Told after every change of {@link Chat.messages}. */
  changed: () => void;
}

/** More than two people write in a call; the other side could send without end. */
const MOST_MESSAGES = 2_000;

export class Chat {
  readonly #deps: ChatDeps;
  #callId: string | null = null;
  #messages: readonly ChatMessage[] = [];
  /** Where the next part of the other side's list goes; null while nothing was asked for. */
  #place: number | null = null;
  /** Whether this connection's question for the list was answered. */
  #answered = false;

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
    this.#place = null;
    const left = callId === null ? [] : this.#deps.recall(callId);
    if (this.#messages.length + left.length > 0)
      this.#messages = left.map((message) => ({ ...message, from: "me", state: "sending" }));
  }

  /** False when there is nothing to send, or too much. */
  send(text: string): boolean {
    // Characters as the protocol counts them: code points.
    if (text.trim() === "" || [...text].length > MAX_CHAT_LENGTH) return false;
    const { now, newId } = this.#deps;
    const message: ChatMessage = { id: newId(), from: "me", text, at: now(), state: "sending" };
    this.#add(message);
    this.#keep();
    this.#say(message);
    return true;
  }

  /** What the other side says. */
  hear(payload: ChatPayload): void {
    switch (payload.type) {
      case "chat_received":
        this.#delivered(payload.id);
        break;
      case "chat_recall":
        this.#tellPast();
        break;
      case "chat_past":
        if (this.#place !== null)
          this.#take(unpack(this.#messages, payload.messages, this.#place, this.#deps.now()));
        break;
      case "chat": {
        const { id, text } = payload;
        // Confirmed even when it is known: the confirmation may not have arrived.
        this.#deps.say({ type: "chat_received", id });
        const known = this.#messages.find((message) => message.from === "peer" && message.id === id);
        if (!known) this.#add({ id, from: "peer", text, at: this.#deps.now(), state: "delivered" });
        else if (known.restored) this.#notice(known);
      }
    }
  }

  /** The list has been faster than the message: it is news, though it came with what was old. */
  #notice(known: ChatMessage): void {
    const { restored: _, ...news } = known;
    this.#messages = this.#messages.map((message) => (message === known ? news : message));
    this.#deps.changed();
  }

  /**
   * The way to the other side is a new one: what is not confirmed is said again. `anew`: the page before this one was in the call, and
   * the other side has its text.
   */
  opened(anew: boolean): void {
    this.#answered = false;
    for (const message of this.#messages) if (message.state === "sending") this.#say(message);
    if (!anew) return;
    this.#place = 0;
    this.#deps.say({ type: "chat_recall" });
  }

  /** Once per connection: a list is long, and nobody loses it twice. */
  #tellPast(): void {
    if (this.#answered) return;
    this.#answered = true;
    for (const payload of pack(this.#messages, this.#deps.now())) this.#deps.say(payload);
  }

  #take({ messages, place }: { messages: ChatMessage[]; place: number }): void {
    this.#place = place;
    this.#messages = messages.slice(-MOST_MESSAGES);
    this.#keep();
    this.#deps.changed();
  }

  #keep(): void {
    const unsent = this.#messages.filter(({ state }) => state === "sending");
    if (this.#callId !== null) this.#deps.keep(this.#callId, unsent);
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
    this.#keep();
    this.#deps.changed();
  }

  #add(message: ChatMessage): void {
    this.#messages = [...this.#messages, message].slice(-MOST_MESSAGES);
    this.#deps.changed();
  }
}
