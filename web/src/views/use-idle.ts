import { type RefObject, useEffect, useState } from "react";

const idleMs = 4_000;

/**
 * Whether there has been no input for a while, so that controls over a picture may fade. Never while the keyboard's focus is on something inside
 * `root`: whoever goes by keyboard must see where they are.
 */
export function useIdle(enabled: boolean, root: RefObject<HTMLElement | null>): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    if (!enabled) {
      setIdle(false);
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const rest = () => {
      if (root.current?.querySelector(":focus-visible")) timer = setTimeout(rest, idleMs);
      else setIdle(true);
    };
    const wake = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(rest, idleMs);
    };
    wake();
    const events = ["pointermove", "pointerdown", "keydown", "focusin", "wheel"] as const;
    for (const event of events) window.addEventListener(event, wake, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const event of events) window.removeEventListener(event, wake);
    };
  }, [enabled, root]);
  return idle;
}
