import { useEffect, useRef } from "react";

/** Gives the focus back to what had it inside the element, when that has been away and comes back. */
export function useReturnOfFocus(away: boolean) {
  const page = useRef<HTMLDivElement>(null);
  const last = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const element = page.current;
    if (!element) return;
    const remember = (event: FocusEvent) => {
      if (event.target instanceof HTMLElement) last.current = event.target;
    };
    element.addEventListener("focusin", remember);
    return () => element.removeEventListener("focusin", remember);
  }, []);
  useEffect(() => {
    if (!away && last.current?.isConnected) last.current.focus();
  }, [away]);
  return page;
}
