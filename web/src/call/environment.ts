import type { ClientFrame } from "../protocol/frames";
import type { LastWord } from "./context";
import type { Device, SignalPayload } from "./events";

/** What the call machine does to the world. Everything returns at once; what comes of it comes back as an event. */
export interface CallEnvironment {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** The same by the server's clock. */
  serverNow(): number;
  /** Frames are not kept when there is no socket: the machine says again what still matters when it is back. */
  send(frame: ClientFrame): void;
  /** Opens a peer link to the device, or lets the one there is know the way to it. The polite side is the one that rings; `anew` when the
   * other side has a link to the page that was here before a reload. */
  openLink(callId: string, device: Device, polite: boolean, anew: boolean): void;
  /** Hands negotiation to the link; without a link it is lost. */
  deliver(deviceId: string, payload: SignalPayload): void;
  /** Tells the device directly that the call is taken, if the link is open. */
  sayAccept(deviceId: string): void;
  /** Camera and sound flow over this link, and over no other. */
  activateLink(deviceId: string): void;
  closeLink(deviceId: string): void;
  closeOtherLinks(deviceId: string): void;
  /** Closes all, with a last word to those that are open. */
  closeLinks(lastWord: LastWord | null): void;
  openMedia(wanted: { audio: boolean; video: boolean }): void;
  /** Opens or closes the camera alone, for nobody but the person in front of it. */
  previewMedia(on: boolean): void;
  closeMedia(): void;
}
