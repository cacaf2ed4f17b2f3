import type { SignalingStatus } from "../signaling/client";
import type { ConnectionState } from "../views/home";
import { Emitter } from "./emitter";
import type { Connection } from "./services";

export interface ConnectionDeps {
  signaling: { readonly status: SignalingStatus; subscribe(listener: () => void): () => void };
  /** `navigator.onLine` and the events of its changes. */
  network: { isOnline(): boolean; subscribe(listener: () => void): () => void };
}

/** What the person is told of the socket: nothing while the first one is being opened, but when a lost one stays away. */
export function watchConnection({ signaling, network }: ConnectionDeps): Connection {
  const changed = new Emitter();
  /** The first attempt has come to an end, this way or that. */
  let tried = false;
  let state: ConnectionState = "connecting";

  function judge(): ConnectionState {
    if (signaling.status === "online") return "connected";
    if (!network.isOnline()) return "offline";
    return tried ? "reconnecting" : "connecting";
  }

  function update(): void {
    tried ||= signaling.status === "online" || signaling.status === "waiting";
    const next = judge();
    if (next === state) return;
    state = next;
    changed.emit();
  }

  signaling.subscribe(update);
  network.subscribe(update);
  update();
  return { getState: () => state, subscribe: (listener) => changed.subscribe(listener) };
}

export const browserNetwork: ConnectionDeps["network"] = {
  isOnline: () => navigator.onLine,
  subscribe: (listener) => {
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    return () => {
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
    };
  },
};
