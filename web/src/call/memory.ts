/**
 * What a page leaves behind for the next one in the same tab, so that somebody who goes back to a call after a reload is there as they
 * were: `sessionStorage`, like the device id. The server keeps the call itself.
 */

/** How the call was left. */
export interface CallMemory {
  callId: string;
  /** `Date.now()` at which it was answered. */
  answeredAt: number | null;
  /** Whether microphone and camera were switched on. */
  audio: boolean;
  video: boolean;
}

export type MemoryStorage = Pick<Storage, "getItem" | "setItem">;

const KEY = "videochat.call";

export function remember(storage: MemoryStorage, memory: CallMemory): void {
  storage.setItem(KEY, JSON.stringify(memory));
}

/** How that call was left; null when nothing is known, or of another call. */
export function recall(storage: MemoryStorage, callId: string): CallMemory | null {
  const text = storage.getItem(KEY);
  if (text === null) return null;
  try {
    const memory: unknown = JSON.parse(text);
    return isMemory(memory) && memory.callId === callId ? memory : null;
  } catch {
    // Written by another version, or by hand.
    return null;
  }
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
