/**
 * What a page leaves behind for the next one in the same tab, so that somebody who goes back to a call after a reload is there as they
 * were: `sessionStorage`, like the device id. The server keeps the call itself.
 */

import { newest } from "./chat-past";
import type { ChatMessage } from "./model";

/** How the call was left. */
export interface CallMemory {
  callId: string;
  /** `Date.now()` at which it was answered. */
  answeredAt: number | null;
  /** Whether microphone and camera were switched on. */
  audio: boolean;
  video: boolean;
}

export type MemoryStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEY = "videochat.call";
const OUTBOX_KEY = "videochat.chat";

export function remember(storage: MemoryStorage, memory: CallMemory): void {
  storage.setItem(KEY, JSON.stringify(memory));
}

/** How that call was left; null when nothing is known, or of another call. */
export function recall(storage: MemoryStorage, callId: string): CallMemory | null {
  const memory = read(storage, KEY);
  return isMemory(memory) && memory.callId === callId ? memory : null;
}

/** Text that the other side has not confirmed yet. */
export type Unsent = Pick<ChatMessage, "id" | "text" | "at">;

/**
 * The text of one call that is on its way. It is the only text that is stored, since nobody else has it: until it is confirmed, or the call
 * is over.
 */
export class Outbox {
  readonly #storage: MemoryStorage;
  #callId: string | null;
  #messages: readonly Unsent[];

  constructor(storage: MemoryStorage) {
    this.#storage = storage;
    const kept = read(storage, OUTBOX_KEY);
    const known = isOutbox(kept) ? kept : null;
    this.#callId = known?.callId ?? null;
    this.#messages = known?.messages ?? [];
  }

  /** Oldest first; nothing of another call. */
  recall(callId: string): readonly Unsent[] {
    return callId === this.#callId ? this.#messages : [];
  }

  /** Keeps these, as far as a page may keep (see `chat-past.ts`), and no others. */
  keep(callId: string, messages: readonly Unsent[]): void {
    if (messages.length === 0 && this.#callId === null) return;
    this.#callId = messages.length > 0 ? callId : null;
    this.#messages = newest(messages).map(({ id, text, at }) => ({ id, text, at }));
    if (messages.length === 0) this.#storage.removeItem(OUTBOX_KEY);
    else this.#storage.setItem(OUTBOX_KEY, JSON.stringify({ callId, messages: this.#messages }));
  }

  /** Forgets what is kept of a call that is over. */
  sweep(isOver: (callId: string) => boolean): void {
    if (this.#callId !== null && isOver(this.#callId)) this.keep(this.#callId, []);
  }
}

/** Null when there is nothing that can be read: it was written by another version, or by hand. */
function read(storage: MemoryStorage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function isOutbox(value: unknown): value is { callId: string; messages: Unsent[] } {
  if (typeof value !== "object" || value === null) return false;
  const { callId, messages } = value as Partial<Record<"callId" | "messages", unknown>>;
  return typeof callId === "string" && Array.isArray(messages) && messages.every(isUnsent);
}

function isUnsent(value: unknown): value is Unsent {
  if (typeof value !== "object" || value === null) return false;
  const { id, text, at } = value as Partial<Record<keyof Unsent, unknown>>;
  return typeof id === "string" && typeof text === "string" && typeof at === "number";
}

function isMemory(value: unknown): value is CallMemory {
  if (typeof value !== "object" || value === null) return false;
  const { callId, answeredAt, audio, video } = value as Partial<Record<keyof CallMemory, unknown>>;
  return (
    typeof callId === "string" &&
    (answeredAt === null || typeof answeredAt === "number") &&
    typeof audio === "boolean" &&
    typeof video === "boolean"
  );
}
