import { useCallback, useEffect, useState } from "react";

export interface FullScreen {
  active: boolean;
  /** False when the browser does not do it. */
  toggle(): Promise<boolean>;
}

/** `null` where the browser has no full screen for pages, as on iPhones. It is left when whoever uses this goes away. */
export function useFullScreen(): FullScreen | null {
  const [active, setActive] = useState(false);
  useEffect(() => {
    const update = () => setActive(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", update);
    return () => {
      document.removeEventListener("fullscreenchange", update);
      // When it has just been left by other means there is nothing to leave.
      if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
    };
  }, []);

  const toggle = useCallback(async () => {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      // All of the page: dialogs and menus belong to it, too.
      else await document.documentElement.requestFullscreen({ navigationUI: "hide" });
      return true;
    } catch {
      return false;
    }
  }, []);

  return document.fullscreenEnabled ? { active, toggle } : null;
}
