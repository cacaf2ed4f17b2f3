import { browserScheduler } from "./scheduler";
import { watchStandstill } from "./standstill";

/** What the signaling client wants to know of the page it lives in. */
export interface Page {
  isHidden(): boolean;
  /** Calls back when the network has changed; returns how to stop. */
  onNetwork(listener: () => void): () => void;
  /** Calls back when the page becomes visible; returns how to stop. */
  onVisible(listener: () => void): () => void;
  /** Calls back when the page goes on: after a standstill, as when the machine has slept, or with a network after it had none; returns how to stop. */
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
    connection?.addEventListener("change", listener);
    return () => connection?.removeEventListener("change", listener);
  },
  onVisible(listener) {
    const changed = () => {
      if (!document.hidden) listener();
    };
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  },
  onWoken(listener) {
    const stop = watchStandstill(browserScheduler, browserPage.isHidden, listener);
    window.addEventListener("online", listener);
    return () => {
      stop();
      window.removeEventListener("online", listener);
    };
  },
  onGone(listener) {
    window.addEventListener("pagehide", listener);
    return () => window.removeEventListener("pagehide", listener);
  },
};
