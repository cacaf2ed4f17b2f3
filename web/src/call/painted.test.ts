import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { browserPainted } from "./painted";

let frame: FrameRequestCallback | null;

beforeEach(() => {
  frame = null;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((callback) => {
    frame = callback;
    return 1;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

async function state(promise: Promise<void>): Promise<"waits" | "resolved"> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending ? "waits" : "resolved";
}

describe("browserPainted", () => {
  it("comes after the next frame, not with its callbacks", async () => {
    const painted = browserPainted();
    expect(await state(painted)).toBe("waits");
    frame?.(0);
    expect(await state(painted)).toBe("waits");
    await painted;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not wait in a hidden page, which gets no frames", async () => {
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    await browserPainted();
    expect(frame).toBeNull();
  });

  it("does not wait for ever when the page is hidden before the frame comes", async () => {
    const painted = browserPainted();
    vi.advanceTimersByTime(100);
    await painted;
    expect(frame).not.toBeNull();
  });
});
