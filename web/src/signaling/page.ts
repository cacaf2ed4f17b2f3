import { browserScheduler } from "./scheduler";
import { watchStandstill } from "./standstill";

/** What the signaling client wants to know of the page it lives in. */
export interface Page {
  isHidden(): boolean;
  /** Calls back when the network has changed or come back; returns how to stop. */
  onNetwork(listener: () => void): () => void;
  /** Calls back when the page becomes visible; returns how to stop. */
  onVisible(listener: () => void): () => void;
  /** Calls back when the page goes on after a standstill, as when the machine has slept; returns how to stop. */
  onWoken(listener: () => void): () => void;
  /** Calls back when the page is being closed, left or reloaded; returns how to stop. */
  onGone(listener: () => void): () => void;
}

/** `navigator.connection` (Network Information API) is not everywhere, and not in the DOM types. */
interface NavigatorWithConnection {
  connection?: EventTarget;
}

export const browserPage: Page = {
  isHidden: () => document.hidden,
  onNetwork(listener) {
    const connection = (navigator as NavigatorWithConnection).connection;
    window.addEventListener("online", listener);
    connection?.addEventListener("change", listener);
    return () => {
      window.removeEventListener("online", listener);
      connection?.removeEventListener("change", listener);
    };
  },
  onVisible(listener) {
    const changed = () => {
      if (!document.hidden) listener();
    };
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  },
  onWoken: (listener) => watchStandstill(browserScheduler, browserPage.isHidden, listener),
  onGone(listener) {
    window.addEventListener("pagehide", listener);
    return () => window.removeEventListener("pagehide", listener);
  },
};
