/** The composition root of the signed-in app, loaded only for people who are signed in. */
import "../styles/call.css";
import { createApi } from "../api/client";
import type { Session } from "../auth/session";
import { createCallController } from "../call/controller";
import { SignalingClient } from "../signaling/client";
import { browserDeviceDeps, claimDeviceId } from "../signaling/device";
import { browserPage } from "../signaling/page";
import { browserScheduler } from "../signaling/scheduler";
import { Attention, browserAttention } from "../sounds/attention";
import { Ringer } from "../sounds/ringer";
import type { Config } from "./config";
import { browserNetwork, watchConnection } from "./connection";
import { createQueryClient, Data } from "./data";
import { report } from "./report";
import type { Services } from "./services";

export { App } from "./app";

/** Puts everything together and opens the socket. */
export async function createServices(config: Config, session: Session): Promise<Services> {
  const api = createApi(config.apiUrl, session);
  const data = new Data(createQueryClient(), api);
  // Asked for at once, to be there when the page is.
  void data.client.prefetchQuery(data.user);
  void data.client.prefetchQuery(data.contacts);

  const signaling = new SignalingClient({
    wsUrl: config.wsUrl,
    deviceId: await claimDeviceId(browserDeviceDeps()),
    getTicket: async (signal) => (await api.ticket(signal)).ticket,
    createWebSocket: (url) => new WebSocket(url),
    scheduler: browserScheduler,
    page: browserPage,
    random: Math.random,
    report,
  });
  const calls = createCallController({
    signaling,
    fetchIceServers: (signal) => api.iceServers(signal),
    report,
  });
  const connection = watchConnection({ signaling, network: browserNetwork });

  signaling.on("presence", ({ userId, online, at }) => data.presence(userId, online, at));
  signaling.on("contacts", () => void data.contactsChanged());
  signaling.on("calls", () => void data.callsChanged());
  // Before this socket there was none, or another one: frames may have been missed.
  signaling.on("welcome", () => {
    void data.contactsChanged();
    void data.callsChanged();
  });

  const ringer = new Ringer({
    speakerOf: (sound) => calls.devices.getModel().chosen[sound === "ring" ? "ringer" : "speaker"],
  });
  const attention = new Attention(browserAttention(ringer));
  let phase = calls.getModel().phase;
  calls.subscribe(() => {
    const model = calls.getModel();
    attention.update(model);
    // Our own frame may not have been dealt with when a call ends: so the history is read once more when its end is off the screen.
    if (model.phase !== phase && (model.phase === "ended" || phase === "ended")) void data.callsChanged();
    phase = model.phase;
  });
  for (const touch of ["pointerdown", "keydown"] as const) {
    document.addEventListener(touch, () => ringer.unlock(), { passive: true });
  }

  signaling.start();
  return {
    session,
    data,
    calls,
    connection,
    canShareScreen: "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices,
  };
}
