import type { CallModel } from "../call/model";
import type { Ringer, Sound } from "./ringer";

/** What of the browser is needed to be noticed; tests hand in a fake. */
export interface AttentionPorts {
  ringer: Pick<Ringer, "play" | "stop">;
  setTitle(title: string): void;
  isHidden(): boolean;
  /** Shows a notification if that is allowed; the answer takes it away. */
  notify(title: string, text: string): () => void;
  /** Milliseconds on, off, on, …; an empty list stops. */
  vibrate(pattern: number[]): void;
}

const appTitle = "Video Chat";
const flashMs = 1_000;
const vibrateMs = 2_000;

/** Makes a call noticed: sound, the window's title, a notification when the window is hidden, a phone's vibration. */
export class Attention {
  readonly #ports: AttentionPorts;
  #phase: CallModel["phase"] = "idle";
  #timers: ReturnType<typeof setInterval>[] = [];
  #closeNotification: () => void = () => undefined;

  constructor(ports: AttentionPorts) {
    this.#ports = ports;
  }

  /** To be told of every change of the call. */
  update(model: CallModel): void {
    const before = this.#phase;
    if (model.phase === before) return;
    this.#phase = model.phase;
    this.#quieten();
    const name = model.peer?.name ?? "";
    switch (model.phase) {
      case "ringing_in":
        this.#ringIn(name);
        break;
      case "ringing_out":
        this.#sound("ringback");
        break;
      case "in_call":
      case "reconnecting":
      case "connecting":
        this.#ports.setTitle(`${name} – ${appTitle}`);
        break;
      case "ended":
        if (before !== "ringing_in") this.#sound("ended");
        break;
      case "inviting":
      case "idle":
        break;
    }
  }

  #ringIn(name: string): void {
    this.#sound("ring");
    const title = `${name} is calling`;
    let lit = true;
    this.#ports.setTitle(title);
    this.#every(flashMs, () => {
      lit = !lit;
      this.#ports.setTitle(lit ? title : `● ${appTitle}`);
    });
    this.#ports.vibrate([600, 400, 600]);
    this.#every(vibrateMs, () => this.#ports.vibrate([600, 400, 600]));
    if (this.#ports.isHidden())
      this.#closeNotification = this.#ports.notify(title, "Open Video Chat to answer.");
  }

  #sound(sound: Sound): void {
    this.#ports.ringer.play(sound);
  }

  #every(ms: number, action: () => void): void {
    this.#timers.push(setInterval(action, ms));
  }

  #quieten(): void {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#timers.length > 0) this.#ports.vibrate([]);
    this.#timers = [];
    this.#closeNotification();
    this.#closeNotification = () => undefined;
    this.#ports.ringer.stop();
    this.#ports.setTitle(appTitle);
  }
}

/** The browser's own means. */
export function browserAttention(ringer: Ringer): AttentionPorts {
  return {
    ringer,
    setTitle: (title) => {
      document.title = title;
    },
    isHidden: () => document.visibilityState === "hidden",
    notify: (title, body) => {
      if (!("Notification" in window) || Notification.permission !== "granted") return () => undefined;
      try {
        const notification = new Notification(title, {
          body,
          icon: "/icon-180.png",
          tag: "call",
          requireInteraction: true,
        });
        notification.onclick = () => {
          window.focus();
          notification.close();
        };
        return () => notification.close();
      } catch {
        // Chromium on Android has the constructor but lets only service workers use it.
        return () => undefined;
      }
    },
    vibrate: (pattern) => {
      // Chromium refuses, with a warning, before the page has been touched.
      if ("vibrate" in navigator && navigator.userActivation?.hasBeenActive) navigator.vibrate(pattern);
    },
  };
}
