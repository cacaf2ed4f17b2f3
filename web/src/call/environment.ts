import type { ClientFrame, PayloadCandidates, PayloadDescription } from "../protocol/frames";
import type { Device } from "./events";

/** What the call machine does to the world. Everything returns at once; what comes of it comes back as an event. */
export interface CallEnvironment {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** The same by the server's clock. */
  serverNow(): number;
  /** Frames are not kept when there is no socket: the machine says again what still matters when it is back. */
  send(frame: ClientFrame): void;
  /** Opens a peer link to the device, or lets the one there is know the way to it. The polite side is the one that rings. */
  openLink(callId: string, device: Device, polite: boolean): void;
  /** Hands negotiation to the link; without a link it is lost. */
  deliver(deviceId: string, payload: PayloadDescription | PayloadCandidates): void;
  /** Tells the device directly that the call is taken, if the link is open. */
  sayAccept(deviceId: string): void;
  /** Camera and sound flow over this link, and over no other. */
  activateLink(deviceId: string): void;
  closeLink(deviceId: string): void;
  closeOtherLinks(deviceId: string): void;
  /** Closes all, with a last word to those that are open. */
  closeLinks(lastWord: "hangup" | "declined" | null): void;
  openMedia(video: boolean): void;
  /** Opens or closes the camera alone, for nobody but the person in front of it. */
  previewMedia(on: boolean): void;
  closeMedia(): void;
}
